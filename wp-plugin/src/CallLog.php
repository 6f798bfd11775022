<?php
/**
 * The calls to the service that failed, as this site saw them.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the newest fifty. The service cannot know of a call that never arrived.
 *
 * An outage fails each call of each page: it is written at most once in five seconds,
 * after the page has been sent.
 */
final class CallLog {

	const OPTION = 'trading_robot_service_calls';

	const KEEP = 50;

	const PAUSE = 5;

	const REFUSED = array( 401, 403, 429 );

	/**
	 * What failed in this request and is not written yet.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	private static $waiting = array();

	/**
	 * Takes note of one call, if it failed.
	 *
	 * @param string $method  HTTP method.
	 * @param string $target  Path with query.
	 * @param Reply  $reply   What came back.
	 * @param float  $seconds How long it took.
	 */
	public static function note( string $method, string $target, Reply $reply, float $seconds ): void {
		if ( ! $reply->is_failure() && ! in_array( $reply->status, self::REFUSED, true ) ) {
			return;
		}
		if ( array() === self::$waiting ) {
			add_action( 'shutdown', array( self::class, 'write' ) );
		}
		self::$waiting[] = array(
			'at'      => time(),
			'method'  => $method,
			'route'   => self::route( $target ),
			'status'  => $reply->status,
			'request' => substr( (string) preg_replace( '/[^A-Za-z0-9-]/', '', $reply->header( 'x-request-id' ) ), 0, 64 ),
			'ms'      => (int) round( 1000 * $seconds ),
			'why'     => 0 === $reply->status ? self::why( $reply->fault() ) : '',
		);
	}

	/**
	 * Writes what waits, unless something was written a moment ago.
	 */
	public static function write(): void {
		$new           = self::$waiting;
		self::$waiting = array();
		$calls         = self::all();
		$newest        = array() === $calls ? 0 : (int) $calls[0]['at'];
		if ( array() === $new || time() - $newest < self::PAUSE ) {
			return;
		}
		update_option( self::OPTION, array_slice( array_merge( array_reverse( $new ), $calls ), 0, self::KEEP ), false );
	}

	/**
	 * Returns the failed calls, the newest first.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	public static function all(): array {
		$calls = get_option( self::OPTION, array() );
		return is_array( $calls ) ? array_values( array_filter( $calls, 'is_array' ) ) : array();
	}

	/**
	 * Returns how many are known since a time.
	 *
	 * @param int $since Unix time.
	 */
	public static function count_since( int $since ): int {
		$count = 0;
		foreach ( self::all() as $call ) {
			$count += (int) $call['at'] >= $since ? 1 : 0;
		}
		return $count;
	}

	/**
	 * Returns the path without what is somebody's: no query, no numbers.
	 *
	 * @param string $target Path with query.
	 */
	private static function route( string $target ): string {
		$path = (string) strtok( $target, '?' );
		return substr( (string) preg_replace( '#/[0-9]+(?=/|\z)#', '/<id>', $path ), 0, 120 );
	}

	/**
	 * Says in one word why no answer came; the transport's own text may hold addresses.
	 *
	 * @param string $text What the WordPress HTTP functions say.
	 */
	private static function why( string $text ): string {
		$words = array(
			'timeout'     => '/error 28|timed? ?out/i',
			'refused'     => '/error 7|refused|failed to connect/i',
			'name'        => '/error 6|resolve/i',
			'certificate' => '/error (?:35|51|58|60|77)|ssl|certificate/i',
			'blocked'     => '/block|not permitted/i',
		);
		foreach ( $words as $word => $pattern ) {
			if ( 1 === preg_match( $pattern, $text ) ) {
				return $word;
			}
		}
		return 'no answer';
	}
}
