<?php
/**
 * Changes of rights and secrets at this site.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data state, outcome, items, next, query, url.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;
?>
<?php require __DIR__ . '/admin-log-tabs.php'; ?>
<section aria-labelledby="trp-changes">
<h2 id="trp-changes"><?php esc_html_e( 'Changes of rights and secrets', 'trading-robot-service' ); ?></h2>
<p class="description"><?php esc_html_e( 'Who was let in or shut out, which keys and secrets were made or ended, what was decided. A line is never changed: each one is chained to the one before, and the operator can prove it.', 'trading-robot-service' ); ?></p>
<?php if ( 'connected' !== $data['state'] ) : ?>
<div class="notice notice-warning inline" role="status"><p><?php esc_html_e( 'This site is not connected, so there is no log of the service to show.', 'trading-robot-service' ); ?></p></div>
<?php elseif ( 'ok' !== $data['outcome'] ) : ?>
<div class="notice notice-warning inline" role="status"><p><?php esc_html_e( 'The service does not answer right now. Try again in a minute.', 'trading-robot-service' ); ?></p></div>
<?php elseif ( array() === $data['items'] ) : ?>
<p role="status"><?php esc_html_e( 'Nothing yet.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Changes of rights and secrets, the newest first', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Time', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'What', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Member', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'By', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Request id', 'trading-robot-service' ); ?></th>
	</tr></thead>
	<tbody>
	<?php foreach ( $data['items'] as $trading_robot_service_item ) : ?>
		<?php
		$trading_robot_service_line   = (array) $trading_robot_service_item['line'];
		$trading_robot_service_member = $trading_robot_service_item['member'];
		?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::when( $trading_robot_service_line['at'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'What', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_line['text'] ); ?><br><code><?php echo esc_html( trim( $trading_robot_service_line['action'] . ' ' . $trading_robot_service_line['subject'] ) ); ?></code></td>
		<td data-label="<?php esc_attr_e( 'Member', 'trading-robot-service' ); ?>">
		<?php if ( is_array( $trading_robot_service_member ) ) : ?>
			<a href="<?php echo esc_url( add_query_arg( array( 'page' => $data['members'], 'member' => (int) $trading_robot_service_member['id'] ), admin_url( 'admin.php' ) ) ); ?>"><?php echo esc_html( $trading_robot_service_member['username'] ); ?></a>
		<?php else : ?>
			–
		<?php endif; ?>
		</td>
		<td data-label="<?php esc_attr_e( 'By', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_line['by'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Request id', 'trading-robot-service' ); ?>"><code><?php echo esc_html( '' === (string) $trading_robot_service_line['request_id'] ? '–' : $trading_robot_service_line['request_id'] ); ?></code></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
	<?php
	$trading_robot_service_pager = array(
		'cursor' => $data['query']['cursor'],
		'next'   => $data['next'],
		'keep'   => array( 'view' => 'audit' ),
		'url'    => $data['url'],
	);
	require __DIR__ . '/admin-pager.php';
	?>
<?php endif; ?>
</section>
