<?php
/**
 * A sample of the marketplace, as cards or as a list.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-label="<?php esc_attr_e( 'Robot marketplace', 'trading-robot-service' ); ?>">
<div class="trp-sec"><div class="trp-head"><div><h2><?php esc_html_e( 'Robots', 'trading-robot-service' ); ?></h2><p><?php esc_html_e( 'Each with the record that it has so far. The losing ones stay on the list.', 'trading-robot-service' ); ?></p></div></div></div>
<div class="trp-sec">
<?php
if ( 'list' === ( $data['clean']['view'] ?? '' ) ) :
	require __DIR__ . '/board.php';
else :
	?>
<ul class="trp-grid trp-cards" data-cols="2">
	<?php foreach ( array_slice( $data['robots'], 0, 4 ) as $trading_robot_service_robot ) : ?>
<li class="trp-bot">
<div class="trp-foot"><h3><?php echo esc_html( $trading_robot_service_robot['name'] ); ?></h3><span class="trp-tag" data-dot="ring"><?php esc_html_e( 'Paper', 'trading-robot-service' ); ?></span></div>
<div class="trp-stack"><p class="trp-soft"><?php esc_html_e( 'Here stands what the robot does, in its maker’s words.', 'trading-robot-service' ); ?></p></div>
<div class="trp-stack"><svg class="trp-spark" data-fill viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><path class="base" d="M0 14H100" /><path class="<?php echo esc_attr( $trading_robot_service_robot['sign'] ); ?>" d="<?php echo esc_attr( $trading_robot_service_robot['path'] ); ?>" /></svg>
<dl class="trp-stats">
<div><dt><?php esc_html_e( 'Net return', 'trading-robot-service' ); ?></dt><dd><span class="trp-pl" data-sign="<?php echo esc_attr( $trading_robot_service_robot['sign'] ); ?>"><?php echo esc_html( $trading_robot_service_robot['result'] ); ?></span><small><?php echo esc_html( $trading_robot_service_robot['drawdown'] ); ?></small></dd></div>
<div><dt><?php esc_html_e( 'Win rate', 'trading-robot-service' ); ?></dt><dd><?php echo esc_html( $trading_robot_service_robot['win'] ); ?><small><?php echo esc_html( $trading_robot_service_robot['interval'] ); ?></small></dd></div>
<div><dt><?php esc_html_e( 'Profit factor', 'trading-robot-service' ); ?></dt><dd><?php echo esc_html( $trading_robot_service_robot['factor'] ); ?><small><?php echo esc_html( $trading_robot_service_robot['range'] ); ?></small><small><?php echo esc_html( $trading_robot_service_robot['trades'] ); ?></small></dd></div>
</dl></div>
<div class="trp-buy"><p><span class="trp-strong"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></span> <span class="trp-soft">–</span></p><div class="trp-row"><span class="trp-btn" data-size="s"><?php esc_html_e( 'Try demo', 'trading-robot-service' ); ?></span></div></div>
</li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>
</div>
</section>
