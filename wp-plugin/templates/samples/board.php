<?php
/**
 * A sample of the leaderboard's table.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data clean, robots.
 */

defined( 'ABSPATH' ) || exit;
?>
<table class="trp-table" data-stack="rank" role="table" aria-label="<?php esc_attr_e( 'Leaderboard', 'trading-robot-service' ); ?>">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col" data-l><span class="trp-vh"><?php esc_html_e( 'Rank', 'trading-robot-service' ); ?></span></th>
<th role="columnheader" scope="col" data-l><?php esc_html_e( 'Robot', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col"><?php esc_html_e( 'Net return', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col"><?php esc_html_e( 'Win rate, 95%', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col"><?php esc_html_e( 'Trades', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col"><?php esc_html_e( 'Profit factor', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col"><?php esc_html_e( 'Drawdown', 'trading-robot-service' ); ?></th>
<th role="columnheader" scope="col" class="trp-hide-m"><?php esc_html_e( 'Equity', 'trading-robot-service' ); ?></th>
</tr></thead>
<tbody role="rowgroup">
<?php foreach ( $data['robots'] as $trading_robot_service_index => $trading_robot_service_robot ) : ?>
<tr role="row">
<td role="cell" data-l class="trp-mute"><?php echo esc_html( (string) ( $trading_robot_service_index + 1 ) ); ?></td>
<th role="rowheader" scope="row" data-l data-a="2"><span class="trp-who"><?php echo esc_html( $trading_robot_service_robot['name'] ); ?></span><small><?php esc_html_e( 'made up', 'trading-robot-service' ); ?></small></th>
<td role="cell" data-a="f"><span class="trp-pl" data-sign="<?php echo esc_attr( $trading_robot_service_robot['sign'] ); ?>"><?php echo esc_html( $trading_robot_service_robot['result'] ); ?></span></td>
<td role="cell" data-a="2" data-n data-label="<?php esc_attr_e( 'Win rate, 95%', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_robot['win'] ); ?><small><?php echo esc_html( $trading_robot_service_robot['interval'] ); ?></small></td>
<td role="cell" data-label="<?php esc_attr_e( 'Trades', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_robot['trades'] ); ?></td>
<td role="cell" data-n data-label="<?php esc_attr_e( 'Profit factor', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_robot['factor'] ); ?><small><?php echo esc_html( $trading_robot_service_robot['range'] ); ?></small></td>
<td role="cell" data-label="<?php esc_attr_e( 'Drawdown', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_robot['drawdown'] ); ?></td>
<td role="cell" class="trp-hide-m"><svg class="trp-spark" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><path class="base" d="M0 14H100" /><path class="<?php echo esc_attr( $trading_robot_service_robot['sign'] ); ?>" d="<?php echo esc_attr( $trading_robot_service_robot['path'] ); ?>" /></svg></td>
</tr>
<?php endforeach; ?>
</tbody></table>
