<?php
/**
 * The only place that calls the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Sends signed requests with short timeouts; an answer that does not come is a Reply with status 0.
 */
final class ApiClient {

	const TIMEOUT = 3.0;

	// A member who sends a file waits on purpose; 25 MB do not fit into three seconds everywhere.
	const UPLOAD_TIMEOUT = 15.0;

	// A member who waits for a valuation of options sees that it loads; no visitor's page waits so long.
	const PATIENT_TIMEOUT = 10.0;

	const MAX_ANSWER = 4194304;

	/**
	 * Address, ids and secret.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Guard against a dead service.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * Keeps its parts.
	 *
	 * @param Connection $connection Address, ids and secret.
	 * @param Breaker    $breaker    Guard against a dead service.
	 */
	public function __construct( Connection $connection, Breaker $breaker ) {
		$this->connection = $connection;
		$this->breaker    = $breaker;
	}

	/**
	 * Tells whether a call could be made now.
	 */
	public function is_available(): bool {
		return 'connected' === $this->connection->state() && ! $this->breaker->is_open();
	}

	/**
	 * Returns the id of this site at the service, or an empty string.
	 */
	public function site_id(): string {
		return $this->connection->get( 'site_id' );
	}

	/**
	 * Reads for a visitor or a user.
	 *
	 * @param string              $path    Path from the route table.
	 * @param array<string,string> $query  Query from the route table's names.
	 * @param array<string,mixed> $who     See Token::of_user().
	 * @param array<string,mixed> $options Optional: timeout in seconds, headers.
	 */
	public function get( string $path, array $query, array $who, array $options = array() ): Reply {
		return $this->send( 'GET', self::target( $path, $query ), '', $who, $options );
	}

	/**
	 * Sends data as JSON.
	 *
	 * @param string              $method POST or PUT.
	 * @param string              $path   Path of the service.
	 * @param array<string,mixed> $data   What to send.
	 * @param array<string,mixed> $who    See Token::of_user().
	 */
	public function send_json( string $method, string $path, array $data, array $who ): Reply {
		$options = array( 'headers' => array( 'Content-Type' => 'application/json' ) );
		return $this->send( $method, $path, (string) wp_json_encode( $data ), $who, $options );
	}

	/**
	 * Sends one signed request.
	 *
	 * @param string              $method  HTTP method, upper case.
	 * @param string              $target  Path with query.
	 * @param string              $body    Raw body.
	 * @param array<string,mixed> $who     See Token::of_user().
	 * @param array<string,mixed> $options Optional: timeout in seconds, headers, limit in bytes.
	 */
	public function send( string $method, string $target, string $body, array $who, array $options = array() ): Reply {
		if ( 'connected' !== $this->connection->state() || ! $this->breaker->enter() ) {
			return Reply::unsent();
		}
		$token   = new Token( $this->connection->get( 'site_id' ), $this->connection->get( 'key_id' ), $this->connection->secret() );
		$headers = array_merge(
			array(
				'Accept-Language' => str_replace( '_', '-', determine_locale() ),
				'Authorization'   => 'Bearer ' . $token->sign( $method, $target, $body, $who ),
			),
			$options['headers'] ?? array()
		);
		$start   = microtime( true );
		$reply   = self::call( $method, $this->connection->get( 'url' ) . $target, $body, $headers, $options );
		CallLog::note( $method, $target, $reply, microtime( true ) - $start );
		if ( 403 === $reply->status ) {
			$this->connection->note_refusal( $reply->code() );
		}
		if ( $reply->is_failure() ) {
			$this->breaker->failed();
		} else {
			$this->breaker->succeeded();
		}
		return $reply;
	}

	/**
	 * Exchanges a connect code; the only call without a token.
	 *
	 * @param string              $url  Address of the service.
	 * @param array<string,mixed> $data What the service needs to know of this site.
	 */
	public static function connect( string $url, array $data ): Reply {
		$headers = array( 'Content-Type' => 'application/json' );
		return self::call( 'POST', $url . '/api/wordpress/connect', (string) wp_json_encode( $data ), $headers, array() );
	}

	/**
	 * Joins path and query the way both sides sign it.
	 *
	 * @param string               $path  Path.
	 * @param array<string,string> $query Query.
	 */
	public static function target( string $path, array $query ): string {
		return array() === $query ? $path : $path . '?' . http_build_query( $query, '', '&', PHP_QUERY_RFC3986 );
	}

	/**
	 * Calls without redirects and with a limit on time and size.
	 *
	 * The address was typed in by an administrator and may well be on the same machine,
	 * so WordPress' check for unsafe addresses does not apply; nothing a visitor sends
	 * reaches the host or, unchecked, the path.
	 *
	 * @param string               $method  HTTP method.
	 * @param string               $url     Full address.
	 * @param string               $body    Raw body.
	 * @param array<string,string> $headers Headers.
	 * @param array<string,mixed>  $options Optional: timeout in seconds for everything, limit in bytes, file for the answer.
	 */
	private static function call( string $method, string $url, string $body, array $headers, array $options ): Reply {
		$timeout = (float) ( $options['timeout'] ?? self::TIMEOUT );
		$limit   = (int) ( $options['limit'] ?? self::MAX_ANSWER );
		// WordPress rounds curl's timeout up to a full second; a page has less to spend.
		$exact = static function ( $handle ) use ( $timeout ) {
			$most = (int) round( 1000 * $timeout );
			curl_setopt( $handle, CURLOPT_NOSIGNAL, true );
			curl_setopt( $handle, CURLOPT_CONNECTTIMEOUT_MS, min( 1000, $most ) );
			curl_setopt( $handle, CURLOPT_TIMEOUT_MS, $most );
		};
		add_action( 'http_api_curl', $exact, 99 );
		$file     = (string) ( $options['file'] ?? '' );
		$response = wp_remote_request(
			$url,
			array(
				'method'              => $method,
				'timeout'             => $timeout,
				'redirection'         => 0,
				'body'                => '' === $body ? null : $body,
				'headers'             => $headers,
				'cookies'             => array(),
				'user-agent'          => 'trading-robot-service/' . VERSION,
				'limit_response_size' => $limit,
				'stream'              => '' !== $file,
				'filename'            => '' === $file ? null : $file,
			)
		);
		remove_action( 'http_api_curl', $exact, 99 );
		$reply = Reply::from( $response );
		clearstatcache();
		$size  = '' === $file ? strlen( $reply->body ) : (int) filesize( $file );
		// What was cut off is no answer.
		return $size < $limit ? $reply : new Reply( 0, 'too large' );
	}
}
