<?php
/**
 * The leaderboard and the robots' records.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the public record: leaderboard, averages, best robots.
 */
final class PerformanceTracker implements Screen {

	/**
	 * Public fragments.
	 *
	 * @var Fragments
	 */
	private $fragments;

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	private $templates;

	/**
	 * Keeps its parts.
	 *
	 * @param Fragments $fragments Public fragments.
	 * @param Templates $templates Own templates.
	 */
	public function __construct( Fragments $fragments, Templates $templates ) {
		$this->fragments = $fragments;
		$this->templates = $templates;
	}

	/**
	 * Returns the fragment's path after /embed/; part="leaderboard" asks for the table alone.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		return 'leaderboard' === ( $attributes['part'] ?? '' ) ? 'leaderboard-table' : 'performance';
	}

	/**
	 * Returns the fragment, the last known copy with its time, or a polite message.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		return $this->templates->fragment( $this->fragments->for_page( '/embed/' . $route, $query ), $route, $query );
	}
}
