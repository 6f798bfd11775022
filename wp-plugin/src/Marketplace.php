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
}
