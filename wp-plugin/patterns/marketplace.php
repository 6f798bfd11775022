<?php
/**
 * The catalogue.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:0"><?php if ( Patterns::has_title() ) : ?>
<!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'Marketplace', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->
<?php endif; ?>

<!-- wp:paragraph -->
<p><?php esc_html_e( 'All robots with the evidence that each has. “No record yet” is an answer, too.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'how-it-works' ) ); ?>"><?php esc_html_e( 'What backtest, paper and live mean', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:trading-robot-service/marketplace /-->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"2rem"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:2rem"><!-- wp:paragraph -->
<p><?php esc_html_e( 'Before you choose: read the worst fall of a robot, not only its return, and ask whether you could sit through one twice as deep.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'pricing' ) ); ?>"><?php esc_html_e( 'View Pricing', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'getting-started' ) ); ?>"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons --></div>
<!-- /wp:group -->
