<?php
/**
 * How the business does: one part for each currency, then members.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data period, periods, listings, url, file, said.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said  = $data['said'];
$trading_robot_service_means = array_column( $trading_robot_service_said['definitions'], 'text', 'key' );
$trading_robot_service_plans = array(
	'free'    => __( 'Free', 'trading-robot-service' ),
	'low'     => __( 'Low', 'trading-robot-service' ),
	'mid'     => __( 'Mid', 'trading-robot-service' ),
	'premium' => __( 'Premium', 'trading-robot-service' ),
);
$trading_robot_service_rows  = static function ( string $rows ) use ( $data ): string {
	return $data['url']( array( 'rows' => $rows, 'period' => $data['period'] ) );
};
?>
<?php require __DIR__ . '/admin-periods.php'; ?>
<p class="description trp-table">
<?php
/* translators: 1: a date, 2: a date. */
echo esc_html( sprintf( __( '%1$s to %2$s, by days in UTC. Nothing is converted between currencies.', 'trading-robot-service' ), Screen::day( $trading_robot_service_said['first'] ), Screen::day( $trading_robot_service_said['today'] ) ) );
?>
</p>
<?php if ( ! $trading_robot_service_said['is_operators'] ) : ?>
<p class="trp-empty"><?php esc_html_e( 'You see the members who came to this site. Money belongs to the operator of the service and shows on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php elseif ( array() === $trading_robot_service_said['money'] ) : ?>
<p class="trp-empty" role="status"><?php esc_html_e( 'Nothing has been paid yet. With the first paid plan its monthly revenue, its movements and its revenue by stream show here.', 'trading-robot-service' ); ?></p>
<?php endif; ?>
<?php
foreach ( $trading_robot_service_said['money'] as $trading_robot_service_money ) {
	require __DIR__ . '/admin-business-money.php';
}
?>
<section aria-labelledby="trp-members">
<h2 id="trp-members"><?php esc_html_e( 'Members', 'trading-robot-service' ); ?></h2>
<dl class="trp-tiles">
	<div class="trp-tile">
		<dt><?php esc_html_e( 'Sign-ups', 'trading-robot-service' ); ?></dt>
		<dd>
			<a class="trp-number" href="<?php echo esc_url( $trading_robot_service_rows( 'sign_ups' ) ); ?>"><?php echo esc_html( number_format_i18n( array_sum( array_intersect_key( $trading_robot_service_said['sign_ups'], $trading_robot_service_plans ) ) ) ); ?></a>
			<span class="description">
			<?php
			/* translators: %s: a number of members. */
			echo esc_html( sprintf( __( '%s in the period before', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['sign_ups']['before'] ) ) );
			?>
			</span>
			<?php foreach ( $trading_robot_service_plans as $trading_robot_service_key => $trading_robot_service_label ) : ?>
			<br><span><?php echo esc_html( $trading_robot_service_label . ': ' . number_format_i18n( $trading_robot_service_said['sign_ups'][ $trading_robot_service_key ] ) ); ?></span>
			<?php endforeach; ?>
			<details><summary><?php esc_html_e( 'What this means', 'trading-robot-service' ); ?></summary><p><?php echo esc_html( $trading_robot_service_means['sign_ups'] ); ?></p></details>
		</dd>
	</div>
	<div class="trp-tile">
		<dt><?php esc_html_e( 'Active members', 'trading-robot-service' ); ?></dt>
		<dd>
			<span class="trp-number"><?php echo esc_html( number_format_i18n( $trading_robot_service_said['active']['month'] ) ); ?></span>
			<span class="description">
			<?php
			/* translators: 1: a number of members, 2: a number of members. */
			echo esc_html( sprintf( __( 'within 30 days; %1$s within 7, %2$s today', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['active']['week'] ), number_format_i18n( $trading_robot_service_said['active']['day'] ) ) );
			?>
			</span>
			<details><summary><?php esc_html_e( 'What this means', 'trading-robot-service' ); ?></summary><p><?php echo esc_html( $trading_robot_service_means['active'] ); ?></p></details>
		</dd>
	</div>
	<?php if ( null !== $trading_robot_service_said['trials'] ) : ?>
	<div class="trp-tile">
		<dt><?php esc_html_e( 'Trials that became plans', 'trading-robot-service' ); ?></dt>
		<dd>
			<a class="trp-number" href="<?php echo esc_url( $trading_robot_service_rows( 'trials' ) ); ?>"><?php echo esc_html( Figures::percent( $trading_robot_service_said['trials']['ratio'] ) ); ?></a>
			<span class="description">
			<?php
			/* translators: 1: a number of trials, 2: a number of trials. */
			echo esc_html( sprintf( __( '%1$s of %2$s that ended', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['trials']['converted'] ), number_format_i18n( $trading_robot_service_said['trials']['ended'] ) ) );
			?>
			</span>
			<details><summary><?php esc_html_e( 'What this means', 'trading-robot-service' ); ?></summary><p><?php echo esc_html( $trading_robot_service_means['trials'] ); ?></p></details>
		</dd>
	</div>
	<?php endif; ?>
	<?php if ( null !== $trading_robot_service_said['creators'] ) : ?>
	<div class="trp-tile">
		<dt><?php esc_html_e( 'Creators', 'trading-robot-service' ); ?></dt>
		<dd>
			<span class="trp-number"><?php echo esc_html( number_format_i18n( $trading_robot_service_said['creators']['total'] ) ); ?></span>
			<span class="description">
			<?php
			/* translators: 1: a number of creators, 2: a number of subscribers, 3: a percentage, 4: a percentage. */
			echo esc_html( sprintf( __( '%1$s active, with %2$s subscribers each; churn %3$s, kept after half a year %4$s', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['creators']['active'] ), null === $trading_robot_service_said['creators']['subscribers_each'] ? '–' : number_format_i18n( $trading_robot_service_said['creators']['subscribers_each'], 1 ), Figures::percent( $trading_robot_service_said['creators']['churn'] ), Figures::percent( $trading_robot_service_said['creators']['retention'] ) ) );
			?>
			</span>
			<details><summary><?php esc_html_e( 'What this means', 'trading-robot-service' ); ?></summary><p><?php echo esc_html( $trading_robot_service_means['creators'] ); ?></p></details>
		</dd>
	</div>
	<?php endif; ?>
</dl>
</section>

<section class="trp-panel" aria-labelledby="trp-funnel">
<h2 id="trp-funnel"><?php esc_html_e( 'From free to premium', 'trading-robot-service' ); ?></h2>
<p class="description"><?php echo esc_html( $trading_robot_service_means['funnel'] ); ?></p>
<?php if ( array() === $trading_robot_service_said['funnel'] ) : ?>
<p role="status"><?php esc_html_e( 'Nobody has signed up in this time.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Sign-ups by week and source, and who has paid since', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Week from', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Source', 'trading-robot-service' ); ?></th>
		<th scope="col" class="trp-end"><?php esc_html_e( 'Signed up', 'trading-robot-service' ); ?></th>
		<?php foreach ( array( 'low', 'mid', 'premium' ) as $trading_robot_service_key ) : ?>
		<th scope="col" class="trp-end"><?php echo esc_html( $trading_robot_service_plans[ $trading_robot_service_key ] ); ?></th>
		<?php endforeach; ?>
	</tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_said['funnel'] as $trading_robot_service_row ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::day( $trading_robot_service_row['week'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Source', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_row['source'] ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Signed up', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_row['signed_up'] ) ); ?></td>
		<?php foreach ( array( 'low', 'mid', 'premium' ) as $trading_robot_service_key ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_plans[ $trading_robot_service_key ] ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_row[ $trading_robot_service_key ] ) . ' (' . Figures::percent( $trading_robot_service_row[ $trading_robot_service_key ] / max( 1, $trading_robot_service_row['signed_up'] ) ) . ')' ); ?></td>
		<?php endforeach; ?>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
</section>

<?php
if ( isset( $trading_robot_service_said['calls'] ) ) {
	require __DIR__ . '/admin-business-calls.php';
}
if ( isset( $trading_robot_service_said['mails'] ) ) {
	require __DIR__ . '/admin-business-mails.php';
}
?>

<section class="trp-panel" aria-labelledby="trp-rows">
<h2 id="trp-rows"><?php esc_html_e( 'Rows and files', 'trading-robot-service' ); ?></h2>
<ul>
<?php foreach ( $data['listings'] as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<?php if ( $trading_robot_service_said['is_operators'] || in_array( $trading_robot_service_key, array( 'sign_ups', 'calls' ), true ) ) : ?>
	<li><a href="<?php echo esc_url( $trading_robot_service_rows( $trading_robot_service_key ) ); ?>"><?php echo esc_html( $trading_robot_service_label ); ?></a>
		<a href="<?php echo esc_url( $data['file']( $trading_robot_service_key ) ); ?>" aria-label="<?php echo esc_attr( $trading_robot_service_label . ', CSV' ); ?>">CSV</a></li>
	<?php endif; ?>
<?php endforeach; ?>
</ul>
</section>
