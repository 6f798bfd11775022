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
	 * @param string $url    Address of the service; may be empty when the code is a connect link.
	 * @param string $code   Connect code or connect link from the service.
	 * @param bool   $charts Whether the owner agrees to interactive charts, which carry a link to their maker.
	 * @return true|\WP_Error
	 */
	public static function connect( string $url, string $code, bool $charts = true ) {
		$connection         = Plugin::instance()->connection;
		list( $url, $code ) = Link::read( $url, $code );
		$fault              = self::connect_fault( $connection, $url );
		if ( null !== $fault ) {
			return $fault;
		}
		$about = array_merge(
			self::about_site(),
			array(
				'code'           => $code,
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
		Breaker::reset();
		/**
		 * Fires when this site has been connected to a service.
		 *
		 * @param string $site_id Id of this site at the service.
		 */
		do_action( 'trading_robot_service_connected', $values['site_id'] );
		return true;
	}

	/**
	 * Returns why no connection can be made from here, or null.
	 *
	 * @param Connection $connection The connection.
	 * @param string     $url        Address of the service.
	 */
	private static function connect_fault( Connection $connection, string $url ): ?\WP_Error {
		if ( ! Link::is_good_url( $url ) ) {
			return new \WP_Error( 'trading_robot_service_url', __( 'Paste the whole connect link, or enter the address of the service, beginning with https:// (http:// only on this machine or in a private network).', 'trading-robot-service' ) );
		}
		if ( $connection->secrets()->is_constant() ) {
			/* translators: %s: name of a constant. */
			return new \WP_Error( 'trading_robot_service_constant', sprintf( __( 'The secret stands in wp-config.php as %s, so it cannot be exchanged here. Remove that line first.', 'trading-robot-service' ), Secrets::CONSTANT ) );
		}
		if ( ! $connection->can_save() ) {
			return new \WP_Error( 'trading_robot_service_keys', __( 'The keys in wp-config.php (AUTH_KEY, SECURE_AUTH_KEY, AUTH_SALT, SECURE_AUTH_SALT) are missing or too short, so the secret could not be kept safely. Set them, then connect again.', 'trading-robot-service' ) );
		}
		return null;
	}

	/**
	 * Forgets the connection, telling the service first where that may be; pages stay and say that there are no figures.
	 *
	 * @return bool Whether the service knows.
	 */
	public static function disconnect(): bool {
		$plugin = Plugin::instance();
		$told   = false;
		// A copy of a site must not end the connection of the original.
		if ( 'connected' === $plugin->connection->state() && self::may_connect() ) {
			$reply = $plugin->client->send_json( 'POST', '/api/wordpress/disconnect', array(), Token::of_user( wp_get_current_user() ) );
			$told  = 200 === $reply->status;
		}
		self::forget();
		/**
		 * Fires when this site has forgotten its connection.
		 *
		 * @param bool $told Whether the service knows of it.
		 */
		do_action( 'trading_robot_service_disconnected', $told );
		return $told;
	}

	/**
	 * Forgets the connection of a copy without a word to the service: the original goes on.
	 */
	public static function copied(): void {
		self::forget();
		/** This action is documented above. */
		do_action( 'trading_robot_service_disconnected', false );
	}

	/**
	 * Forgets the connection here.
	 */
	private static function forget(): void {
		Plugin::instance()->connection->forget();
		Breaker::reset();
		delete_transient( 'trading_robot_service_ping' );
	}

	/**
	 * Changes the secret. Cut anywhere it leaves a working connection: the service accepts the old
	 * secret until the new one is used, and the new one is kept before it is used.
	 *
	 * @return true|\WP_Error
	 */
	public static function rotate() {
		$plugin  = Plugin::instance();
		$secrets = $plugin->connection->secrets();
		if ( 'connected' !== $plugin->connection->state() || ! self::may_connect() ) {
			return new \WP_Error( 'trading_robot_service_admin', __( 'Only an administrator of a connected site can change its secret.', 'trading-robot-service' ) );
		}
		if ( $secrets->is_constant() ) {
			/* translators: %s: name of a constant. */
			return new \WP_Error( 'trading_robot_service_constant', sprintf( __( 'The secret stands in wp-config.php as %s, so it cannot be exchanged here. Remove that line first.', 'trading-robot-service' ), Secrets::CONSTANT ) );
		}
		$reply = $plugin->client->send_json( 'POST', '/api/wordpress/rotate', array(), Token::of_user( wp_get_current_user() ) );
		$data  = $reply->data();
		if ( 200 !== $reply->status || empty( $data['key_id'] ) || empty( $data['secret'] ) ) {
			return self::no_connection( $reply );
		}
		$old = $secrets->stored();
		if ( ! $secrets->save( (string) $data['secret'], (string) $data['key_id'] ) ) {
			$secrets->restore( $old );
			return new \WP_Error( 'trading_robot_service_save', __( 'The new secret could not be saved. The old one stays valid.', 'trading-robot-service' ) );
		}
		// The first request with the new secret ends the old one. Without an answer the next one does.
		if ( 401 === self::ping()['status'] ) {
			$secrets->restore( $old );
			return new \WP_Error( 'trading_robot_service_rotate', __( 'The service did not accept the new secret. The old one is in place again.', 'trading-robot-service' ) );
		}
		/**
		 * Fires when the shared secret has been changed.
		 *
		 * @param string $key_id Id of the new secret.
		 */
		do_action( 'trading_robot_service_rotated', (string) $data['key_id'] );
		return true;
	}

	/**
	 * Takes the site's present address for the connection, after a move on purpose.
	 *
	 * @return true|\WP_Error
	 */
	public static function moved() {
		$connection = Plugin::instance()->connection;
		if ( 'moved' !== $connection->state() ) {
			return true;
		}
		$before = $connection->values();
		$connection->rebind();
		$done = self::tell_service( true );
		if ( is_wp_error( $done ) ) {
			$connection->restore( $before );
		}
		return $done;
	}

	/**
	 * Tells the service, as an administrator, the site's name, address and pages; does nothing while not connected.
	 *
	 * @param bool $moved Whether an administrator says that the address is another one than before.
	 * @return true|\WP_Error
	 */
	public static function tell_service( bool $moved = false ) {
		$plugin = Plugin::instance();
		if ( 'connected' !== $plugin->connection->state() ) {
			return true;
		}
		if ( ! self::may_connect() ) {
			return new \WP_Error( 'trading_robot_service_admin', __( 'Only an administrator can tell the service about this site.', 'trading-robot-service' ) );
		}
		$about = self::about_site() + ( $moved ? array( 'moved' => true ) : array() );
		$reply = $plugin->client->send_json( 'PUT', '/api/wordpress/site', $about, Token::of_user( wp_get_current_user() ) );
		return 200 === $reply->status ? true : self::no_connection( $reply );
	}

	/**
	 * Tells whether the acting user may change the connection.
	 */
	private static function may_connect(): bool {
		return current_user_can( Capabilities::CONNECT );
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
			'secret' => $connection->secrets()->is_constant() ? 'wp-config' : ( '' === $connection->secret() ? 'none' : 'encrypted' ),
		);
		foreach ( array( 'url', 'site_id', 'key_id', 'connected_at', 'service_version', 'site_url', 'environment' ) as $name ) {
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
		$names = array( 'performance', 'marketplace', 'pricing', 'dashboard', 'desk', 'coach' );
		$sales = Sales::contact();
		return array(
			'site_url'  => home_url( '/' ),
			'site_name' => wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ),
			'pages'     => array_intersect_key( array_merge( array_fill_keys( $names, null ), $pages ), array_flip( $names ) ) + ( '' === $sales ? array() : array( 'contact' => $sales ) ),
		);
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
		if ( 403 === $reply->status ) {
			return new \WP_Error( 'trading_robot_service_forbidden', __( 'The service refuses: this connection is paused, belongs to another address, or you are no administrator of this site.', 'trading-robot-service' ) );
		}
		if ( 401 === $reply->status ) {
			return new \WP_Error( 'trading_robot_service_unknown', __( 'The service does not know this connection any more. Disconnect, then connect again with a new code.', 'trading-robot-service' ) );
		}
		if ( 422 === $reply->status ) {
			return new \WP_Error( 'trading_robot_service_code', __( 'The connect code is wrong, used or expired. Make a new one at the service.', 'trading-robot-service' ) );
		}
		/* translators: %d: HTTP status code. */
		return new \WP_Error( 'trading_robot_service_refused', sprintf( __( 'The service answered with an error (status %d).', 'trading-robot-service' ), $reply->status ) );
	}
}
