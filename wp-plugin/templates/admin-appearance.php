<?php
/**
 * Among the settings: dark or light, and whose colours.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data theme, skin, ratio, group.
 */

use TradingRobotService\Frontend\Appearance;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_themes = array(
	'dark'  => __( 'Dark', 'trading-robot-service' ),
	'light' => __( 'Light', 'trading-robot-service' ),
	'auto'  => __( 'As each visitor’s own system', 'trading-robot-service' ),
);
$trading_robot_service_skins  = array(
	'own'   => __( 'Those of the plugin, with contrast that is proven', 'trading-robot-service' ),
	'theme' => __( 'Ground, ink and letters of the theme', 'trading-robot-service' ),
);
?>
<h2><?php esc_html_e( 'Appearance', 'trading-robot-service' ); ?></h2>
<form method="post" action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>">
<?php settings_fields( $data['group'] ); ?>
<table class="form-table" role="presentation">
<tr><th scope="row"><label for="trs-theme"><?php esc_html_e( 'Dark or light', 'trading-robot-service' ); ?></label></th>
<td><select id="trs-theme" name="<?php echo esc_attr( Appearance::THEME ); ?>">
<?php foreach ( $trading_robot_service_themes as $trading_robot_service_key => $trading_robot_service_label ) : ?>
<option value="<?php echo esc_attr( $trading_robot_service_key ); ?>" <?php selected( $data['theme'], $trading_robot_service_key ); ?>><?php echo esc_html( $trading_robot_service_label ); ?></option>
<?php endforeach; ?>
</select></td></tr>
<tr><th scope="row"><label for="trs-skin"><?php esc_html_e( 'Colours and letters', 'trading-robot-service' ); ?></label></th>
<td><select id="trs-skin" name="<?php echo esc_attr( Appearance::SKIN ); ?>" aria-describedby="trs-skin-help">
<?php foreach ( $trading_robot_service_skins as $trading_robot_service_key => $trading_robot_service_label ) : ?>
<option value="<?php echo esc_attr( $trading_robot_service_key ); ?>" <?php selected( $data['skin'], $trading_robot_service_key ); ?>><?php echo esc_html( $trading_robot_service_label ); ?></option>
<?php endforeach; ?>
</select>
<p class="description" id="trs-skin-help">
<?php
if ( null === $data['ratio'] ) {
	esc_html_e( 'This theme names no ground and ink (base and contrast), so its contrast cannot be computed here: look at the pages before you choose it.', 'trading-robot-service' );
} elseif ( $data['ratio'] < Appearance::READABLE ) {
	/* translators: %s: a ratio such as 3.2. */
	echo esc_html( sprintf( __( 'The ink of this theme has a contrast of %s to 1 on its ground. That is under 4.5, so its text would be hard to read.', 'trading-robot-service' ), number_format_i18n( $data['ratio'], 1 ) ) );
} else {
	/* translators: %s: a ratio such as 16.4. */
	echo esc_html( sprintf( __( 'The ink of this theme has a contrast of %s to 1 on its ground; 4.5 is the least for text. Choose dark or light above as the theme is, since profit and loss keep the plugin’s own colours.', 'trading-robot-service' ), number_format_i18n( $data['ratio'], 1 ) ) );
}
?>
</p></td></tr>
</table>
<?php submit_button( __( 'Save appearance', 'trading-robot-service' ), 'secondary' ); ?>
</form>
