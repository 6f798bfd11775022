<?php
/**
 * The requests behind a figure.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, period, periods, asked, file, cursor.
 */

use TradingRobotService\Admin\Ai;
use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_states = Ai::states();
$trading_robot_service_notes  = array(
	'is_trial'      => __( 'dry run', 'trading-robot-service' ),
	'uses_own_key'  => __( 'own key', 'trading-robot-service' ),
	'is_from_cache' => __( 'from before', 'trading-robot-service' ),
);
require __DIR__ . '/admin-ai-tabs.php';
?>
<p><a href="<?php echo esc_url( $data['url']( array_merge( array( 'period' => $data['period'] ), array_intersect_key( $data['asked'], array( 'user' => 1 ) ) ) ) ); ?>"><?php esc_html_e( 'Back to the figures', 'trading-robot-service' ); ?></a></p>
<h2><?php echo esc_html( implode( ', ', array_merge( array( __( 'Requests', 'trading-robot-service' ), $data['periods'][ $data['period'] ] ), array_values( $data['asked'] ) ) ) ); ?></h2>
<?php if ( array() === $data['said']['items'] ) : ?>
<p class="trp-empty" role="status"><?php esc_html_e( 'There are none in this period.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p><a class="button" href="<?php echo esc_url( $data['file']( $data['asked'] ) ); ?>"><?php esc_html_e( 'Download as CSV', 'trading-robot-service' ); ?></a></p>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Requests, the newest first', 'trading-robot-service' ); ?></caption>
	<thead><tr><th scope="col"><?php esc_html_e( 'When', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Member', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Task', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Model', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Prompt', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Cost', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Look-ups', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $data['said']['items'] as $trading_robot_service_item ) : ?>
		<?php
		$trading_robot_service_marks = array_values( array_intersect_key( $trading_robot_service_notes, array_filter( $trading_robot_service_item ) ) );
		$trading_robot_service_state = $trading_robot_service_states[ $trading_robot_service_item['state'] ] ?? $trading_robot_service_item['state'];
		$trading_robot_service_state = implode( ', ', array_filter( array_merge( array( $trading_robot_service_state, $trading_robot_service_item['why'] ), $trading_robot_service_marks ), 'strlen' ) );
		?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::when( $trading_robot_service_item['at'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Member', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === $trading_robot_service_item['name'] ? '–' : $trading_robot_service_item['name'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Task', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['label'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Model', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === $trading_robot_service_item['model'] ? '–' : ( 'offline' === $trading_robot_service_item['model'] ? __( 'none', 'trading-robot-service' ) : $trading_robot_service_item['model'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Prompt', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['prompt'] ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Cost', 'trading-robot-service' ); ?>"><?php echo esc_html( Figures::dollars( $trading_robot_service_item['cost'] ) ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Look-ups', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_item['tool_calls'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_state ); ?></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
<?php
$trading_robot_service_pager = array(
	'cursor' => $data['cursor'],
	'next'   => $data['said']['next_cursor'],
	'keep'   => array_merge( array( 'part' => 'runs', 'period' => $data['period'] ), $data['asked'] ),
	'url'    => $data['url'],
);
require __DIR__ . '/admin-pager.php';
