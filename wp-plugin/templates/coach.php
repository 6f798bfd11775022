<?php
/**
 * A skeleton of the coach, of about its final size, that loads itself.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data src.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-busy="true" aria-label="<?php esc_attr_e( 'AI coach', 'trading-robot-service' ); ?>" hx-get="<?php echo esc_attr( $data['src'] ); ?>" hx-trigger="load" hx-swap="outerHTML">
<div class="trp-sec"><p role="status" class="trp-vh"><?php esc_html_e( 'Loading the coach', 'trading-robot-service' ); ?></p>
<noscript><p><?php esc_html_e( 'The coach is loaded by a script, so that no cache can keep what is yours. Please allow scripts for this site.', 'trading-robot-service' ); ?></p></noscript>
<div class="trp-stack" aria-hidden="true"><span class="trp-skel" data-w="2"></span><span class="trp-skel trp-skel-desk"></span></div></div>
</section>
