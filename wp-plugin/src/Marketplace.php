<?php
/**
 * The catalogue of robots.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the cards of the catalogue.
 */
final class Marketplace extends PublicScreen {

	/**
	 * Returns the fragment's path after /embed/.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		unset( $attributes );
		return 'marketplace';
	}

	/**
	 * Returns the list, or the robot that the address names: filters of the list mean nothing there.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		return parent::render( $route, isset( $query['robot'] ) ? array( 'robot' => $query['robot'] ) : $query );
	}
}
