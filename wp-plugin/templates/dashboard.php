<?php
/**
 * A skeleton of the dashboard, of about its final size, that loads itself.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data src.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-busy="true" aria-label="<?php esc_attr_e( 'Your dashboard', 'trading-robot-service' ); ?>" hx-get="<?php echo esc_attr( $data['src'] ); ?>" hx-trigger="load" hx-swap="outerHTML">
<div class="trp-tabs" aria-hidden="true"><span><span class="trp-skel" data-h="6"></span></span></div>
<div class="trp-sec"><p role="status" class="trp-vh"><?php esc_html_e( 'Loading your dashboard', 'trading-robot-service' ); ?></p>
<noscript><p><?php esc_html_e( 'Your dashboard is loaded by a script, so that no cache can keep your figures. Please allow scripts for this site.', 'trading-robot-service' ); ?></p></noscript>
<div class="trp-head" aria-hidden="true"><div><span class="trp-skel" data-w="1" data-h="5"></span></div></div>
<div class="trp-grid trp-cells" data-cols="4" aria-hidden="true">
<?php for ( $trading_robot_service_i = 0; $trading_robot_service_i < 4; $trading_robot_service_i++ ) : ?>
<div><span class="trp-skel" data-h="3"></span></div>
<?php endfor; ?>
</div></div>
<div class="trp-sec trp-split" aria-hidden="true"><div class="trp-stack"><span class="trp-skel" data-w="1" data-h="5"></span><span class="trp-skel" data-h="4"></span></div>
<div class="trp-panel trp-stack"><span class="trp-skel" data-w="1"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span></div></div>
<div class="trp-sec trp-split" aria-hidden="true">
<?php foreach ( array( 8, 3 ) as $trading_robot_service_rows ) : ?>
<div class="trp-stack"><span class="trp-skel" data-w="1"></span>
	<?php for ( $trading_robot_service_i = 0; $trading_robot_service_i < $trading_robot_service_rows; $trading_robot_service_i++ ) : ?>
<span class="trp-skel" data-h="5"></span>
<?php endfor; ?>
</div>
<?php endforeach; ?>
</div>
</section>
