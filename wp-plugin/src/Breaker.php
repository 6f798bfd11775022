<?php
/**
 * Stops calling a service that does not answer.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * After three failures in a row nobody calls for 30 seconds; then one failure is enough again.
 */
final class Breaker {

	const KEY = 'trading_robot_service_breaker';

	const FAILURES = 3;

	const PAUSE = 30;

	/**
	 * Tells whether the service must be left alone now.
	 */
	public function is_open(): bool {
		$state = get_transient( self::KEY );
		return is_array( $state ) && (int) $state['until'] > time();
	}

	/**
	 * Counts a failure.
	 */
	public function failed(): void {
		$state = get_transient( self::KEY );
		$count = 1 + ( is_array( $state ) ? (int) $state['count'] : 0 );
		$state = array(
			'count' => $count,
			'until' => $count >= self::FAILURES ? time() + self::PAUSE : 0,
		);
		set_transient( self::KEY, $state, 10 * MINUTE_IN_SECONDS );
	}

	/**
	 * Forgets the failures; writes only when there were any.
	 */
	public function succeeded(): void {
		if ( false !== get_transient( self::KEY ) ) {
			delete_transient( self::KEY );
		}
	}
}
