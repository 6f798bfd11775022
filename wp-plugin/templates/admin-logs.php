<?php
/**
 * What went wrong, on both sides, and as text for support.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data state, outcome, lines, calls, next, query, page, view, support, url.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_query  = $data['query'];
$trading_robot_service_levels = array(
	''        => __( 'All levels', 'trading-robot-service' ),
	'error'   => __( 'Errors', 'trading-robot-service' ),
	'warning' => __( 'Warnings', 'trading-robot-service' ),
);
$trading_robot_service_whys   = array(
	'timeout'     => __( 'no answer in time', 'trading-robot-service' ),
	'refused'     => __( 'connection refused', 'trading-robot-service' ),
	'name'        => __( 'name not found', 'trading-robot-service' ),
	'certificate' => __( 'certificate not accepted', 'trading-robot-service' ),
	'blocked'     => __( 'blocked by this site', 'trading-robot-service' ),
	'no answer'   => __( 'no answer', 'trading-robot-service' ),
);
?>
<?php require __DIR__ . '/admin-log-tabs.php'; ?>
<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>" class="trp-filter">
	<input type="hidden" name="page" value="<?php echo esc_attr( $data['page'] ); ?>">
	<label for="trp-level"><?php esc_html_e( 'Level', 'trading-robot-service' ); ?></label>
	<select id="trp-level" name="level">
	<?php foreach ( $trading_robot_service_levels as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<option value="<?php echo esc_attr( $trading_robot_service_key ); ?>" <?php selected( $trading_robot_service_key, $trading_robot_service_query['level'] ); ?>><?php echo esc_html( $trading_robot_service_label ); ?></option>
	<?php endforeach; ?>
	</select>
	<label for="trp-day"><?php esc_html_e( 'Day', 'trading-robot-service' ); ?></label>
	<input type="date" id="trp-day" name="day" value="<?php echo esc_attr( $trading_robot_service_query['day'] ); ?>">
	<button type="submit" class="button"><?php esc_html_e( 'Filter', 'trading-robot-service' ); ?></button>
	<?php if ( '' !== $trading_robot_service_query['level'] || '' !== $trading_robot_service_query['day'] ) : ?>
	<a href="<?php echo esc_url( $data['url']( array() ) ); ?>"><?php esc_html_e( 'Clear', 'trading-robot-service' ); ?></a>
	<?php endif; ?>
</form>

<section aria-labelledby="trp-theirs">
<h2 id="trp-theirs"><?php esc_html_e( 'At the service', 'trading-robot-service' ); ?></h2>
<p class="description"><?php esc_html_e( 'Requests of this site that failed or were refused, and jobs that were given up. Kept for 30 days; secrets and addresses are taken out.', 'trading-robot-service' ); ?></p>
<?php if ( 'connected' !== $data['state'] ) : ?>
<div class="notice notice-warning inline" role="status"><p><?php esc_html_e( 'This site is not connected, so there is no log of the service to show.', 'trading-robot-service' ); ?></p></div>
<?php elseif ( 'ok' !== $data['outcome'] ) : ?>
<div class="notice notice-warning inline" role="status"><p><?php esc_html_e( 'The service does not answer right now, so its log cannot be shown. What this site saw stands below.', 'trading-robot-service' ); ?></p></div>
<?php else : ?>
	<?php
	$trading_robot_service_lines = $data['lines'];
	require __DIR__ . '/admin-lines.php';
	$trading_robot_service_pager = array(
		'cursor' => $trading_robot_service_query['cursor'],
		'next'   => $data['next'],
		'keep'   => array_filter( array( 'level' => $trading_robot_service_query['level'], 'day' => $trading_robot_service_query['day'] ), 'strlen' ),
		'url'    => $data['url'],
	);
	require __DIR__ . '/admin-pager.php';
	?>
<?php endif; ?>
</section>

<section aria-labelledby="trp-ours">
<h2 id="trp-ours"><?php esc_html_e( 'Calls of this site that failed', 'trading-robot-service' ); ?></h2>
<p class="description"><?php esc_html_e( 'The newest fifty, as this site saw them: also those that never arrived. During an outage one page in five seconds is kept.', 'trading-robot-service' ); ?></p>
<?php if ( array() === $data['calls'] ) : ?>
<p role="status"><?php esc_html_e( 'None.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Failed calls of this site, the newest first', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Time', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Status', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Where', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Took', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Request id', 'trading-robot-service' ); ?></th>
	</tr></thead>
	<tbody>
	<?php foreach ( $data['calls'] as $trading_robot_service_call ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( Screen::when( gmdate( 'c', (int) $trading_robot_service_call['at'] ) ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Status', 'trading-robot-service' ); ?>"><?php echo esc_html( 0 === (int) $trading_robot_service_call['status'] ? ( $trading_robot_service_whys[ $trading_robot_service_call['why'] ] ?? $trading_robot_service_whys['no answer'] ) : (string) $trading_robot_service_call['status'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Where', 'trading-robot-service' ); ?>"><code><?php echo esc_html( $trading_robot_service_call['method'] . ' ' . $trading_robot_service_call['route'] ); ?></code></td>
		<td data-label="<?php esc_attr_e( 'Took', 'trading-robot-service' ); ?>">
		<?php
		/* translators: %s: a number of milliseconds. */
		echo esc_html( sprintf( __( '%s ms', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_call['ms'] ) ) );
		?>
		</td>
		<td data-label="<?php esc_attr_e( 'Request id', 'trading-robot-service' ); ?>"><code><?php echo esc_html( '' === $trading_robot_service_call['request'] ? '–' : $trading_robot_service_call['request'] ); ?></code></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
</section>

<section aria-labelledby="trp-support-title">
<h2 id="trp-support-title"><?php esc_html_e( 'For support', 'trading-robot-service' ); ?></h2>
<p id="trp-support-help"><?php esc_html_e( 'Versions, ids and the lines above as plain text, without secrets and without names of members.', 'trading-robot-service' ); ?></p>
<p><button type="button" class="button" data-trp-copy="trp-support" data-trp-copied="<?php esc_attr_e( 'Copied.', 'trading-robot-service' ); ?>" data-trp-failed="<?php esc_attr_e( 'Copying is not allowed here. The text is selected: press Ctrl+C or Command+C.', 'trading-robot-service' ); ?>"><?php esc_html_e( 'Copy for support', 'trading-robot-service' ); ?></button>
<span class="trp-said" role="status" aria-live="polite"></span></p>
<label class="screen-reader-text" for="trp-support"><?php esc_html_e( 'Text for support', 'trading-robot-service' ); ?></label>
<textarea id="trp-support" class="large-text code" rows="10" readonly aria-describedby="trp-support-help"><?php echo esc_html( $data['support'] ); ?></textarea>
</section>
