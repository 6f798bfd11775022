<?php
/**
 * Said where a single robot should stand and none was chosen.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data href.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp"><div class="trp-sec trp-stack">
<p class="trp-soft"><?php esc_html_e( 'No robot is chosen here.', 'trading-robot-service' ); ?></p>
<?php if ( '' !== $data['href'] ) : ?>
<p class="trp-row"><a class="trp-btn" data-size="s" href="<?php echo esc_url( $data['href'] ); ?>"><?php esc_html_e( 'See the robots', 'trading-robot-service' ); ?></a></p>
<?php endif; ?>
</div></section>
