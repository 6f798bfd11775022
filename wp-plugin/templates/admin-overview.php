<?php
/**
 * The overview page.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data status, ping.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_rows = array();
if ( null !== $data['ping'] && $data['ping']['ok'] ) {
	$trading_robot_service_said = $data['ping']['data'];
	$trading_robot_service_rows = array(
		__( 'State', 'trading-robot-service' )           => $trading_robot_service_said['state'] ?? '–',
		__( 'Service version', 'trading-robot-service' ) => $trading_robot_service_said['service_version'] ?? '–',
		__( 'Answer in', 'trading-robot-service' )       => $data['ping']['latency_ms'] . ' ms',
		__( 'Clocks differ by', 'trading-robot-service' ) => ( $data['ping']['skew_s'] ?? '–' ) . ' s',
	);
	foreach ( (array) ( $trading_robot_service_said['counts'] ?? array() ) as $trading_robot_service_name => $trading_robot_service_count ) {
		$trading_robot_service_rows[ (string) $trading_robot_service_name ] = number_format_i18n( (float) $trading_robot_service_count );
	}
}
?>
<div class="wrap">
<h1><?php esc_html_e( 'Trading robots', 'trading-robot-service' ); ?></h1>
<?php if ( null === $data['ping'] ) : ?>
<p><?php esc_html_e( 'This site is not connected to a service.', 'trading-robot-service' ); ?></p>
<?php elseif ( ! $data['ping']['ok'] ) : ?>
<div class="notice notice-warning inline"><p><?php esc_html_e( 'The service does not answer right now. Pages show the last known values.', 'trading-robot-service' ); ?></p></div>
<?php else : ?>
<table class="widefat striped" style="max-width:40em"><tbody>
	<?php foreach ( $trading_robot_service_rows as $trading_robot_service_name => $trading_robot_service_value ) : ?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( (string) $trading_robot_service_value ); ?></td></tr>
	<?php endforeach; ?>
</tbody></table>
<?php endif; ?>
<h2><?php esc_html_e( 'Pages', 'trading-robot-service' ); ?></h2>
<ul>
<?php foreach ( $data['status']['pages'] as $trading_robot_service_url ) : ?>
<li><a href="<?php echo esc_url( $trading_robot_service_url ); ?>"><?php echo esc_html( $trading_robot_service_url ); ?></a></li>
<?php endforeach; ?>
</ul>
<p><a class="button" href="<?php echo esc_url( admin_url( 'options-general.php?page=trading-robot-service' ) ); ?>"><?php esc_html_e( 'Settings', 'trading-robot-service' ); ?></a></p>
</div>
