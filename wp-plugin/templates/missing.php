<?php
/**
 * Said when there is not even a copy; loads itself once the service is back.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data src, connected, part.
 */

defined( 'ABSPATH' ) || exit;

if ( ! $data['connected'] ) :
	?>
<section class="trp" data-trp-missing><div class="trp-sec"><div class="trp-alert" data-tone="warn" role="status"><span><strong class="trp-strong"><?php esc_html_e( 'No figures yet.', 'trading-robot-service' ); ?></strong>
	<?php esc_html_e( 'This site is not connected to a trading service. Its owner connects it in the settings.', 'trading-robot-service' ); ?></span></div></div></section>
	<?php
	return;
endif;
?>
<?php if ( '' === $data['part'] ) : ?>
<section class="trp" data-trp-missing hx-get="<?php echo esc_attr( $data['src'] ); ?>" hx-trigger="load delay:2s, every 15s" hx-swap="outerHTML"><div class="trp-sec">
<?php else : ?>
<section class="trp"><div class="trp-sec"><div data-trp-missing hx-get="<?php echo esc_attr( $data['src'] ); ?>" hx-trigger="load delay:2s, every 15s" hx-swap="outerHTML">
<?php endif; ?>
<div class="trp-alert" data-tone="warn" role="status"><span><strong class="trp-strong"><?php esc_html_e( 'No figures right now.', 'trading-robot-service' ); ?></strong>
<?php esc_html_e( 'The trading service does not answer, and there is no earlier copy to show. This part loads by itself as soon as it does.', 'trading-robot-service' ); ?></span></div>
<?php if ( '' !== $data['part'] ) : ?>
</div>
<?php endif; ?>
</div></section>
