<?php
/**
 * Said when the service answered that there is no such thing: the words are its own.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data html, back.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp"><div class="trp-sec trp-stack">
<?php
// Went through Html::clean().
echo $data['html']; // phpcs:ignore WordPress.Security.EscapeOutput
?>
<p class="trp-row"><a class="trp-btn" data-size="s" href="<?php echo esc_url( $data['back'] ); ?>"><?php esc_html_e( 'Show all of them', 'trading-robot-service' ); ?></a></p>
</div></section>
