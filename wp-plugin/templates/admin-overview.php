<?php
/**
 * The overview: what needs attention, four figures, fourteen days.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, about, latency, skew, attention.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said    = $data['said'];
$trading_robot_service_members = $trading_robot_service_said['members'];
$trading_robot_service_jobs    = $trading_robot_service_said['jobs'];
$trading_robot_service_days    = $trading_robot_service_said['fills'];
$trading_robot_service_most    = max( 1, max( array_map( 'intval', array_column( $trading_robot_service_days, 'fills' ) ) ) );
$trading_robot_service_tiles   = array(
	/* translators: %s: a number of members. */
	array( __( 'Members', 'trading-robot-service' ), $trading_robot_service_members['total'], sprintf( __( '%s new within a week', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_members['new_this_week'] ) ), 'admin.php?page=trading-robot-service-members' ),
	array( __( 'Active today', 'trading-robot-service' ), $trading_robot_service_members['active_today'], __( 'members who used this site, by the day in New York', 'trading-robot-service' ), '' ),
	/* translators: %s: a date. */
	array( __( 'Fills today', 'trading-robot-service' ), $trading_robot_service_said['fills_today'], sprintf( __( 'of this site’s members, %s in New York', 'trading-robot-service' ), Screen::day( $trading_robot_service_said['today'] ) ), '' ),
	array( __( 'Errors', 'trading-robot-service' ), $trading_robot_service_said['errors'], __( 'requests that failed at the service in 24 hours', 'trading-robot-service' ), 'admin.php?page=trading-robot-service-logs' ),
);
$trading_robot_service_facts   = array(
	__( 'Connection', 'trading-robot-service' )       => __( 'Connected', 'trading-robot-service' ),
	__( 'Service', 'trading-robot-service' )          => trim( $data['about']['url'] . ' ' . $data['about']['service_version'] ),
	/* translators: %s: a number of milliseconds. */
	__( 'Answer in', 'trading-robot-service' )        => sprintf( __( '%s ms', 'trading-robot-service' ), number_format_i18n( $data['latency'] ) ),
	/* translators: %s: a number of seconds. */
	__( 'Clocks differ by', 'trading-robot-service' ) => null === $data['skew'] ? '–' : sprintf( __( '%s s', 'trading-robot-service' ), number_format_i18n( $data['skew'] ) ),
	__( 'Jobs waiting', 'trading-robot-service' )     => number_format_i18n( $trading_robot_service_jobs['waiting'] ),
	__( 'Oldest waits for', 'trading-robot-service' ) => 0 === (int) $trading_robot_service_jobs['oldest_seconds'] ? '–' : human_time_diff( time() - (int) $trading_robot_service_jobs['oldest_seconds'] ),
	__( 'Jobs given up in a day', 'trading-robot-service' ) => number_format_i18n( $trading_robot_service_jobs['failed'] ),
	__( 'Worker, clock, queue', 'trading-robot-service' ) => implode( ', ', array( $trading_robot_service_jobs['worker'], $trading_robot_service_jobs['clock'], $trading_robot_service_jobs['redis'] ) ),
);
?>
<section aria-labelledby="trp-attention">
<h2 id="trp-attention"><?php esc_html_e( 'What needs attention', 'trading-robot-service' ); ?></h2>
<?php if ( array() === $data['attention'] ) : ?>
<p class="trp-fine"><span class="dashicons dashicons-yes-alt" aria-hidden="true"></span> <?php esc_html_e( 'Nothing right now.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<ul class="trp-attention">
	<?php foreach ( $data['attention'] as $trading_robot_service_item ) : ?>
	<li><span class="dashicons dashicons-warning" aria-hidden="true"></span>
		<?php if ( '' !== $trading_robot_service_item[1] ) : ?>
		<a href="<?php echo esc_url( $trading_robot_service_item[1] ); ?>"><?php echo esc_html( $trading_robot_service_item[0] ); ?></a>
		<?php else : ?>
		<span><?php echo esc_html( $trading_robot_service_item[0] ); ?></span>
		<?php endif; ?>
	</li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>
</section>

<dl class="trp-tiles">
<?php foreach ( $trading_robot_service_tiles as $trading_robot_service_tile ) : ?>
	<div class="trp-tile">
		<dt><?php echo esc_html( $trading_robot_service_tile[0] ); ?></dt>
		<dd>
			<?php if ( '' !== $trading_robot_service_tile[3] ) : ?>
			<a class="trp-number" href="<?php echo esc_url( admin_url( $trading_robot_service_tile[3] ) ); ?>"><?php echo esc_html( number_format_i18n( (float) $trading_robot_service_tile[1] ) ); ?></a>
			<?php else : ?>
			<span class="trp-number"><?php echo esc_html( number_format_i18n( (float) $trading_robot_service_tile[1] ) ); ?></span>
			<?php endif; ?>
			<span class="description"><?php echo esc_html( $trading_robot_service_tile[2] ); ?></span>
		</dd>
	</div>
<?php endforeach; ?>
</dl>

<section class="trp-panel" aria-labelledby="trp-fills">
<h2 id="trp-fills"><?php esc_html_e( 'Fills per day', 'trading-robot-service' ); ?></h2>
<?php if ( 0 === (int) array_sum( array_column( $trading_robot_service_days, 'fills' ) ) ) : ?>
<p><?php esc_html_e( 'No fills in the last 14 days.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<svg class="trp-bars" viewBox="0 0 280 90" preserveAspectRatio="none" role="img" aria-labelledby="trp-fills trp-fills-text">
	<title id="trp-fills-text">
	<?php
	/* translators: 1: a number of fills, 2: the highest number of fills of one day. */
	echo esc_html( sprintf( __( '%1$s fills in 14 days, at most %2$s on one day.', 'trading-robot-service' ), number_format_i18n( array_sum( array_column( $trading_robot_service_days, 'fills' ) ) ), number_format_i18n( max( array_map( 'intval', array_column( $trading_robot_service_days, 'fills' ) ) ) ) ) );
	?>
	</title>
	<line x1="0" y1="89.5" x2="280" y2="89.5"></line>
	<?php foreach ( $trading_robot_service_days as $trading_robot_service_at => $trading_robot_service_day ) : ?>
		<?php $trading_robot_service_height = 86 * (int) $trading_robot_service_day['fills'] / $trading_robot_service_most; ?>
	<rect x="<?php echo esc_attr( (string) ( 20 * $trading_robot_service_at + 3 ) ); ?>" y="<?php echo esc_attr( sprintf( '%.1F', 89 - $trading_robot_service_height ) ); ?>" width="14" height="<?php echo esc_attr( sprintf( '%.1F', $trading_robot_service_height ) ); ?>"></rect>
	<?php endforeach; ?>
</svg>
<p class="trp-span"><span><?php echo esc_html( Screen::day( $trading_robot_service_days[0]['day'] ) ); ?></span><span><?php echo esc_html( Screen::day( $trading_robot_service_said['today'] ) ); ?></span></p>
<details>
	<summary><?php esc_html_e( 'Show as table', 'trading-robot-service' ); ?></summary>
	<table class="widefat striped">
		<thead><tr><th scope="col"><?php esc_html_e( 'Day', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Fills', 'trading-robot-service' ); ?></th></tr></thead>
		<tbody>
		<?php foreach ( array_reverse( $trading_robot_service_days ) as $trading_robot_service_day ) : ?>
		<tr><th scope="row"><?php echo esc_html( Screen::day( $trading_robot_service_day['day'] ) ); ?></th><td class="trp-end"><?php echo esc_html( number_format_i18n( $trading_robot_service_day['fills'] ) ); ?></td></tr>
		<?php endforeach; ?>
		</tbody>
	</table>
</details>
<?php endif; ?>
</section>

<section class="trp-panel" aria-labelledby="trp-connection">
<h2 id="trp-connection"><?php esc_html_e( 'Connection and jobs', 'trading-robot-service' ); ?></h2>
<table class="widefat striped trp-facts"><tbody>
<?php foreach ( $trading_robot_service_facts as $trading_robot_service_name => $trading_robot_service_value ) : ?>
<tr><th scope="row"><?php echo esc_html( $trading_robot_service_name ); ?></th><td><?php echo esc_html( (string) $trading_robot_service_value ); ?></td></tr>
<?php endforeach; ?>
</tbody></table>
<p class="description"><?php esc_html_e( 'Jobs are those of the whole service, without anybody’s data.', 'trading-robot-service' ); ?></p>
</section>
