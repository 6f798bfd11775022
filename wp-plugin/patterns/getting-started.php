<?php
/**
 * From the first look to one’s own figures.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<?php if ( Patterns::has_title() ) : ?>
<!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->
<?php endif; ?>

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Six steps in the order in which you learn the most and risk the least. None of them asks for money, and you may stop at each.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '1. Read the public record', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'No account is needed. Take ten minutes for the leaderboard: sort it by drawdown, then by trades, and notice how the order changes. Look at the last rows, too.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'Open the record', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '2. Look closely at three robots', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'One from the top, one from the middle, one that loses. For each, ask: how many trades are behind it, how wide is the interval, how deep was the worst fall, is it live, paper or simulated?', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'marketplace' ) ); ?>"><?php esc_html_e( 'Open the marketplace', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '3. Sign in', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The dashboard belongs to members of this site. The free plan asks for no credit card.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Go to the dashboard', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '4. Bring your own trades', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Have you traded before? Export your fills from your broker as a CSV file and import it under Journal. You see every row before anything is written, rows that cannot be read are named with the reason, and the same file twice counts once. Nobody else sees your figures.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '5. Compare yourself', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Your own record is computed exactly like that of the robots: after fees, with intervals, and without ratios before there are enough trades. Many people are surprised. That is the point.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( '6. Decide, or leave it', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Go on only if you can say yes to all of these:', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:list -->
<ul class="wp-block-list"><!-- wp:list-item -->
<li><?php esc_html_e( 'I know whether the record that I trust is live, paper or simulated.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'I could watch a fall twice as deep as its worst without stopping it in panic.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'I have worked out what the plan costs in percent of my account.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'I can do without this money.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item --></ul>
<!-- /wp:list -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Not to go on is a good result as well: it cost you nothing. The plans say what each includes and what is still in preparation.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'dashboard' ) ); ?>"><?php esc_html_e( 'Start Free', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'pricing' ) ); ?>"><?php esc_html_e( 'View Pricing', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'how-it-works' ) ); ?>"><?php esc_html_e( 'How it works', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons -->

<!-- wp:paragraph {"fontSize":"small"} -->
<p class="has-small-font-size"><?php esc_html_e( 'Figures marked Simulated, Paper or Backtest were not traded with real money. Past results, real or simulated, do not say what comes next, and trading can lose more than was put in. Nothing here is investment advice.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->
