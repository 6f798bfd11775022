<?php
/**
 * How models do.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, action.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_states = array(
	'closed'    => __( 'well', 'trading-robot-service' ),
	'half_open' => __( 'failed of late; the next question tries it', 'trading-robot-service' ),
	/* translators: %s: a time. */
	'open'      => __( 'left alone until %s', 'trading-robot-service' ),
);
$trading_robot_service_window = static function ( array $window ): string {
	if ( 0 === $window['calls'] ) {
		return __( 'no call', 'trading-robot-service' );
	}
	/* translators: 1: a percentage, 2: a number of calls. */
	$text = sprintf( __( '%1$s of %2$s failed', 'trading-robot-service' ), Figures::percent( $window['failed'] / $window['calls'] ), number_format_i18n( $window['calls'] ) );
	/* translators: %s: a number of seconds. */
	return null === $window['p95_seconds'] ? $text : $text . ', ' . sprintf( __( '95 of 100 within %s s', 'trading-robot-service' ), number_format_i18n( $window['p95_seconds'], 1 ) );
};
require __DIR__ . '/admin-ai-tabs.php';
?>
<?php if ( ! isset( $data['said']['models'] ) ) : ?>
<p class="trp-empty"><?php esc_html_e( 'The operator of the service sees this on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p role="status">
	<?php if ( 0 === $data['said']['waiting'] ) : ?>
		<?php esc_html_e( 'No question waits for a worker.', 'trading-robot-service' ); ?>
	<?php else : ?>
		<?php
		/* translators: 1: a number of questions, 2: a number of seconds. */
		echo esc_html( sprintf( _n( '%1$s question waits for a worker, the oldest since %2$s seconds.', '%1$s questions wait for a worker, the oldest since %2$s seconds.', $data['said']['waiting'], 'trading-robot-service' ), number_format_i18n( $data['said']['waiting'] ), number_format_i18n( $data['said']['oldest_seconds'] ) ) );
		?>
	<?php endif; ?>
</p>
<table class="widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Models and how they do', 'trading-robot-service' ); ?></caption>
	<thead><tr><th scope="col"><?php esc_html_e( 'Model', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Last success', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Last failure', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Last hour', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Last day', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Check', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $data['said']['models'] as $trading_robot_service_model ) : ?>
		<?php
		// Of a model that nobody has asked it is not known whether it is well.
		$trading_robot_service_was_asked = null !== $trading_robot_service_model['succeeded_at'] || null !== $trading_robot_service_model['failed_at'];

		$trading_robot_service_state = array( $trading_robot_service_was_asked ? sprintf( $trading_robot_service_states[ $trading_robot_service_model['state'] ] ?? $trading_robot_service_model['state'], Screen::when( $trading_robot_service_model['open_until'] ) ) : __( 'not asked yet', 'trading-robot-service' ) );
		if ( ! $trading_robot_service_model['has_key'] ) {
			$trading_robot_service_state[] = __( 'no key is set', 'trading-robot-service' );
		}
		if ( $trading_robot_service_model['is_off'] ) {
			$trading_robot_service_state[] = __( 'switched off', 'trading-robot-service' );
		}
		if ( null !== $trading_robot_service_model['days_left'] ) {
			/* translators: %s: a day. */
			$trading_robot_service_end     = 0 === $trading_robot_service_model['days_left'] ? __( 'ended on %s', 'trading-robot-service' ) : __( 'ends on %s', 'trading-robot-service' );
			$trading_robot_service_state[] = sprintf( $trading_robot_service_end, Screen::day( $trading_robot_service_model['ends_on'] ) );
			if ( null !== $trading_robot_service_model['successor'] ) {
				/* translators: %s: the name of a model. */
				$trading_robot_service_state[] = sprintf( __( 'ask %s in its place', 'trading-robot-service' ), $trading_robot_service_model['successor'] );
			}
		}
		if ( array() !== $trading_robot_service_model['passed_over_by'] ) {
			/* translators: %s: names of kinds of work, with commas between them. */
			$trading_robot_service_state[] = sprintf( __( 'passed over by: %s', 'trading-robot-service' ), implode( ', ', $trading_robot_service_model['passed_over_by'] ) );
		}
		?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_model['model'] ); ?><br><span class="description"><?php echo esc_html( $trading_robot_service_model['provider_label'] ); ?></span></th>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( implode( ', ', $trading_robot_service_state ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Last success', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_model['succeeded_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Last failure', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_model['failed_at'] ) . ( '' === $trading_robot_service_model['why'] ? '' : ': ' . $trading_robot_service_model['why'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Last hour', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_window( $trading_robot_service_model['hour'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Last day', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_window( $trading_robot_service_model['day'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Check', 'trading-robot-service' ); ?>">
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
				<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
				<input type="hidden" name="name" value="<?php echo esc_attr( $trading_robot_service_model['model'] ); ?>">
				<button type="submit" name="step" value="check" class="button" aria-label="<?php echo esc_attr( $trading_robot_service_model['model'] . ': ' . __( 'Check now', 'trading-robot-service' ) ); ?>"><?php esc_html_e( 'Check now', 'trading-robot-service' ); ?></button>
			</form>
			<?php if ( null !== $trading_robot_service_model['checked_at'] ) : ?>
			<span class="description"><?php echo esc_html( Screen::when( $trading_robot_service_model['checked_at'] ) . ': ' . ( 'done' === $trading_robot_service_model['checked'] ? __( 'it answered', 'trading-robot-service' ) : $trading_robot_service_model['checked'] ) ); ?></span>
			<?php endif; ?>
		</td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
