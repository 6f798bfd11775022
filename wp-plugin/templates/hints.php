<?php
/**
 * Said to an author in a preview: attributes that are not known.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data faults.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="trp" data-trp-hint><div class="trp-alert" data-tone="warn" role="note"><div>
<strong class="trp-strong"><?php esc_html_e( 'Only you see this, in the preview.', 'trading-robot-service' ); ?></strong>
<?php foreach ( $data['faults'] as $trading_robot_service_fault ) : ?>
<p><?php echo esc_html( $trading_robot_service_fault ); ?></p>
<?php endforeach; ?>
</div></div></div>
