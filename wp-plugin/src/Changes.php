<?php
/**
 * Notices what happens to this site's users.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Signing out, sessions that end otherwise, new passwords, other roles, deletion: the service hears of
 * each that is about a member, so that open dashboards and later requests stop.
 *
 * WordPress keeps sessions and roles in user meta, whatever changes them; the hash by which it keeps a
 * session is the one that our signed tokens carry.
 */
final class Changes {

	// Marks who has been to the service; nobody else is reported.
	const KNOWN = 'trading_robot_service_member';

	const SESSIONS = 'session_tokens';

	const MOST_SITES = 200;

	/**
	 * What waits to be sent.
	 *
	 * @var ChangeQueue
	 */
	private $queue;

	/**
	 * Sites of the network that something was kept for in this request.
	 *
	 * @var array<int,bool>
	 */
	private $sites = array();

	/**
	 * Keeps its part.
	 *
	 * @param ChangeQueue $queue What waits to be sent.
	 */
	public function __construct( ChangeQueue $queue ) {
		$this->queue = $queue;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		$this->queue->register();
		add_filter( 'update_user_metadata', array( $this, 'before_update' ), 10, 4 );
		add_action( 'delete_user_meta', array( $this, 'before_delete' ), 10, 3 );
		add_action( 'clear_auth_cookie', array( $this, 'signed_out' ) );
		add_action( 'wp_set_password', array( $this, 'password_set' ), 10, 2 );
		add_action( 'after_password_reset', array( $this, 'password_reset' ) );
		add_action( 'profile_update', array( $this, 'profile_updated' ), 10, 2 );
		foreach ( array( 'added_user_meta', 'updated_user_meta', 'deleted_user_meta' ) as $hook ) {
			add_action( $hook, array( $this, 'after_meta' ), 10, 3 );
		}
		foreach ( array( 'granted_super_admin', 'revoked_super_admin', 'make_spam_user', 'make_ham_user', 'delete_user', 'wpmu_delete_user' ) as $hook ) {
			add_action( $hook, array( $this, 'role_changed' ) );
		}
		add_action( 'remove_user_from_blog', array( $this, 'removed' ), 10, 2 );
	}

	/**
	 * Marks a user as known to the service.
	 *
	 * @param int $user_id The user.
	 */
	public static function mark( int $user_id ): void {
		if ( ! self::is_known( $user_id ) ) {
			update_user_meta( $user_id, self::KNOWN, 1 );
		}
	}

	/**
	 * Tells whether a user has been to the service.
	 *
	 * @param int $user_id The user.
	 */
	private static function is_known( int $user_id ): bool {
		return '' !== (string) get_user_meta( $user_id, self::KNOWN, true );
	}

	/**
	 * Filter update_user_metadata: notices which sessions a new list leaves out.
	 *
	 * @param mixed $check   Passed through.
	 * @param mixed $user_id The user.
	 * @param mixed $key     Which meta.
	 * @param mixed $value   The new list.
	 * @return mixed
	 */
	public function before_update( $check, $user_id, $key, $value ) {
		if ( self::SESSIONS === $key ) {
			$this->end( (int) $user_id, array_diff_key( self::sessions( (int) $user_id ), is_array( $value ) ? $value : array() ) );
		}
		return $check;
	}

	/**
	 * Action delete_user_meta: notices the last session of one user, or all of everybody.
	 *
	 * @param mixed $ids     Not used.
	 * @param mixed $user_id The user; 0 for everybody.
	 * @param mixed $key     Which meta.
	 */
	public function before_delete( $ids, $user_id, $key ): void {
		unset( $ids );
		if ( self::SESSIONS !== $key ) {
			return;
		}
		if ( 0 !== (int) $user_id ) {
			$this->end( (int) $user_id, self::sessions( (int) $user_id ) );
			return;
		}
		$change = array(
			'kind'       => 'sessions_ended',
			'wp_user_id' => 0,
		);
		$this->keep( $change, is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => self::MOST_SITES ) ) : array( 1 ) );
	}

	/**
	 * Action clear_auth_cookie: the sign-in of this request ends, wherever its sessions are kept.
	 */
	public function signed_out(): void {
		$session = wp_get_session_token();
		if ( '' !== $session ) {
			$this->end( get_current_user_id(), array( hash( 'sha256', $session ) => array() ) );
		}
	}

	/**
	 * Action wp_set_password: no cookie that is out there fits the new password.
	 *
	 * @param mixed $password Not used.
	 * @param mixed $user_id  The user.
	 */
	public function password_set( $password, $user_id ): void {
		unset( $password );
		$this->end( (int) $user_id, self::sessions( (int) $user_id ) );
	}

	/**
	 * Action after_password_reset, of which older versions of WordPress tell instead.
	 *
	 * @param mixed $user The user.
	 */
	public function password_reset( $user ): void {
		if ( $user instanceof \WP_User ) {
			$this->password_set( '', $user->ID );
		}
	}

	/**
	 * Action profile_update: the same, when the password changes with the profile.
	 *
	 * @param mixed $user_id The user.
	 * @param mixed $old     The user as it was.
	 */
	public function profile_updated( $user_id, $old ): void {
		$user = get_userdata( (int) $user_id );
		if ( $user && is_object( $old ) && $user->user_pass !== $old->user_pass ) {
			$this->password_set( '', $user_id );
		}
	}

	/**
	 * Actions around user meta: notices roles and capabilities of one site.
	 *
	 * @param mixed $ids     Not used.
	 * @param mixed $user_id The user.
	 * @param mixed $key     Which meta.
	 */
	public function after_meta( $ids, $user_id, $key ): void {
		unset( $ids );
		global $wpdb;
		if ( ! is_string( $key ) || 1 !== preg_match( '/\A' . preg_quote( $wpdb->base_prefix, '/' ) . '(?:([1-9][0-9]*)_)?capabilities\z/', $key, $found ) ) {
			return;
		}
		$this->keep_role( (int) $user_id, array( is_multisite() ? (int) ( $found[1] ?? get_main_site_id() ) : 1 ) );
	}

	/**
	 * Actions that change what a user may do everywhere, or that come before a deletion.
	 *
	 * @param mixed $user_id The user.
	 */
	public function role_changed( $user_id ): void {
		$this->keep_role( (int) $user_id, self::sites_of( (int) $user_id ) );
	}

	/**
	 * Action remove_user_from_blog, before it happens.
	 *
	 * @param mixed $user_id The user.
	 * @param mixed $site    Number of the site.
	 */
	public function removed( $user_id, $site ): void {
		$this->keep_role( (int) $user_id, array( (int) $site ) );
	}

	/**
	 * Returns the living sessions of a user: when each ends, by its hash.
	 *
	 * @param int $user_id The user.
	 * @return array<string,mixed>
	 */
	private static function sessions( int $user_id ): array {
		$sessions = get_user_meta( $user_id, self::SESSIONS, true );
		return is_array( $sessions ) ? $sessions : array();
	}

	/**
	 * Returns the sites that know a user.
	 *
	 * @param int $user_id The user.
	 * @return int[]
	 */
	private static function sites_of( int $user_id ): array {
		if ( ! is_multisite() ) {
			return array( 1 );
		}
		return array_slice( array_map( 'intval', array_keys( get_blogs_of_user( $user_id, true ) ) ), 0, self::MOST_SITES );
	}

	/**
	 * Keeps that sessions of a user have ended.
	 *
	 * @param int                 $user_id  The user.
	 * @param array<string,mixed> $sessions When each would have ended, by its hash.
	 */
	private function end( int $user_id, array $sessions ): void {
		if ( $user_id < 1 || array() === $sessions || ! self::is_known( $user_id ) ) {
			return;
		}
		$sites = self::sites_of( $user_id );
		foreach ( $sessions as $sid => $session ) {
			$until = is_array( $session ) ? (int) ( $session['expiration'] ?? 0 ) : (int) $session;
			if ( 1 !== preg_match( '/\A[0-9a-f]{64}\z/', (string) $sid ) || ( $until > 0 && $until < time() ) ) {
				continue;
			}
			$change = array(
				'kind'       => 'session_ended',
				'wp_user_id' => $user_id,
				'sid'        => (string) $sid,
			);
			$this->keep( $change + ( $until > 0 ? array( 'until' => $until ) : array() ), $sites );
		}
	}

	/**
	 * Keeps that a user may do other things than before.
	 *
	 * @param int   $user_id The user.
	 * @param int[] $sites   On which sites.
	 */
	private function keep_role( int $user_id, array $sites ): void {
		if ( $user_id > 0 && self::is_known( $user_id ) ) {
			$change = array(
				'kind'       => 'role_changed',
				'wp_user_id' => $user_id,
			);
			$this->keep( $change, $sites );
		}
	}

	/**
	 * Keeps a change for each of some sites that has a connection of its own.
	 *
	 * @param array<string,mixed> $change The change.
	 * @param int[]               $sites  Sites.
	 */
	private function keep( array $change, array $sites ): void {
		foreach ( $sites as $site ) {
			$this->on(
				(int) $site,
				function () use ( $change, $site ): void {
					// What happens on a copy of a site is no business of the original's service.
					if ( ! in_array( Plugin::instance()->connection->state(), array( 'connected', 'paused' ), true ) ) {
						return;
					}
					if ( array() === $this->sites ) {
						add_action( 'shutdown', array( $this, 'send' ), 1000 );
					}
					$this->sites[ (int) $site ] = true;
					ChangeQueue::add( $change );
				}
			);
		}
	}

	/**
	 * Action shutdown: tells the service, once the page has been sent.
	 */
	public function send(): void {
		$sites       = array_keys( $this->sites );
		$this->sites = array();
		foreach ( $sites as $site ) {
			$this->on( $site, array( $this->queue, 'send_soon' ) );
		}
	}

	/**
	 * Does something on a site of the network.
	 *
	 * @param int      $site Number of the site.
	 * @param callable $step What to do.
	 */
	private function on( int $site, callable $step ): void {
		if ( ! is_multisite() || get_current_blog_id() === $site ) {
			$step();
			return;
		}
		switch_to_blog( $site );
		$step();
		restore_current_blog();
	}
}
