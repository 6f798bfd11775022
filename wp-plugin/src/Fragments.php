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
 *
 * A fresh copy needs no question. One that is a little older is served at once, and one request
 * asks for a newer one: after its page has been sent where PHP can do that, else within the page's
 * budget. Anything older is asked for first.
 */
final class Fragments {

	// All calls of one page together; the page itself must stay under a second.
	const PAGE_BUDGET = 0.6;

	// Less than this is no time to ask anybody, and a late answer would count as a failure.
	const LEAST = 0.15;

	// Our largest fragment has a tenth of this. Cleaning an endless one would hold the page up.
	const MAX_FRAGMENT = 524288;

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
	 * Questions for after the page has been sent.
	 *
	 * @var callable[]
	 */
	private $later = array();

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
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	public function for_page( string $path, array $query ): array {
		/**
		 * Filters for how many seconds one page may wait for the service, all its parts together.
		 *
		 * @param float $seconds 0.6 unless changed; between 0.2 and 3.
		 */
		$budget = (float) apply_filters( 'trading_robot_service_timeout', self::PAGE_BUDGET );
		$left   = min( ApiClient::TIMEOUT, max( 0.2, $budget ) ) - $this->spent;
		$start  = microtime( true );
		$answer = $this->answer( $path, $query, $left, ! self::is_filtered() );
		$this->spent += microtime( true ) - $start;
		return self::changed( $answer, $path, $query );
	}

	/**
	 * Answers for the REST proxy.
	 *
	 * @param string               $path  Path of a public fragment.
	 * @param array<string,string> $query Clean query.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	public function for_proxy( string $path, array $query ): array {
		$is_own = array() === $query && 0 !== strpos( $path, '/embed/robot/' );
		return self::changed( $this->answer( $path, $query, ApiClient::TIMEOUT, $is_own ), $path, $query );
	}

	/**
	 * Asks what was left for after the page; the visitor has it by now.
	 */
	public function ask_later(): void {
		if ( array() !== $this->later && ! self::finish() ) {
			return;
		}
		foreach ( $this->later as $ask ) {
			$ask();
		}
		$this->later = array();
	}

	/**
	 * Answers from a fresh copy, the service or the last known copy; status 0 means nothing is known, 404 that there is no such thing.
	 *
	 * @param string               $path    Path of a public fragment.
	 * @param array<string,string> $query   Clean query.
	 * @param float                $seconds Seconds to wait at most.
	 * @param bool                 $is_own  Whether an author wrote the question, as against a visitor.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	private function answer( string $path, array $query, float $seconds, bool $is_own ): array {
		$key   = Cache::key( $this->client->site_id(), $path, $query );
		$place = $key;
		$copy  = $this->cache->find( $place, $key );
		if ( null === $copy && ! $is_own ) {
			$place = Cache::shared( $key );
			$copy  = $this->cache->find( $place, $key );
		}
		if ( null !== $copy && Cache::is_fresh( $copy ) ) {
			return self::known( $copy, false );
		}
		if ( ! $this->client->is_available() ) {
			return self::known( $copy, true );
		}
		$usable = null !== $copy && Cache::is_usable( $copy );
		$waits  = ! ( $usable && self::can_finish() );
		if ( ( $waits && $seconds < self::LEAST ) || ! $this->cache->lock( $place ) ) {
			return self::known( $copy, $this->cache->has_failed( $place ) );
		}
		// Between our look at the copy and our turn to ask somebody else may have asked.
		$copy = $this->cache->find_now( $place, $key ) ?? $copy;
		if ( null !== $copy && Cache::is_fresh( $copy ) ) {
			$this->cache->unlock( $place );
			return self::known( $copy, false );
		}
		$ask = function ( float $seconds ) use ( $path, $query, $copy, $key, $place ): array {
			return $this->ask( $path, $query, $seconds, $copy, array( $key, $place ) );
		};
		if ( ! $waits ) {
			$this->put_off( $ask );
			return self::known( $copy, false );
		}
		return $ask( $seconds );
	}

	/**
	 * Asks the service as a visitor, and keeps what comes.
	 *
	 * @param string                                    $path    Path of a public fragment.
	 * @param array<string,string>                      $query   Clean query.
	 * @param float                                     $seconds Seconds to wait at most.
	 * @param array{html:string,etag:string,at:int}|null $copy   The last known copy.
	 * @param array{0:string,1:string}                  $names   Key and place of the copy.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	private function ask( string $path, array $query, float $seconds, ?array $copy, array $names ): array {
		list( $key, $place ) = $names;
		$options             = array(
			'timeout' => $seconds,
			'limit'   => self::MAX_FRAGMENT,
		);
		if ( null !== $copy && '' !== $copy['etag'] ) {
			$options['headers'] = array( 'If-None-Match' => $copy['etag'] );
		}
		$reply = $this->client->get( $path, $query, Token::of_visitor(), $options );
		if ( 404 === $reply->status && '' !== $reply->header( 'x-trp-code' ) ) {
			// An answer and no failure: there is no such robot. It is not kept, because anybody can make up names.
			$this->cache->unlock( $place );
			return array( 'status' => 404, 'html' => Html::clean( $reply->body ) ) + self::known( null, false );
		}
		if ( $reply->is_unsent() ) {
			$this->cache->unlock( $place );
			return self::known( $copy, true );
		}
		if ( 304 === $reply->status && null !== $copy ) {
			$next = array( 'html' => $copy['html'], 'etag' => $copy['etag'] );
		} elseif ( 200 === $reply->status && $reply->is_fragment() ) {
			$next = array( 'html' => Html::clean( $reply->body ), 'etag' => $reply->header( 'etag' ) );
		} else {
			// A page has little time. Where it got nothing to show, its part asks again soon, with all the time of a call.
			$is_early = 0 === $reply->status && null === $copy && $seconds < ApiClient::TIMEOUT;
			$this->cache->failed( $place, $is_early ? Cache::SOON : Cache::NEGATIVE );
			return self::known( $copy, true );
		}
		$copy = $this->cache->keep( $place, array( 'key' => $key ) + $next );
		$this->cache->unlock( $place );
		return self::known( $copy, false );
	}

	/**
	 * Keeps a question for after the page.
	 *
	 * @param callable $ask Takes the seconds that it may wait.
	 */
	private function put_off( callable $ask ): void {
		if ( array() === $this->later ) {
			add_action( 'shutdown', array( $this, 'ask_later' ), 1000 );
		}
		$this->later[] = static function () use ( $ask ) {
			$ask( ApiClient::TIMEOUT );
		};
	}

	/**
	 * Tells whether PHP can send the page and go on working.
	 */
	private static function can_finish(): bool {
		return function_exists( 'fastcgi_finish_request' ) || function_exists( 'litespeed_finish_request' );
	}

	/**
	 * Sends the page and goes on working.
	 */
	private static function finish(): bool {
		return function_exists( 'fastcgi_finish_request' ) ? fastcgi_finish_request() : (bool) litespeed_finish_request();
	}

	/**
	 * Tells whether the page's own address asks for a filter.
	 */
	private static function is_filtered(): bool {
		foreach ( array_keys( $_GET ) as $name ) { // phpcs:ignore WordPress.Security.NonceVerification -- only which names there are.
			if ( 0 === strpos( (string) $name, 'trp_' ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Lets the site have a last word on a fragment.
	 *
	 * @param array<string,mixed>  $answer An answer.
	 * @param string               $path   Path of the fragment.
	 * @param array<string,string> $query  Clean query.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	private static function changed( array $answer, string $path, array $query ): array {
		if ( 200 === $answer['status'] && has_filter( 'trading_robot_service_fragment_html' ) ) {
			/**
			 * Filters a public fragment before it is printed; what is returned is printed as it is.
			 *
			 * @param string               $html  Clean fragment.
			 * @param string               $path  Its path, such as /embed/performance.
			 * @param array<string,string> $query Its filters.
			 */
			$answer['html'] = (string) apply_filters( 'trading_robot_service_fragment_html', $answer['html'], $path, $query );
			// The service's tag names what it sent, not what this made of it.
			$answer['etag'] = '';
		}
		return $answer;
	}

	/**
	 * Describes a copy as an answer.
	 *
	 * @param array{html:string,etag:string,at:int}|null $copy A copy, or null.
	 * @param bool                                       $lost Whether the service is known not to answer.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	private static function known( ?array $copy, bool $lost ): array {
		return array(
			'status' => null === $copy ? 0 : 200,
			'html'   => null === $copy ? '' : $copy['html'],
			'etag'   => null === $copy ? '' : $copy['etag'],
			'at'     => null === $copy ? 0 : $copy['at'],
			// Worth saying: it failed, or the copy is older than what is served in silence.
			'stale'  => $lost || ( null !== $copy && ! Cache::is_usable( $copy ) ),
			'lost'   => $lost,
		);
	}
}
