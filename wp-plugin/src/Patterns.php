<?php
/**
 * The block patterns.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Pages to begin with: each is a file in patterns/ that prints blocks.
 */
final class Patterns {

	const CATEGORY = 'trading-robot-service';

	/**
	 * Whether a whole page is being made, which needs a first heading of its own.
	 *
	 * @var bool
	 */
	private static $is_page = false;

	/**
	 * Addresses of the pages, read once for each pattern.
	 *
	 * @var array<string,string>|null
	 */
	private static $urls = null;

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'init', array( $this, 'register_patterns' ) );
	}

	/**
	 * Registers the category and the patterns; their files are read when somebody asks for them.
	 */
	public function register_patterns(): void {
		register_block_pattern_category(
			self::CATEGORY,
			array(
				'label'       => __( 'Trading robots', 'trading-robot-service' ),
				'description' => __( 'Pages about trading robots, with honest words and room for your own.', 'trading-robot-service' ),
			)
		);
		foreach ( Pages::names() as $name ) {
			register_block_pattern(
				Screens::SPACE . $name,
				array(
					/* translators: %s: title of a page. */
					'title'         => sprintf( __( 'Trading robots: %s', 'trading-robot-service' ), Pages::title( $name ) ),
					'description'   => Pages::description( $name ),
					'categories'    => array( self::CATEGORY ),
					'blockTypes'    => array( 'core/post-content' ),
					'postTypes'     => array( 'page', 'wp_template' ),
					'viewportWidth' => 1280,
					'source'        => 'plugin',
					'filePath'      => self::file( $name ),
				)
			);
		}
	}

	/**
	 * Returns the blocks of a whole page.
	 *
	 * @param string $name Name of the page.
	 */
	public static function page( string $name ): string {
		self::$urls    = null;
		self::$is_page = true;
		ob_start();
		require self::file( $name );
		self::$is_page = false;
		self::$urls    = null;
		return trim( (string) ob_get_clean() );
	}

	/**
	 * Returns the level of a pattern's title: 1 on a page whose template prints none.
	 */
	public static function level(): int {
		return self::$is_page && '' !== Pages::bare_template() ? 1 : 2;
	}

	/**
	 * Tells whether the pattern prints its title: not where the theme prints the page's own.
	 */
	public static function has_title(): bool {
		return ! self::$is_page || '' !== Pages::bare_template();
	}

	/**
	 * Returns the address of a page without the host; the front page's while there is no such page.
	 *
	 * @param string $name Name of the page.
	 */
	public static function url( string $name ): string {
		if ( null === self::$urls ) {
			/**
			 * Filters where the links of the patterns lead.
			 *
			 * @param array<string,string> $urls Addresses by name of page: home, performance, marketplace, pricing, desk, coach, dashboard, how-it-works, getting-started.
			 */
			self::$urls = (array) apply_filters( 'trading_robot_service_pattern_urls', ( new Pages() )->paths() );
		}
		return (string) ( self::$urls[ $name ] ?? wp_make_link_relative( home_url( '/' ) ) );
	}

	/**
	 * Returns a pattern's file.
	 *
	 * @param string $name Name of the page, from the list.
	 */
	private static function file( string $name ): string {
		return PLUGIN_DIR . '/patterns/' . $name . '.php';
	}
}
