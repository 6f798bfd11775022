<?php
/**
 * The public record.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:0"><?php if ( Patterns::has_title() ) : ?>
<!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'Performance', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->
<?php endif; ?>

<!-- wp:paragraph -->
<p><?php esc_html_e( 'What every robot has done so far, winners and losers, computed from the ledger after fees.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'how-it-works' ) ); ?>"><?php esc_html_e( 'What the figures mean', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:trading-robot-service/performance /-->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"2rem"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:2rem"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'Convinced by nothing yet?', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'That is a good place to be. Open the robots behind the rows, look at their worst months, and measure your own trades the same way.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'marketplace' ) ); ?>"><?php esc_html_e( 'See the robots', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'getting-started' ) ); ?>"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons --></div>
<!-- /wp:group -->
