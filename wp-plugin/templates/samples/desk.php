<?php
/**
 * A sample of the desk: made-up candles, never the editor's own.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_symbol = $data['clean']['symbol'] ?? 'SIMULATED-A';
$trading_robot_service_levels = array(
	__( 'R1 pivot', 'trading-robot-service' )        => array( '121.40', '+0.91%' ),
	__( 'Previous day high', 'trading-robot-service' )  => array( '120.85', '+0.46%' ),
	__( 'Previous day low', 'trading-robot-service' )   => array( '119.10', '−1.00%' ),
	__( 'S1 pivot', 'trading-robot-service' )        => array( '118.72', '−1.31%' ),
);
?>
<section class="trp" aria-label="<?php esc_attr_e( 'Trading desk', 'trading-robot-service' ); ?>">
<div class="trp-strip"><strong><?php echo esc_html( $trading_robot_service_symbol ); ?></strong> <span class="trp-mono">120.30</span> <span class="trp-pl" data-sign="up">+0.84%</span></div>
<div class="trp-sec trp-stack">
<svg class="trp-plot" viewBox="0 0 400 160" role="img" aria-label="<?php esc_attr_e( 'Made-up candles', 'trading-robot-service' ); ?>">
<?php for ( $trading_robot_service_i = 0; $trading_robot_service_i < 40; $trading_robot_service_i++ ) : ?>
	<?php
	$trading_robot_service_mid  = 80 - 40 * sin( $trading_robot_service_i / 6 );
	$trading_robot_service_rise = sin( $trading_robot_service_i * 1.7 ) > 0;
	?>
<rect class="<?php echo $trading_robot_service_rise ? 'up' : 'down'; ?>" x="<?php echo esc_attr( (string) ( 10 * $trading_robot_service_i + 2 ) ); ?>" y="<?php echo esc_attr( number_format( $trading_robot_service_mid, 1, '.', '' ) ); ?>" width="6" height="14" />
<?php endfor; ?>
</svg>
<table class="trp-table"><caption class="trp-vh"><?php esc_html_e( 'Key levels', 'trading-robot-service' ); ?></caption><tbody>
<?php foreach ( $trading_robot_service_levels as $trading_robot_service_name => $trading_robot_service_level ) : ?>
<tr><th scope="row" data-l><?php echo esc_html( $trading_robot_service_name ); ?></th><td class="trp-mono"><?php echo esc_html( $trading_robot_service_level[0] ); ?></td><td class="trp-mono"><?php echo esc_html( $trading_robot_service_level[1] ); ?></td></tr>
<?php endforeach; ?>
</tbody></table>
</div>
</section>
