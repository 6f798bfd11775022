<?php
/**
 * The frame of an administrator's screen, and what it says when there is nothing to show.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data title, note, state, text, ref, inner.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_texts = array(
	'none'       => __( 'This site is not connected to a service yet.', 'trading-robot-service' ),
	'unreadable' => __( 'The secret of the connection cannot be read. Please connect again.', 'trading-robot-service' ),
	'moved'      => __( 'The connection is paused: this site has another address than when it was connected.', 'trading-robot-service' ),
	'away'       => __( 'The service does not answer right now. Pages show the last known values; try again in a minute.', 'trading-robot-service' ),
	'absent'     => __( 'There is no such thing on this site.', 'trading-robot-service' ),
	'refused'    => __( 'The service did not accept this.', 'trading-robot-service' ),
);
$trading_robot_service_text  = $trading_robot_service_texts[ $data['state'] ] ?? $trading_robot_service_texts['refused'];
?>
<div class="wrap trp-admin">
<h1><?php echo esc_html( $data['title'] ); ?></h1>
<?php if ( null !== $data['note'] ) : ?>
<div class="notice notice-<?php echo esc_attr( $data['note'][0] ); ?>" role="<?php echo esc_attr( 'success' === $data['note'][0] ? 'status' : 'alert' ); ?>"><p><?php echo esc_html( $data['note'][1] ); ?></p></div>
<?php endif; ?>
<?php if ( '' !== $data['inner'] ) : ?>
	<?php
	// Rendered by a template of ours, which escapes what it prints.
	echo $data['inner']; // phpcs:ignore WordPress.Security.EscapeOutput
	?>
<?php else : ?>
<div class="notice notice-warning inline" role="status"><p>
	<?php echo esc_html( $trading_robot_service_text ); ?>
	<?php
	if ( 'refused' === $data['state'] || 'invalid' === $data['state'] ) {
		echo esc_html( $data['text'] );
	}
	?>
	<?php
	if ( ! empty( $data['ref'] ) ) {
		/* translators: %s: a short code that names this request in the log. */
		echo esc_html( sprintf( __( 'Reference: %s', 'trading-robot-service' ), $data['ref'] ) );
	}
	?>
</p></div>
	<?php if ( in_array( $data['state'], array( 'none', 'unreadable', 'moved' ), true ) ) : ?>
<p><a class="button button-primary" href="<?php echo esc_url( admin_url( 'options-general.php?page=trading-robot-service' ) ); ?>"><?php esc_html_e( 'Go to the settings', 'trading-robot-service' ); ?></a></p>
	<?php endif; ?>
<?php endif; ?>
</div>
