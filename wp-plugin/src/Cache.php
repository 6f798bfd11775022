<?php
/**
 * Copies of public fragments.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Where a copy lies, how old it is, and who may ask for a newer one.
 *
 * Only public fragments come here: nothing in the key names a person. What an author wrote into a
 * page has a place of its own; what visitors ask for with filters shares PLACES places, so that
 * nobody fills the database by making up filters.
 */
final class Cache {

	const PREFIX = 'trading_robot_service_';

	// A copy this young is served without a question.
	const FRESH = 30;

	// Up to this age a copy is served at once while one request asks for a newer one.
	const USABLE = 300;

	// After a failure the same is not asked again for this long.
	const NEGATIVE = 30;

	// After a page whose little time was not enough: over before its part loads itself.
	const SOON = 1;

	// Longer than the longest call, so that only a request that died loses its right.
	const LOCK = 8;

	const PLACES = 256;

	const GENERATION = 'trading_robot_service_copies';

	/**
	 * Rights to ask that this request holds, by place.
	 *
	 * @var array<string,string>
	 */
	private $held = array();

	/**
	 * Makes the key of a question.
	 *
	 * @param string               $site_id Site at the service.
	 * @param string               $path    Path of the fragment.
	 * @param array<string,string> $query   Clean query.
	 */
	public static function key( string $site_id, string $path, array $query ): string {
		return md5( (string) wp_json_encode( array( VERSION, (int) ( wp_load_alloptions()[ self::GENERATION ] ?? 0 ), $site_id, determine_locale(), $path, $query ) ) );
	}

	/**
	 * Returns the place that a visitor's question shares with others.
	 *
	 * @param string $key Key of the question.
	 */
	public static function shared( string $key ): string {
		return 'v' . hexdec( substr( $key, 0, 7 ) ) % self::PLACES;
	}

	/**
	 * Returns the copy, or null.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 * @param string $key   Key of the question.
	 * @return array{key:string,html:string,etag:string,at:int}|null
	 */
	public function find( string $place, string $key ): ?array {
		return self::checked( get_transient( self::PREFIX . 'copy_' . $place ), $key );
	}

	/**
	 * Returns the copy as it is at this moment, past what this request remembers.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 * @param string $key   Key of the question.
	 * @return array{key:string,html:string,etag:string,at:int}|null
	 */
	public function find_now( string $place, string $key ): ?array {
		$name = self::PREFIX . 'copy_' . $place;
		if ( wp_using_ext_object_cache() ) {
			return self::checked( wp_cache_get( $name, 'transient', true ), $key );
		}
		return self::checked( maybe_unserialize( (string) ( new Row( '_transient_' . $name ) )->read() ), $key );
	}

	/**
	 * Returns what was kept if it is a copy of this question, else null.
	 *
	 * @param mixed  $kept What was kept.
	 * @param string $key  Key of the question.
	 * @return array{key:string,html:string,etag:string,at:int}|null
	 */
	private static function checked( $kept, string $key ): ?array {
		return is_array( $kept ) && isset( $kept['html'], $kept['etag'], $kept['at'] ) && $key === ( $kept['key'] ?? '' ) ? $kept : null;
	}

	/**
	 * Tells whether a copy needs no question.
	 *
	 * @param array{at:int} $copy A copy.
	 */
	public static function is_fresh( array $copy ): bool {
		return time() - $copy['at'] < self::fresh_seconds();
	}

	/**
	 * Tells whether a copy may be served in silence while a newer one is on its way.
	 *
	 * @param array{at:int} $copy A copy.
	 */
	public static function is_usable( array $copy ): bool {
		/**
		 * Filters for how many seconds after it stopped being fresh a copy is served without a word.
		 *
		 * @param int $seconds 270 unless changed.
		 */
		$seconds = (int) apply_filters( 'trading_robot_service_stale_ttl', self::USABLE - self::FRESH );
		return time() - $copy['at'] < self::fresh_seconds() + max( 0, $seconds );
	}

	/**
	 * Returns for how many seconds a copy is fresh.
	 */
	public static function fresh_seconds(): int {
		/**
		 * Filters for how many seconds a copy of a public fragment is served without asking the service.
		 *
		 * @param int $seconds 30 unless changed; values below 1 count as 1.
		 */
		return max( 1, (int) apply_filters( 'trading_robot_service_public_ttl', self::FRESH ) );
	}

	/**
	 * Keeps a copy.
	 *
	 * @param string               $place Key of the question, or the place that it shares.
	 * @param array<string,string> $copy  key, html (clean), etag (may be empty).
	 * @return array{key:string,html:string,etag:string,at:int}
	 */
	public function keep( string $place, array $copy ): array {
		$copy['at'] = time();
		set_transient( self::PREFIX . 'copy_' . $place, $copy, DAY_IN_SECONDS );
		return $copy;
	}

	/**
	 * Takes the right to ask: one request of a crowd has it, and nobody for a while after a failure.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 */
	public function lock( string $place ): bool {
		$row  = self::gate( $place );
		$mine = Row::until( microtime( true ) + self::LOCK );
		$now  = $row->read();
		if ( null === $now ) {
			$won = $row->insert( $mine );
		} else {
			// A request that died while it held the right must not hold it for ever.
			$won = (float) $now <= microtime( true ) && $row->swap( $now, $mine );
		}
		if ( $won ) {
			$this->held[ $place ] = $mine;
		}
		return $won;
	}

	/**
	 * Tells whether the question failed just now, as against being asked at this moment.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 */
	public function has_failed( string $place ): bool {
		$now = self::gate( $place )->read();
		return null !== $now && (float) $now > microtime( true ) && false !== strpos( $now, ' failed' );
	}

	/**
	 * Gives the right to ask back.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 */
	public function unlock( string $place ): void {
		self::gate( $place )->remove( $this->held[ $place ] ?? '' );
		unset( $this->held[ $place ] );
	}

	/**
	 * Keeps everybody from asking for a while.
	 *
	 * @param string $place   Key of the question, or the place that it shares.
	 * @param int    $seconds For how long.
	 */
	public function failed( string $place, int $seconds = self::NEGATIVE ): void {
		self::gate( $place )->swap( $this->held[ $place ] ?? '', Row::until( microtime( true ) + $seconds ) . ' failed' );
		unset( $this->held[ $place ] );
	}

	/**
	 * Forgets every copy; returns how many rows went.
	 */
	public static function clear(): int {
		global $wpdb;
		$count = 0;
		foreach ( array( '_transient_' . self::PREFIX . 'copy_', self::PREFIX . 'gate_' ) as $start ) {
			$names = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s", $wpdb->esc_like( $start ) . '%' ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			foreach ( $names as $name ) {
				$count += (int) ( 0 === strpos( $name, '_transient_' ) ? delete_transient( substr( $name, 11 ) ) : delete_option( $name ) );
			}
		}
		// An object cache keeps copies that cannot be listed: under new names they are not found.
		update_option( self::GENERATION, 1 + (int) get_option( self::GENERATION, 0 ), true );
		return $count;
	}

	/**
	 * Returns the row that says who may ask and when.
	 *
	 * @param string $place Key of the question, or the place that it shares.
	 */
	private static function gate( string $place ): Row {
		return new Row( self::PREFIX . 'gate_' . $place );
	}
}
