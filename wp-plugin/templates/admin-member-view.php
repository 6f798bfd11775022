<?php
/**
 * A member's dashboard in a view that only reads.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data view, html, member, name, action, back.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

if ( null === $data['view'] ) :
	?>
<div class="notice notice-info inline" role="status"><p><?php esc_html_e( 'This view has ended. Open another one if you need it.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( $data['back'] ); ?>"><?php esc_html_e( 'Back to the member', 'trading-robot-service' ); ?></a></p></div>
	<?php
	return;
endif;
?>
<div class="notice notice-warning inline" role="status">
	<p><strong>
	<?php
	/* translators: 1: name of the member, 2: name of the administrator, 3: a time. */
	echo esc_html( sprintf( __( 'You see the dashboard of %1$s. Only reading, by %2$s, until %3$s.', 'trading-robot-service' ), $data['name'], wp_get_current_user()->display_name, Screen::when( $data['view']['ends_at'] ) ) );
	?>
	</strong></p>
	<p>
	<?php
	/* translators: %s: a reason. */
	echo esc_html( sprintf( __( 'Reason: %s', 'trading-robot-service' ), $data['view']['reason'] ) );
	?>
	· <?php esc_html_e( 'The member finds this view in their security activity. Settings and keys are not shown, and figures stand still.', 'trading-robot-service' ); ?></p>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
		<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
		<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
		<input type="hidden" name="member" value="<?php echo esc_attr( $data['member'] ); ?>">
		<p><button type="submit" name="step" value="unview" class="button button-primary"><?php esc_html_e( 'End this view', 'trading-robot-service' ); ?></button></p>
	</form>
</div>
<?php if ( '' === $data['html'] ) : ?>
<p role="status"><?php esc_html_e( 'The dashboard cannot be shown right now. Try again in a minute.', 'trading-robot-service' ); ?></p>
<?php else : ?>
	<?php
	// Cleaned by Html::clean() and stilled by MemberView.
	echo $data['html']; // phpcs:ignore WordPress.Security.EscapeOutput
	?>
<?php endif; ?>
