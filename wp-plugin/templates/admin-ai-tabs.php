<?php
/**
 * The parts of the screen.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data part, url.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_tabs = array(
	''         => __( 'Use and cost', 'trading-robot-service' ),
	'health'   => __( 'Health', 'trading-robot-service' ),
	'settings' => __( 'Limits and models', 'trading-robot-service' ),
	'prompts'  => __( 'Prompts', 'trading-robot-service' ),
);
$trading_robot_service_whole = array(
	'runs'   => '',
	'prompt' => 'prompts',
);
$trading_robot_service_part  = $trading_robot_service_whole[ $data['part'] ] ?? $data['part'];
?>
<nav class="nav-tab-wrapper" aria-label="<?php esc_attr_e( 'Parts', 'trading-robot-service' ); ?>">
<?php foreach ( $trading_robot_service_tabs as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<a class="nav-tab<?php echo $trading_robot_service_part === $trading_robot_service_key ? ' nav-tab-active' : ''; ?>" <?php echo $trading_robot_service_part === $trading_robot_service_key ? 'aria-current="page"' : ''; ?> href="<?php echo esc_url( $data['url']( array_filter( array( 'part' => $trading_robot_service_key ), 'strlen' ) ) ); ?>"><?php echo esc_html( $trading_robot_service_label ); ?></a>
<?php endforeach; ?>
</nav>
