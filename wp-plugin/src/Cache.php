<?php
/**
 * Copies of public fragments.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Fresh for 30 seconds, kept for a day as the last known copy; a failure is remembered for 30 seconds.
 *
 * Only public fragments come here: nothing in the key names a person.
 */
final class Cache {

	const PREFIX = 'trading_robot_service_';

	const FRESH = 30;

	const NEGATIVE = 30;

	const LOCK = 5;

	/**
	 * Makes the key of a question.
	 *
	 * @param string               $site_id Site at the service.
	 * @param string               $path    Path of the fragment.
	 * @param array<string,string> $query   Clean query.
	 */
	public static function key( string $site_id, string $path, array $query ): string {
		return md5( (string) wp_json_encode( array( VERSION, $site_id, determine_locale(), $path, $query ) ) );
	}

	/**
	 * Returns the copy, or null.
	 *
	 * @param string $key Key of the question.
	 * @return array{html:string,etag:string,at:int}|null
	 */
	public function find( string $key ): ?array {
		$copy = get_transient( self::PREFIX . 'copy_' . $key );
		return is_array( $copy ) && isset( $copy['html'], $copy['etag'], $copy['at'] ) ? $copy : null;
	}

	/**
	 * Tells whether a copy needs no question.
	 *
	 * @param array{html:string,etag:string,at:int} $copy A copy.
	 */
	public static function is_fresh( array $copy ): bool {
		return time() - $copy['at'] < self::FRESH;
	}

	/**
	 * Keeps a copy.
	 *
	 * @param string $key  Key of the question.
	 * @param string $html Clean fragment.
	 * @param string $etag The service's ETag, may be empty.
	 * @param int    $keep Seconds to keep it as the last known copy.
	 * @return array{html:string,etag:string,at:int}
	 */
	public function keep( string $key, string $html, string $etag, int $keep ): array {
		$copy = array(
			'html' => $html,
			'etag' => $etag,
			'at'   => time(),
		);
		set_transient( self::PREFIX . 'copy_' . $key, $copy, $keep );
		return $copy;
	}

	/**
	 * Tells whether the question failed just now.
	 *
	 * @param string $key Key of the question.
	 */
	public function has_failed( string $key ): bool {
		return false !== get_transient( self::PREFIX . 'miss_' . $key );
	}

	/**
	 * Remembers a failure.
	 *
	 * @param string $key Key of the question.
	 */
	public function failed( string $key ): void {
		set_transient( self::PREFIX . 'miss_' . $key, 1, self::NEGATIVE );
	}

	/**
	 * Takes the right to ask, so that a crowd does not ask the same at once.
	 *
	 * @param string $key Key of the question.
	 */
	public function lock( string $key ): bool {
		if ( wp_using_ext_object_cache() ) {
			return wp_cache_add( $key, 1, self::PREFIX . 'lock', self::LOCK );
		}
		$name = self::PREFIX . 'lock_' . $key;
		if ( add_option( $name, time(), '', false ) ) {
			return true;
		}
		// A request that died while it held the lock must not hold it for ever.
		if ( time() - (int) get_option( $name, 0 ) <= self::LOCK ) {
			return false;
		}
		update_option( $name, time(), false );
		return true;
	}

	/**
	 * Gives the right to ask back.
	 *
	 * @param string $key Key of the question.
	 */
	public function unlock( string $key ): void {
		if ( wp_using_ext_object_cache() ) {
			wp_cache_delete( $key, self::PREFIX . 'lock' );
			return;
		}
		delete_option( self::PREFIX . 'lock_' . $key );
	}
}
