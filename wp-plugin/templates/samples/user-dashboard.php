<?php
/**
 * A sample of the dashboard; never the editor's own.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_tabs  = array(
	'overview' => __( 'Overview', 'trading-robot-service' ),
	'robots'   => __( 'Robots', 'trading-robot-service' ),
	'journal'  => __( 'Journal', 'trading-robot-service' ),
	'accounts' => __( 'Accounts', 'trading-robot-service' ),
	'settings' => __( 'Settings', 'trading-robot-service' ),
);
$trading_robot_service_tiles = array(
	__( 'Today', 'trading-robot-service' )      => array( '+$12.40', 'up' ),
	__( 'This week', 'trading-robot-service' )  => array( '−$38.15', 'down' ),
	__( 'This month', 'trading-robot-service' ) => array( '+$104.90', 'up' ),
	__( 'All time', 'trading-robot-service' )   => array( '−$57.30', 'down' ),
);
?>
<section class="trp" aria-label="<?php esc_attr_e( 'Your dashboard', 'trading-robot-service' ); ?>">
<div class="trp-tabs">
<?php foreach ( $trading_robot_service_tabs as $trading_robot_service_tab => $trading_robot_service_label ) : ?>
<a
	<?php if ( ( $data['clean']['tab'] ?? 'overview' ) === $trading_robot_service_tab ) : ?>
	aria-current="page"
	<?php endif; ?>
><?php echo esc_html( $trading_robot_service_label ); ?></a>
<?php endforeach; ?>
</div>
<div class="trp-sec">
<div class="trp-head"><div><h2><?php esc_html_e( 'Overview', 'trading-robot-service' ); ?></h2><p><?php esc_html_e( 'A sample member, who does not exist. Each member sees only their own figures; visitors are asked to sign in.', 'trading-robot-service' ); ?></p></div></div>
<dl class="trp-grid trp-cells" data-cols="4">
<?php foreach ( $trading_robot_service_tiles as $trading_robot_service_label => $trading_robot_service_value ) : ?>
<div class="trp-tile"><dt class="trp-label"><?php echo esc_html( $trading_robot_service_label ); ?></dt><dd><span class="trp-big"><span class="trp-pl" data-arrow data-sign="<?php echo esc_attr( $trading_robot_service_value[1] ); ?>"><?php echo esc_html( $trading_robot_service_value[0] ); ?></span></span></dd></div>
<?php endforeach; ?>
</dl></div>
<div class="trp-sec trp-stack"><h3><?php esc_html_e( 'Your robots', 'trading-robot-service' ); ?></h3><?php require __DIR__ . '/board.php'; ?></div>
</section>
