<?php
/**
 * The rows behind a figure.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data period, periods, listings, url, file, said, rows, cursor.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_title = $data['listings'][ $data['rows'] ];
?>
<p><a href="<?php echo esc_url( $data['url']( array( 'period' => $data['period'] ) ) ); ?>"><?php esc_html_e( 'Back to the figures', 'trading-robot-service' ); ?></a></p>
<h2><?php echo esc_html( $trading_robot_service_title . ', ' . $data['periods'][ $data['period'] ] ); ?></h2>
<?php if ( array() === $data['said']['items'] ) : ?>
<p class="trp-empty" role="status"><?php esc_html_e( 'There are none in this period.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p><a class="button" href="<?php echo esc_url( $data['file']( $data['rows'] ) ); ?>"><?php esc_html_e( 'Download as CSV', 'trading-robot-service' ); ?></a></p>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php echo esc_html( $trading_robot_service_title ); ?></caption>
	<thead><tr>
	<?php foreach ( $data['said']['columns'] as $trading_robot_service_column ) : ?>
		<th scope="col"><?php echo esc_html( $trading_robot_service_column ); ?></th>
	<?php endforeach; ?>
	</tr></thead>
	<tbody>
	<?php foreach ( $data['said']['items'] as $trading_robot_service_item ) : ?>
	<tr>
		<?php foreach ( array_values( $trading_robot_service_item ) as $trading_robot_service_at => $trading_robot_service_cell ) : ?>
			<?php if ( 0 === $trading_robot_service_at ) : ?>
		<th scope="row"><?php echo esc_html( $trading_robot_service_cell ); ?></th>
			<?php else : ?>
		<td data-label="<?php echo esc_attr( $data['said']['columns'][ $trading_robot_service_at ] ); ?>"><?php echo esc_html( '' === $trading_robot_service_cell ? '–' : $trading_robot_service_cell ); ?></td>
			<?php endif; ?>
		<?php endforeach; ?>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
<?php
$trading_robot_service_pager = array(
	'cursor' => $data['cursor'],
	'next'   => $data['said']['next_cursor'],
	'keep'   => array( 'rows' => $data['rows'], 'period' => $data['period'] ),
	'url'    => $data['url'],
);
require __DIR__ . '/admin-pager.php';
