<?php
/**
 * Cost by member, model and task, and why something failed.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data                       As in admin-ai.
 * @var array<string,mixed> $trading_robot_service_said What the service said.
 * @var callable            $trading_robot_service_runs Address of the requests behind a figure.
 */

use TradingRobotService\Admin\Figures;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_count  = static function ( $number ): string {
	return number_format_i18n( (int) $number );
};
$trading_robot_service_tables = array(
	array(
		'id'    => 'members',
		'title' => __( 'By member', 'trading-robot-service' ),
		'empty' => __( 'Nobody has asked anything in this time.', 'trading-robot-service' ),
		'heads' => array( __( 'Member', 'trading-robot-service' ), __( 'Requests', 'trading-robot-service' ), __( 'Failed', 'trading-robot-service' ), __( 'Cost', 'trading-robot-service' ), __( 'By own keys', 'trading-robot-service' ) ),
		'rows'  => array_map(
			static function ( array $row ) use ( $trading_robot_service_count, $trading_robot_service_runs ): array {
				$name = null === $row['user_id'] ? __( 'Nobody: checks of models', 'trading-robot-service' ) : $row['name'];
				$link = null === $row['user_id'] ? array() : array( 'user' => (string) $row['user_id'] );
				return array( $name, $trading_robot_service_runs( $link ), $trading_robot_service_count( $row['runs'] ), $trading_robot_service_count( $row['failed'] ), Figures::dollars( $row['cost'] ), Figures::dollars( $row['own_cost'] ) );
			},
			$trading_robot_service_said['members']
		),
	),
	array(
		'id'    => 'models',
		'title' => __( 'By model', 'trading-robot-service' ),
		'empty' => __( 'No model was asked in this time.', 'trading-robot-service' ),
		'heads' => array( __( 'Model', 'trading-robot-service' ), __( 'Calls', 'trading-robot-service' ), __( 'Failed or lost', 'trading-robot-service' ), __( 'Tokens in', 'trading-robot-service' ), __( 'Tokens out', 'trading-robot-service' ), __( 'Cost', 'trading-robot-service' ), __( 'Expected', 'trading-robot-service' ) ),
		'rows'  => array_map(
			static function ( array $row ) use ( $trading_robot_service_count, $trading_robot_service_runs ): array {
				return array( $row['model'], $trading_robot_service_runs( array( 'model' => $row['model'] ) ), $trading_robot_service_count( $row['calls'] ), $trading_robot_service_count( $row['failed'] + $row['lost'] ), $trading_robot_service_count( $row['input_tokens'] ), $trading_robot_service_count( $row['output_tokens'] ), Figures::dollars( $row['cost'] ), Figures::dollars( $row['estimate'] ) );
			},
			$trading_robot_service_said['models']
		),
	),
	array(
		'id'    => 'tasks',
		'title' => __( 'By task', 'trading-robot-service' ),
		'empty' => __( 'Nothing was asked in this time.', 'trading-robot-service' ),
		'heads' => array( __( 'Task', 'trading-robot-service' ), __( 'Requests', 'trading-robot-service' ), __( 'Failed', 'trading-robot-service' ), __( 'Without a model', 'trading-robot-service' ), __( 'From before', 'trading-robot-service' ), __( 'Cost', 'trading-robot-service' ), __( 'Each', 'trading-robot-service' ) ),
		'rows'  => array_map(
			static function ( array $row ) use ( $trading_robot_service_count, $trading_robot_service_runs ): array {
				return array( $row['label'], $trading_robot_service_runs( array( 'task' => $row['task'] ) ), $trading_robot_service_count( $row['runs'] ), $trading_robot_service_count( $row['failed'] ), $trading_robot_service_count( $row['offline'] ), $trading_robot_service_count( $row['cached'] ), Figures::dollars( $row['cost'] ), Figures::dollars( (string) ( (float) $row['cost'] / max( 1, $row['runs'] ) ) ) );
			},
			$trading_robot_service_said['tasks']
		),
	),
	array(
		'id'    => 'failures',
		'title' => __( 'Why something failed', 'trading-robot-service' ),
		'empty' => __( 'Nothing failed in this time.', 'trading-robot-service' ),
		'heads' => array( __( 'Why', 'trading-robot-service' ), __( 'Of what', 'trading-robot-service' ), __( 'How often', 'trading-robot-service' ) ),
		'rows'  => array_map(
			static function ( array $row ) use ( $trading_robot_service_count, $trading_robot_service_runs ): array {
				$of = 'request' === $row['of'] ? __( 'a request', 'trading-robot-service' ) : __( 'one call of a model; another may have answered', 'trading-robot-service' );
				return array( $row['text'], 'request' === $row['of'] ? $trading_robot_service_runs( array( 'only' => 'failed' ) ) : '', $of, $trading_robot_service_count( $row['count'] ) );
			},
			$trading_robot_service_said['failures']
		),
	),
);
?>
<?php foreach ( $trading_robot_service_tables as $trading_robot_service_table ) : ?>
<section class="trp-panel" aria-labelledby="<?php echo esc_attr( 'trp-ai-' . $trading_robot_service_table['id'] ); ?>">
<h2 id="<?php echo esc_attr( 'trp-ai-' . $trading_robot_service_table['id'] ); ?>"><?php echo esc_html( $trading_robot_service_table['title'] ); ?></h2>
	<?php if ( array() === $trading_robot_service_table['rows'] ) : ?>
<p role="status"><?php echo esc_html( $trading_robot_service_table['empty'] ); ?></p>
	<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr>
		<?php foreach ( $trading_robot_service_table['heads'] as $trading_robot_service_at => $trading_robot_service_head ) : ?>
		<th scope="col"<?php echo 0 === $trading_robot_service_at ? '' : ' class="trp-end"'; ?>><?php echo esc_html( $trading_robot_service_head ); ?></th>
		<?php endforeach; ?>
	</tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_table['rows'] as $trading_robot_service_row ) : ?>
	<tr>
		<th scope="row">
			<?php if ( '' === $trading_robot_service_row[1] ) : ?>
				<?php echo esc_html( $trading_robot_service_row[0] ); ?>
			<?php else : ?>
			<a href="<?php echo esc_url( $trading_robot_service_row[1] ); ?>"><?php echo esc_html( $trading_robot_service_row[0] ); ?></a>
			<?php endif; ?>
		</th>
			<?php foreach ( array_slice( $trading_robot_service_row, 2 ) as $trading_robot_service_at => $trading_robot_service_cell ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_table['heads'][ $trading_robot_service_at + 1 ] ); ?>"><?php echo esc_html( $trading_robot_service_cell ); ?></td>
			<?php endforeach; ?>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endif; ?>
</section>
<?php endforeach; ?>
<p><a class="button" href="<?php echo esc_url( $data['file']( $data['asked'] ) ); ?>"><?php esc_html_e( 'Download all requests as CSV', 'trading-robot-service' ); ?></a></p>
