<?php
/**
 * The plans.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:0"><?php if ( Patterns::has_title() ) : ?>
<!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'Pricing', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->
<?php endif; ?>

<!-- wp:paragraph -->
<p><?php esc_html_e( 'What each plan costs and includes, and what is still in preparation. You can read every public record without any of them.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:trading-robot-service/pricing /-->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"2rem"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:2rem"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'What a plan must earn', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'A price is a cost like any other. At 30 dollars a month, a plan costs 360 a year: on an account of 10,000 dollars a robot must earn 3.6 percent before you have earned anything, on 1,000 dollars it is 36. Start with the free plan until you know what you would pay for.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Start Free', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'See Performance', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons --></div>
<!-- /wp:group -->
