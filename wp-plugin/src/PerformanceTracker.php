<?php
/**
 * The leaderboard and the robots' records.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the public record: leaderboard, averages, best robots.
 */
final class PerformanceTracker extends PublicScreen {

	/**
	 * Returns the fragment's path after /embed/; part="leaderboard" asks for the table alone.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		return 'leaderboard' === ( $attributes['part'] ?? '' ) ? 'leaderboard-table' : 'performance';
	}
}
