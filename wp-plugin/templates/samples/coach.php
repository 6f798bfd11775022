<?php
/**
 * A sample of the coach: a made-up question and answer, never the editor's own.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-label="<?php esc_attr_e( 'AI coach', 'trading-robot-service' ); ?>">
<div class="trp-sec trp-chat">
<div class="trp-row"><h2><?php esc_html_e( 'Coach', 'trading-robot-service' ); ?></h2> <span class="trp-tag" data-tone="ai"><?php esc_html_e( 'AI', 'trading-robot-service' ); ?></span></div>
<div class="trp-msg" data-by="you"><p><?php esc_html_e( 'Where is the high of the day before?', 'trading-robot-service' ); ?></p></div>
<div class="trp-msg"><p>
<?php
/* translators: %s: a made-up price. */
printf( esc_html__( 'The previous day high of SIMULATED-A is %s.', 'trading-robot-service' ), '<span class="trp-mono">120.85</span>' );
?>
</p><p class="trp-small trp-mute"><?php esc_html_e( 'Source: levels of SIMULATED-A, made up for this sample', 'trading-robot-service' ); ?></p></div>
</div>
</section>
