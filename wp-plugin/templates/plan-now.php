<?php
/**
 * Above the plans, for who is signed in: what they have now, loaded by the browser.
 *
 * @package TradingRobotService
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="trp" data-trp-guest hx-get="/embed/plan-now" hx-trigger="load" hx-swap="outerHTML"></div>
