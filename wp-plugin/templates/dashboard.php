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
<div class="trp-tabs" aria-hidden="true"><span><span class="trp-skel" data-h="2"></span></span></div>
<div class="trp-sec trp-stack"><p role="status" class="trp-vh"><?php esc_html_e( 'Loading your dashboard', 'trading-robot-service' ); ?></p>
<noscript><p><?php esc_html_e( 'Your dashboard is loaded by a script, so that no cache can keep your figures. Please allow scripts for this site.', 'trading-robot-service' ); ?></p></noscript>
<span class="trp-skel" data-w="1" data-h="2"></span>
<div class="trp-grid" data-cols="4" aria-hidden="true"><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span></div></div>
<div class="trp-sec trp-stack" aria-hidden="true"><span class="trp-skel" data-w="1"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span><span class="trp-skel" data-h="3"></span></div>
<div class="trp-sec trp-stack" aria-hidden="true"><span class="trp-skel" data-w="1"></span><span class="trp-skel"></span><span class="trp-skel"></span><span class="trp-skel" data-w="2"></span></div>
</section>
