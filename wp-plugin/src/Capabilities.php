<?php
/**
 * Who may do what.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * The plugin's own capabilities: granted at activation and after an update, taken away at uninstall.
 *
 * Roles are kept per site, so on a network each site has its own.
 */
final class Capabilities {

	// To see the members' dashboard.
	const VIEW = 'trading_robot_service_view_dashboard';

	// To use the administrator's screens: members, robots, moderation, logs.
	const MANAGE = 'trading_robot_service_manage';

	// To connect, rotate, disconnect and make pages.
	const CONNECT = 'trading_robot_service_connect';

	const ALL = array( self::VIEW, self::MANAGE, self::CONNECT );

	// What a signed token calls them.
	const WORDS = array(
		'read'           => 'read',
		'view'           => self::VIEW,
		'manage_options' => 'manage_options',
		'manage'         => self::MANAGE,
		'connect'        => self::CONNECT,
	);

	// For which version the roles of this site were set up.
	const OPTION = 'trading_robot_service_caps';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		register_activation_hook( PLUGIN_FILE, array( self::class, 'activate' ) );
		add_action( 'admin_init', array( self::class, 'update' ) );
		add_action( 'wp_initialize_site', array( self::class, 'add_site' ), 100 );
		add_filter( 'user_has_cap', array( self::class, 'let_readers_view' ), 10, 4 );
	}

	/**
	 * Sets up the roles at activation; of a network's sites each does it for itself at its first admin page.
	 */
	public static function activate(): void {
		self::grant();
	}

	/**
	 * Sets up the roles once for each version: an update runs no activation.
	 */
	public static function update(): void {
		if ( VERSION !== get_option( self::OPTION ) ) {
			self::grant();
		}
	}

	/**
	 * Sets up the roles of a site that is new on the network, where the plugin is active for all.
	 *
	 * @param \WP_Site $site The new site.
	 */
	public static function add_site( \WP_Site $site ): void {
		$active = (array) get_site_option( 'active_sitewide_plugins', array() );
		if ( ! isset( $active[ plugin_basename( PLUGIN_FILE ) ] ) ) {
			return;
		}
		switch_to_blog( (int) $site->blog_id );
		self::grant();
		restore_current_blog();
	}

	/**
	 * Returns which roles get which capabilities.
	 *
	 * @return array<string,string[]>
	 */
	public static function map(): array {
		/**
		 * Filters which roles get which of the plugin's capabilities, at activation and after an update.
		 *
		 * @param array<string,string[]> $map Capabilities by role.
		 */
		return (array) apply_filters( 'trading_robot_service_caps', array( 'administrator' => self::ALL ) );
	}

	/**
	 * Gives the roles of this site their capabilities; only ours, whatever a filter says.
	 */
	public static function grant(): void {
		foreach ( self::map() as $name => $caps ) {
			$role = get_role( (string) $name );
			foreach ( null === $role ? array() : array_intersect( (array) $caps, self::ALL ) as $cap ) {
				$role->add_cap( $cap );
			}
		}
		update_option( self::OPTION, VERSION, true );
		// The user of this request was read before.
		wp_get_current_user()->get_role_caps();
	}

	/**
	 * Takes the capabilities from all roles and users of this site.
	 */
	public static function revoke(): void {
		foreach ( array_keys( wp_roles()->roles ) as $name ) {
			$role = get_role( $name );
			foreach ( null === $role ? array() : self::ALL as $cap ) {
				$role->remove_cap( $cap );
			}
		}
		delete_option( self::OPTION );
	}

	/**
	 * Filter user_has_cap: who may read may see the dashboard, unless a role says no or a filter does.
	 *
	 * @param array<string,bool> $all  What the user has.
	 * @param string[]           $caps What is needed.
	 * @param array<mixed>       $args What was asked.
	 * @param \WP_User           $user The user.
	 * @return array<string,bool>
	 */
	public static function let_readers_view( $all, $caps, $args, $user ) {
		unset( $args );
		if ( ! is_array( $all ) || ! in_array( self::VIEW, (array) $caps, true ) || isset( $all[ self::VIEW ] ) ) {
			return $all;
		}
		/**
		 * Filters whether a user who may read this site may see the members' dashboard.
		 *
		 * @param bool     $may  Whether.
		 * @param \WP_User $user The user.
		 */
		$all[ self::VIEW ] = ! empty( $all['read'] ) && apply_filters( 'trading_robot_service_may_view', true, $user );
		return $all;
	}

	/**
	 * Returns the words of a signed token for what a user may do now.
	 *
	 * @param \WP_User $user A user that exists.
	 * @return string[]
	 */
	public static function words( \WP_User $user ): array {
		$words = array();
		foreach ( self::WORDS as $word => $cap ) {
			if ( $user->has_cap( $cap ) ) {
				$words[] = $word;
			}
		}
		return $words;
	}
}
