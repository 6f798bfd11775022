<?php
/**
 * The settings page.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data status, note, ping, action.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_status = $data['status'];
$trading_robot_service_form   = static function ( $step, $label, $kind = 'secondary' ) use ( $data ) {
	?>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>" style="display:inline">
		<?php wp_nonce_field( $data['action'] ); ?>
		<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
		<button type="submit" name="step" value="<?php echo esc_attr( $step ); ?>" class="button button-<?php echo esc_attr( $kind ); ?>"><?php echo esc_html( $label ); ?></button>
	</form>
	<?php
};
?>
<div class="wrap">
<h1><?php esc_html_e( 'Trading Robot Service', 'trading-robot-service' ); ?></h1>
<?php if ( null !== $data['note'] ) : ?>
<div class="notice notice-<?php echo esc_attr( $data['note'][0] ); ?>" role="status"><p><?php echo esc_html( $data['note'][1] ); ?></p></div>
<?php endif; ?>

<h2><?php esc_html_e( 'Connection', 'trading-robot-service' ); ?></h2>
<?php if ( 'none' === $trading_robot_service_status['state'] || 'unreadable' === $trading_robot_service_status['state'] ) : ?>
<p><?php esc_html_e( 'Not connected. Nothing is sent to any service before you connect.', 'trading-robot-service' ); ?></p>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'] ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<table class="form-table">
	<tr><th scope="row"><label for="trs-url"><?php esc_html_e( 'Address of the service', 'trading-robot-service' ); ?></label></th>
	<td><input type="url" class="regular-text" id="trs-url" name="url" required placeholder="https://" value="<?php echo esc_attr( $trading_robot_service_status['url'] ); ?>"></td></tr>
	<tr><th scope="row"><label for="trs-code"><?php esc_html_e( 'Connect code', 'trading-robot-service' ); ?></label></th>
	<td><input type="text" class="regular-text code" id="trs-code" name="code" required autocomplete="off" spellcheck="false" aria-describedby="trs-code-help">
	<p class="description" id="trs-code-help"><?php
	/* translators: %s: a command. */
	echo esc_html( sprintf( __( 'The operator of the service makes it: %s. It works once. With the address, a site that was connected before keeps its members.', 'trading-robot-service' ), 'flask sites create-code --url ' . untrailingslashit( home_url() ) ) );
	?></p></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Charts', 'trading-robot-service' ); ?></th>
	<td><label><input type="checkbox" name="charts" value="1"> <?php esc_html_e( 'Interactive charts on the dashboard. The chart library asks for a visible link to tradingview.com, which they carry. Without them charts are still drawn, without interaction and without the link.', 'trading-robot-service' ); ?></label></td></tr>
	</table>
	<p><button type="submit" name="step" value="connect" class="button button-primary"><?php esc_html_e( 'Connect', 'trading-robot-service' ); ?></button></p>
</form>
<?php else : ?>
<table class="widefat striped" style="max-width:60em"><tbody>
<tr><th scope="row"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><td><?php echo 'moved' === $trading_robot_service_status['state'] ? esc_html__( 'Paused: this site has another address than when it was connected', 'trading-robot-service' ) : esc_html__( 'Connected', 'trading-robot-service' ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Service', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( $trading_robot_service_status['url'] ); ?></code> <?php echo esc_html( $trading_robot_service_status['service_version'] ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Site id', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( $trading_robot_service_status['site_id'] ); ?></code></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Connected since', 'trading-robot-service' ); ?></th><td><?php echo esc_html( (string) wp_date( 'Y-m-d H:i T', (int) strtotime( $trading_robot_service_status['connected_at'] ) ) ); ?></td></tr>
	<?php if ( is_array( $data['ping'] ) ) : ?>
<tr><th scope="row"><?php esc_html_e( 'Last test', 'trading-robot-service' ); ?></th><td>
		<?php
		/* translators: 1: time, 2: milliseconds, 3: seconds or a dash. */
		echo esc_html( sprintf( __( '%1$s: answer in %2$d ms, clocks differ by %3$s s', 'trading-robot-service' ), (string) wp_date( 'H:i:s T', (int) $data['ping']['at'] ), (int) $data['ping']['latency_ms'], null === $data['ping']['skew_s'] ? '–' : (string) $data['ping']['skew_s'] ) );
		?>
		<?php if ( null !== $data['ping']['skew_s'] && abs( (int) $data['ping']['skew_s'] ) > 10 ) : ?>
<strong><?php esc_html_e( 'Set the clocks: beyond 30 seconds nothing is accepted.', 'trading-robot-service' ); ?></strong>
		<?php endif; ?>
</td></tr>
	<?php endif; ?>
</tbody></table>
<p>
	<?php
	if ( 'moved' === $trading_robot_service_status['state'] ) {
		$trading_robot_service_form( 'moved', __( 'The site moved: use this address', 'trading-robot-service' ), 'primary' );
	} else {
		$trading_robot_service_form( 'test', __( 'Test', 'trading-robot-service' ) );
	}
	$trading_robot_service_form( 'disconnect', __( 'Disconnect', 'trading-robot-service' ) );
	?>
</p>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'] ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<p><label><input type="checkbox" name="charts" value="1" <?php checked( $trading_robot_service_status['charts'] ); ?>> <?php esc_html_e( 'Interactive charts on the dashboard, with the link to tradingview.com that their library asks for', 'trading-robot-service' ); ?></label>
	<button type="submit" name="step" value="charts" class="button"><?php esc_html_e( 'Save', 'trading-robot-service' ); ?></button></p>
</form>
<?php endif; ?>

<h2><?php esc_html_e( 'Pages', 'trading-robot-service' ); ?></h2>
<p><?php esc_html_e( 'Makes a front page, a page for each shortcode and a menu. Pages that are there already stay as they are.', 'trading-robot-service' ); ?></p>
<?php if ( array() !== $trading_robot_service_status['pages'] ) : ?>
<ul>
	<?php foreach ( $trading_robot_service_status['pages'] as $trading_robot_service_url ) : ?>
	<li><a href="<?php echo esc_url( $trading_robot_service_url ); ?>"><?php echo esc_html( $trading_robot_service_url ); ?></a></li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>
<p><?php $trading_robot_service_form( 'pages', __( 'Make pages', 'trading-robot-service' ) ); ?></p>
</div>
