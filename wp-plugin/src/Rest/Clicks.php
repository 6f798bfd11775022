<?php
/**
 * Clicks on the buttons of plans.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Rest;

use TradingRobotService\ApiClient;
use TradingRobotService\Token;

defined( 'ABSPATH' ) || exit;

/**
 * Hears from a page which plan's button was pressed and tells the service, in the name of the site.
 *
 * What goes on is the plan, the kind of page and a hash that makes a click count once: no address, no
 * cookie, no user, whoever is signed in. Nobody waits for the answer; what cannot be told is lost.
 */
final class Clicks {

	const ROUTE = '/clicks';

	const TARGET = '/api/wordpress/clicks';

	const PLACES = array( 'pricing', 'home', 'other' );

	// A browser sends this while the visitor is on the way to the next page; PHP is wanted there.
	const TIMEOUT = 1.0;

	// While this is kept the service has counted enough and is not asked.
	const REST = 'trading_robot_service_clicks_rest';

	const LONGEST_REST = 60;

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
		add_action( 'rest_api_init', array( $this, 'register_routes' ) );
	}

	/**
	 * Registers the one route. Which plans there are the service knows; here only their form is looked at.
	 */
	public function register_routes(): void {
		$name = array(
			'type'     => 'string',
			'pattern'  => '^[a-z_]{1,20}$',
			'required' => true,
		);
		register_rest_route(
			Proxy::SPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'callback'            => array( $this, 'handle' ),
				'permission_callback' => array( $this, 'may' ),
				'show_in_index'       => false,
				'args'                => array(
					'ladder' => $name,
					'plan'   => $name,
					'place'  => array(
						'type'     => 'string',
						'enum'     => self::PLACES,
						'required' => true,
					),
					'view'   => array(
						'type'     => 'string',
						'pattern'  => '^[0-9a-f]{32}$',
						'required' => true,
					),
				),
			)
		);
	}

	/**
	 * Lets everybody in who presses a button on a page of this site.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	public function may( \WP_REST_Request $request ): bool {
		return ! Proxy::is_foreign( (string) $request->get_header( 'origin' ) );
	}

	/**
	 * Tells the service, unless the visitor asks not to be counted; the answer is the same either way.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	public function handle( \WP_REST_Request $request ): \WP_REST_Response {
		if ( ! self::wants_none( $request ) && false === get_transient( self::REST ) ) {
			$this->tell( $request );
		}
		$response = new \WP_REST_Response( null, 204 );
		$response->header( 'Cache-Control', 'no-store, private' );
		return $response;
	}

	/**
	 * Tells whether the browser asks not to be followed.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private static function wants_none( \WP_REST_Request $request ): bool {
		return '1' === $request->get_header( 'dnt' ) || '1' === $request->get_header( 'sec_gpc' );
	}

	/**
	 * Sends one click on, as a visitor's.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private function tell( \WP_REST_Request $request ): void {
		$click = array(
			'ladder' => (string) $request->get_param( 'ladder' ),
			'plan'   => (string) $request->get_param( 'plan' ),
			'place'  => (string) $request->get_param( 'place' ),
		);
		$once  = hash( 'sha256', implode( ' ', $click ) . ' ' . $request->get_param( 'view' ) );
		$reply = $this->client->send(
			'POST',
			self::TARGET,
			(string) wp_json_encode( $click ),
			Token::of_visitor(),
			array(
				'timeout' => self::TIMEOUT,
				'headers' => array(
					'Content-Type'    => 'application/json',
					'Idempotency-Key' => 'click-' . $once,
				),
			)
		);
		if ( 429 === $reply->status ) {
			$wait = (int) $reply->header( 'retry-after' );
			set_transient( self::REST, 1, min( self::LONGEST_REST, max( 1, $wait ) ) );
		}
	}

	/**
	 * Says on which kind of page plans stand, from the list that the service knows.
	 *
	 * @param int $plans Id of the site's page of plans, 0 without one.
	 */
	public static function place( int $plans ): string {
		if ( $plans > 0 && is_page( $plans ) ) {
			return 'pricing';
		}
		return is_front_page() ? 'home' : 'other';
	}

	/**
	 * Returns where a page tells of clicks.
	 */
	public static function url(): string {
		return wp_make_link_relative( rest_url( Proxy::SPACE . self::ROUTE ) );
	}
}
