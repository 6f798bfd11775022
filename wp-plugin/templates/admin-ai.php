<?php
/**
 * What was asked of models, and what it cost.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, period, periods, asked, file.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said  = $data['said'];
$trading_robot_service_sum   = $trading_robot_service_said['totals'];
$trading_robot_service_month = $trading_robot_service_said['month'];
$trading_robot_service_runs  = static function ( array $query ) use ( $data ): string {
	return $data['url']( array_merge( array( 'part' => 'runs', 'period' => $data['period'] ), $data['asked'], $query ) );
};
$trading_robot_service_tokens = array_sum( array_map( 'intval', array_column( $trading_robot_service_said['models'], 'input_tokens' ) ) ) + array_sum( array_map( 'intval', array_column( $trading_robot_service_said['models'], 'output_tokens' ) ) );
$trading_robot_service_kept   = array_sum( array_map( 'intval', array_column( $trading_robot_service_said['models'], 'cached_tokens' ) ) );
$trading_robot_service_guess  = array_sum( array_map( 'floatval', array_column( $trading_robot_service_said['models'], 'estimate' ) ) );
$trading_robot_service_true   = array_sum( array_map( 'floatval', array_column( $trading_robot_service_said['models'], 'settled' ) ) );
$trading_robot_service_tiles  = array(
	/* translators: %s: an amount of money. */
	array( __( 'Cost', 'trading-robot-service' ), Figures::dollars( $trading_robot_service_sum['cost'] ), sprintf( __( 'by keys of the service; by members’ own keys %s', 'trading-robot-service' ), Figures::dollars( $trading_robot_service_sum['own_cost'] ) ), array() ),
	array( __( 'Requests', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sum['runs'] ), __( 'one question, analysis or reading each', 'trading-robot-service' ), array() ),
	array( __( 'Failed', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sum['failed'] ), Figures::percent( $trading_robot_service_sum['runs'] > 0 ? $trading_robot_service_sum['failed'] / $trading_robot_service_sum['runs'] : null ), array( 'only' => 'failed' ) ),
	array( __( 'Answered without a model', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sum['offline'] ), __( 'by plain rules: no key is set, or no model could answer', 'trading-robot-service' ), array( 'only' => 'offline' ) ),
	array( __( 'Answered from before', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sum['cached'] ), __( 'the same question on the same data, without cost', 'trading-robot-service' ), array( 'only' => 'cached' ) ),
	/* translators: 1: a percentage, 2: a number of requests. */
	array( __( 'Tokens', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_tokens ), sprintf( __( '%s of them kept by the provider, at a lower price', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_kept ) ), null ),
	/* translators: 1: an amount of money, 2: an amount of money. */
	array( __( 'Estimate against cost', 'trading-robot-service' ), Figures::percent( $trading_robot_service_true > 0 ? $trading_robot_service_guess / $trading_robot_service_true - 1 : null ), sprintf( __( 'expected %1$s, settled %2$s', 'trading-robot-service' ), Figures::dollars( (string) $trading_robot_service_guess ), Figures::dollars( (string) $trading_robot_service_true ) ), null ),
	array( __( 'Dry runs', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sum['trials'] ), __( 'of prompts, shown to no member', 'trading-robot-service' ), array( 'only' => 'trial' ) ),
);
$trading_robot_service_drawn = Figures::stack(
	array_map(
		static function ( array $day ): array {
			return array( (int) round( 1e6 * (float) $day['cost'] ) );
		},
		$trading_robot_service_said['days']
	)
);
require __DIR__ . '/admin-ai-tabs.php';
?>
<?php require __DIR__ . '/admin-periods.php'; ?>
<p class="description trp-table">
<?php
/* translators: 1: a date, 2: a date. */
echo esc_html( sprintf( __( '%1$s to %2$s, by days in UTC. Costs are US dollars, as providers charge them.', 'trading-robot-service' ), Screen::day( $trading_robot_service_said['first'] ), Screen::day( $trading_robot_service_said['today'] ) ) );
?>
</p>
<?php if ( ! $trading_robot_service_said['is_operators'] ) : ?>
<p class="trp-empty"><?php esc_html_e( 'You see what was asked on this site. The whole service shows on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php endif; ?>
<?php if ( null !== $trading_robot_service_said['user_id'] ) : ?>
<h2>
	<?php
	/* translators: %s: a member. */
	echo esc_html( sprintf( __( 'Of %s alone', 'trading-robot-service' ), $trading_robot_service_said['name'] ) );
	?>
</h2>
<p><a href="<?php echo esc_url( $data['url']( array( 'period' => $data['period'] ) ) ); ?>"><?php esc_html_e( 'Everybody', 'trading-robot-service' ); ?></a></p>
<?php endif; ?>
<?php if ( $trading_robot_service_month['is_over'] ) : ?>
<div class="notice notice-error inline" role="alert"><p><?php esc_html_e( 'A member costs more this month than the budget, or asks more analyses than a subscription carries. See “This month” below.', 'trading-robot-service' ); ?></p></div>
<?php endif; ?>
<dl class="trp-tiles">
<?php foreach ( $trading_robot_service_tiles as $trading_robot_service_tile ) : ?>
	<div class="trp-tile">
		<dt><?php echo esc_html( $trading_robot_service_tile[0] ); ?></dt>
		<dd>
			<?php if ( null !== $trading_robot_service_tile[3] ) : ?>
			<a class="trp-number" href="<?php echo esc_url( $trading_robot_service_runs( $trading_robot_service_tile[3] ) ); ?>"><?php echo esc_html( $trading_robot_service_tile[1] ); ?></a>
			<?php else : ?>
			<span class="trp-number"><?php echo esc_html( $trading_robot_service_tile[1] ); ?></span>
			<?php endif; ?>
			<span class="description"><?php echo esc_html( $trading_robot_service_tile[2] ); ?></span>
		</dd>
	</div>
<?php endforeach; ?>
</dl>

<section class="trp-panel" aria-labelledby="trp-ai-days">
<h2 id="trp-ai-days"><?php esc_html_e( 'Cost by day', 'trading-robot-service' ); ?></h2>
<?php if ( array() === $trading_robot_service_drawn['bars'] ) : ?>
<p role="status"><?php esc_html_e( 'Nothing was paid for in this time. Set a key of a provider for the service, and what is asked of its models shows here by day.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<svg class="trp-stack" viewBox="0 0 <?php echo esc_attr( (string) Figures::WIDTH ); ?> <?php echo esc_attr( (string) Figures::HEIGHT ); ?>" preserveAspectRatio="none" role="img" aria-labelledby="trp-ai-days">
	<line x1="0" x2="<?php echo esc_attr( (string) Figures::WIDTH ); ?>" y1="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_drawn['zero'] ) ); ?>" y2="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_drawn['zero'] ) ); ?>"></line>
	<?php foreach ( $trading_robot_service_drawn['bars'] as $trading_robot_service_bar ) : ?>
	<rect class="trp-c0" x="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['x'] ) ); ?>" y="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['y'] ) ); ?>" width="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['width'] ) ); ?>" height="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_bar['height'] ) ); ?>"></rect>
	<?php endforeach; ?>
</svg>
<p class="trp-span"><span><?php echo esc_html( Screen::day( $trading_robot_service_said['first'] ) ); ?></span><span><?php echo esc_html( Screen::day( $trading_robot_service_said['today'] ) ); ?></span></p>
<?php endif; ?>
<details>
	<summary><?php esc_html_e( 'Show as table', 'trading-robot-service' ); ?></summary>
	<div class="trp-scroll" tabindex="0" role="region" aria-labelledby="trp-ai-days">
	<table class="widefat striped">
		<thead><tr><th scope="col"><?php esc_html_e( 'Day', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Requests', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Cost', 'trading-robot-service' ); ?></th></tr></thead>
		<tbody>
		<?php foreach ( array_reverse( $trading_robot_service_said['days'] ) as $trading_robot_service_day ) : ?>
		<tr><th scope="row"><a href="<?php echo esc_url( $trading_robot_service_runs( array( 'day' => $trading_robot_service_day['day'] ) ) ); ?>"><?php echo esc_html( Screen::day( $trading_robot_service_day['day'] ) ); ?></a></th>
			<td class="trp-end"><?php echo esc_html( number_format_i18n( $trading_robot_service_day['runs'] ) ); ?></td>
			<td class="trp-end"><?php echo esc_html( Figures::dollars( $trading_robot_service_day['cost'] ) ); ?></td></tr>
		<?php endforeach; ?>
		</tbody>
	</table>
	</div>
</details>
</section>

<section class="trp-panel" aria-labelledby="trp-ai-month">
<h2 id="trp-ai-month"><?php esc_html_e( 'This month', 'trading-robot-service' ); ?></h2>
<table class="widefat striped trp-facts"><tbody>
<?php
$trading_robot_service_facts = array(
	__( 'Cost since the 1st', 'trading-robot-service' )   => Figures::dollars( $trading_robot_service_month['cost'] ),
	__( 'Per member who asked', 'trading-robot-service' ) => Figures::dollars( $trading_robot_service_month['per_member'] ) . ' (' . number_format_i18n( $trading_robot_service_month['members'] ) . ')',
	__( 'Per paying member', 'trading-robot-service' )    => null === $trading_robot_service_month['paying_members'] ? '–' : Figures::dollars( $trading_robot_service_month['per_paying_member'] ) . ' (' . number_format_i18n( $trading_robot_service_month['paying_members'] ) . ')',
	__( 'Budget of one member', 'trading-robot-service' ) => Figures::dollars( $trading_robot_service_month['most'] ),
	/* translators: 1: a number of analyses, 2: a number of analyses. */
	__( 'Analyses of who asked most', 'trading-robot-service' ) => sprintf( __( '%1$s of %2$s that a basic subscription carries', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_month['analyses'] ), number_format_i18n( $trading_robot_service_month['most_analyses'] ) ),
);
foreach ( $trading_robot_service_facts as $trading_robot_service_name => $trading_robot_service_value ) :
	?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( $trading_robot_service_value ); ?></td></tr>
<?php endforeach; ?>
</tbody></table>
<?php if ( array() !== $trading_robot_service_month['dearest'] ) : ?>
<h3><?php esc_html_e( 'Dearest members of the month', 'trading-robot-service' ); ?></h3>
<ol>
	<?php foreach ( $trading_robot_service_month['dearest'] as $trading_robot_service_member ) : ?>
	<li><?php echo esc_html( $trading_robot_service_member['name'] . ': ' . Figures::dollars( $trading_robot_service_member['cost'] ) . ' (' . Figures::percent( (float) $trading_robot_service_member['cost'] / max( 0.01, (float) $trading_robot_service_month['most'] ) ) . ')' ); ?></li>
	<?php endforeach; ?>
</ol>
<?php endif; ?>
<h3><?php esc_html_e( 'Alarms', 'trading-robot-service' ); ?></h3>
<?php if ( array() === $trading_robot_service_said['alarms'] ) : ?>
<p><?php esc_html_e( 'None yet. You are told here, in the log and in the metrics before a limit is used up.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<ul class="ul-disc">
	<?php foreach ( $trading_robot_service_said['alarms'] as $trading_robot_service_alarm ) : ?>
	<li><?php echo esc_html( Screen::when( $trading_robot_service_alarm['told_at'] ) . ': ' . $trading_robot_service_alarm['text'] . ' (' . ( 'member_analyses' === $trading_robot_service_alarm['kind'] ? number_format_i18n( (float) $trading_robot_service_alarm['amount'] ) . ' / ' . number_format_i18n( (float) $trading_robot_service_alarm['limit'] ) : Figures::dollars( $trading_robot_service_alarm['amount'] ) . ' / ' . Figures::dollars( $trading_robot_service_alarm['limit'] ) ) . ')' ); ?></li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>
</section>

<?php require __DIR__ . '/admin-ai-tables.php'; ?>
