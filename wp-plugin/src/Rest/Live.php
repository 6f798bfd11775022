<?php
/**
 * Tickets for live updates.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Rest;

use TradingRobotService\Capabilities;
use TradingRobotService\Connection;
use TradingRobotService\Html;
use TradingRobotService\Routes;
use TradingRobotService\UserManager;

defined( 'ABSPATH' ) || exit;

/**
 * Tells a member's page where its stream is. The page asks anew every ten minutes; whoever signs out
 * here or loses the account loses the stream at once, see Changes.
 */
final class Live {

	const ROUTE = '/live';

	const TARGET = '/api/live/tickets';

	const FRAGMENT = 'dashboard-overview';

	// The desk keeps no fragment fresh: its stream brings bars and word of charts.
	const DESK = 'desk';

	// So many of each may a desk name.
	const INSTRUMENTS = 20;

	const CHARTS = 8;

	// Attributes whose values assets/trp-live.js checks as Html.php does.
	const CHECKED = array( 'hx-get', 'hx-post', 'hx-vals', 'hx-trigger' );

	/**
	 * Address of the service.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Calls for a member.
	 *
	 * @var UserManager
	 */
	private $users;

	/**
	 * Keeps its parts.
	 *
	 * @param Connection  $connection Address of the service.
	 * @param UserManager $users      Calls for a member.
	 */
	public function __construct( Connection $connection, UserManager $users ) {
		$this->connection = $connection;
		$this->users      = $users;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'rest_api_init', array( $this, 'register_routes' ) );
	}

	/**
	 * Registers the one route.
	 */
	public function register_routes(): void {
		register_rest_route(
			Proxy::SPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'callback'            => array( $this, 'handle' ),
				'permission_callback' => array( $this, 'may' ),
				'show_in_index'       => false,
				'args'                => array(
					'known'       => array(
						'type'    => 'string',
						'pattern' => '^(?:[0-9a-f]{32})?$',
						'default' => '',
					),
					'fragment'    => array(
						'type'    => 'string',
						'enum'    => array( self::FRAGMENT, self::DESK ),
						'default' => self::FRAGMENT,
					),
					'instruments' => self::numbers( self::INSTRUMENTS ),
					'charts'      => self::numbers( self::CHARTS ),
				),
			)
		);
	}

	/**
	 * Describes a list of numbers of rows.
	 *
	 * @param int $most How many it may hold.
	 */
	private static function numbers( int $most ): array {
		return array(
			'type'     => 'array',
			'maxItems' => $most,
			'default'  => array(),
			'items'    => array(
				'type'    => 'integer',
				'minimum' => 1,
				'maximum' => 2147483647,
			),
		);
	}

	/**
	 * Lets members in; WordPress knows one only when the request carries a valid nonce beside the cookie.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	public function may( \WP_REST_Request $request ): bool {
		$who = (string) $request->get_header( 'x_trp_who' );
		return is_user_logged_in() && current_user_can( Capabilities::VIEW ) && ( '' === $who || hash_equals( Proxy::who(), $who ) );
	}

	/**
	 * Answers with the address of a stream and what its fragments may hold, or with nothing (204).
	 *
	 * A service without streams, or one that is away, is no error of the page: it polls.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	public function handle( \WP_REST_Request $request ): \WP_REST_Response {
		$asked = self::DESK === $request->get_param( 'fragment' ) ? self::of_desk( $request ) : self::of_overview( $request );
		$reply = $this->users->send(
			wp_get_current_user(),
			'POST',
			self::TARGET,
			(string) wp_json_encode( $asked ),
			array( 'headers' => array( 'Content-Type' => 'application/json' ) )
		);
		$data  = 201 === $reply->status ? $reply->data() : array();
		$url   = is_string( $data['url'] ?? null ) ? $data['url'] : '';
		$found = $this->may_stream_from( $url );
		$body  = array(
			'url'        => $url,
			'expires_in' => (int) ( $data['expires_in'] ?? 0 ),
			'names'      => self::names(),
		);

		$response = new \WP_REST_Response( $found ? $body : null, $found ? 201 : 204 );
		$response->header( 'Cache-Control', 'no-store, private' );
		return $response;
	}

	/**
	 * Returns what is asked for a dashboard.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private static function of_overview( \WP_REST_Request $request ): array {
		$route = Routes::find( 'GET', self::FRAGMENT );
		$query = null === $route ? array() : Routes::clean( $route['query'], $request->get_params() );
		return $query + array(
			'fragment' => self::FRAGMENT,
			'known'    => (string) $request->get_param( 'known' ),
		);
	}

	/**
	 * Returns what is asked for a desk.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private static function of_desk( \WP_REST_Request $request ): array {
		return array(
			'fragment'    => self::DESK,
			'instruments' => array_map( 'intval', array_values( (array) $request->get_param( 'instruments' ) ) ),
			'charts'      => array_map( 'intval', array_values( (array) $request->get_param( 'charts' ) ) ),
		);
	}

	/**
	 * Tells whether a stream may come from an address: over TLS, or from the very host we are connected to.
	 *
	 * @param string $url Address of a stream.
	 */
	private function may_stream_from( string $url ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
			return false;
		}
		$scheme = strtolower( $parts['scheme'] ?? '' );
		$same   = strtolower( (string) wp_parse_url( $this->connection->get( 'url' ), PHP_URL_HOST ) ) === strtolower( $parts['host'] );
		return 'https' === $scheme || ( 'http' === $scheme && $same );
	}

	/**
	 * Returns the allow-list of Html as names: those of every element under "", the others beside them.
	 *
	 * What comes by a stream does not pass through PHP, so the page's script cleans it by the same list.
	 *
	 * @return array<string,string>
	 */
	public static function names(): array {
		$lists = array();
		foreach ( Html::allowed() as $tag => $names ) {
			$lists[ $tag ] = array();
			foreach ( $names as $name => $rule ) {
				if ( true === $rule || in_array( $name, self::CHECKED, true ) ) {
					$lists[ $tag ][] = strtolower( (string) $name );
				}
			}
		}
		$common = count( $lists ) > 1 ? array_values( array_intersect( ...array_values( $lists ) ) ) : array();
		$found  = array( '' => implode( ' ', $common ) );
		foreach ( $lists as $tag => $names ) {
			$found[ strtolower( (string) $tag ) ] = implode( ' ', array_diff( $names, $common ) );
		}
		return $found;
	}
}
