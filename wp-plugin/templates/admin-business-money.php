<?php
/**
 * The figures of one currency.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data                         As in admin-business.
 * @var array<string,mixed> $trading_robot_service_money  Figures of the currency.
 * @var array<string,string> $trading_robot_service_means What each figure means.
 * @var callable            $trading_robot_service_rows   Address of the rows behind a figure.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_code  = (string) $trading_robot_service_money['currency'];
$trading_robot_service_id    = 'trp-' . strtolower( $trading_robot_service_code );
$trading_robot_service_sum   = static function ( $minor ) use ( $trading_robot_service_money ): string {
	return Figures::money( $minor, (string) $trading_robot_service_money['currency'], (int) $trading_robot_service_money['digits'] );
};
$trading_robot_service_churn = $trading_robot_service_money['churn'];
$trading_robot_service_clv   = $trading_robot_service_money['clv'];
$trading_robot_service_tiles = array(
	/* translators: %s: an amount of money with its sign. */
	array( 'mrr', __( 'Monthly recurring revenue', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_money['mrr_minor'] ), sprintf( __( '%s in the period', 'trading-robot-service' ), Figures::change( $trading_robot_service_money['mrr_minor'] - $trading_robot_service_money['mrr_before_minor'], $trading_robot_service_code, (int) $trading_robot_service_money['digits'] ) ), 'mrr_movements' ),
	/* translators: 1: an amount of money, 2: a percentage. */
	array( 'revenue', __( 'Revenue', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_money['net_minor'] ), sprintf( __( '%1$s in the period before, growth %2$s', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_money['net_before_minor'] ), Figures::percent( $trading_robot_service_money['growth'] ) ), 'revenue' ),
	/* translators: %s: a number of members. */
	array( 'arpu', __( 'Revenue per paying member', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_money['arpu_minor'] ), sprintf( _n( '%s member pays', '%s members pay', $trading_robot_service_money['paying_members'], 'trading-robot-service' ), number_format_i18n( $trading_robot_service_money['paying_members'] ) ), '' ),
	/* translators: 1: a percentage, 2: a percentage, 3: a number of members, 4: a percentage. */
	array( 'churn', __( 'Churn a month', 'trading-robot-service' ), Figures::percent( $trading_robot_service_churn['ratio'] ), sprintf( __( '%1$s to %2$s; %3$s left. Of revenue %4$s', 'trading-robot-service' ), Figures::percent( $trading_robot_service_churn['low'] ), Figures::percent( $trading_robot_service_churn['high'] ), number_format_i18n( $trading_robot_service_churn['left'] ), Figures::percent( $trading_robot_service_money['revenue_churn'] ) ), 'mrr_movements' ),
	/* translators: 1: an amount of money, 2: an amount of money. */
	array( 'clv', __( 'Lifetime value', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_clv['minor'] ?? null ), null === $trading_robot_service_clv ? __( 'too few have left to say', 'trading-robot-service' ) : sprintf( __( '%1$s to %2$s', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_clv['low_minor'] ), $trading_robot_service_sum( $trading_robot_service_clv['high_minor'] ) ), '' ),
	/* translators: %s: a number of creators. */
	array( 'payouts_due', __( 'Payouts due', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_money['payouts_due_minor'] ), sprintf( _n( 'to %s creator', 'to %s creators', $trading_robot_service_money['creators_due'], 'trading-robot-service' ), number_format_i18n( $trading_robot_service_money['creators_due'] ) ), 'payouts_due' ),
);
$trading_robot_service_kinds  = array(
	'new'          => __( 'New', 'trading-robot-service' ),
	'expansion'    => __( 'Expansion', 'trading-robot-service' ),
	'reactivation' => __( 'Reactivation', 'trading-robot-service' ),
	'contraction'  => __( 'Contraction', 'trading-robot-service' ),
	'churn'        => __( 'Churn', 'trading-robot-service' ),
);
$trading_robot_service_charts = array(
	array(
		'id'    => $trading_robot_service_id . '-movements',
		'title' => __( 'Movements of the monthly revenue', 'trading-robot-service' ),
		'means' => $trading_robot_service_means['mrr_movements'],
		'names' => array_values( $trading_robot_service_kinds ),
		'rows'  => array_map(
			static function ( array $step ) use ( $trading_robot_service_kinds ): array {
				$amounts = array();
				foreach ( array_keys( $trading_robot_service_kinds ) as $kind ) {
					$amounts[] = (int) $step['movements'][ $kind ];
				}
				return array( $step['begins'], $amounts );
			},
			$trading_robot_service_money['steps']
		),
	),
	array(
		'id'    => $trading_robot_service_id . '-revenue',
		'title' => __( 'Revenue by stream', 'trading-robot-service' ),
		'means' => $trading_robot_service_means['revenue'],
		'names' => array_column( $trading_robot_service_money['streams'], 'stream' ),
		'rows'  => array_map(
			static function ( array $step ): array {
				return array( $step['begins'], array_map( 'intval', $step['net_minor'] ) );
			},
			$trading_robot_service_money['revenue_steps']
		),
	),
);
?>
<section aria-labelledby="<?php echo esc_attr( $trading_robot_service_id ); ?>">
<h2 id="<?php echo esc_attr( $trading_robot_service_id ); ?>">
<?php
/* translators: %s: a currency such as USD. */
echo esc_html( sprintf( __( 'Money in %s', 'trading-robot-service' ), $trading_robot_service_code ) );
?>
</h2>
<dl class="trp-tiles">
<?php foreach ( $trading_robot_service_tiles as $trading_robot_service_tile ) : ?>
	<div class="trp-tile">
		<dt><?php echo esc_html( $trading_robot_service_tile[1] ); ?></dt>
		<dd>
			<?php if ( '' !== $trading_robot_service_tile[4] ) : ?>
			<a class="trp-number" href="<?php echo esc_url( $trading_robot_service_rows( $trading_robot_service_tile[4] ) ); ?>"><?php echo esc_html( $trading_robot_service_tile[2] ); ?></a>
			<?php else : ?>
			<span class="trp-number"><?php echo esc_html( $trading_robot_service_tile[2] ); ?></span>
			<?php endif; ?>
			<span class="description"><?php echo esc_html( $trading_robot_service_tile[3] ); ?></span>
			<details><summary><?php esc_html_e( 'What this means', 'trading-robot-service' ); ?></summary><p><?php echo esc_html( $trading_robot_service_means[ $trading_robot_service_tile[0] ] ); ?></p></details>
		</dd>
	</div>
<?php endforeach; ?>
</dl>
<?php foreach ( $trading_robot_service_charts as $trading_robot_service_chart ) : ?>
	<?php $trading_robot_service_drawn = Figures::stack( array_column( $trading_robot_service_chart['rows'], 1 ) ); ?>
<div class="trp-panel">
<h3 id="<?php echo esc_attr( $trading_robot_service_chart['id'] ); ?>"><?php echo esc_html( $trading_robot_service_chart['title'] ); ?></h3>
<p class="description"><?php echo esc_html( $trading_robot_service_chart['means'] ); ?></p>
	<?php if ( array() === $trading_robot_service_drawn['bars'] ) : ?>
<p><?php esc_html_e( 'Nothing in this period.', 'trading-robot-service' ); ?></p>
	<?php else : ?>
<svg class="trp-stack" viewBox="0 0 <?php echo esc_attr( (string) Figures::WIDTH ); ?> <?php echo esc_attr( (string) Figures::HEIGHT ); ?>" preserveAspectRatio="none" role="img" aria-labelledby="<?php echo esc_attr( $trading_robot_service_chart['id'] ); ?>">
	<line x1="0" x2="<?php echo esc_attr( (string) Figures::WIDTH ); ?>" y1="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_drawn['zero'] ) ); ?>" y2="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_drawn['zero'] ) ); ?>"></line>
		<?php foreach ( $trading_robot_service_drawn['bars'] as $trading_robot_service_bar ) : ?>
	<rect class="trp-c<?php echo esc_attr( (string) $trading_robot_service_bar['colour'] ); ?>" x="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['x'] ) ); ?>" y="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['y'] ) ); ?>" width="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['width'] ) ); ?>" height="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['height'] ) ); ?>"></rect>
		<?php endforeach; ?>
</svg>
<p class="trp-span"><span><?php echo esc_html( Screen::day( $trading_robot_service_chart['rows'][0][0] ) ); ?></span><span><?php echo esc_html( Screen::day( $data['said']['today'] ) ); ?></span></p>
<ul class="trp-key">
		<?php foreach ( $trading_robot_service_chart['names'] as $trading_robot_service_at => $trading_robot_service_name ) : ?>
	<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="trp-c<?php echo esc_attr( (string) ( $trading_robot_service_at % 6 ) ); ?>" width="14" height="14"></rect></svg><?php echo esc_html( $trading_robot_service_name ); ?></li>
		<?php endforeach; ?>
</ul>
<details>
	<summary><?php esc_html_e( 'Show as table', 'trading-robot-service' ); ?></summary>
	<div class="trp-scroll" tabindex="0" role="region" aria-labelledby="<?php echo esc_attr( $trading_robot_service_chart['id'] ); ?>">
	<table class="widefat striped">
		<thead><tr><th scope="col"><?php esc_html_e( 'From', 'trading-robot-service' ); ?></th>
		<?php foreach ( $trading_robot_service_chart['names'] as $trading_robot_service_name ) : ?>
		<th scope="col" class="trp-end"><?php echo esc_html( $trading_robot_service_name ); ?></th>
		<?php endforeach; ?>
		</tr></thead>
		<tbody>
		<?php foreach ( array_reverse( $trading_robot_service_chart['rows'] ) as $trading_robot_service_row ) : ?>
		<tr><th scope="row"><?php echo esc_html( Screen::day( $trading_robot_service_row[0] ) ); ?></th>
			<?php foreach ( $trading_robot_service_row[1] as $trading_robot_service_amount ) : ?>
			<td class="trp-end"><?php echo esc_html( $trading_robot_service_sum( $trading_robot_service_amount ) ); ?></td>
			<?php endforeach; ?>
		</tr>
		<?php endforeach; ?>
		</tbody>
	</table>
	</div>
</details>
	<?php endif; ?>
</div>
<?php endforeach; ?>
</section>
