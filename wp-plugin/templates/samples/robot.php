<?php
/**
 * A sample of one robot's record.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_robot = $data['robots'][0];
$trading_robot_service_cells = array(
	__( 'Net return', 'trading-robot-service' )    => $trading_robot_service_robot['result'],
	__( 'Win rate', 'trading-robot-service' )      => $trading_robot_service_robot['win'],
	__( 'Profit factor', 'trading-robot-service' ) => $trading_robot_service_robot['factor'] . ' (' . $trading_robot_service_robot['range'] . ')',
	__( '95% interval', 'trading-robot-service' )  => $trading_robot_service_robot['interval'],
	__( 'Drawdown', 'trading-robot-service' )      => $trading_robot_service_robot['drawdown'],
	__( 'Trades', 'trading-robot-service' )        => $trading_robot_service_robot['trades'],
);
?>
<section class="trp" aria-label="<?php echo esc_attr( $trading_robot_service_robot['name'] ); ?>">
<div class="trp-sec trp-stack">
<div class="trp-head"><div><h2><?php echo esc_html( $trading_robot_service_robot['name'] ); ?></h2>
<?php if ( isset( $data['clean']['robot'] ) ) : ?>
<p>
	<?php
	/* translators: %s: id of a robot. */
	echo esc_html( sprintf( __( 'On the page stands the record of “%s”.', 'trading-robot-service' ), $data['clean']['robot'] ) );
	?>
</p>
<?php endif; ?>
</div></div>
<dl class="trp-grid trp-cells trp-six" data-cols="3">
<?php foreach ( $trading_robot_service_cells as $trading_robot_service_label => $trading_robot_service_value ) : ?>
<div><dt class="trp-label"><?php echo esc_html( $trading_robot_service_label ); ?></dt><dd><span class="trp-fig"><?php echo esc_html( $trading_robot_service_value ); ?></span></dd></div>
<?php endforeach; ?>
</dl></div>
<div class="trp-sec trp-stack"><h3><?php esc_html_e( 'Return and drawdown', 'trading-robot-service' ); ?></h3>
<svg class="trp-spark" data-fill viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><path class="base" d="M0 14H100" /><path class="up" d="<?php echo esc_attr( $trading_robot_service_robot['path'] ); ?>" /></svg></div>
</section>
