<?php
/**
 * The front page. Its headline is a claim, so the record and the limits stand beside it.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"2rem","bottom":"1rem"}}},"layout":{"type":"constrained","contentSize":"840px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:2rem;padding-bottom:1rem"><!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'Automated Trading Robots That Actually Work', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Do not take the headline on trust. Every robot here trades into a ledger that nobody can edit afterwards, and its whole record is public: each trade, what it cost, the worst fall, and the interval around every win rate. Robots that lose are listed like robots that win.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'Read the record, with its intervals and costs.', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Start Free', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'pricing' ) ); ?>"><?php esc_html_e( 'View Pricing', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'See Performance', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons -->

<!-- wp:paragraph {"fontSize":"small"} -->
<p class="has-small-font-size"><?php esc_html_e( '“Work” means: they follow their rules, and you can check what came of it. It does not mean profit. Figures marked Simulated, Paper or Backtest were not traded with real money. Past results, real or simulated, say little about future ones, and you can lose what you invest. Nothing here is investment advice.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:trading-robot-service/performance {"part":"leaderboard","rows":"5"} /-->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"2rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:2rem;padding-bottom:0"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'Proof in place of praise', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'You find no testimonials here. What speaks for a robot, or against it, is its record.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:columns {"align":"wide"} -->
<div class="wp-block-columns alignwide"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'An interval beside every rate', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'A win rate from few trades is mostly luck. So each stands with its 95% interval: the rates that fit what was seen. A short, lucky record does not lead the list.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'After costs', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Fees come off each trade before it counts as won or lost, and each robot’s page says what was paid.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Nothing swept away', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Each entry of the ledger carries the fingerprint of the one before it. Who changes or removes one later breaks all that follow.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'how-it-works' ) ); ?>"><?php esc_html_e( 'How to check it', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:0"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'For members', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading --></div>
<!-- /wp:group -->

<!-- wp:columns {"align":"wide"} -->
<div class="wp-block-columns alignwide"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'A desk that knows the levels', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Live charts with the highs and lows of the day before, pivots, VWAP and value area, each with its distance; drawings, replay bar by bar, and option chains with their Greeks.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'desk' ) ); ?>"><?php esc_html_e( 'Look at the charts', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'A coach that shows its sources', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Ask about prices, levels or your own record. Every number in an answer leads to where it came from; what cannot be proven is left out.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'coach' ) ); ?>"><?php esc_html_e( 'Ask the coach', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'One record for all of it', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Robots on paper, imported fills and positions read from a screenshot come out of the same ledger, with the same figures after costs.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Open the dashboard', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"0"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:0"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'Three ways to begin', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading --></div>
<!-- /wp:group -->

<!-- wp:columns {"align":"wide"} -->
<div class="wp-block-columns alignwide"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'See what they do', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The marketplace shows each robot with its rules, its fees and the evidence it has so far, also when that is none.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'marketplace' ) ); ?>"><?php esc_html_e( 'Open the marketplace', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Measure your own trades', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Import your fills and get the same honest figures for yourself. They stay yours: nobody else sees them.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Go to your dashboard', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Start on paper', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The free plan trades paper money only and asks for no credit card.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'pricing' ) ); ?>"><?php esc_html_e( 'Compare the plans', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->

<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem","bottom":"2rem"}}},"layout":{"type":"constrained","contentSize":"720px","justifyContent":"left"}} -->
<div class="wp-block-group alignwide" style="padding-top:1rem;padding-bottom:2rem"><!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading"><?php esc_html_e( 'New to all this?', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Read what a trading robot is, what its figures mean and what can go wrong before you put anything in.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'how-it-works' ) ); ?>"><?php esc_html_e( 'How it works', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'getting-started' ) ); ?>"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons --></div>
<!-- /wp:group -->
