<?php
/**
 * What the service answers to an administrator.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\ApiClient;
use TradingRobotService\Connection;
use TradingRobotService\Reply;
use TradingRobotService\Token;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the routes under /api/admin as the current user and names the outcome.
 */
final class Service {

	const ROOT = '/api/admin';

	// A screen of wp-admin may wait a little longer than a page of a visitor.
	const TIMEOUT = 5.0;

	// A file of 20,000 rows takes longer, and is larger than any page.
	const FILE_TIMEOUT = 20.0;

	const FILE_LIMIT = 8388608;

	// What the service says when the payment provider is not set up, held, away or refuses.
	const TILL = array( 'no_till', 'till_held', 'till_away', 'till_refused', 'till_busy' );

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Address, ids and secret.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Keeps its parts.
	 *
	 * @param ApiClient  $client     Calls the service.
	 * @param Connection $connection Address, ids and secret.
	 */
	public function __construct( ApiClient $client, Connection $connection ) {
		$this->client     = $client;
		$this->connection = $connection;
	}

	/**
	 * Returns none, unreadable, moved or connected.
	 */
	public function state(): string {
		return $this->connection->state();
	}

	/**
	 * Returns what support needs to know of the connection; never the secret.
	 *
	 * @return array<string,string>
	 */
	public function about(): array {
		return array(
			'url'             => $this->connection->get( 'url' ),
			'site_id'         => $this->connection->get( 'site_id' ),
			'service_version' => $this->connection->get( 'service_version' ),
		);
	}

	/**
	 * Reads.
	 *
	 * @param string               $path  Path after /api/admin.
	 * @param array<string,string> $query Query.
	 * @return array{state:string,status:int,data:array<string,mixed>,text:string,reference:string}
	 */
	public function get( string $path, array $query = array() ): array {
		return $this->ask( 'GET', ApiClient::target( self::ROOT . $path, array_filter( $query, 'strlen' ) ), '', array() );
	}

	/**
	 * Reads a table into a file.
	 *
	 * @param string               $path  Path after /api/admin.
	 * @param array<string,string> $query Query.
	 * @param string               $file  Path of an empty file.
	 * @return array{state:string,status:int,data:array<string,mixed>,text:string,reference:string}
	 */
	public function fetch( string $path, array $query, string $file ): array {
		$options = array(
			'timeout' => self::FILE_TIMEOUT,
			'limit'   => self::FILE_LIMIT,
			'file'    => $file,
		);
		$target  = ApiClient::target( self::ROOT . $path, array_filter( $query, 'strlen' ) );
		return self::read( $this->client->send( 'GET', $target, '', Token::of_user( wp_get_current_user() ), $options ) );
	}

	/**
	 * Reads a fragment of the member whose dashboard the current user has a view of.
	 *
	 * @param int                  $view  Number of the view, as the service says it.
	 * @param string               $path  Path from the route table.
	 * @param array<string,string> $query Clean query.
	 */
	public function view( int $view, string $path, array $query ): Reply {
		$who = array( 'view_as' => $view ) + Token::of_user( wp_get_current_user() );
		return $this->client->get( $path, $query, $who, array( 'timeout' => self::TIMEOUT ) );
	}

	/**
	 * Changes something.
	 *
	 * @param string                    $method  POST or PUT.
	 * @param string                    $path    Path after /api/admin.
	 * @param array<string,mixed>|null  $data    What to send as JSON, null for nothing.
	 * @param array<string,string>      $headers Further headers.
	 * @return array{state:string,status:int,data:array<string,mixed>,text:string,reference:string}
	 */
	public function send( string $method, string $path, ?array $data = null, array $headers = array() ): array {
		$body = null === $data ? '' : (string) wp_json_encode( (object) $data );
		if ( '' !== $body ) {
			$headers['Content-Type'] = 'application/json';
		}
		return $this->ask( $method, self::ROOT . $path, $body, $headers );
	}

	/**
	 * Asks and names the outcome: ok, away, absent, conflict, invalid or refused.
	 *
	 * @param string               $method  HTTP method.
	 * @param string               $target  Path with query.
	 * @param string               $body    Raw body.
	 * @param array<string,string> $headers Headers.
	 * @return array{state:string,status:int,data:array<string,mixed>,text:string,reference:string}
	 */
	private function ask( string $method, string $target, string $body, array $headers ): array {
		$options = array(
			'timeout' => self::TIMEOUT,
			'headers' => $headers,
		);
		return self::read( $this->client->send( $method, $target, $body, Token::of_user( wp_get_current_user() ), $options ) );
	}

	/**
	 * Returns an answer with the name of its outcome.
	 *
	 * @param Reply $reply The answer.
	 * @return array{state:string,status:int,data:array<string,mixed>,text:string,reference:string}
	 */
	private static function read( Reply $reply ): array {
		$data = $reply->data();
		return array(
			// Where nothing can be paid the service is there and says why: waiting does not help.
			'state'     => in_array( $data['code'] ?? '', self::TILL, true ) ? 'refused' : self::outcome( $reply ),
			'status'    => $reply->status,
			'data'      => $data,
			'text'      => is_string( $data['detail'] ?? null ) ? $data['detail'] : '',
			'reference' => substr( $reply->header( 'x-request-id' ), 0, 12 ),
		);
	}

	/**
	 * Names what came back.
	 *
	 * @param Reply $reply The answer.
	 */
	private static function outcome( Reply $reply ): string {
		$names = array(
			404 => 'absent',
			409 => 'conflict',
			422 => 'invalid',
		);
		if ( $reply->status >= 200 && $reply->status < 300 ) {
			return 'ok';
		}
		return $reply->is_failure() ? 'away' : ( $names[ $reply->status ] ?? 'refused' );
	}
}
