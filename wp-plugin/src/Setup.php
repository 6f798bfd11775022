<?php
/**
 * Connecting the site and making its pages; for the settings screen and for scripts.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Every function may be called again: what is there already stays.
 */
final class Setup {

	const CHARTS = 'trading_robot_service_charts';

	/**
	 * Exchanges a connect code for a connection.
	 *
	 * @param string $url    Address of the service.
	 * @param string $code   Connect code from the service.
	 * @param bool   $charts Whether the owner agrees to interactive charts, which carry a link to their maker.
	 * @return true|\WP_Error
	 */
	public static function connect( string $url, string $code, bool $charts = true ) {
		$connection = Plugin::instance()->connection;
		$url        = untrailingslashit( trim( $url ) );
		if ( ! self::is_good_url( $url ) ) {
			return new \WP_Error( 'trading_robot_service_url', __( 'Enter the address of the service, beginning with https:// (http:// only on this machine or in a private network).', 'trading-robot-service' ) );
		}
		if ( ! $connection->can_save() ) {
			return new \WP_Error( 'trading_robot_service_keys', __( 'The keys in wp-config.php (AUTH_KEY, SECURE_AUTH_KEY, AUTH_SALT, SECURE_AUTH_SALT) are missing or too short, so the secret could not be kept safely. Set them, then connect again.', 'trading-robot-service' ) );
		}
		$about = array_merge(
			self::about_site(),
			array(
				'code'           => trim( $code ),
				'plugin_version' => VERSION,
			)
		);
		$reply = ApiClient::connect( $url, $about );
		$data  = $reply->data();
		if ( 201 !== $reply->status || empty( $data['site_id'] ) || empty( $data['key_id'] ) || empty( $data['secret'] ) ) {
			return self::no_connection( $reply );
		}
		$values = array(
			'url'             => $url,
			'site_id'         => (string) $data['site_id'],
			'key_id'          => (string) $data['key_id'],
			'connected_at'    => gmdate( 'c' ),
			'service_version' => (string) ( $data['service_version'] ?? '' ),
		);
		if ( ! $connection->save( $values, (string) $data['secret'] ) ) {
			return new \WP_Error( 'trading_robot_service_save', __( 'The secret could not be saved. Connect again with a new code.', 'trading-robot-service' ) );
		}
		update_option( self::CHARTS, $charts ? 'yes' : 'no', false );
		delete_transient( Breaker::KEY );
		return true;
	}

	/**
	 * Forgets the connection; pages stay and say that there are no figures.
	 */
	public static function disconnect(): void {
		Plugin::instance()->connection->forget();
		delete_transient( Breaker::KEY );
		delete_transient( 'trading_robot_service_ping' );
	}

	/**
	 * Takes the site's present address for the connection, after a move on purpose.
	 *
	 * @return true|\WP_Error
	 */
	public static function moved() {
		$connection = Plugin::instance()->connection;
		if ( 'moved' === $connection->state() ) {
			$connection->rebind();
		}
		return self::tell_service();
	}

	/**
	 * Tells the service, as an administrator, the site's name, address and pages; does nothing while not connected.
	 *
	 * @return true|\WP_Error
	 */
	public static function tell_service() {
		$plugin = Plugin::instance();
		if ( 'connected' !== $plugin->connection->state() ) {
			return true;
		}
		if ( ! current_user_can( 'manage_options' ) ) {
			return new \WP_Error( 'trading_robot_service_admin', __( 'Only an administrator can tell the service about this site.', 'trading-robot-service' ) );
		}
		$reply = $plugin->client->send_json( 'PUT', '/api/wordpress/site', self::about_site(), Token::of_user( wp_get_current_user() ) );
		return 200 === $reply->status ? true : self::no_connection( $reply );
	}

	/**
	 * Makes the pages, the front page and the menu, then tells the service.
	 *
	 * @return array<string,string> Addresses by name: home, performance, marketplace, pricing, dashboard.
	 */
	public static function make_pages(): array {
		$pages = ( new Pages() )->make();
		self::tell_service();
		return $pages;
	}

	/**
	 * Describes the connection, without the secret.
	 *
	 * @return array<string,mixed>
	 */
	public static function status(): array {
		$connection = Plugin::instance()->connection;
		$status     = array(
			'state'  => $connection->state(),
			'pages'  => ( new Pages() )->urls(),
			'charts' => 'yes' === get_option( self::CHARTS, 'no' ),
		);
		foreach ( array( 'url', 'site_id', 'key_id', 'connected_at', 'service_version' ) as $name ) {
			$status[ $name ] = $connection->get( $name );
		}
		return $status;
	}

	/**
	 * Asks the service whether it is there, and measures.
	 *
	 * @return array{ok:bool,latency_ms:int,skew_s:int|null,status:int,data:array<string,mixed>}
	 */
	public static function ping(): array {
		$start   = microtime( true );
		$reply   = Plugin::instance()->client->get( '/api/wordpress/ping', array(), Token::of_visitor() );
		$latency = microtime( true ) - $start;
		$data    = $reply->data();
		$theirs  = isset( $data['time'] ) ? strtotime( (string) $data['time'] ) : false;
		return array(
			'ok'         => 200 === $reply->status,
			'latency_ms' => (int) round( 1000 * $latency ),
			'skew_s'     => false === $theirs ? null : (int) round( $theirs - ( $start + $latency / 2 ) ),
			'status'     => $reply->status,
			'data'       => $data,
		);
	}

	/**
	 * Describes this site to the service.
	 *
	 * @return array<string,mixed>
	 */
	private static function about_site(): array {
		$pages = ( new Pages() )->urls();
		$names = array( 'performance', 'marketplace', 'pricing', 'dashboard' );
		return array(
			'site_url'  => home_url( '/' ),
			'site_name' => wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ),
			'pages'     => array_intersect_key( array_merge( array_fill_keys( $names, null ), $pages ), array_flip( $names ) ),
		);
	}

	/**
	 * Tells whether an address may be that of a service.
	 *
	 * @param string $url Address without a slash at its end.
	 */
	private static function is_good_url( string $url ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['query'] ) || isset( $parts['path'] ) ) {
			return false;
		}
		if ( 'https' === ( $parts['scheme'] ?? '' ) ) {
			return true;
		}
		$host       = $parts['host'];
		$is_address = false !== filter_var( $host, FILTER_VALIDATE_IP );
		$is_private = $is_address && false === filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
		return 'http' === ( $parts['scheme'] ?? '' ) && ( $is_private || Connection::is_loopback( $url ) || false === strpos( $host, '.' ) );
	}

	/**
	 * Says why there is no connection.
	 *
	 * @param Reply $reply What came back.
	 */
	private static function no_connection( Reply $reply ): \WP_Error {
		if ( 0 === $reply->status ) {
			return new \WP_Error( 'trading_robot_service_silent', __( 'The service does not answer at this address. Check the address and that the service is running.', 'trading-robot-service' ) );
		}
		if ( 422 === $reply->status ) {
			return new \WP_Error( 'trading_robot_service_code', __( 'The connect code is wrong, used or expired. Make a new one at the service.', 'trading-robot-service' ) );
		}
		/* translators: %d: HTTP status code. */
		return new \WP_Error( 'trading_robot_service_refused', sprintf( __( 'The service answered with an error (status %d).', 'trading-robot-service' ), $reply->status ) );
	}
}
