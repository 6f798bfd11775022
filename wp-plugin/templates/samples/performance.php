<?php
/**
 * A sample of the track records.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" aria-label="<?php esc_attr_e( 'Track records', 'trading-robot-service' ); ?>">
<?php if ( 'leaderboard' !== ( $data['clean']['part'] ?? '' ) ) : ?>
<div class="trp-sec">
<div class="trp-head"><div><h2><?php esc_html_e( 'Track records', 'trading-robot-service' ); ?></h2><p><?php esc_html_e( 'Averages over all robots, the best three, and the leaderboard below.', 'trading-robot-service' ); ?></p></div></div>
<dl class="trp-grid" data-cols="4">
	<?php
	$trading_robot_service_tiles = array(
		__( 'Robots with a record', 'trading-robot-service' ) => '5',
		__( 'Closed trades', 'trading-robot-service' ) => number_format_i18n( 1165 ),
		__( 'Robots in profit', 'trading-robot-service' ) => __( '3 of 5', 'trading-robot-service' ),
		__( 'Median return', 'trading-robot-service' ) => $data['robots'][2]['result'],
	);
	?>
	<?php foreach ( $trading_robot_service_tiles as $trading_robot_service_label => $trading_robot_service_value ) : ?>
<div><dt class="trp-label"><?php echo esc_html( $trading_robot_service_label ); ?></dt><dd><span class="trp-big"><?php echo esc_html( $trading_robot_service_value ); ?></span></dd></div>
	<?php endforeach; ?>
</dl>
</div>
<?php endif; ?>
<div class="trp-sec trp-stack">
<h2><?php esc_html_e( 'Leaderboard', 'trading-robot-service' ); ?></h2>
<?php require __DIR__ . '/board.php'; ?>
</div>
</section>
