<?php
/**
 * What goes when the plugin is deleted.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Settings, copies, locks, jobs, user meta and capabilities, of each site of a network.
 */
final class Uninstall {

	const PREFIX = 'trading_robot_service_';

	const BATCH = 50;

	// All goodbyes to services together; a large network does not wait for a dead one.
	const GOODBYE_SECONDS = 9.0;

	/**
	 * Seconds spent on telling services.
	 *
	 * @var float
	 */
	private $spent = 0.0;

	/**
	 * How many sites of a network are listed at once.
	 *
	 * @var int
	 */
	private $batch;

	/**
	 * Keeps the size of a batch.
	 *
	 * @param int $batch How many sites of a network are listed at once.
	 */
	public function __construct( int $batch = self::BATCH ) {
		$this->batch = $batch;
	}

	/**
	 * Removes everything of every site.
	 */
	public function run(): void {
		if ( ! is_multisite() ) {
			$this->remove_site();
			$this->remove_user_meta();
			return;
		}
		$last = 0;
		do {
			$ids = $this->sites_after( $last );
			foreach ( $ids as $id ) {
				switch_to_blog( $id );
				$this->remove_site();
				restore_current_blog();
				$last = $id;
			}
		} while ( count( $ids ) === $this->batch );
		$this->remove_network();
		$this->remove_user_meta();
	}

	/**
	 * Returns the next sites of the network, by their ids, so that none is skipped or done twice.
	 *
	 * @param int $last Id of the last site that is done.
	 * @return int[]
	 */
	private function sites_after( int $last ): array {
		global $wpdb;
		$sql = $wpdb->prepare( "SELECT blog_id FROM {$wpdb->blogs} WHERE blog_id > %d ORDER BY blog_id LIMIT %d", $last, $this->batch );
		return array_map( 'intval', $wpdb->get_col( $sql ) ); // phpcs:ignore WordPress.DB -- prepared above; get_sites() cannot begin after an id.
	}

	/**
	 * Removes everything of the current site.
	 */
	private function remove_site(): void {
		$this->say_goodbye();
		Capabilities::revoke();
		$this->remove_jobs();
		global $wpdb;
		foreach ( array( '', '_transient_', '_transient_timeout_' ) as $start ) {
			$like  = $wpdb->esc_like( $start . self::PREFIX ) . '%';
			$names = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s", $like ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- no function lists options by prefix.
			array_map( 'delete_option', $names );
		}
	}

	/**
	 * Tells the service that the connection ends, if there is time; a service that is down keeps nobody.
	 */
	private function say_goodbye(): void {
		if ( $this->spent >= self::GOODBYE_SECONDS || 'connected' !== Plugin::instance()->connection->state() ) {
			return;
		}
		$start = microtime( true );
		Setup::disconnect();
		$this->spent += microtime( true ) - $start;
	}

	/**
	 * Removes our scheduled jobs.
	 */
	private function remove_jobs(): void {
		$hooks = array();
		foreach ( (array) _get_cron_array() as $jobs ) {
			$hooks = array_merge( $hooks, array_keys( (array) $jobs ) );
		}
		foreach ( array_unique( $hooks ) as $hook ) {
			if ( 0 === strpos( (string) $hook, self::PREFIX ) ) {
				wp_unschedule_hook( $hook );
			}
		}
	}

	/**
	 * Removes what the network keeps.
	 */
	private function remove_network(): void {
		global $wpdb;
		foreach ( array( '', '_site_transient_', '_site_transient_timeout_' ) as $start ) {
			$like  = $wpdb->esc_like( $start . self::PREFIX ) . '%';
			$names = $wpdb->get_col( $wpdb->prepare( "SELECT meta_key FROM {$wpdb->sitemeta} WHERE meta_key LIKE %s", $like ) ); // phpcs:ignore WordPress.DB -- no function lists options by prefix.
			array_map( 'delete_site_option', $names );
		}
	}

	/**
	 * Removes our user meta, and capabilities that somebody gave to single users.
	 */
	private function remove_user_meta(): void {
		global $wpdb;
		$like = $wpdb->esc_like( self::PREFIX ) . '%';
		$keys = $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT meta_key FROM {$wpdb->usermeta} WHERE meta_key LIKE %s", $like ) ); // phpcs:ignore WordPress.DB -- no function lists meta keys by prefix.
		foreach ( $keys as $key ) {
			delete_metadata( 'user', 0, $key, '', true );
		}
		$sql = $wpdb->prepare( "SELECT user_id, meta_key, meta_value FROM {$wpdb->usermeta} WHERE meta_key LIKE %s AND meta_value LIKE %s", '%' . $wpdb->esc_like( 'capabilities' ), '%' . $like );
		foreach ( $wpdb->get_results( $sql ) as $row ) { // phpcs:ignore WordPress.DB -- prepared above.
			$caps = maybe_unserialize( $row->meta_value );
			if ( is_array( $caps ) ) {
				update_user_meta( (int) $row->user_id, $row->meta_key, array_diff_key( $caps, array_flip( Capabilities::ALL ) ) );
			}
		}
	}
}
