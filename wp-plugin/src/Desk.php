<?php
/**
 * The trading desk: charts and drawings are a member's own.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * The trading desk: charts and drawings are a member's own.
 */
final class Desk extends MemberScreen {

	/**
	 * Returns the name of block, template and fragment.
	 */
	protected function name(): string {
		return 'desk';
	}

	/**
	 * Returns what a visitor reads: a title, and a text.
	 *
	 * @return string[]
	 */
	protected function invitation(): array {
		return array(
			__( 'Sign in to see the trading desk', 'trading-robot-service' ),
			__( 'Charts with key levels, indicators, drawings of your own and replay. Only you see what you draw.', 'trading-robot-service' ),
		);
	}
}
