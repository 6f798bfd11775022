<?php
/**
 * A sample of the plans: prices and contents are the service's, so none are made up.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-label="<?php esc_attr_e( 'Plans and prices', 'trading-robot-service' ); ?>">
<div class="trp-sec">
<div class="trp-head"><div><h2><?php esc_html_e( 'Plans', 'trading-robot-service' ); ?></h2><p><?php esc_html_e( 'Names, prices and contents come from the service.', 'trading-robot-service' ); ?></p></div></div>
<div class="trp-grid trp-cells trp-tiers">
<?php for ( $trading_robot_service_i = 1; $trading_robot_service_i < 5; $trading_robot_service_i++ ) : ?>
<article class="trp-tier trp-stack">
<h3>
	<?php
	/* translators: %d: 1 to 4. */
	echo esc_html( sprintf( __( 'Plan %d', 'trading-robot-service' ), $trading_robot_service_i ) );
	?>
</h3>
<p class="trp-price">$–<small><?php esc_html_e( 'a month', 'trading-robot-service' ); ?></small></p>
<span class="trp-btn" data-wide><?php esc_html_e( 'Start', 'trading-robot-service' ); ?></span>
<ul class="trp-list"><li><span><?php esc_html_e( 'What it includes', 'trading-robot-service' ); ?></span></li><li data-no><span><?php esc_html_e( 'What it does not', 'trading-robot-service' ); ?></span></li></ul>
</article>
<?php endfor; ?>
</div></div>
<div class="trp-sec"><p class="trp-soft"><?php esc_html_e( 'Below: the comparison of all plans, and questions with answers.', 'trading-robot-service' ); ?></p></div>
</section>
