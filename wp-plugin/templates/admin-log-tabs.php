<?php
/**
 * The two logs of the screen.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data view, url.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_tabs = array(
	''      => __( 'Failures', 'trading-robot-service' ),
	'audit' => __( 'Changes of rights', 'trading-robot-service' ),
);
?>
<nav class="nav-tab-wrapper" aria-label="<?php esc_attr_e( 'Logs', 'trading-robot-service' ); ?>">
<?php foreach ( $trading_robot_service_tabs as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<a class="nav-tab<?php echo $data['view'] === $trading_robot_service_key ? ' nav-tab-active' : ''; ?>" <?php echo $data['view'] === $trading_robot_service_key ? 'aria-current="page"' : ''; ?> href="<?php echo esc_url( $data['url']( '' === $trading_robot_service_key ? array() : array( 'view' => $trading_robot_service_key ) ) ); ?>"><?php echo esc_html( $trading_robot_service_label ); ?></a>
<?php endforeach; ?>
</nav>
