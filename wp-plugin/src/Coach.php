<?php
/**
 * The AI coach: conversations are a member's own.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * The AI coach: conversations are a member's own.
 */
final class Coach extends MemberScreen {

	/**
	 * Returns the name of block, template and fragment.
	 */
	protected function name(): string {
		return 'coach';
	}

	/**
	 * Returns what a visitor reads: a title, and a text.
	 *
	 * @return string[]
	 */
	protected function invitation(): array {
		return array(
			__( 'Sign in to ask the coach', 'trading-robot-service' ),
			__( 'Ask about levels, prices, hours and your own record; each number leads to where it came from. Only you see what you ask.', 'trading-robot-service' ),
		);
	}
}
