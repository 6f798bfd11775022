<?php
/**
 * The root around every screen; it carries what the script needs, and no nonce.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data inner, number, theme, rest, member, nonce, charts, desk, clicks, place.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="alignwide trading-robot-service" data-trp-rest="<?php echo esc_attr( $data['rest'] ); ?>" data-trp-lost="<?php echo esc_attr__( 'No connection to the service. Last known values are shown; this page tries again by itself.', 'trading-robot-service' ); ?>"
	data-trp-offline="<?php esc_attr_e( 'You are offline. What shows here is from before; it goes on as soon as you are back.', 'trading-robot-service' ); ?>"
	data-trp-wait="<?php /* translators: %s: number of seconds. */ esc_attr_e( 'Too many requests. This goes on in %s seconds.', 'trading-robot-service' ); ?>"
<?php if ( $data['number'] > 1 ) : ?>
	data-trp-n="<?php echo esc_attr( (string) $data['number'] ); ?>"
<?php endif; ?>
<?php if ( 'auto' !== $data['theme'] ) : ?>
	data-theme="<?php echo esc_attr( $data['theme'] ); ?>"
<?php endif; ?>
<?php if ( 'theme' === TradingRobotService\Frontend\Appearance::skin() ) : ?>
	data-skin="theme"
<?php endif; ?>
<?php if ( '' !== $data['clicks'] ) : ?>
	data-trp-clicks="<?php echo esc_attr( $data['clicks'] ); ?>" data-trp-page="<?php echo esc_attr( $data['place'] ); ?>"
<?php endif; ?>
<?php if ( $data['member'] ) : ?>
	data-trp-member="<?php echo esc_attr( $data['nonce'] ); ?>" hx-history="false"
	<?php if ( '' !== $data['charts'] ) : ?>
	data-trp-charts="<?php echo esc_url( $data['charts'] ); ?>"
	<?php endif; ?>
	<?php if ( '' !== $data['desk'] ) : ?>
	data-trp-parts="<?php echo esc_attr( $data['desk'] ); ?>"
	<?php endif; ?>
<?php endif; ?>
>
<?php
// Made by the plugin's own templates, which escape; what comes from the service went through Html::clean().
echo $data['inner']; // phpcs:ignore WordPress.Security.EscapeOutput
?>
</div>
