<?php
/**
 * What a shortcode shows.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * One screen of the service inside a page.
 */
interface Screen {

	/**
	 * Returns the fragment's path after /embed/, which also names its attributes in Routes.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string;

	/**
	 * Returns the HTML inside the wrapper, ready to print.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string;
}
