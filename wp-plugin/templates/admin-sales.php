<?php
/**
 * Among the settings: where people who want a large plan talk to somebody.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data value, name, group.
 */

defined( 'ABSPATH' ) || exit;
?>
<h2><?php esc_html_e( 'Sales contact', 'trading-robot-service' ); ?></h2>
<form method="post" action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>">
<?php settings_fields( $data['group'] ); ?>
<table class="form-table" role="presentation">
<tr><th scope="row"><label for="trs-sales"><?php esc_html_e( 'E-mail address or page', 'trading-robot-service' ); ?></label></th>
<td><input class="regular-text" type="text" id="trs-sales" name="<?php echo esc_attr( $data['name'] ); ?>" value="<?php echo esc_attr( $data['value'] ); ?>" aria-describedby="trs-sales-help">
<p class="description" id="trs-sales-help"><?php esc_html_e( 'The button “Contact Sales” of the largest plan leads there. Left empty, that plan is bought like the others.', 'trading-robot-service' ); ?></p></td></tr>
</table>
<?php submit_button( __( 'Save sales contact', 'trading-robot-service' ), 'secondary' ); ?>
</form>
