<?php
/**
 * The frame of a sample in the editor.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data theme, said, faults, inner.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="trading-robot-service" data-trp-sample
<?php if ( 'auto' !== $data['theme'] ) : ?>
	data-theme="<?php echo esc_attr( $data['theme'] ); ?>"
<?php endif; ?>
<?php if ( 'theme' === TradingRobotService\Frontend\Appearance::skin() ) : ?>
	data-skin="theme"
<?php endif; ?>
>
<div class="trp"><div class="trp-alert" role="note"><div>
<strong class="trp-strong"><?php esc_html_e( 'Sample.', 'trading-robot-service' ); ?></strong>
<?php esc_html_e( 'These figures are made up to show the form. On the page stand the real ones, and a member sees only their own.', 'trading-robot-service' ); ?>
<?php if ( '' !== $data['said'] ) : ?>
<p class="trp-soft"><?php echo esc_html( $data['said'] ); ?></p>
<?php endif; ?>
<?php foreach ( $data['faults'] as $trading_robot_service_fault ) : ?>
<p class="trp-err" data-trp-hint><?php echo esc_html( $trading_robot_service_fault ); ?></p>
<?php endforeach; ?>
</div></div></div>
<?php
// Made by a template of the plugin, which escapes.
echo $data['inner']; // phpcs:ignore WordPress.Security.EscapeOutput
?>
</div>
