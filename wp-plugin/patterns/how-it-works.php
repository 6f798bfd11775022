<?php
/**
 * Explains everything to somebody who knows nothing yet.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Patterns;

defined( 'ABSPATH' ) || exit;

?>
<?php if ( Patterns::has_title() ) : ?>
<!-- wp:heading {"level":<?php echo (int) Patterns::level(); ?>} -->
<h<?php echo (int) Patterns::level(); ?> class="wp-block-heading"><?php esc_html_e( 'How it works', 'trading-robot-service' ); ?></h<?php echo (int) Patterns::level(); ?>>
<!-- /wp:heading -->
<?php endif; ?>

<!-- wp:paragraph -->
<p><?php esc_html_e( 'This page begins at the beginning: what a trading robot is, how its record is kept, what the figures can tell you and what they cannot, what it costs, and what can go wrong. You need no knowledge of markets to read it.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'What a trading robot is', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'A trading robot is a program with written rules: when to buy, when to sell, how much, and when to stay out. It follows them at any hour, without fear and without hope. That is all it does. It does not know the future; it repeats an idea, and the idea can be wrong, or can stop working.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The ideas come in families, here called strategies: following a trend, expecting prices to return to an average, waiting for a breakout, and some more. The marketplace says for each robot what it trades and by which rules.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'marketplace' ) ); ?>"><?php esc_html_e( 'See the robots', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'What a track record is', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'A track record is the list of everything that a robot did: each purchase and sale with its time, price, quantity and fee. Every figure on this site, from the profit of a day to the place on the leaderboard, is computed from that list. None is typed in by hand.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The list is kept in a ledger to which one can only add. Each entry carries a fingerprint of the one before it, so whoever changes, removes or slips in an entry later breaks every fingerprint that follows. A mistake is put right by a new entry beside the old one, which stays visible.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Robots that lose stay on the list. A site that shows only its winners can make any number of robots look good: start many, and keep those that were lucky.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'Backtest, paper, live', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Three kinds of record look alike and are worth very different things. They are never mixed in one figure here, and each figure says what it is.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:columns -->
<div class="wp-block-columns"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Backtest', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The rules, tried on prices of the past.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Worth little: whoever wrote the rules could know how the past went, and a backtest does not feel how real orders are filled.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Paper', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The robot runs now, on prices as they come, with play money.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Worth more: nobody knows what comes next. But no order moves a real market or waits for a real buyer.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->

<!-- wp:columns -->
<div class="wp-block-columns"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Live', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Real money in a real account, confirmed by the broker.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'The strongest evidence there is. It is still the past.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column -->

<!-- wp:column -->
<div class="wp-block-column"><!-- wp:heading {"level":3,"fontSize":"medium"} -->
<h3 class="wp-block-heading has-medium-font-size"><?php esc_html_e( 'Simulated', 'trading-robot-service' ); ?></h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'An invented market, to show how things look.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Says nothing about real markets.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'Why every win rate has an interval', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Seven heads in ten throws of a fair coin surprise nobody. In the same way a robot that has won seven trades of ten may be good, or lucky. So each win rate here stands with its 95% interval: the range of true rates that fit what was seen.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'By plain arithmetic: 6 wins in 10 trades fit any true rate from 31 to 83 percent, while 600 wins in 1,000 trades fit 57 to 63. Both read “60 percent”. Only the second tells you something. Below 30 closed trades we show no ratio at all.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'And a win rate alone is not profit: nine small wins and one large loss can end below zero. Read it with the profit factor (what was won for each dollar lost, after fees) and the drawdown (the deepest fall from a high).', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'What it costs', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Fees come off each trade before it counts as won or lost. What no record can know are your own costs: the prices that your broker gives you, taxes, and the price of a plan. A robot that trades often pays often. Before you follow one, work out what it must earn only to pay for itself.', 'trading-robot-service' ); ?> <a href="<?php echo esc_url( Patterns::url( 'pricing' ) ); ?>"><?php esc_html_e( 'See the plans', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'What can go wrong', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:list -->
<ul class="wp-block-list"><!-- wp:list-item -->
<li><strong><?php esc_html_e( 'You lose money.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'Part of what you put in, all of it, or with borrowed money more than that.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'It falls deeper than before.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'The worst fall so far is not the worst that can come. Plan for one twice as deep.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'The leader was lucky.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'Among many robots one always leads. Part of that is chance, and chance does not repeat itself.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'Markets change.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'Rules that suited the last years need not suit the next.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'The rules were made to fit.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'With enough tries anybody finds rules that would have won in the past. This is why a backtest is weak evidence.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'Machines fail.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'Programs, brokers and lines break, and they like to do it when much is going on.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><strong><?php esc_html_e( 'People interfere.', 'trading-robot-service' ); ?></strong> <?php esc_html_e( 'Switching robots after each loss and adding money after each gain is how good rules end in losses.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item --></ul>
<!-- /wp:list -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'Use only money that you could do without. If you are unsure, ask somebody who is licensed to advise you: we are not.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'How to check the proof', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:list {"ordered":true} -->
<ol class="wp-block-list"><!-- wp:list-item -->
<li><?php esc_html_e( 'Open a robot from the leaderboard. Its page shows the curve, each period, the deepest fall, fees, and how each figure is computed.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'Look at its label: Live, Paper, Simulated or Backtest.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'Look at the number of trades and the width of the interval before you look at the return.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'Look at the losing months. A record without any is too short, or too good to be true.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item -->

<!-- wp:list-item -->
<li><?php esc_html_e( 'As a member, open Accounts in your dashboard: it computes the fingerprints of your own accounts anew and says whether the chain is intact.', 'trading-robot-service' ); ?></li>
<!-- /wp:list-item --></ol>
<!-- /wp:list -->

<!-- wp:paragraph -->
<p><a href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'Go to the public record', 'trading-robot-service' ); ?></a></p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2,"style":{"spacing":{"margin":{"top":"2.5rem"}}}} -->
<h2 class="wp-block-heading" style="margin-top:2.5rem"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p><?php esc_html_e( 'You can read every public record without an account. When you want more, the next page leads you step by step, and none of the steps asks for money.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->

<!-- wp:buttons -->
<div class="wp-block-buttons"><!-- wp:button -->
<div class="wp-block-button"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'getting-started' ) ); ?>"><?php esc_html_e( 'Getting started', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button -->

<!-- wp:button {"className":"is-style-outline"} -->
<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="<?php echo esc_url( Patterns::url( 'performance' ) ); ?>"><?php esc_html_e( 'See Performance', 'trading-robot-service' ); ?></a></div>
<!-- /wp:button --></div>
<!-- /wp:buttons -->

<!-- wp:paragraph {"fontSize":"small"} -->
<p class="has-small-font-size"><?php esc_html_e( 'Figures marked Simulated, Paper or Backtest were not traded with real money. Past results, real or simulated, do not say what comes next, and trading can lose more than was put in. Nothing here is investment advice.', 'trading-robot-service' ); ?></p>
<!-- /wp:paragraph -->
