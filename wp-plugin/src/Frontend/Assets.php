<?php
/**
 * Scripts and styles.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\Screens;

use const TradingRobotService\PLUGIN_DIR;
use const TradingRobotService\PLUGIN_FILE;
use const TradingRobotService\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * Everything comes from the plugin's own folder and only onto pages with one of the screens.
 *
 * A screen in a widget, a template part or a synced pattern is noticed when it is rendered; in a classic
 * theme its style then stands in the footer.
 */
final class Assets {

	const HANDLE = 'trading-robot-service';

	const HTMX = 'trading-robot-service-htmx';

	const FONTS = 'trading-robot-service-fonts';

	const FONT_FILES = array( 'assets/fonts/inter-latin-wght-normal.woff2', 'assets/fonts/jetbrains-mono-latin-wght-normal.woff2' );

	const PAGE_SCRIPT = 'trading-robot-service-page';

	const CHART_SCRIPT = 'trading-robot-service-charts';

	const CANDLE_SCRIPT = 'trading-robot-service-candles';

	const DESK = 'trading-robot-service-desk';

	// In this order: each stands on those before it.
	const DESK_SCRIPTS = array( 'desk', 'desk-levels', 'desk-studies', 'desk-draw', 'desk-live', 'desk-replay', 'desk-chart' );

	const SHOTS = 'trading-robot-service-shots';

	const COACH = 'trading-robot-service-coach';

	const CLICKS = 'trading-robot-service-clicks';

	const LIBRARY = 'trading-robot-service-chart-library';

	const LIVE_SCRIPT = 'trading-robot-service-live';

	const CHARTS = 'assets/vendor/lightweight-charts.standalone.production.js';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'init', array( $this, 'register_styles' ) );
		add_action( 'wp_enqueue_scripts', array( $this, 'enqueue_early' ) );
	}

	/**
	 * Names the styles, so that the editor can load them into its frame; by itself this prints nothing.
	 */
	public function register_styles(): void {
		wp_register_style( self::FONTS, self::url( 'assets/trp-fonts.css' ), array(), self::version( 'assets/trp-fonts.css' ) );
		wp_register_style( self::DESK, self::url( 'assets/trp-desk.css' ), array( self::HANDLE ), self::version( 'assets/trp-desk.css' ) );
		wp_register_style( self::COACH, self::url( 'assets/trp-coach.css' ), array( self::DESK ), self::version( 'assets/trp-coach.css' ) );
		wp_register_style( self::HANDLE, self::url( 'assets/trp.css' ), array( self::FONTS ), self::version( 'assets/trp.css' ) );
	}

	/**
	 * Puts the styles into the head of a page that is known to need them.
	 */
	public function enqueue_early(): void {
		$post = is_singular() ? get_post() : null;
		if ( null !== $post && Screens::stand_in( $post ) ) {
			$this->enqueue();
			if ( Screens::stand_in( $post, 'desk' ) ) {
				wp_enqueue_style( self::DESK );
			}
			if ( Screens::stand_in( $post, 'user-dashboard' ) || Screens::stand_in( $post, 'coach' ) ) {
				wp_enqueue_style( self::COACH );
			}
			add_filter( 'wp_preload_resources', array( $this, 'preload_fonts' ) );
		}
	}

	/**
	 * Asks for our fonts before the styles name them: they come in time, or this view does without.
	 *
	 * @param array<int,array<string,string>> $resources What the page's head asks for already.
	 * @return array<int,array<string,string>>
	 */
	public function preload_fonts( array $resources ): array {
		foreach ( self::FONT_FILES as $file ) {
			$resources[] = array(
				'href'        => self::url( $file ),
				'as'          => 'font',
				'type'        => 'font/woff2',
				'crossorigin' => 'anonymous',
			);
		}
		return $resources;
	}

	/**
	 * Asks for the scripts and styles.
	 */
	public function enqueue(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_style( self::HANDLE );
		wp_enqueue_script( self::HTMX, self::url( 'assets/vendor/htmx.min.js' ), array(), '2.0.11', $script );
		wp_enqueue_script( self::HANDLE, self::url( 'assets/trp.js' ), array( self::HTMX ), self::version( 'assets/trp.js' ), $script );
		wp_enqueue_script( self::PAGE_SCRIPT, self::url( 'assets/trp-page.js' ), array( self::HANDLE ), self::version( 'assets/trp-page.js' ), $script );
	}

	/**
	 * Asks for the script of the dashboard's charts, where the owner agreed to them.
	 */
	public function enqueue_charts(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_script( self::CANDLE_SCRIPT, self::url( 'assets/trp-candles.js' ), array(), self::version( 'assets/trp-candles.js' ), $script );
		wp_enqueue_script( self::CHART_SCRIPT, self::url( 'assets/trp-charts.js' ), array( self::HANDLE, self::CANDLE_SCRIPT ), self::version( 'assets/trp-charts.js' ), $script );
	}

	/**
	 * Asks for what the desk alone needs; the chart library with it, where the owner agreed, so that no time is lost.
	 *
	 * @param bool $has_charts Whether the owner agreed to the chart library.
	 */
	public function enqueue_desk( bool $has_charts ): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		$needs  = array( self::PAGE_SCRIPT );
		if ( $has_charts ) {
			wp_enqueue_script( self::LIBRARY, self::url( self::CHARTS ), array(), '5.2.1', $script );
			$needs[] = self::LIBRARY;
		}
		wp_enqueue_style( self::DESK );
		foreach ( self::DESK_SCRIPTS as $name ) {
			$file   = "assets/trp-$name.js";
			$handle = 'trading-robot-service-' . $name;
			wp_enqueue_script( $handle, self::url( $file ), $needs, self::version( $file ), $script );
			$needs[] = $handle;
		}
	}

	/**
	 * Asks for what counts clicks on the buttons of plans; it needs no other script.
	 */
	public function enqueue_clicks(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_script( self::CLICKS, self::url( 'assets/trp-clicks.js' ), array(), self::version( 'assets/trp-clicks.js' ), $script );
	}

	/**
	 * Asks for what screenshots of positions need.
	 */
	public function enqueue_shots(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_style( self::SHOTS, self::url( 'assets/trp-shots.css' ), array( self::HANDLE ), self::version( 'assets/trp-shots.css' ) );
		wp_enqueue_script( self::SHOTS, self::url( 'assets/trp-shots.js' ), array( self::PAGE_SCRIPT ), self::version( 'assets/trp-shots.js' ), $script );
	}

	/**
	 * Asks for what the coach needs; the desk's own scripts come when a chart is opened beside the conversation.
	 */
	public function enqueue_coach(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_style( self::COACH );
		wp_enqueue_script( self::COACH, self::url( 'assets/trp-coach.js' ), array( self::PAGE_SCRIPT ), self::version( 'assets/trp-coach.js' ), $script );
	}

	/**
	 * Returns the addresses of the desk's scripts in their order, the chart library first.
	 */
	public static function desk_urls(): string {
		$urls = array( self::chart_url() );
		foreach ( self::DESK_SCRIPTS as $name ) {
			$file   = "assets/trp-$name.js";
			$urls[] = self::url( $file ) . '?ver=' . self::version( $file );
		}
		return implode( ' ', $urls );
	}

	/**
	 * Asks for the script of live updates, on a signed-in member's dashboard.
	 */
	public function enqueue_live(): void {
		$script = array(
			'in_footer' => true,
			'strategy'  => 'defer',
		);
		wp_enqueue_script( self::LIVE_SCRIPT, self::url( 'assets/trp-live.js' ), array( self::PAGE_SCRIPT ), self::version( 'assets/trp-live.js' ), $script );
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
	public static function url( string $file ): string {
		return plugins_url( $file, PLUGIN_FILE );
	}

	/**
	 * Changes with the file, so that no browser keeps an old one.
	 *
	 * @param string $file Path inside the plugin.
	 */
	public static function version( string $file ): string {
		return VERSION . '.' . (int) filemtime( PLUGIN_DIR . '/' . $file );
	}
}
