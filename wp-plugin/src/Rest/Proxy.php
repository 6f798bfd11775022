<?php
/**
 * The door for the browser: fragments of the service on the site's own origin.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Rest;

use TradingRobotService\ApiClient;
use TradingRobotService\Cache;
use TradingRobotService\Capabilities;
use TradingRobotService\Fragments;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Html;
use TradingRobotService\Instance;
use TradingRobotService\Reply;
use TradingRobotService\Routes;
use TradingRobotService\UserManager;

defined( 'ABSPATH' ) || exit;

/**
 * Forwards the routes of the table and nothing else; the token never reaches the browser.
 */
final class Proxy {

	const SPACE = 'trading-robot-service/v1';

	const ROUTE = '/fragment/(?P<path>.+)';

	const PREFIX = '/trading-robot-service/v1/fragment/';

	// Headers of the service that htmx understands and that cannot lead away from the site.
	const HTMX_HEADERS = array( 'hx-trigger', 'hx-retarget', 'hx-reswap', 'hx-refresh', 'retry-after' );

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Public fragments with their copies.
	 *
	 * @var Fragments
	 */
	private $fragments;

	/**
	 * Calls for a member.
	 *
	 * @var UserManager
	 */
	private $users;

	/**
	 * Keeps its parts.
	 *
	 * @param ApiClient   $client    Calls the service.
	 * @param Fragments   $fragments Public fragments with their copies.
	 * @param UserManager $users     Calls for a member.
	 */
	public function __construct( ApiClient $client, Fragments $fragments, UserManager $users ) {
		$this->client    = $client;
		$this->fragments = $fragments;
		$this->users     = $users;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'rest_api_init', array( $this, 'register_routes' ) );
		add_filter( 'rest_pre_serve_request', array( $this, 'serve_html' ), 10, 4 );
	}

	/**
	 * Registers the one route.
	 */
	public function register_routes(): void {
		register_rest_route(
			self::SPACE,
			self::ROUTE,
			array(
				'methods'             => 'GET, POST',
				'callback'            => array( $this, 'handle' ),
				'permission_callback' => array( $this, 'may' ),
				'show_in_index'       => false,
				'args'                => array(
					'path' => array(
						'type'     => 'string',
						'pattern'  => '^[a-z0-9_/-]{1,128}$',
						'required' => true,
					),
				),
			)
		);
	}

	/**
	 * Decides who may ask.
	 *
	 * Public routes are open to everybody: they show what the public pages show, and are read
	 * as a visitor whoever asks. Member routes need a signed-in user, and WordPress knows one
	 * only when the request carries a valid nonce beside the cookie.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return bool|\WP_Error
	 */
	public function may( \WP_REST_Request $request ) {
		$route = self::route_of( $request );
		if ( null === $route ) {
			return new \WP_Error( 'rest_no_route', __( 'There is no such part of this site.', 'trading-robot-service' ), array( 'status' => 404 ) );
		}
		if ( 'public' === $route['audience'] ) {
			return true;
		}
		if ( ! is_user_logged_in() ) {
			return new \WP_Error( 'trading_robot_service_login', __( 'You are signed out. Sign in again to go on; what you have filled in here stays.', 'trading-robot-service' ), array( 'status' => 401 ) );
		}
		if ( ! current_user_can( Capabilities::VIEW ) ) {
			return new \WP_Error( 'trading_robot_service_view', __( 'The owner of this site has not opened the dashboard to you.', 'trading-robot-service' ), array( 'status' => 403 ) );
		}
		if ( 'POST' === $request->get_method() && self::is_foreign( (string) $request->get_header( 'origin' ) ) ) {
			return new \WP_Error( 'trading_robot_service_origin', __( 'This form was sent from another site. Open the page on this site and try again.', 'trading-robot-service' ), array( 'status' => 403 ) );
		}
		// A page of one member that is still open must not act as another one who has signed in since.
		$who = (string) $request->get_header( 'x_trp_who' );
		if ( '' !== $who && ! hash_equals( self::who(), $who ) ) {
			return new \WP_Error( 'trading_robot_service_other', __( 'Somebody else is signed in now. Reload the page.', 'trading-robot-service' ), array( 'status' => 409 ) );
		}
		return true;
	}

	/**
	 * Tells whether a page of another site sent a form; the nonce stops those too, this is the second lock.
	 *
	 * @param string $origin Header of the request; browsers send it with every form.
	 */
	public static function is_foreign( string $origin ): bool {
		if ( '' === $origin ) {
			return false;
		}
		$host = wp_parse_url( $origin, PHP_URL_HOST );
		$own  = array( wp_parse_url( home_url(), PHP_URL_HOST ), wp_parse_url( site_url(), PHP_URL_HOST ) );
		return ! in_array( $host, $own, true ) && ! is_allowed_http_origin( $origin );
	}

	/**
	 * Names the signed-in user to the user's own pages; says nothing to anybody else.
	 */
	public static function who(): string {
		return substr( wp_hash( 'trading-robot-service ' . get_current_user_id() ), 0, 12 );
	}

	/**
	 * Answers a request that may be answered.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return \WP_REST_Response|\WP_Error
	 */
	public function handle( \WP_REST_Request $request ) {
		$route = self::route_of( $request );
		if ( null === $route ) {
			return new \WP_Error( 'rest_no_route', __( 'There is no such part of this site.', 'trading-robot-service' ), array( 'status' => 404 ) );
		}
		$query = Routes::clean( $route['query'], $request->get_query_params() );
		$response = 'public' === $route['audience'] ? $this->visitor( $request, $route['path'], $query ) : $this->member( $request, $route, $query );
		$number   = Instance::asked( $request->get_query_params() );
		if ( $number > 1 && $response instanceof \WP_REST_Response ) {
			$response->set_data( Instance::apply( (string) $response->get_data(), $number ) );
			$aim = $response->get_headers()['hx-retarget'] ?? '';
			if ( '' !== $aim ) {
				$response->header( 'hx-retarget', Instance::selector( $aim, $number ) );
			}
		}
		return $response;
	}

	/**
	 * Answers with a public fragment, from a copy when there is one.
	 *
	 * @param \WP_REST_Request     $request The request.
	 * @param string               $path    Path of the service.
	 * @param array<string,string> $query   Clean query.
	 * @return \WP_REST_Response|\WP_Error
	 */
	private function visitor( \WP_REST_Request $request, string $path, array $query ) {
		$answer = $this->fragments->for_proxy( $path, $query );
		if ( 404 === $answer['status'] ) {
			$response = new \WP_REST_Response( $answer['html'], 404 );
			$response->header( 'Cache-Control', 'no-store' );
			return $response;
		}
		if ( 200 !== $answer['status'] ) {
			return self::unavailable();
		}
		$etag     = '' === $answer['etag'] ? '"' . md5( $answer['html'] ) . '"' : $answer['etag'];
		$same     = self::bare_etag( self::asked_etag( $request ) ) === self::bare_etag( $etag );
		$response = new \WP_REST_Response( $same ? '' : $answer['html'], $same ? 304 : 200 );
		$response->header( 'ETag', $etag );
		$response->header( 'Cache-Control', self::caching( $answer ) );
		if ( $answer['lost'] ) {
			$response->header( 'X-TRP-Stale', rawurlencode( Templates::time_of( $answer['at'] ) ) );
		}
		return $response;
	}

	/**
	 * Says how long others may keep a public fragment: no longer than our own copy is fresh.
	 *
	 * @param array{at:int,stale:bool} $answer What Fragments returned.
	 */
	private static function caching( array $answer ): string {
		// A signed-in reader's request carries a nonce, and a lost connection may be back in a second.
		if ( is_user_logged_in() || $answer['stale'] ) {
			return 'no-cache, private';
		}
		$left = max( 0, Cache::fresh_seconds() - ( time() - $answer['at'] ) );
		return sprintf( 'public, max-age=%d, stale-while-revalidate=%d', $left, Cache::fresh_seconds() );
	}

	/**
	 * Answers with a member's fragment, straight from the service and kept nowhere.
	 *
	 * @param \WP_REST_Request     $request The request.
	 * @param array<string,mixed>  $route   Row of the table, see Routes::find().
	 * @param array<string,string> $query   Clean query.
	 * @return \WP_REST_Response|\WP_Error
	 */
	private function member( \WP_REST_Request $request, array $route, array $query ) {
		$options = Routes::options( $route );
		$etag    = self::asked_etag( $request );
		if ( '' !== $etag ) {
			$options['headers']['If-None-Match'] = $etag;
		}
		$body = '';
		if ( 'POST' === $request->get_method() ) {
			$form = Body::of( $request );
			if ( is_wp_error( $form ) ) {
				return $form;
			}
			$body                               = $form['body'];
			$options['headers']['Content-Type'] = $form['type'];
			$options['timeout']                 = $form['is_upload'] ? ApiClient::UPLOAD_TIMEOUT : $options['timeout'];
		}
		$reply    = $this->users->send( wp_get_current_user(), 'POST' === $request->get_method() ? 'POST' : 'GET', ApiClient::target( $route['path'], $query ), $body, $options );
		$response = self::pass_on( $reply );
		if ( $response instanceof \WP_REST_Response ) {
			$response->header( 'X-TRP-Who', self::who() );
		}
		return $response;
	}

	/**
	 * Turns the service's answer into ours.
	 *
	 * @param Reply $reply The service's answer.
	 * @return \WP_REST_Response|\WP_Error
	 */
	private static function pass_on( Reply $reply ) {
		// A page of something in between is no answer of the service.
		$is_html = '' !== $reply->header( 'x-trp-service' ) && false !== stripos( $reply->header( 'content-type' ), 'text/html' );
		$is_bare = in_array( $reply->status, array( 204, 304 ), true );
		// A 401 here is between the two servers; the browser must not take it for a lost session.
		if ( 401 === $reply->status || ( ! $is_bare && ! $is_html ) ) {
			return $reply->is_failure() ? self::unavailable( $reply ) : self::refused( $reply );
		}
		$response = new \WP_REST_Response( $is_bare ? '' : Html::clean( $reply->body ), $reply->status );
		if ( '' !== $reply->header( 'etag' ) ) {
			$response->header( 'ETag', $reply->header( 'etag' ) );
		}
		foreach ( self::HTMX_HEADERS as $name ) {
			if ( '' !== $reply->header( $name ) ) {
				$response->header( $name, (string) preg_replace( '/[^\x20-\x7e]/', '', $reply->header( $name ) ) );
			}
		}
		$response->header( 'Cache-Control', 'no-store, private' );
		return $response;
	}

	/**
	 * Says that the service does not answer.
	 *
	 * @param Reply|null $reply What came back instead, if anything did.
	 */
	private static function unavailable( ?Reply $reply = null ): \WP_Error {
		$text = __( 'No connection to the service. Values that show here are the last known ones; this page tries again by itself.', 'trading-robot-service' );
		return new \WP_Error( 'trading_robot_service_unavailable', null === $reply ? $text : $text . self::reference( $reply ), array( 'status' => 503 ) );
	}

	/**
	 * Says that the service refused without a page of its own, for example when the connection is broken.
	 *
	 * @param Reply $reply The service's answer.
	 */
	private static function refused( Reply $reply ): \WP_Error {
		$text = __( 'The service did not accept this. Reload the page and try again; if it happens again, tell the owner of this site.', 'trading-robot-service' );
		$said = $reply->data()['detail'] ?? '';
		if ( is_string( $said ) && '' !== $said && in_array( $reply->status, array( 409, 422, 429 ), true ) ) {
			$text = sanitize_text_field( $said );
		}
		$status = 401 === $reply->status || $reply->status < 400 ? 502 : $reply->status;
		return new \WP_Error( 'trading_robot_service_refused', $text . self::reference( $reply ), array( 'status' => $status ) );
	}

	/**
	 * Names the request as the log does, for whoever asks for help; nothing when it never arrived.
	 *
	 * @param Reply $reply The service's answer.
	 */
	private static function reference( Reply $reply ): string {
		$id = substr( (string) preg_replace( '/[^A-Za-z0-9-]/', '', $reply->header( 'x-request-id' ) ), 0, 12 );
		/* translators: %s: a short code that names this request in the log. */
		return '' === $id ? '' : ' ' . sprintf( __( 'Reference: %s', 'trading-robot-service' ), $id );
	}

	/**
	 * Prints the answers of this route as HTML; leaves every other route alone.
	 *
	 * @param bool              $served  Whether the request was answered already.
	 * @param \WP_HTTP_Response $result  The answer.
	 * @param \WP_REST_Request  $request The request.
	 * @param \WP_REST_Server   $server  The server.
	 */
	public function serve_html( $served, $result, $request, $server ): bool {
		if ( $served || 0 !== strpos( $request->get_route(), self::PREFIX ) || ! in_array( $request->get_method(), array( 'GET', 'HEAD', 'POST' ), true ) ) {
			return (bool) $served;
		}
		$server->send_header( 'Content-Type', 'text/html; charset=UTF-8' );
		$server->send_header( 'Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox" );
		// WordPress does not know 286, the status that ends a poll, and would leave it at 200.
		if ( 286 === $result->get_status() && ! headers_sent() ) {
			http_response_code( 286 );
		}
		$data = $result->get_data();
		if ( is_array( $data ) ) {
			$server->send_header( 'Cache-Control', 'no-store, private' );
			$server->send_header( 'X-TRP-Error', sanitize_key( (string) ( $data['code'] ?? '' ) ) );
			$data = self::alert( $result->get_status(), (string) ( $data['message'] ?? '' ) );
		}
		if ( 'HEAD' === $request->get_method() ) {
			return true;
		}
		// A fragment went through Html::clean(), a message through the template alert.php.
		echo is_string( $data ) ? $data : ''; // phpcs:ignore WordPress.Security.EscapeOutput
		return true;
	}

	/**
	 * Returns a message with what to do.
	 *
	 * @param int    $status HTTP status.
	 * @param string $text   Message.
	 */
	private static function alert( int $status, string $text ): string {
		$back = wp_get_raw_referer();
		$back = wp_validate_redirect( false === $back ? '' : $back, home_url( '/' ) );
		$data = array(
			'text'  => $text,
			'href'  => 401 === $status ? wp_login_url( $back ) : '',
			'label' => __( 'Sign in', 'trading-robot-service' ),
		);
		return ( new Templates() )->render( 'alert', $data );
	}

	/**
	 * Finds the row of the table for a request.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{path:string,audience:string,query:array<string,string>,patient:bool}|null
	 */
	private static function route_of( \WP_REST_Request $request ): ?array {
		$params = $request->get_url_params();
		$method = 'HEAD' === $request->get_method() ? 'GET' : $request->get_method();
		return Routes::find( $method, (string) ( $params['path'] ?? '' ) );
	}

	/**
	 * Returns the ETag that the browser holds, or an empty string.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private static function asked_etag( \WP_REST_Request $request ): string {
		$etag = (string) $request->get_header( 'if_none_match' );
		return 1 === preg_match( '#\A(?:W/)?"[\x21\x23-\x7e]{1,128}"\z#', $etag ) ? $etag : '';
	}

	/**
	 * Returns an ETag without the mark that a compressing server puts before it.
	 *
	 * @param string $etag An ETag.
	 */
	private static function bare_etag( string $etag ): string {
		return 0 === strpos( $etag, 'W/' ) ? substr( $etag, 2 ) : $etag;
	}
}
