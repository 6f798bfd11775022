<?php
/**
 * One member: how much is kept, what was asked, what failed.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, models, money, action, page, list.
 */

use TradingRobotService\Admin\Ai;
use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\MemberView;
use TradingRobotService\Admin\Moderation;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said   = $data['said'];
$trading_robot_service_member = $trading_robot_service_said['member'];
$trading_robot_service_user   = get_userdata( (int) $trading_robot_service_member['wp_user_id'] );
$trading_robot_service_states = Moderation::states();
$trading_robot_service_asked  = array();
if ( null !== $trading_robot_service_said['public_name'] ) {
	/* translators: %s: a name. */
	$trading_robot_service_asked[] = array( sprintf( __( 'Public name “%s”', 'trading-robot-service' ), $trading_robot_service_said['public_name']['subject'] ), $trading_robot_service_said['public_name'] );
}
foreach ( $trading_robot_service_said['reports'] as $trading_robot_service_report ) {
	/* translators: %s: a robot. */
	$trading_robot_service_asked[] = array( sprintf( __( 'Report of %s', 'trading-robot-service' ), $trading_robot_service_report['subject'] ), $trading_robot_service_report );
}
$trading_robot_service_facts = array(
	__( 'Pseudonym on boards', 'trading-robot-service' ) => $trading_robot_service_member['pseudonym'],
	__( 'Plan', 'trading-robot-service' )                => $trading_robot_service_member['tier'],
	__( 'Joined', 'trading-robot-service' )              => Screen::when( $trading_robot_service_member['joined_at'] ),
	__( 'Last here', 'trading-robot-service' )           => Screen::day( $trading_robot_service_member['last_seen_on'] ),
	__( 'Fills today', 'trading-robot-service' )         => number_format_i18n( $trading_robot_service_said['fills_today'] ),
	__( 'Fills in 14 days', 'trading-robot-service' )    => number_format_i18n( $trading_robot_service_said['fills_in_14_days'] ),
	__( 'State', 'trading-robot-service' )               => $trading_robot_service_member['is_disabled'] ? __( 'Disabled here', 'trading-robot-service' ) : __( 'Active', 'trading-robot-service' ),
);
?>
<p><a href="<?php echo esc_url( $data['list'] ); ?>"><?php esc_html_e( 'All members', 'trading-robot-service' ); ?></a></p>
<h2><?php echo esc_html( false === $trading_robot_service_user ? $trading_robot_service_member['username'] : $trading_robot_service_user->display_name ); ?></h2>
<?php if ( false !== $trading_robot_service_user && current_user_can( 'edit_user', $trading_robot_service_user->ID ) ) : ?>
<p><?php echo esc_html( $trading_robot_service_user->user_email ); ?> · <a href="<?php echo esc_url( get_edit_user_link( $trading_robot_service_user->ID ) ); ?>"><?php esc_html_e( 'WordPress profile', 'trading-robot-service' ); ?></a></p>
<?php endif; ?>
<table class="widefat striped trp-facts"><tbody>
<?php foreach ( $trading_robot_service_facts as $trading_robot_service_name => $trading_robot_service_value ) : ?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( (string) $trading_robot_service_value ); ?></td></tr>
<?php endforeach; ?>
</tbody></table>

<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'] ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="member" value="<?php echo esc_attr( (string) $trading_robot_service_member['id'] ); ?>">
	<p>
	<?php if ( $trading_robot_service_member['is_disabled'] ) : ?>
	<button type="submit" name="step" value="enable" class="button button-primary"><?php esc_html_e( 'Let this member in again', 'trading-robot-service' ); ?></button>
	<?php else : ?>
	<button type="submit" name="step" value="disable" class="button" aria-describedby="trp-disable-help"><?php esc_html_e( 'Disable on this site', 'trading-robot-service' ); ?></button>
	<?php endif; ?>
	</p>
	<p class="description" id="trp-disable-help"><?php esc_html_e( 'Disabling shuts the member out of the service’s pages on this site. Records stay, other sites do not notice, and keys for programs that the member made go on working: revoking those is up to the member or the operator of the service.', 'trading-robot-service' ); ?></p>
</form>

<?php
if ( null !== $data['money'] && MemberView::may_open( $trading_robot_service_user ) && ! $trading_robot_service_member['is_disabled'] ) :
	?>
<h3><?php esc_html_e( 'See what this member sees', 'trading-robot-service' ); ?></h3>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="member" value="<?php echo esc_attr( (string) $trading_robot_service_member['id'] ); ?>">
	<div class="trp-field"><label for="trp-view-reason"><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?></label><input type="text" id="trp-view-reason" name="reason" required minlength="3" maxlength="300" aria-describedby="trp-view-help"></div>
	<p><button type="submit" name="step" value="view" class="button"><?php esc_html_e( 'Open their dashboard', 'trading-robot-service' ); ?></button></p>
	<p class="description" id="trp-view-help"><?php esc_html_e( 'Only reading, for 15 minutes. The member finds it in their security activity.', 'trading-robot-service' ); ?></p>
</form>
	<?php
endif;
if ( null !== $data['money'] ) {
	require __DIR__ . '/admin-member-money.php';
}
if ( null !== $data['models'] ) :
	$trading_robot_service_sums = $data['models']['totals'];
	?>
<h3><?php esc_html_e( 'Asked of models in 30 days', 'trading-robot-service' ); ?></h3>
<p>
	<?php
	/* translators: 1: a number of requests, 2: how many failed, 3: an amount of money, 4: an amount of money. */
	echo esc_html( sprintf( __( '%1$s requests, %2$s failed; cost to the service %3$s, by own keys %4$s.', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_sums['runs'] ), number_format_i18n( $trading_robot_service_sums['failed'] ), Figures::dollars( $trading_robot_service_sums['cost'] ), Figures::dollars( $trading_robot_service_sums['own_cost'] ) ) );
	?>
	<a href="<?php echo esc_url( admin_url( 'admin.php?page=' . Ai::PAGE . '&user=' . (int) $trading_robot_service_member['user_id'] ) ); ?>"><?php esc_html_e( 'By day, model and task', 'trading-robot-service' ); ?></a>
</p>
	<?php
endif;
?>

<h3><?php esc_html_e( 'Robots with a record', 'trading-robot-service' ); ?></h3>
<?php if ( array() === $trading_robot_service_said['robots'] ) : ?>
<p><?php esc_html_e( 'None yet.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<ul class="ul-disc">
	<?php foreach ( $trading_robot_service_said['robots'] as $trading_robot_service_robot ) : ?>
	<li><?php echo esc_html( $trading_robot_service_robot['name'] . ' (' . implode( ', ', $trading_robot_service_robot['kinds'] ) . ')' ); ?></li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>

<h3><?php esc_html_e( 'Asked and reported', 'trading-robot-service' ); ?></h3>
<?php if ( array() === $trading_robot_service_asked ) : ?>
<p><?php esc_html_e( 'Nothing yet.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Case', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Since', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Answer', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_asked as $trading_robot_service_row ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_row[0] ); ?></th>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_states[ $trading_robot_service_row[1]['state'] ] ?? $trading_robot_service_row[1]['state'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Since', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_row[1]['decided_at'] ?? $trading_robot_service_row[1]['created_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Answer', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === $trading_robot_service_row[1]['note'] ? '–' : $trading_robot_service_row[1]['note'] ); ?></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>

<h3><?php esc_html_e( 'What failed for this member of late', 'trading-robot-service' ); ?></h3>
<?php
$trading_robot_service_lines = $trading_robot_service_said['log'];
require __DIR__ . '/admin-lines.php';
