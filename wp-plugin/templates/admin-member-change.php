<?php
/**
 * What another plan costs a member who pays, and the form that changes it.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, change, why, place, action, back.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_change = $data['change'];
$trading_robot_service_member = $data['said']['member'];
$trading_robot_service_user   = get_userdata( (int) $trading_robot_service_member['wp_user_id'] );
$trading_robot_service_sum    = static function ( $minor ) use ( $trading_robot_service_change ): string {
	return Figures::money( $minor, (string) $trading_robot_service_change['currency'], (int) $trading_robot_service_change['digits'] );
};
?>
<p><a href="<?php echo esc_url( $data['back'] ); ?>"><?php esc_html_e( 'Back to the member', 'trading-robot-service' ); ?></a></p>
<h2><?php echo esc_html( false === $trading_robot_service_user ? $trading_robot_service_member['username'] : $trading_robot_service_user->display_name ); ?></h2>
<h3><?php esc_html_e( 'Change the plan', 'trading-robot-service' ); ?></h3>
<?php if ( null === $trading_robot_service_change ) : ?>
<div class="notice notice-error inline" role="alert"><p><?php echo esc_html( $data['why'] ); ?></p></div>
<?php else : ?>
	<?php
	$trading_robot_service_is_year = 'year' === $trading_robot_service_change['interval'];
	$trading_robot_service_facts   = array(
		__( 'New plan', 'trading-robot-service' ) => $trading_robot_service_change['name'],
		__( 'Price from then on, before tax', 'trading-robot-service' ) => $trading_robot_service_is_year
			/* translators: %s: an amount of money. */
			? sprintf( __( '%s a year', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_change['price_minor'] ) )
			/* translators: %s: an amount of money. */
			: sprintf( __( '%s a month', 'trading-robot-service' ), $trading_robot_service_sum( $trading_robot_service_change['price_minor'] ) ),
		__( 'From', 'trading-robot-service' )     => 'now' === $trading_robot_service_change['when']
			? __( 'At once', 'trading-robot-service' )
			/* translators: %s: a date with a time. */
			: sprintf( __( '%s, when what is paid is used up', 'trading-robot-service' ), Screen::when( $trading_robot_service_change['takes_effect_at'] ) ),
		__( 'The member pays today, with tax', 'trading-robot-service' ) => $trading_robot_service_sum( $trading_robot_service_change['due_minor'] ),
		__( 'Credited for later invoices', 'trading-robot-service' ) => $trading_robot_service_sum( $trading_robot_service_change['credit_minor'] ),
	);
	?>
<table class="widefat striped trp-facts"><tbody>
	<?php foreach ( $trading_robot_service_facts as $trading_robot_service_name => $trading_robot_service_value ) : ?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( (string) $trading_robot_service_value ); ?></td></tr>
	<?php endforeach; ?>
</tbody></table>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'] ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="member" value="<?php echo esc_attr( (string) $trading_robot_service_member['id'] ); ?>">
	<input type="hidden" name="place" value="<?php echo esc_attr( $data['place'] ); ?>">
	<input type="hidden" name="interval" value="<?php echo esc_attr( $trading_robot_service_change['interval'] ); ?>">
	<input type="hidden" name="proration_at" value="<?php echo esc_attr( (string) $trading_robot_service_change['proration_at'] ); ?>">
	<div class="trp-field"><label for="trp-change-reason"><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?></label><input type="text" id="trp-change-reason" name="reason" required minlength="3" maxlength="300" aria-describedby="trp-change-help"></div>
	<p><button type="submit" name="step" value="change" class="button button-primary"><?php esc_html_e( 'Change the plan', 'trading-robot-service' ); ?></button></p>
	<p class="description" id="trp-change-help"><?php esc_html_e( 'The member’s own card is charged or credited, and the member is told by mail. These amounts hold for 15 minutes. The reason is kept in the audit log; do not name anybody in it.', 'trading-robot-service' ); ?></p>
</form>
<?php endif; ?>
