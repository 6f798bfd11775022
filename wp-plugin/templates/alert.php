<?php
/**
 * A small message with what to do.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data text, href, label.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="trp-alert" data-tone="bad" role="alert"><span><?php echo esc_html( $data['text'] ); ?></span>
<?php if ( '' !== $data['href'] ) : ?>
<span class="trp-row"><a class="trp-btn" data-size="s" target="_blank" rel="noopener" href="<?php echo esc_url( $data['href'] ); ?>"><?php echo esc_html( $data['label'] ); ?><span class="trp-vh"> <?php esc_html_e( '(opens in a new tab)', 'trading-robot-service' ); ?></span></a></span>
<?php endif; ?>
</div>
