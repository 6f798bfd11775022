<?php
/**
 * The robots as this site presents them.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, url.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

?>
<p><?php esc_html_e( 'Robots, their facts and their records belong to the service. Here you choose how this site presents them: other words, which come first, which it leaves out of its marketplace.', 'trading-robot-service' ); ?></p>
<?php if ( array() === $data['said']['items'] ) : ?>
<p class="trp-empty" role="status"><?php esc_html_e( 'The catalogue of the service is empty.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Robots by name', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Robot', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Strategy', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Record', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'On this site', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Changed', 'trading-robot-service' ); ?></th>
	</tr></thead>
	<tbody>
	<?php foreach ( $data['said']['items'] as $trading_robot_service_item ) : ?>
		<?php
		$trading_robot_service_marks = array();
		if ( $trading_robot_service_item['is_hidden'] ) {
			$trading_robot_service_marks[] = __( 'Hidden', 'trading-robot-service' );
		}
		if ( $trading_robot_service_item['is_featured'] ) {
			/* translators: %s: a number, the place among the featured robots. */
			$trading_robot_service_marks[] = sprintf( __( 'Featured, place %s', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_item['position'] ) );
		}
		if ( null !== $trading_robot_service_item['title'] || null !== $trading_robot_service_item['summary'] ) {
			$trading_robot_service_marks[] = __( 'Own words', 'trading-robot-service' );
		}
		?>
	<tr>
		<th scope="row">
			<a class="row-title" href="<?php echo esc_url( $data['url']( array( 'robot' => $trading_robot_service_item['facts']['id'] ) ) ); ?>"><?php echo esc_html( $trading_robot_service_item['title'] ?? $trading_robot_service_item['facts']['name'] ); ?></a>
			<?php if ( null !== $trading_robot_service_item['title'] ) : ?>
			<br><span class="description"><?php echo esc_html( $trading_robot_service_item['facts']['name'] ); ?></span>
			<?php endif; ?>
		</th>
		<td data-label="<?php esc_attr_e( 'Strategy', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['strategy_label'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Plan', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['plan'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Record', 'trading-robot-service' ); ?>">
		<?php
		if ( 0 === $trading_robot_service_item['trades'] ) {
			esc_html_e( 'None yet', 'trading-robot-service' );
		} else {
			/* translators: 1: number of trades, 2: kinds such as "live, paper". */
			echo esc_html( sprintf( __( '%1$s trades, %2$s', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_item['trades'] ), implode( ', ', $trading_robot_service_item['kinds'] ) ) );
		}
		?>
		</td>
		<td data-label="<?php esc_attr_e( 'On this site', 'trading-robot-service' ); ?>"><?php echo esc_html( array() === $trading_robot_service_marks ? __( 'As in the catalogue', 'trading-robot-service' ) : implode( ', ', $trading_robot_service_marks ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Changed', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_item['updated_at'] ) ); ?></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
