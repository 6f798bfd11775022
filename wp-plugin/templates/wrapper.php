<?php
/**
 * The root around every screen; it carries what the script needs, and no nonce.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data inner, theme, rest, member, nonce, charts.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="alignwide trading-robot-service" data-trp-rest="<?php echo esc_attr( $data['rest'] ); ?>" data-trp-lost="<?php echo esc_attr__( 'No connection to the service. Last known values are shown; this page tries again by itself.', 'trading-robot-service' ); ?>"
<?php if ( 'auto' !== $data['theme'] ) : ?>
	data-theme="<?php echo esc_attr( $data['theme'] ); ?>"
<?php endif; ?>
<?php if ( $data['member'] ) : ?>
	data-trp-member="<?php echo esc_attr( $data['nonce'] ); ?>" hx-history="false"
	<?php if ( '' !== $data['charts'] ) : ?>
	data-trp-charts="<?php echo esc_url( $data['charts'] ); ?>"
	<?php endif; ?>
<?php endif; ?>
>
<?php
// Made by the plugin's own templates, which escape; what comes from the service went through Html::clean().
echo $data['inner']; // phpcs:ignore WordPress.Security.EscapeOutput
?>
</div>
