<?php
/**
 * What the service has still to hear about this site's users.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * One row for each change, so that two requests never overwrite one another; sent at once, else again later.
 *
 * A row names whom it is about. What a user may do is read when it is sent, so that the newest counts.
 */
final class ChangeQueue {

	const PREFIX = 'trading_robot_service_change_';

	const TRIES = 'trading_robot_service_tries';

	const HOOK = 'trading_robot_service_changes';

	const PATH = '/api/wordpress/changes';

	const MOST = 100;

	// Somebody may be waiting for the page, if the web server cannot send it before.
	const SHORT = 1.0;

	// One minute, doubled up to an hour.
	const WAIT = 60;

	const DOUBLINGS = 6;

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Keeps its part.
	 *
	 * @param ApiClient $client Calls the service.
	 */
	public function __construct( ApiClient $client ) {
		$this->client = $client;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( self::HOOK, array( $this, 'send' ) );
	}

	/**
	 * Keeps a change until the service has heard of it.
	 *
	 * @param array<string,mixed> $change Kind, wp_user_id, and of a session its sid and end.
	 */
	public static function add( array $change ): void {
		$name = md5( $change['kind'] . ' ' . $change['wp_user_id'] . ' ' . ( $change['sid'] ?? '' ) );
		$row  = new Row( self::PREFIX . $name );
		// The mark tells this change from one that is just being sent.
		$value = (string) wp_json_encode( $change + array( 'at' => time(), 'mark' => bin2hex( random_bytes( 8 ) ) ) );
		$known = $row->read();
		if ( null === $known ) {
			$row->insert( $value );
		} elseif ( ! isset( $change['sid'] ) ) {
			// A session ends once; of the rest the newest counts.
			$row->swap( $known, $value );
		}
	}

	/**
	 * Sends what waits after the page has gone out.
	 */
	public function send_soon(): void {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				$finish();
				break;
			}
		}
		$this->send( self::SHORT );
	}

	/**
	 * Sends what waits; what does not arrive is tried again by WordPress' clock.
	 *
	 * @param mixed $timeout Seconds; the clock gives none.
	 */
	public function send( $timeout = null ): void {
		$rows    = self::rows();
		$changes = array();
		foreach ( $rows as $name => $value ) {
			$change = self::told( $value );
			if ( null === $change ) {
				( new Row( $name ) )->remove( $value );
				unset( $rows[ $name ] );
				continue;
			}
			$changes[] = $change;
		}
		if ( array() === $changes ) {
			delete_option( self::TRIES );
			return;
		}
		$options = array(
			'headers' => array( 'Content-Type' => 'application/json' ),
			'timeout' => is_float( $timeout ) ? $timeout : ApiClient::TIMEOUT,
		);
		$reply   = $this->client->send( 'POST', self::PATH, (string) wp_json_encode( array( 'changes' => $changes ) ), Token::of_visitor(), $options );
		// What the service cannot read today it cannot read tomorrow.
		if ( ! in_array( $reply->status, array( 200, 422 ), true ) ) {
			self::retry();
			return;
		}
		foreach ( $rows as $name => $value ) {
			( new Row( $name ) )->remove( $value );
		}
		delete_option( self::TRIES );
		if ( count( $rows ) === self::MOST ) {
			self::schedule( 1 );
		}
	}

	/**
	 * Returns the oldest rows, by their names.
	 *
	 * @return array<string,string>
	 */
	private static function rows(): array {
		global $wpdb;
		$sql  = $wpdb->prepare( "SELECT option_name, option_value FROM {$wpdb->options} WHERE option_name LIKE %s ORDER BY option_id LIMIT %d", $wpdb->esc_like( self::PREFIX ) . '%', self::MOST );
		$rows = array();
		foreach ( (array) $wpdb->get_results( $sql ) as $row ) { // phpcs:ignore WordPress.DB -- prepared above; past the caches on purpose.
			$rows[ (string) $row->option_name ] = (string) $row->option_value;
		}
		return $rows;
	}

	/**
	 * Returns what the service is told of a row, or null when it need not hear of it any more.
	 *
	 * @param string $value What the row holds.
	 * @return array<string,mixed>|null
	 */
	private static function told( string $value ): ?array {
		$change = json_decode( $value, true );
		if ( ! is_array( $change ) || ! isset( $change['kind'], $change['wp_user_id'], $change['at'] ) ) {
			return null;
		}
		unset( $change['mark'] );
		if ( 'role_changed' !== $change['kind'] ) {
			return isset( $change['until'] ) && (int) $change['until'] < time() ? null : $change;
		}
		clean_user_cache( (int) $change['wp_user_id'] );
		$user         = get_userdata( (int) $change['wp_user_id'] );
		$change['at'] = time();
		if ( false === $user ) {
			$change['kind'] = 'user_deleted';
			return $change;
		}
		$is_outside     = ! is_user_member_of_blog( $user->ID ) && ! is_super_admin( $user->ID );
		$is_shut        = is_multisite() && ( $is_outside || is_user_spammy( $user ) );
		$change['caps'] = $is_shut ? array() : Capabilities::words( $user );
		return $change;
	}

	/**
	 * Tries again later, each time twice as much later.
	 */
	private static function retry(): void {
		$tries = (int) get_option( self::TRIES, 0 );
		update_option( self::TRIES, $tries + 1, false );
		self::schedule( self::WAIT * ( 2 ** min( $tries, self::DOUBLINGS ) ) );
	}

	/**
	 * Asks WordPress' clock, unless it was asked already.
	 *
	 * @param int $seconds From now.
	 */
	private static function schedule( int $seconds ): void {
		if ( false === wp_next_scheduled( self::HOOK ) ) {
			wp_schedule_single_event( time() + $seconds, self::HOOK );
		}
	}
}
