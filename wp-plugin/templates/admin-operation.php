<?php
/**
 * What may need a hand: events, jobs, the balance, and who is to be paid.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, action.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said = $data['said'];
?>
<?php if ( null === $trading_robot_service_said ) : ?>
<p class="trp-empty"><?php esc_html_e( 'The operator of the service sees this on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<h2><?php esc_html_e( 'Events of the payment provider', 'trading-robot-service' ); ?></h2>
<p>
	<?php
	/* translators: 1: a number of events, 2: a number of events. */
	echo esc_html( sprintf( __( '%1$s wait, %2$s were given up.', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['events']['pending'] ), number_format_i18n( $trading_robot_service_said['events']['dead'] ) ) );
	?>
</p>
	<?php if ( array() !== $trading_robot_service_said['dead_events'] ) : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Event', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Kind', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Came', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Why', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Again', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_said['dead_events'] as $trading_robot_service_event ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_event['event_id'] ); ?></th>
		<td data-label="<?php esc_attr_e( 'Kind', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_event['type'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Came', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_event['received_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Why', 'trading-robot-service' ); ?>"><?php echo esc_html( (string) $trading_robot_service_event['reason'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Again', 'trading-robot-service' ); ?>">
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
				<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
				<input type="hidden" name="event" value="<?php echo esc_attr( $trading_robot_service_event['event_id'] ); ?>">
				<button type="submit" name="step" value="replay" class="button"><?php esc_html_e( 'Work on it again', 'trading-robot-service' ); ?></button>
			</form>
		</td>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endif; ?>

<h2><?php esc_html_e( 'Jobs', 'trading-robot-service' ); ?></h2>
	<?php if ( array() === $trading_robot_service_said['queues'] ) : ?>
<p><?php esc_html_e( 'No job waits, and none was given up.', 'trading-robot-service' ); ?></p>
	<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Queue', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Waiting', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Oldest, seconds', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Given up', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_said['queues'] as $trading_robot_service_queue ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_queue['queue'] ); ?></th>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Waiting', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_queue['waiting'] ) ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Oldest, seconds', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_queue['oldest_seconds'] ) ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Given up', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_queue['dead'] ) ); ?></td>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endif; ?>
	<?php if ( array() !== $trading_robot_service_said['dead_jobs'] ) : ?>
<h3><?php esc_html_e( 'Given up last', 'trading-robot-service' ); ?></h3>
<ul class="ul-disc">
		<?php foreach ( $trading_robot_service_said['dead_jobs'] as $trading_robot_service_job ) : ?>
	<li><?php echo esc_html( $trading_robot_service_job['name'] . ', ' . Screen::when( $trading_robot_service_job['at'] ) ); ?></li>
		<?php endforeach; ?>
</ul>
	<?php endif; ?>

<h2><?php esc_html_e( 'Balance at the payment provider', 'trading-robot-service' ); ?></h2>
	<?php if ( array() === $trading_robot_service_said['comparisons'] ) : ?>
<p><?php esc_html_e( 'Nothing has been compared yet.', 'trading-robot-service' ); ?></p>
	<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Day', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Provider', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Journal', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Not explained', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_said['comparisons'] as $trading_robot_service_line ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::day( $trading_robot_service_line['day'] ) ); ?></th>
			<?php foreach ( array( 'provider_minor' => __( 'Provider', 'trading-robot-service' ), 'journal_minor' => __( 'Journal', 'trading-robot-service' ), 'difference_minor' => __( 'Not explained', 'trading-robot-service' ) ) as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_label ); ?>"><?php echo esc_html( Figures::money( $trading_robot_service_line[ $trading_robot_service_key ], $trading_robot_service_line['currency'], (int) $trading_robot_service_line['digits'] ) ); ?></td>
			<?php endforeach; ?>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endif; ?>

<h2><?php esc_html_e( 'Creators who are due', 'trading-robot-service' ); ?></h2>
	<?php if ( array() === $trading_robot_service_said['creators'] ) : ?>
<p><?php esc_html_e( 'No creator has earned anything yet.', 'trading-robot-service' ); ?></p>
	<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Creator', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Due', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Why no more', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Hold', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_said['creators'] as $trading_robot_service_creator ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_creator['name'] . ' (#' . $trading_robot_service_creator['creator_id'] . ')' ); ?></th>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Due', 'trading-robot-service' ); ?>"><?php echo esc_html( Figures::money( $trading_robot_service_creator['amount_minor'], $trading_robot_service_creator['currency'], (int) $trading_robot_service_creator['digits'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Why no more', 'trading-robot-service' ); ?>"><?php echo esc_html( (string) ( $trading_robot_service_creator['why'] ?? '–' ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Hold', 'trading-robot-service' ); ?>">
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
				<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
				<input type="hidden" name="creator" value="<?php echo esc_attr( (string) $trading_robot_service_creator['creator_id'] ); ?>">
				<p><label><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?> <input type="text" name="reason" required minlength="3" maxlength="300"></label></p>
				<?php if ( $trading_robot_service_creator['is_held'] ) : ?>
				<button type="submit" name="step" value="release" class="button"><?php esc_html_e( 'Let sales and payouts go on', 'trading-robot-service' ); ?></button>
				<?php else : ?>
				<button type="submit" name="step" value="hold" class="button"><?php esc_html_e( 'Hold sales and payouts', 'trading-robot-service' ); ?></button>
				<?php endif; ?>
			</form>
		</td>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endif; ?>
<?php endif; ?>
