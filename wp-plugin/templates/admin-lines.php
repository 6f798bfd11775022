<?php
/**
 * Lines of the service's log.
 *
 * @package TradingRobotService
 * @var array<int,array<string,mixed>> $trading_robot_service_lines Lines, the newest first.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_levels = array(
	'error'   => __( 'Error', 'trading-robot-service' ),
	'warning' => __( 'Warning', 'trading-robot-service' ),
);
?>
<?php if ( array() === $trading_robot_service_lines ) : ?>
<p role="status"><?php esc_html_e( 'Nothing in the log.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Log of the service, the newest first', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Time', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Level', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'What', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Where', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Request id', 'trading-robot-service' ); ?></th>
	</tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_lines as $trading_robot_service_line ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::when( $trading_robot_service_line['at'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Level', 'trading-robot-service' ); ?>"><span class="trp-level" data-level="<?php echo esc_attr( $trading_robot_service_line['level'] ); ?>"><?php echo esc_html( $trading_robot_service_levels[ $trading_robot_service_line['level'] ] ?? $trading_robot_service_line['level'] ); ?></span></td>
		<td data-label="<?php esc_attr_e( 'What', 'trading-robot-service' ); ?>"><code><?php echo esc_html( trim( $trading_robot_service_line['event'] . ' ' . ( $trading_robot_service_line['status'] ? $trading_robot_service_line['status'] : '' ) ) ); ?></code><br><?php echo esc_html( $trading_robot_service_line['is_service_wide'] ? __( 'A job of the whole service was given up.', 'trading-robot-service' ) : $trading_robot_service_line['detail'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Where', 'trading-robot-service' ); ?>"><code><?php echo esc_html( trim( $trading_robot_service_line['method'] . ' ' . $trading_robot_service_line['route'] ) ); ?></code></td>
		<td data-label="<?php esc_attr_e( 'Request id', 'trading-robot-service' ); ?>"><code><?php echo esc_html( $trading_robot_service_line['request_id'] ); ?></code></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
