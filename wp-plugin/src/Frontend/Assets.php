<?php
/**
 * Scripts and styles.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\Dashboard;

use const TradingRobotService\PLUGIN_DIR;
use const TradingRobotService\PLUGIN_FILE;
use const TradingRobotService\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * Everything comes from the plugin's own folder and only onto pages with one of the shortcodes.
 */
final class Assets {

	const HANDLE = 'trading-robot-service';

	const HTMX = 'trading-robot-service-htmx';

	const FONTS = 'trading-robot-service-fonts';

	const CHART_SCRIPT = 'trading-robot-service-charts';

	const CHARTS = 'assets/vendor/lightweight-charts.standalone.production.js';

	const TAGS = array( 'trading_robot_performance', 'trading_robot_marketplace', 'trading_robot_pricing', Dashboard::SHORTCODE );

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'wp_enqueue_scripts', array( $this, 'enqueue_early' ) );
	}

	/**
	 * Puts the styles into the head of a page that is known to need them.
	 */
	public function enqueue_early(): void {
		$post = is_singular() ? get_post() : null;
		if ( null === $post ) {
			return;
		}
		foreach ( self::TAGS as $tag ) {
			if ( has_shortcode( $post->post_content, $tag ) ) {
				$this->enqueue();
				return;
			}
		}
	}

	/**
	 * Asks for the scripts and styles.
	 */
	public function enqueue(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_style( self::FONTS, self::url( 'assets/trp-fonts.css' ), array(), self::version( 'assets/trp-fonts.css' ) );
		wp_enqueue_style( self::HANDLE, self::url( 'assets/trp.css' ), array( self::FONTS ), self::version( 'assets/trp.css' ) );
		wp_enqueue_script( self::HTMX, self::url( 'assets/vendor/htmx.min.js' ), array(), '2.0.11', $script );
		wp_enqueue_script( self::HANDLE, self::url( 'assets/trp.js' ), array( self::HTMX ), self::version( 'assets/trp.js' ), $script );
	}

	/**
	 * Asks for the script of the dashboard's charts, where the owner agreed to them.
	 */
	public function enqueue_charts(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_script( self::CHART_SCRIPT, self::url( 'assets/trp-charts.js' ), array( self::HANDLE ), self::version( 'assets/trp-charts.js' ), $script );
	}

	/**
	 * Returns the address of the chart library, which the dashboard loads when a chart shows.
	 */
	public static function chart_url(): string {
		return self::url( self::CHARTS ) . '?ver=5.2.1';
	}

	/**
	 * Returns the address of a file of the plugin.
	 *
	 * @param string $file Path inside the plugin.
	 */
	private static function url( string $file ): string {
		return plugins_url( $file, PLUGIN_FILE );
	}

	/**
	 * Changes with the file, so that no browser keeps an old one.
	 *
	 * @param string $file Path inside the plugin.
	 */
	private static function version( string $file ): string {
		return VERSION . '.' . (int) filemtime( PLUGIN_DIR . '/' . $file );
	}
}
