<?php
/**
 * The plugin's own translations.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Says where the translations are that come with the plugin; those of the site's languages folder win.
 */
final class Languages {

	const DOMAIN = 'trading-robot-service';

	const FOLDER = '/languages';

	/**
	 * Hooks into WordPress, before blocks and patterns are named on init.
	 */
	public function register(): void {
		add_action( 'init', array( $this, 'load' ), 0 );
	}

	/**
	 * Names the folder: WordPress reads it from the header by itself only since 6.8.
	 */
	public function load(): void {
		load_plugin_textdomain( self::DOMAIN, false, dirname( plugin_basename( PLUGIN_FILE ) ) . self::FOLDER );
	}

	/**
	 * Returns the folder for wp_set_script_translations().
	 */
	public static function folder(): string {
		return PLUGIN_DIR . self::FOLDER;
	}
}
