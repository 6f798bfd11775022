<?php
/**
 * What became of mails to members, by topic.
 *
 * @package TradingRobotService
 * @var array<string,mixed>  $trading_robot_service_said  Figures.
 * @var array<string,string> $trading_robot_service_means What each figure means.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_columns = array(
	'asked'        => __( 'Asked for', 'trading-robot-service' ),
	'sent'         => __( 'Sent', 'trading-robot-service' ),
	'waiting'      => __( 'Waiting', 'trading-robot-service' ),
	'skipped'      => __( 'Not wanted', 'trading-robot-service' ),
	'refused'      => __( 'Refused', 'trading-robot-service' ),
	'dead'         => __( 'Given up', 'trading-robot-service' ),
	'unsubscribed' => __( 'Ended by it', 'trading-robot-service' ),
	'clicks'       => __( 'Links followed', 'trading-robot-service' ),
);
?>
<section class="trp-panel" aria-labelledby="trp-mails">
<h2 id="trp-mails"><?php esc_html_e( 'Mails to members', 'trading-robot-service' ); ?></h2>
<p class="description"><?php echo esc_html( $trading_robot_service_means['mails'] ?? '' ); ?></p>
<?php if ( array() === $trading_robot_service_said['mails'] ) : ?>
<p role="status"><?php esc_html_e( 'No mail was asked for in this time.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Mails by topic, and what became of them', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Topic', 'trading-robot-service' ); ?></th>
		<?php foreach ( $trading_robot_service_columns as $trading_robot_service_label ) : ?>
		<th scope="col" class="trp-end"><?php echo esc_html( $trading_robot_service_label ); ?></th>
		<?php endforeach; ?>
	</tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_said['mails'] as $trading_robot_service_row ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_row['topic'] ); ?></th>
		<?php foreach ( $trading_robot_service_columns as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_label ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_row[ $trading_robot_service_key ] ) ); ?></td>
		<?php endforeach; ?>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
</section>
