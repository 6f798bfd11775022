<?php
/**
 * Public fragments, with the last known copy when the service does not answer.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Answers at once from a copy, else asks within a budget of time.
 */
final class Fragments {

	// All calls of one page together; the page itself must stay under a second.
	const PAGE_BUDGET = 0.6;

	// Free text makes endless many questions; their copies do not stay for a day.
	const KEEP_FREE_TEXT = 300;

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Keeps the copies.
	 *
	 * @var Cache
	 */
	private $cache;

	/**
	 * Seconds that this page has waited for the service.
	 *
	 * @var float
	 */
	private $spent = 0.0;

	/**
	 * Keeps its parts.
	 *
	 * @param ApiClient $client Calls the service.
	 * @param Cache     $cache  Keeps the copies.
	 */
	public function __construct( ApiClient $client, Cache $cache ) {
		$this->client = $client;
		$this->cache  = $cache;
	}

	/**
	 * Answers for a page that is being printed: never waits longer than the page's budget.
	 *
	 * @param string               $path  Path of a public fragment.
	 * @param array<string,string> $query Clean query.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool}
	 */
	public function for_page( string $path, array $query ): array {
		$left   = self::PAGE_BUDGET - $this->spent;
		$start  = microtime( true );
		$answer = $this->answer( $path, $query, $left );
		$this->spent += microtime( true ) - $start;
		return $answer;
	}

	/**
	 * Answers for the REST proxy.
	 *
	 * @param string               $path  Path of a public fragment.
	 * @param array<string,string> $query Clean query.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool}
	 */
	public function for_proxy( string $path, array $query ): array {
		return $this->answer( $path, $query, ApiClient::TIMEOUT );
	}

	/**
	 * Answers from a fresh copy, the service or the last known copy; status 0 means nothing is known, 404 that there is no such thing.
	 *
	 * @param string               $path    Path of a public fragment.
	 * @param array<string,string> $query   Clean query.
	 * @param float                $seconds Seconds to wait at most.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool}
	 */
	private function answer( string $path, array $query, float $seconds ): array {
		$key  = Cache::key( $this->client->site_id(), $path, $query );
		$copy = $this->cache->find( $key );
		if ( null !== $copy && Cache::is_fresh( $copy ) ) {
			return self::known( $copy, false );
		}
		if ( $seconds < 0.05 || ! $this->client->is_available() || $this->cache->has_failed( $key ) || ! $this->cache->lock( $key ) ) {
			return self::known( $copy, true );
		}
		$reply = $this->ask( $path, $query, $seconds, $copy );
		if ( 304 === $reply->status && null !== $copy ) {
			$copy = $this->cache->keep( $key, $copy['html'], $copy['etag'], self::keep_for( $query ) );
			$done = self::known( $copy, false );
		} elseif ( 200 === $reply->status ) {
			$copy = $this->cache->keep( $key, Html::clean( $reply->body ), $reply->header( 'etag' ), self::keep_for( $query ) );
			$done = self::known( $copy, false );
		} elseif ( 404 === $reply->status && '' !== $reply->header( 'x-trp-code' ) ) {
			// An answer and no failure: there is no such robot. It is not kept, because anybody can make up names.
			$done = array( 'status' => 404, 'html' => Html::clean( $reply->body ) ) + self::known( null, false );
		} else {
			$this->cache->failed( $key );
			$done = self::known( $copy, true );
		}
		$this->cache->unlock( $key );
		return $done;
	}

	/**
	 * Asks the service as a visitor.
	 *
	 * @param string                                    $path    Path of a public fragment.
	 * @param array<string,string>                      $query   Clean query.
	 * @param float                                     $seconds Seconds to wait at most.
	 * @param array{html:string,etag:string,at:int}|null $copy    The last known copy.
	 */
	private function ask( string $path, array $query, float $seconds, ?array $copy ): Reply {
		$options = array( 'timeout' => $seconds );
		if ( null !== $copy && '' !== $copy['etag'] ) {
			$options['headers'] = array( 'If-None-Match' => $copy['etag'] );
		}
		return $this->client->get( $path, $query, Token::of_visitor(), $options );
	}

	/**
	 * Describes a copy as an answer.
	 *
	 * @param array{html:string,etag:string,at:int}|null $copy  A copy, or null.
	 * @param bool                                       $stale Whether it may be out of date.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool}
	 */
	private static function known( ?array $copy, bool $stale ): array {
		return array(
			'status' => null === $copy ? 0 : 200,
			'html'   => null === $copy ? '' : $copy['html'],
			'etag'   => null === $copy ? '' : $copy['etag'],
			'at'     => null === $copy ? 0 : $copy['at'],
			'stale'  => $stale,
		);
	}

	/**
	 * Tells how long the copy of a question stays.
	 *
	 * @param array<string,string> $query Clean query.
	 */
	private static function keep_for( array $query ): int {
		return isset( $query['strategy'] ) || isset( $query['plan'] ) ? self::KEEP_FREE_TEXT : DAY_IN_SECONDS;
	}
}
