<?php
/**
 * How this site presents one robot.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, typed, action, list.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said  = $data['said'];
$trading_robot_service_facts = $trading_robot_service_said['facts'];
$trading_robot_service_typed = $data['typed'];
$trading_robot_service_shown = null === $trading_robot_service_typed ? $trading_robot_service_said : array_merge( $trading_robot_service_said, $trading_robot_service_typed );
$trading_robot_service_by    = null === $trading_robot_service_said['updated_by'] ? false : get_userdata( (int) $trading_robot_service_said['updated_by'] );
$trading_robot_service_names = array(
	'title'       => __( 'Title', 'trading-robot-service' ),
	'summary'     => __( 'Summary', 'trading-robot-service' ),
	'is_featured' => __( 'Featured', 'trading-robot-service' ),
	'is_hidden'   => __( 'Hidden', 'trading-robot-service' ),
	'position'    => __( 'Place', 'trading-robot-service' ),
);
$trading_robot_service_word  = static function ( $value ): string {
	if ( is_bool( $value ) ) {
		return $value ? __( 'yes', 'trading-robot-service' ) : __( 'no', 'trading-robot-service' );
	}
	return null === $value ? __( 'the catalogue’s own', 'trading-robot-service' ) : (string) $value;
};
?>
<p><a href="<?php echo esc_url( $data['list'] ); ?>"><?php esc_html_e( 'All robots', 'trading-robot-service' ); ?></a></p>
<h2><?php echo esc_html( $trading_robot_service_facts['name'] ); ?></h2>
<?php if ( null !== $trading_robot_service_typed ) : ?>
<table class="widefat striped trp-table">
	<caption><?php esc_html_e( 'What is saved now and what you typed', 'trading-robot-service' ); ?></caption>
	<thead><tr><th scope="col"><?php esc_html_e( 'Field', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Saved now', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Yours', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_names as $trading_robot_service_name => $trading_robot_service_label ) : ?>
	<tr><th scope="row"><?php echo esc_html( $trading_robot_service_label ); ?></th>
		<td data-label="<?php esc_attr_e( 'Saved now', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_word( $trading_robot_service_said[ $trading_robot_service_name ] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Yours', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_word( $trading_robot_service_typed[ $trading_robot_service_name ] ) ); ?></td></tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
<div class="trp-columns">
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'] ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="robot" value="<?php echo esc_attr( $trading_robot_service_facts['id'] ); ?>">
	<input type="hidden" name="version" value="<?php echo esc_attr( (string) $trading_robot_service_said['version'] ); ?>">
	<p class="trp-field">
		<label for="trp-title"><?php esc_html_e( 'Title on this site', 'trading-robot-service' ); ?></label>
		<input type="text" id="trp-title" name="title" class="regular-text" maxlength="80" value="<?php echo esc_attr( (string) $trading_robot_service_shown['title'] ); ?>" placeholder="<?php echo esc_attr( $trading_robot_service_facts['name'] ); ?>" aria-describedby="trp-title-help">
		<span class="description" id="trp-title-help"><?php esc_html_e( 'Empty: the name in the catalogue. Plain text.', 'trading-robot-service' ); ?></span>
	</p>
	<p class="trp-field">
		<label for="trp-summary"><?php esc_html_e( 'Summary on this site', 'trading-robot-service' ); ?></label>
		<textarea id="trp-summary" name="summary" rows="4" maxlength="400" placeholder="<?php echo esc_attr( $trading_robot_service_facts['description'] ); ?>" aria-describedby="trp-summary-help"><?php echo esc_html( (string) $trading_robot_service_shown['summary'] ); ?></textarea>
		<span class="description" id="trp-summary-help"><?php esc_html_e( 'Empty: the description in the catalogue. At most 400 characters of plain text, without promises of profit.', 'trading-robot-service' ); ?></span>
	</p>
	<p class="trp-field">
		<label class="trp-check"><input type="checkbox" name="is_featured" value="1" <?php checked( $trading_robot_service_shown['is_featured'] ); ?>> <?php esc_html_e( 'Feature this robot: it comes first on the marketplace and carries a mark that says so', 'trading-robot-service' ); ?></label>
	</p>
	<p class="trp-field">
		<label for="trp-position"><?php esc_html_e( 'Place among the featured ones', 'trading-robot-service' ); ?></label>
		<input type="number" id="trp-position" name="position" class="small-text" min="0" max="999" value="<?php echo esc_attr( (string) $trading_robot_service_shown['position'] ); ?>">
	</p>
	<p class="trp-field">
		<label class="trp-check"><input type="checkbox" name="is_hidden" value="1" aria-describedby="trp-hidden-help" <?php checked( $trading_robot_service_shown['is_hidden'] ); ?>> <?php esc_html_e( 'Leave this robot out of the marketplace of this site', 'trading-robot-service' ); ?></label>
		<span class="description" id="trp-hidden-help"><?php esc_html_e( 'Its page on this site is gone then. Its record stays on the leaderboard and in the averages, winning or losing: records are never taken out of the figures.', 'trading-robot-service' ); ?></span>
	</p>
	<p><button type="submit" class="button button-primary"><?php esc_html_e( 'Save', 'trading-robot-service' ); ?></button></p>
	<?php if ( null !== $trading_robot_service_said['updated_at'] ) : ?>
	<p class="description">
		<?php
		/* translators: 1: date and time, 2: a user. */
		echo esc_html( sprintf( __( 'Last changed %1$s by %2$s.', 'trading-robot-service' ), Screen::when( $trading_robot_service_said['updated_at'] ), false === $trading_robot_service_by ? __( 'a user who is gone', 'trading-robot-service' ) : $trading_robot_service_by->display_name ) );
		?>
	</p>
	<?php endif; ?>
</form>
<aside class="trp-panel" aria-labelledby="trp-facts">
	<h3 id="trp-facts"><?php esc_html_e( 'In the catalogue, not to be changed here', 'trading-robot-service' ); ?></h3>
	<table class="widefat striped trp-facts"><tbody>
	<tr><th scope="row"><?php esc_html_e( 'Description', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_facts['description'] ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Strategy', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_said['strategy_label'] . ', ' . $trading_robot_service_facts['market'] ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Version', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_facts['version'] ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_said['plan'] ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Trades in the record', 'trading-robot-service' ); ?></th><td><?php echo esc_html( number_format_i18n( $trading_robot_service_said['trades'] ) ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Accounts in the record', 'trading-robot-service' ); ?></th><td><?php echo esc_html( number_format_i18n( $trading_robot_service_said['accounts'] ) ); ?></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'Simulated market', 'trading-robot-service' ); ?></th><td><?php echo esc_html( $trading_robot_service_word( (bool) $trading_robot_service_facts['is_demo'] ) ); ?></td></tr>
	</tbody></table>
</aside>
</div>
