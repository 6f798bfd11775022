<?php
/**
 * The calls to action: how often each was followed, and who went on.
 *
 * @package TradingRobotService
 * @var array<string,mixed>  $trading_robot_service_said  Figures.
 * @var array<string,string> $trading_robot_service_means What each figure means.
 */

use TradingRobotService\Admin\Figures;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_columns = array(
	'clicks'  => __( 'Clicks', 'trading-robot-service' ),
	'pricing' => __( 'on the page of plans', 'trading-robot-service' ),
	'home'    => __( 'on the front page', 'trading-robot-service' ),
	'other'   => __( 'elsewhere', 'trading-robot-service' ),
);
$trading_robot_service_steps   = array(
	'started'  => __( 'Checkouts begun', 'trading-robot-service' ),
	'finished' => __( 'Completed', 'trading-robot-service' ),
);
?>
<section class="trp-panel" aria-labelledby="trp-calls">
<h2 id="trp-calls"><?php esc_html_e( 'Calls to action', 'trading-robot-service' ); ?></h2>
<p class="description"><?php echo esc_html( $trading_robot_service_means['calls'] ?? '' ); ?></p>
<p>
<?php
/* translators: %s: how often. */
echo esc_html( sprintf( __( 'The plans were read by members %s times, counted once a member and day; visitors’ views are not counted.', 'trading-robot-service' ), number_format_i18n( $trading_robot_service_said['calls']['viewed'] ) ) );
?>
</p>
<?php if ( array() === $trading_robot_service_said['calls']['rows'] ) : ?>
<p role="status"><?php esc_html_e( 'No button of a plan was pressed in this time. The first click shows here, by plan and page.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Clicks by call to action and page, checkouts begun and completed', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Call', 'trading-robot-service' ); ?></th>
		<?php foreach ( $trading_robot_service_columns + $trading_robot_service_steps as $trading_robot_service_label ) : ?>
		<th scope="col" class="trp-end"><?php echo esc_html( $trading_robot_service_label ); ?></th>
		<?php endforeach; ?>
	</tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_said['calls']['rows'] as $trading_robot_service_row ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_row['call'] ); ?></th>
		<?php foreach ( $trading_robot_service_columns as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_label ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_row[ $trading_robot_service_key ] ) ); ?></td>
		<?php endforeach; ?>
		<?php foreach ( $trading_robot_service_steps as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<td class="trp-end" data-label="<?php echo esc_attr( $trading_robot_service_label ); ?>"><?php echo esc_html( Figures::reached( $trading_robot_service_row[ $trading_robot_service_key ] ) ); ?></td>
		<?php endforeach; ?>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
</section>
