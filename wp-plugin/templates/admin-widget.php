<?php
/**
 * Four figures on WordPress' own dashboard.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, url.
 */

defined( 'ABSPATH' ) || exit;

?>
<?php if ( null === $data['said'] ) : ?>
<p><?php esc_html_e( 'The service does not answer right now, or this site is not connected.', 'trading-robot-service' ); ?></p>
<?php else : ?>
	<?php
	$trading_robot_service_rows = array(
		__( 'Members', 'trading-robot-service' )       => $data['said']['members']['total'],
		__( 'Active today', 'trading-robot-service' )  => $data['said']['members']['active_today'],
		__( 'Fills today', 'trading-robot-service' )   => $data['said']['fills_today'],
		__( 'Errors in 24 hours', 'trading-robot-service' ) => $data['said']['errors'],
	);
	?>
<table class="widefat striped"><tbody>
	<?php foreach ( $trading_robot_service_rows as $trading_robot_service_name => $trading_robot_service_value ) : ?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( number_format_i18n( (float) $trading_robot_service_value ) ); ?></td></tr>
	<?php endforeach; ?>
</tbody></table>
	<?php if ( $data['said']['open_cases'] > 0 ) : ?>
<p><a href="<?php echo esc_url( admin_url( 'admin.php?page=trading-robot-service-moderation' ) ); ?>">
		<?php
		/* translators: %s: a number. */
		echo esc_html( sprintf( _n( '%s case waits for a decision.', '%s cases wait for a decision.', (int) $data['said']['open_cases'], 'trading-robot-service' ), number_format_i18n( $data['said']['open_cases'] ) ) );
		?>
</a></p>
	<?php endif; ?>
<?php endif; ?>
<p><a class="button" href="<?php echo esc_url( $data['url'] ); ?>"><?php esc_html_e( 'Overview', 'trading-robot-service' ); ?></a></p>
