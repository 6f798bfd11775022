<?php
/**
 * The settings page: three steps, then what there is to do later.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data status, note, ping, action, group, fixed.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_status = $data['status'];
$trading_robot_service_state  = $trading_robot_service_status['state'];
$trading_robot_service_is_new = 'none' === $trading_robot_service_state || 'unreadable' === $trading_robot_service_state;
$trading_robot_service_pages  = $trading_robot_service_status['pages'];
$trading_robot_service_step   = $trading_robot_service_is_new ? 1 : ( array() === $trading_robot_service_pages ? 2 : 3 );
$trading_robot_service_steps  = array(
	1 => __( 'Connect', 'trading-robot-service' ),
	2 => __( 'Pages', 'trading-robot-service' ),
	3 => __( 'Done', 'trading-robot-service' ),
);
$trading_robot_service_states = array(
	'connected' => __( 'Connected', 'trading-robot-service' ),
	'moved'     => __( 'Paused: this site is not where it was when it was connected', 'trading-robot-service' ),
	'paused'    => __( 'Paused by the operator of the service', 'trading-robot-service' ),
);
$trading_robot_service_charts = __( 'Interactive charts on the dashboard. The chart library asks for a visible link to tradingview.com, which they carry. Without them charts are still drawn, without interaction and without the link.', 'trading-robot-service' );
$trading_robot_service_open   = static function () use ( $data ) {
	?>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'], '_wpnonce', true ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<?php
};
?>
<div class="wrap">
<h1><?php esc_html_e( 'Trading Robot Service', 'trading-robot-service' ); ?></h1>
<?php if ( null !== $data['note'] ) : ?>
<div class="notice notice-<?php echo esc_attr( $data['note'][0] ); ?>" role="status"><p><?php echo esc_html( $data['note'][1] ); ?></p></div>
<?php endif; ?>

<ol class="subsubsub">
<?php foreach ( $trading_robot_service_steps as $trading_robot_service_number => $trading_robot_service_name ) : ?>
	<li<?php echo $trading_robot_service_number === $trading_robot_service_step ? ' aria-current="step"' : ''; ?>>
	<?php echo $trading_robot_service_number < $trading_robot_service_step ? '<span class="dashicons dashicons-yes" aria-hidden="true"></span>' : ''; ?>
	<?php if ( $trading_robot_service_number === $trading_robot_service_step ) : ?>
	<strong><?php echo esc_html( $trading_robot_service_number . '. ' . $trading_robot_service_name ); ?></strong>
	<?php else : ?>
		<?php echo esc_html( $trading_robot_service_number . '. ' . $trading_robot_service_name ); ?>
	<?php endif; ?>
	<?php echo 3 === $trading_robot_service_number ? '' : ' |'; ?>
	</li>
<?php endforeach; ?>
</ol>
<br class="clear">

<h2><?php esc_html_e( '1. Connect', 'trading-robot-service' ); ?></h2>
<?php if ( $trading_robot_service_is_new ) : ?>
<p>
	<?php
	echo 'unreadable' === $trading_robot_service_state
		? esc_html__( 'The secret can no longer be read, probably because the keys in wp-config.php changed. Connect again: with a code for the address of this site its members stay the same.', 'trading-robot-service' )
		: esc_html__( 'Not connected. Nothing is sent to any service before you connect.', 'trading-robot-service' );
	?>
</p>
	<?php $trading_robot_service_open(); ?>
	<table class="form-table" role="presentation">
	<tr><th scope="row"><label for="trs-code"><?php echo $data['fixed'] ? esc_html__( 'Connect code', 'trading-robot-service' ) : esc_html__( 'Connect link', 'trading-robot-service' ); ?></label></th>
	<td><input type="text" class="large-text code" id="trs-code" name="code" required autocomplete="off" spellcheck="false" aria-describedby="trs-code-help">
	<p class="description" id="trs-code-help">
	<?php
	/* translators: %s: a command. */
	echo esc_html( sprintf( __( 'The operator of the service makes it: %s. It works once. With the address, a site that was connected before keeps its members.', 'trading-robot-service' ), 'flask sites create-code --url ' . untrailingslashit( home_url() ) ) );
	?>
	</p>
	<?php if ( ! $data['fixed'] ) : ?>
	<details><summary><?php esc_html_e( 'I have an address and a code instead', 'trading-robot-service' ); ?></summary>
	<p><label for="trs-url"><?php esc_html_e( 'Address of the service', 'trading-robot-service' ); ?></label><br>
	<input type="url" class="regular-text" id="trs-url" name="url" placeholder="https://" value="<?php echo esc_attr( $trading_robot_service_status['url'] ); ?>" aria-describedby="trs-url-help"></p>
	<p class="description" id="trs-url-help"><?php esc_html_e( 'Put the code into the field above.', 'trading-robot-service' ); ?></p>
	</details>
	<?php endif; ?>
	</td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Charts', 'trading-robot-service' ); ?></th>
	<td><label><input type="checkbox" name="charts" value="1"> <?php echo esc_html( $trading_robot_service_charts ); ?></label></td></tr>
	</table>
	<p><button type="submit" name="step" value="connect" class="button button-primary"><?php esc_html_e( 'Connect', 'trading-robot-service' ); ?></button></p>
</form>
<?php else : ?>
<table class="widefat striped"><tbody>
<tr><th scope="row"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_states[ $trading_robot_service_state ] ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Service', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( $trading_robot_service_status['url'] ); ?></code> <?php echo esc_html( $trading_robot_service_status['service_version'] ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Site id', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( $trading_robot_service_status['site_id'] ); ?></code></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Secret', 'trading-robot-service' ); ?></th><td><?php echo 'wp-config' === $trading_robot_service_status['secret'] ? esc_html__( 'in wp-config.php', 'trading-robot-service' ) : esc_html__( 'kept encrypted, never shown', 'trading-robot-service' ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Connected since', 'trading-robot-service' ); ?></th><td><?php echo esc_html( (string) wp_date( 'Y-m-d H:i T', (int) strtotime( $trading_robot_service_status['connected_at'] ) ) ); ?></td></tr>
	<?php if ( 'moved' === $trading_robot_service_state ) : ?>
<tr><th scope="row"><?php esc_html_e( 'Connected as', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( $trading_robot_service_status['site_url'] ); ?></code> <?php echo esc_html( $trading_robot_service_status['environment'] ); ?></td></tr>
<tr><th scope="row"><?php esc_html_e( 'Now', 'trading-robot-service' ); ?></th><td><code><?php echo esc_html( home_url( '/' ) ); ?></code> <?php echo esc_html( TradingRobotService\Connection::environment() ); ?></td></tr>
	<?php endif; ?>
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
	<?php $trading_robot_service_open(); ?>
	<?php if ( 'moved' === $trading_robot_service_state ) : ?>
	<p><?php esc_html_e( 'While it is paused this site asks the service nothing. Pages show the last known values.', 'trading-robot-service' ); ?></p>
	<p><button type="submit" name="step" value="moved" class="button button-primary"><?php esc_html_e( 'This site moved: use this address', 'trading-robot-service' ); ?></button>
	<button type="submit" name="step" value="copied" class="button"><?php esc_html_e( 'This is a copy: forget the connection here', 'trading-robot-service' ); ?></button></p>
	<?php else : ?>
	<p><button type="submit" name="step" value="test" class="button"><?php esc_html_e( 'Test', 'trading-robot-service' ); ?></button>
		<?php if ( 'wp-config' !== $trading_robot_service_status['secret'] ) : ?>
	<button type="submit" name="step" value="rotate" class="button"><?php esc_html_e( 'Change the secret', 'trading-robot-service' ); ?></button>
		<?php endif; ?>
	</p>
	<details><summary><?php esc_html_e( 'Disconnect…', 'trading-robot-service' ); ?></summary>
	<p><?php esc_html_e( 'Deletes the secret here and at the service. Pages stay and say that there are no figures. Members and their records stay at the service for a later connection.', 'trading-robot-service' ); ?></p>
	<p><button type="submit" name="step" value="disconnect" class="button button-link-delete"><?php esc_html_e( 'Disconnect', 'trading-robot-service' ); ?></button></p>
	</details>
	<?php endif; ?>
</form>
<?php endif; ?>

<h2><?php esc_html_e( '2. Pages', 'trading-robot-service' ); ?></h2>
<p><?php esc_html_e( 'Makes a front page, the pages of the service and a menu. Pages that are there already stay as they are.', 'trading-robot-service' ); ?></p>
<?php $trading_robot_service_open(); ?>
<p><button type="submit" name="step" value="pages" class="button<?php echo 2 === $trading_robot_service_step ? ' button-primary' : ''; ?>"><?php esc_html_e( 'Make pages', 'trading-robot-service' ); ?></button>
<a class="button" href="<?php echo esc_url( admin_url( 'admin.php?page=' . TradingRobotService\Admin\PagesScreen::PAGE ) ); ?>"><?php esc_html_e( 'Choose pages', 'trading-robot-service' ); ?></a></p>
</form>

<h2><?php esc_html_e( '3. Done', 'trading-robot-service' ); ?></h2>
<?php if ( array() === $trading_robot_service_pages ) : ?>
<p><?php esc_html_e( 'No pages have been made yet.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<ul class="ul-disc">
	<?php foreach ( $trading_robot_service_pages as $trading_robot_service_url ) : ?>
	<li><a href="<?php echo esc_url( $trading_robot_service_url ); ?>"><?php echo esc_html( $trading_robot_service_url ); ?></a></li>
	<?php endforeach; ?>
</ul>
<?php endif; ?>
<?php if ( ! $trading_robot_service_is_new ) : ?>
<form method="post" action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>">
	<?php settings_fields( $data['group'] ); ?>
	<p><label><input type="checkbox" name="<?php echo esc_attr( TradingRobotService\Setup::CHARTS ); ?>" value="yes" <?php checked( $trading_robot_service_status['charts'] ); ?>> <?php echo esc_html( $trading_robot_service_charts ); ?></label></p>
	<p><button type="submit" class="button"><?php esc_html_e( 'Save', 'trading-robot-service' ); ?></button></p>
</form>
<?php endif; ?>
<?php
/**
 * Fires near the end of the settings page, for further sections.
 */
do_action( 'trading_robot_service_settings' );
?>
<p><a href="<?php echo esc_url( admin_url( 'site-health.php' ) ); ?>"><?php esc_html_e( 'Site Health tests the connection too.', 'trading-robot-service' ); ?></a></p>
</div>
