<?php
/**
 * Stops calling a service that does not answer.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * After three failures in a row nobody calls for 30 seconds; then one request tries, alone.
 *
 * The state is one row: how many failures in a row, until when nobody calls, and a mark that no
 * two writers share. Every change is a compare-and-swap, so no failure of a crowd is lost and only
 * one request becomes the one that tries.
 */
final class Breaker {

	const KEY = 'trading_robot_service_breaker';

	const FAILURES = 3;

	const PAUSE = 30;

	// Longer than the longest call: whoever tries is left alone with it.
	const TRIAL = 20;

	// Failures further apart than this are not in a row.
	const MEMORY = 600;

	const ATTEMPTS = 8;

	/**
	 * The row with the state.
	 *
	 * @var Row
	 */
	private $row;

	/**
	 * What this request saw or wrote when it began to call.
	 *
	 * @var string|null
	 */
	private $seen = null;

	/**
	 * Finds its row.
	 */
	public function __construct() {
		$this->row = new Row( self::KEY );
	}

	/**
	 * Tells whether the service must be left alone now; changes nothing.
	 */
	public function is_open(): bool {
		list( $count, $until ) = self::read( $this->row->read() );
		return $count >= self::FAILURES && $until > microtime( true );
	}

	/**
	 * Begins a call: false when the service must be left alone, or when somebody else is trying it.
	 */
	public function enter(): bool {
		$this->seen            = $this->row->read();
		list( $count, $until ) = self::read( $this->seen );
		if ( $count < self::FAILURES ) {
			return true;
		}
		if ( $until > microtime( true ) ) {
			return false;
		}
		$trial = self::state( $count, microtime( true ) + self::TRIAL );
		$mine  = $this->row->swap( (string) $this->seen, $trial );
		if ( $mine ) {
			$this->seen = $trial;
		}
		return $mine;
	}

	/**
	 * Counts a failure.
	 */
	public function failed(): void {
		for ( $attempt = 0; $attempt < self::ATTEMPTS; $attempt++ ) {
			$now                        = $this->row->read();
			list( $count, $until, $at ) = self::read( $now );
			$count                      = microtime( true ) - $at > self::MEMORY ? 1 : $count + 1;
			$next                       = self::state( $count, $count >= self::FAILURES ? microtime( true ) + self::PAUSE : 0.0 );
			if ( null === $now ? $this->row->insert( $next ) : $this->row->swap( $now, $next ) ) {
				return;
			}
		}
	}

	/**
	 * Forgets the failures that were known when the call began; writes only when there were any.
	 */
	public function succeeded(): void {
		if ( null !== $this->seen ) {
			$this->row->remove( $this->seen );
		}
	}

	/**
	 * Forgets everything, for an administrator who has just mended the connection.
	 */
	public static function reset(): void {
		delete_option( self::KEY );
	}

	/**
	 * Writes a state.
	 *
	 * @param int   $count Failures in a row.
	 * @param float $until Unix time until which nobody calls.
	 */
	private static function state( int $count, float $until ): string {
		return sprintf( '%d %.3F %.3F %s', $count, $until, microtime( true ), bin2hex( random_bytes( 8 ) ) );
	}

	/**
	 * Reads a state: failures in a row, until when nobody calls, when the last one was.
	 *
	 * @param string|null $state What the row holds.
	 * @return array{0:int,1:float,2:float}
	 */
	private static function read( ?string $state ): array {
		$parts = explode( ' ', (string) $state );
		return 4 === count( $parts ) ? array( (int) $parts[0], (float) $parts[1], (float) $parts[2] ) : array( 0, 0.0, 0.0 );
	}
}
