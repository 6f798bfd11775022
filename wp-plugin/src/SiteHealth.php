<?php
/**
 * Tools -> Site Health: tests and facts.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Direct tests look at this site only; those that ask the service run beside the page, by REST.
 */
final class SiteHealth {

	const SPACE = 'trading-robot-service/v1';

	const SLOW_MS = 1000;

	const SKEW_WARN = 10;

	const SKEW_FAIL = 30;

	/**
	 * Address, ids and secret.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Keeps its part.
	 *
	 * @param Connection $connection Address, ids and secret.
	 */
	public function __construct( Connection $connection ) {
		$this->connection = $connection;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_filter( 'site_status_tests', array( $this, 'add_tests' ) );
		add_filter( 'debug_information', array( $this, 'add_facts' ) );
		add_action( 'rest_api_init', array( $this, 'register_routes' ) );
	}

	/**
	 * Filter site_status_tests.
	 *
	 * @param array<string,array<string,mixed>> $tests Tests by kind.
	 * @return array<string,array<string,mixed>>
	 */
	public function add_tests( $tests ) {
		foreach ( $this->direct() as $name => $label ) {
			$tests['direct'][ 'trading_robot_service_' . $name ] = array(
				'label' => $label,
				'test'  => array( $this, 'test_' . $name ),
			);
		}
		foreach ( $this->asked() as $name => $label ) {
			$tests['async'][ 'trading_robot_service_' . $name ] = array(
				'label'             => $label,
				'test'              => rest_url( self::SPACE . '/health/' . $name ),
				'has_rest'          => true,
				'async_direct_test' => array( $this, 'test_' . $name ),
			);
		}
		return $tests;
	}

	/**
	 * Names the tests that ask nobody.
	 *
	 * @return array<string,string>
	 */
	private function direct(): array {
		return array(
			'configured' => __( 'Trading Robot Service is connected', 'trading-robot-service' ),
			'keys'       => __( 'Trading Robot Service can keep its secret', 'trading-robot-service' ),
			'https'      => __( 'Trading Robot Service is reached over HTTPS', 'trading-robot-service' ),
			'pages'      => __( 'Trading Robot Service has its pages', 'trading-robot-service' ),
		);
	}

	/**
	 * Names the tests that wait for an answer.
	 *
	 * @return array<string,string>
	 */
	private function asked(): array {
		return array(
			'service' => __( 'Trading Robot Service answers', 'trading-robot-service' ),
			'clock'   => __( 'The clocks of both servers agree', 'trading-robot-service' ),
			'rest'    => __( 'The REST API can be reached', 'trading-robot-service' ),
			'cache'   => __( 'No cache keeps the members’ dashboard', 'trading-robot-service' ),
		);
	}

	/**
	 * Registers the routes of the tests that wait.
	 */
	public function register_routes(): void {
		register_rest_route(
			self::SPACE,
			'/health/(?P<name>' . implode( '|', array_keys( $this->asked() ) ) . ')',
			array(
				'methods'             => 'GET',
				'callback'            => array( $this, 'answer' ),
				'permission_callback' => array( $this, 'may' ),
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * Lets only those test who may see Site Health.
	 */
	public function may(): bool {
		return current_user_can( 'view_site_health_checks' );
	}

	/**
	 * Answers one of the tests that wait.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return \WP_REST_Response|\WP_Error
	 */
	public function answer( \WP_REST_Request $request ) {
		$name = (string) ( $request->get_url_params()['name'] ?? '' );
		if ( ! isset( $this->asked()[ $name ] ) ) {
			return new \WP_Error( 'rest_no_route', __( 'There is no such part of this site.', 'trading-robot-service' ), array( 'status' => 404 ) );
		}
		return rest_ensure_response( call_user_func( array( $this, 'test_' . $name ) ) );
	}

	/**
	 * Runs all tests, for the command line.
	 *
	 * @return array<int,array<string,mixed>>
	 */
	public function run(): array {
		$results = array();
		foreach ( array_keys( $this->direct() + $this->asked() ) as $name ) {
			$results[] = call_user_func( array( $this, 'test_' . $name ) );
		}
		return $results;
	}

	/**
	 * Is the site connected, and not paused?
	 *
	 * @return array<string,mixed>
	 */
	public function test_configured(): array {
		$says = array(
			'none'       => array( 'recommended', __( 'This site is not connected to a service: its pages show no figures. Nothing is sent anywhere.', 'trading-robot-service' ) ),
			'unreadable' => array( 'critical', __( 'The secret cannot be read, probably because the keys in wp-config.php changed. Connect again with a new code.', 'trading-robot-service' ) ),
			'moved'      => array( 'critical', __( 'The connection is paused: it belongs to another address, or to a live site of which this is a copy. Say in the settings which it is.', 'trading-robot-service' ) ),
			'paused'     => array( 'critical', __( 'The operator of the service has paused this site. Pages show the last known values.', 'trading-robot-service' ) ),
			'connected'  => array( 'good', __( 'This site is connected.', 'trading-robot-service' ) ),
		);
		return $this->result( 'configured', $says[ $this->connection->state() ] );
	}

	/**
	 * Could the secret be kept safely?
	 *
	 * @return array<string,mixed>
	 */
	public function test_keys(): array {
		$good = $this->connection->can_save() || $this->connection->secrets()->is_constant();
		return $this->result(
			'keys',
			$good
				? array( 'good', __( 'The secret is encrypted with the keys of wp-config.php, or stands there itself.', 'trading-robot-service' ) )
				: array( 'critical', __( 'The keys in wp-config.php (AUTH_KEY, SECURE_AUTH_KEY, AUTH_SALT, SECURE_AUTH_SALT) are missing or too short, or PHP has no sodium: no secret can be kept, so this site cannot be connected.', 'trading-robot-service' ) )
		);
	}

	/**
	 * Do both ways use HTTPS, apart from this machine's own names?
	 *
	 * @return array<string,mixed>
	 */
	public function test_https(): array {
		$service = $this->connection->get( 'url' );
		foreach ( array_filter( array( home_url( '/' ), $service ) ) as $url ) {
			if ( 0 !== strpos( $url, 'https://' ) && ! Connection::is_loopback( $url ) ) {
				/* translators: %s: an address. */
				return $this->result( 'https', array( 'recommended', sprintf( __( '%s is reached without HTTPS: whoever is on the way can read what members see.', 'trading-robot-service' ), $url ) ) );
			}
		}
		return $this->result( 'https', array( 'good', __( 'Members and the service are reached over HTTPS, or on this machine.', 'trading-robot-service' ) ) );
	}

	/**
	 * Are the pages there?
	 *
	 * @return array<string,mixed>
	 */
	public function test_pages(): array {
		$made = array_keys( ( new Pages() )->urls() );
		if ( array() === $made ) {
			return $this->result( 'pages', array( 'recommended', __( 'No pages have been made. Make them in the settings, or put the blocks into pages of your own.', 'trading-robot-service' ) ) );
		}
		/* translators: %s: names of pages. */
		return $this->result( 'pages', array( 'good', sprintf( __( 'These pages of the plugin are there: %s.', 'trading-robot-service' ), implode( ', ', $made ) ) ) );
	}

	/**
	 * Does the service answer, soon, and accept the signature?
	 *
	 * @return array<string,mixed>
	 */
	public function test_service(): array {
		if ( 'connected' !== $this->connection->state() ) {
			return $this->result( 'service', array( 'recommended', __( 'Nothing was asked, because this site is not connected.', 'trading-robot-service' ) ) );
		}
		$ping = Setup::ping();
		if ( 401 === $ping['status'] ) {
			return $this->result( 'service', array( 'critical', __( 'The service answers but does not accept the signature of this site. Look at the clocks; else disconnect and connect again.', 'trading-robot-service' ) ) );
		}
		if ( ! $ping['ok'] ) {
			/* translators: %d: HTTP status code, 0 when there was no answer. */
			return $this->result( 'service', array( 'critical', sprintf( __( 'The service does not answer (status %d). Pages show the last known values.', 'trading-robot-service' ), $ping['status'] ) ) );
		}
		if ( ! empty( $ping['data']['copy_seen_at'] ) ) {
			/* translators: %s: date and time. */
			return $this->result( 'service', array( 'recommended', sprintf( __( 'The service answers. A copy of this site at another address tried to use its connection at %s and was refused. Disconnect the copy in its settings.', 'trading-robot-service' ), (string) $ping['data']['copy_seen_at'] ) ) );
		}
		$advice = Versions::advice( (string) ( $ping['data']['service_version'] ?? '' ), (string) ( $ping['data']['oldest_plugin'] ?? '' ) );
		if ( '' !== $advice ) {
			return $this->result( 'service', array( 'recommended', $advice ) );
		}
		/* translators: %d: milliseconds. */
		$text = sprintf( __( 'The service accepts this site and answers in %d ms.', 'trading-robot-service' ), $ping['latency_ms'] );
		return $this->result( 'service', array( $ping['latency_ms'] > self::SLOW_MS ? 'recommended' : 'good', $text ) );
	}

	/**
	 * Do the clocks agree?
	 *
	 * @return array<string,mixed>
	 */
	public function test_clock(): array {
		$ping = 'connected' === $this->connection->state() ? Setup::ping() : array( 'skew_s' => null );
		if ( null === $ping['skew_s'] ) {
			return $this->result( 'clock', array( 'recommended', __( 'The clocks could not be compared, because the service does not answer.', 'trading-robot-service' ) ) );
		}
		$skew = abs( (int) $ping['skew_s'] );
		/* translators: %d: seconds. */
		$text = sprintf( __( 'The clocks differ by %d s. Signed requests are refused beyond 30 s.', 'trading-robot-service' ), $skew );
		return $this->result( 'clock', array( self::skew_status( $skew ), $text ) );
	}

	/**
	 * Rates a difference of clocks.
	 *
	 * @param int $skew Seconds, not negative.
	 */
	public static function skew_status( int $skew ): string {
		if ( $skew > self::SKEW_FAIL ) {
			return 'critical';
		}
		return $skew > self::SKEW_WARN ? 'recommended' : 'good';
	}

	/**
	 * Does a browser reach the part of the REST API that pages load from?
	 *
	 * @return array<string,mixed>
	 */
	public function test_rest(): array {
		$reply = Reply::from( wp_remote_get( rest_url( self::SPACE . '/fragment/pricing' ), self::loopback() ) );
		$good  = in_array( $reply->status, array( 200, 304, 503 ), true );
		/* translators: %d: HTTP status code, 0 when there was no answer. */
		$bad = sprintf( __( 'This site cannot call its own REST API (status %d). Dashboards load from it: look for a plugin or a firewall that shuts it, and save the permalinks again.', 'trading-robot-service' ), $reply->status );
		return $this->result( 'rest', $good ? array( 'good', __( 'Dashboards can load their parts.', 'trading-robot-service' ) ) : array( 'critical', $bad ) );
	}

	/**
	 * Is a member's part of the REST API kept out of caches?
	 *
	 * @return array<string,mixed>
	 */
	public function test_cache(): array {
		$reply = Reply::from( wp_remote_get( rest_url( self::SPACE . '/fragment/dashboard' ), self::loopback() ) );
		if ( 0 === $reply->status ) {
			return $this->result( 'cache', array( 'recommended', __( 'This site cannot call itself, so it could not be tested whether a cache keeps the dashboard.', 'trading-robot-service' ) ) );
		}
		$kept = 200 === $reply->status || false === strpos( $reply->header( 'cache-control' ), 'no-store' ) || '' !== $reply->header( 'age' );
		return $this->result(
			'cache',
			$kept
				? array( 'critical', __( 'A cache in front of this site answers for the members’ dashboard, or removes “no-store”. Exclude /wp-json/trading-robot-service/ and the dashboard page from it.', 'trading-robot-service' ) )
				: array( 'good', __( 'The answers for members pass through unkept.', 'trading-robot-service' ) )
		);
	}

	/**
	 * Options for calling this site itself.
	 *
	 * @return array<string,mixed>
	 */
	private static function loopback(): array {
		return array(
			'timeout'     => 5,
			'redirection' => 0,
			'cookies'     => array(),
			/** This filter is documented in wp-includes/class-wp-http-streams.php */
			'sslverify'   => apply_filters( 'https_local_ssl_verify', false ), // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress' own filter for a site that calls itself.
		);
	}

	/**
	 * Names what is wrong when a test is not passed.
	 *
	 * @return array<string,string>
	 */
	private function bad_labels(): array {
		return array(
			'configured' => __( 'Trading Robot Service needs a decision about its connection', 'trading-robot-service' ),
			'keys'       => __( 'Trading Robot Service cannot keep its secret', 'trading-robot-service' ),
			'https'      => __( 'Trading Robot Service is used without HTTPS', 'trading-robot-service' ),
			'pages'      => __( 'Pages of Trading Robot Service are missing', 'trading-robot-service' ),
			'service'    => __( 'Trading Robot Service does not answer as it should', 'trading-robot-service' ),
			'clock'      => __( 'The clocks of this site and of the service differ', 'trading-robot-service' ),
			'rest'       => __( 'Dashboards cannot load their parts', 'trading-robot-service' ),
			'cache'      => __( 'A cache may keep the members’ dashboard', 'trading-robot-service' ),
		);
	}

	/**
	 * Filter debug_information. The secret is not among the facts; ids are left out of the copy for support.
	 *
	 * @param array<string,array<string,mixed>> $info Sections.
	 * @return array<string,array<string,mixed>>
	 */
	public function add_facts( $info ) {
		$status = Setup::status();
		$facts  = array(
			'version'     => array( __( 'Version', 'trading-robot-service' ), VERSION, false ),
			'state'       => array( __( 'State', 'trading-robot-service' ), $status['state'], false ),
			'service'     => array( __( 'Service', 'trading-robot-service' ), $status['url'], false ),
			'service_ver' => array( __( 'Service version', 'trading-robot-service' ), $status['service_version'], false ),
			'known_url'   => array( __( 'Connected as', 'trading-robot-service' ), $status['site_url'], false ),
			'present_url' => array( __( 'Address now', 'trading-robot-service' ), home_url( '/' ), false ),
			'environment' => array( __( 'Environment when connected, and now', 'trading-robot-service' ), $status['environment'] . ', ' . Connection::environment(), false ),
			'since'       => array( __( 'Connected since', 'trading-robot-service' ), $status['connected_at'], false ),
			'secret'      => array( __( 'Secret', 'trading-robot-service' ), $status['secret'], false ),
			'charts'      => array( __( 'Interactive charts', 'trading-robot-service' ), $status['charts'] ? 'yes' : 'no', false ),
			'pages'       => array( __( 'Pages', 'trading-robot-service' ), implode( ', ', array_keys( $status['pages'] ) ), false ),
			'site_id'     => array( __( 'Site id', 'trading-robot-service' ), $status['site_id'], true ),
			'key_id'      => array( __( 'Key id', 'trading-robot-service' ), $status['key_id'], true ),
		);
		$fields = array();
		foreach ( $facts as $name => $fact ) {
			$fields[ $name ] = array(
				'label'   => $fact[0],
				'value'   => '' === $fact[1] ? '–' : $fact[1],
				'private' => $fact[2],
			);
		}
		$info['trading-robot-service'] = array(
			'label'  => __( 'Trading Robot Service', 'trading-robot-service' ),
			'fields' => $fields,
		);
		return $info;
	}

	/**
	 * Puts a result together as Site Health shows it.
	 *
	 * @param string                $name Name of the test.
	 * @param array{0:string,1:string} $says Status and text.
	 * @return array<string,mixed>
	 */
	private function result( string $name, array $says ): array {
		$labels = $this->direct() + $this->asked();
		$action = current_user_can( Capabilities::CONNECT ) ? sprintf( '<p><a href="%s">%s</a></p>', esc_url( Admin\Settings::url() ), esc_html__( 'Settings of Trading Robot Service', 'trading-robot-service' ) ) : '';
		return array(
			'label'       => 'good' === $says[0] ? $labels[ $name ] : $this->bad_labels()[ $name ],
			'status'      => $says[0],
			'badge'       => array(
				'label' => __( 'Trading Robot Service', 'trading-robot-service' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $says[1] ) . '</p>',
			'actions'     => 'good' === $says[0] ? '' : $action,
			'test'        => 'trading_robot_service_' . $name,
		);
	}
}
