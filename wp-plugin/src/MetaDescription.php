<?php
/**
 * Descriptions of pages for search engines.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Describes the pages that the plugin made, where no other plugin does.
 */
final class MetaDescription {

	// What the known plugins for search engines define.
	const OTHERS = array( 'WPSEO_VERSION', 'RANK_MATH_VERSION', 'AIOSEO_VERSION', 'AIOSEOP_VERSION', 'SEOPRESS_VERSION', 'THE_SEO_FRAMEWORK_VERSION', 'SLIM_SEO_VER', 'SQ_VERSION' );

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'wp_head', array( $this, 'show' ), 2 );
	}

	/**
	 * Prints the description of the page that is shown.
	 */
	public function show(): void {
		if ( ! is_singular( 'page' ) || array() !== array_filter( self::OTHERS, 'defined' ) ) {
			return;
		}
		$name = array_search( get_queried_object_id(), ( new Pages() )->ids(), true );
		$text = is_string( $name ) ? Pages::description( $name ) : '';
		/**
		 * Filters the description of a page for search engines; an empty one is not printed.
		 *
		 * @param string $text Description of a page that the plugin made, empty on others.
		 * @param int    $id   The page.
		 */
		$text = (string) apply_filters( 'trading_robot_service_meta_description', $text, get_queried_object_id() );
		if ( '' !== trim( $text ) ) {
			printf( '<meta name="description" content="%s">' . "\n", esc_attr( wp_strip_all_tags( $text, true ) ) );
		}
	}
}
