<?php
/**
 * The front page as blocks. The headline is a claim, so its record and its limits stand beside it.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data urls.
 */

defined( 'ABSPATH' ) || exit;
?>
<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"2rem","bottom":"1rem"}}},"layout":{"type":"default"}} -->
<div class="wp-block-group alignwide" style="padding-top:2rem;padding-bottom:1rem"><!-- wp:heading {"level":1} -->
<h1 class="wp-block-heading"><?php esc_html_e( 'Automated Trading Robots That Actually Work', 'trading-robot-service' ); ?></h1>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Do not take the headline on trust. Every robot here trades into a ledger that nobody can edit afterwards, and its whole record is public: trades, fees, worst drawdown, and the interval around every win rate. Robots that lose are listed like robots that win.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( $data['urls']['performance'] ?? '' ); ?>"><?php esc_html_e( 'Read the record.', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( $data['urls']['dashboard'] ?? '' ); ?>"><?php esc_html_e( 'Start Free', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( $data['urls']['pricing'] ?? '' ); ?>"><?php esc_html_e( 'View Pricing', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( $data['urls']['performance'] ?? '' ); ?>"><?php esc_html_e( 'See Performance', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons -->

<!-- wp:paragraph {"fontSize":"small"} -->
<p class="has-small-font-size"><?php esc_html_e( '"Work" means: they follow their rules and you can check what came of it. It does not mean profit. Figures marked Simulated, Paper or Backtest were not traded with real money. Past results, real or simulated, say little about future ones, and you can lose what you invest. Nothing here is investment advice.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->

<!-- wp:shortcode -->
[trading_robot_performance part="leaderboard" rows="5"]
<!-- /wp:shortcode -->

<!-- wp:columns {"align":"wide"} -->
<div class="wp-block-columns alignwide"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":2,"fontSize":"large"} -->
<h2 class="wp-block-heading has-large-font-size"><?php esc_html_e( 'See what they do', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The marketplace shows each robot with its rules, its fees and the evidence it has so far, also when that is none.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( $data['urls']['marketplace'] ?? '' ); ?>"><?php esc_html_e( 'Open the marketplace', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":2,"fontSize":"large"} -->
<h2 class="wp-block-heading has-large-font-size"><?php esc_html_e( 'Measure your own trades', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Import your fills and get the same honest figures for yourself. They stay yours: nobody else sees them.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( $data['urls']['dashboard'] ?? '' ); ?>"><?php esc_html_e( 'Go to your dashboard', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":2,"fontSize":"large"} -->
<h2 class="wp-block-heading has-large-font-size"><?php esc_html_e( 'Start on paper', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The free plan trades paper money only and asks for no credit card.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( $data['urls']['pricing'] ?? '' ); ?>"><?php esc_html_e( 'Compare the plans', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->
