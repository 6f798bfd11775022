<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Cache;
use TradingRobotService\Html;
use TradingRobotService\Plugin;
use TradingRobotService\Row;

/** What the cache promises of one request; many at once are tests/contract/test_cache_crowd.py. */
final class CacheTest extends ServiceCase {

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function () {
			return array( 200, '<p>one</p>', array( 'etag' => '"a"' ) );
		};
	}

	protected function tearDown(): void {
		foreach ( array( 'public_ttl', 'stale_ttl', 'timeout', 'allowed_html', 'fragment_html' ) as $name ) {
			remove_all_filters( 'trading_robot_service_' . $name );
		}
		parent::tearDown();
	}

	private function rows(): int {
		global $wpdb;
		return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service_%'" );
	}

	public function test_a_row_is_won_by_one(): void {
		$row = new Row( 'trading_robot_service_try' );
		$this->assertNull( $row->read() );
		$this->assertTrue( $row->insert( 'a' ) );
		$this->assertFalse( $row->insert( 'b' ) );
		$this->assertFalse( $row->swap( 'b', 'c' ) );
		$this->assertTrue( $row->swap( 'a', 'c' ) );
		$this->assertFalse( $row->remove( 'a' ) );
		$this->assertSame( 'c', $row->read() );
		$this->assertTrue( $row->remove( 'c' ) );
		$this->assertNull( $row->read() );
	}

	public function test_visitors_cannot_fill_the_database(): void {
		$before = $this->rows();
		for ( $i = 0; $i < 2000; $i++ ) {
			$this->fragments()->for_proxy( '/embed/performance', array( 'strategy' => 'x' . $i ) );
		}
		$this->assertCount( 2000, $this->requests );
		$this->assertLessThanOrEqual( 2 * Cache::PLACES, $this->rows() - $before );
		$_GET = array( 'trp_strategy' => 'y' );
		for ( $i = 0; $i < 100; $i++ ) {
			$this->fragments()->for_page( '/embed/performance', array( 'strategy' => 'y' . $i ) );
		}
		$this->assertLessThanOrEqual( 2 * Cache::PLACES, $this->rows() - $before );
		// Refusals that are no failures of the whole service fill nothing either.
		$this->service = static function () {
			return array( 429, 'slow down' );
		};
		for ( $i = 0; $i < 100; $i++ ) {
			$this->fragments()->for_proxy( '/embed/marketplace', array( 'strategy' => 'z' . $i ) );
		}
		$this->assertLessThanOrEqual( 3 * Cache::PLACES, $this->rows() - $before );
	}

	public function test_a_shared_place_never_shows_the_copy_of_another_question(): void {
		$asked = array();
		for ( $i = 0; $i < 5000; $i++ ) {
			$query = array( 'strategy' => 'x' . $i );
			$place = Cache::shared( Cache::key( 'site-1', '/embed/performance', $query ) );
			if ( isset( $asked[ $place ] ) ) {
				break;
			}
			$asked[ $place ] = $query;
		}
		$this->service = static function ( $method, $target, $request ) {
			return array( 200, '<p>' . $request['target'] . '</p>' );
		};
		foreach ( array( $asked[ $place ], $query ) as $one ) {
			$answer = $this->fragments()->for_proxy( '/embed/performance', $one );
			$this->assertSame( '<p>/embed/performance?strategy=' . $one['strategy'] . '</p>', $answer['html'] );
		}
		$this->assertCount( 2, $this->requests );
	}

	public function test_what_an_author_wrote_is_shared_with_the_proxy(): void {
		$query = array( 'rows' => '5' );
		$this->fragments()->for_page( '/embed/leaderboard-table', $query );
		$this->fragments()->for_proxy( '/embed/leaderboard-table', $query );
		$this->assertCount( 1, $this->requests );
	}

	public function test_a_refresh_writes_little(): void {
		global $wpdb;
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->age( 31 );
		$writes = 0;
		$count  = static function ( $query ) use ( &$writes ) {
			$writes += preg_match( '/^\s*(INSERT|UPDATE|DELETE|REPLACE)/i', $query );
			return $query;
		};
		add_filter( 'query', $count );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->fragments()->for_page( '/embed/pricing', array() );
		remove_filter( 'query', $count );
		$this->assertCount( 2, $this->requests );
		// The right to ask, twice; the copy and until when it is kept.
		$this->assertSame( 4, $writes );
	}

	public function test_a_copy_is_served_in_silence_for_five_minutes_and_then_with_its_time(): void {
		$this->fragments()->for_page( '/embed/pricing', array() );
		$key   = Cache::key( 'site-1', '/embed/pricing', array() );
		$other = new Cache();
		$this->assertTrue( $other->lock( $key ) );
		$this->age( 100 );
		$this->assertTrue( $other->lock( $key ) );
		$answer = $this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( array( '<p>one</p>', false, false ), array( $answer['html'], $answer['stale'], $answer['lost'] ) );
		$this->age( 300 );
		$this->assertTrue( $other->lock( $key ) );
		$answer = $this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( array( '<p>one</p>', true, false ), array( $answer['html'], $answer['stale'], $answer['lost'] ) );
		$this->assertCount( 1, $this->requests );
	}

	/** @dataProvider rubbish */
	public function test_what_is_no_fragment_never_replaces_a_copy( array $answer ): void {
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->age( 31 );
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$got = $this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( array( 200, '<p>one</p>', true, true ), array( $got['status'], $got['html'], $got['stale'], $got['lost'] ) );
		$this->assertStringContainsString( 'No connection to the service', do_shortcode( '[trading_robot_pricing]' ) );
	}

	public function rubbish(): array {
		return array(
			'another content type' => array( array( 200, '{"a":1}', array( 'content-type' => 'application/json' ) ) ),
			'a page of a proxy'    => array( array( 200, '<p>Maintenance</p>', array( 'x-trp-service' => '' ) ) ),
			'bytes'                => array( array( 200, "\xff\xfe\x00\x80" ) ),
			'endless'              => array( array( 200, str_repeat( '<p>x</p>', 70000 ) ) ),
			'elsewhere'            => array( array( 302, '', array( 'location' => 'https://evil.example/' ) ) ),
			'unasked 304'          => array( array( 500, '' ) ),
		);
	}

	public function test_one_tries_after_a_pause_and_the_others_wait(): void {
		$this->service = static function () {
			return array( 500, 'boom' );
		};
		foreach ( array( 'day', 'week', 'month' ) as $period ) {
			$this->fragments()->for_page( '/embed/performance', array( 'period' => $period ) );
		}
		$first = new Breaker();
		$this->assertTrue( $first->is_open() );
		$this->assertFalse( $first->enter() );
		$this->age( 31 );
		$second = new Breaker();
		$this->assertTrue( $first->enter() );
		$this->assertFalse( $second->enter() );
		$first->failed();
		$this->age( 29 );
		$this->assertFalse( $second->enter() );
		$this->age( 2 );
		$this->assertTrue( $second->enter() );
		$second->succeeded();
		$this->assertFalse( $first->is_open() );
		$this->assertNull( ( new Row( Breaker::KEY ) )->read() );
		// Not in a row: hours lie between them.
		foreach ( array( 1, 2, 3 ) as $failure ) {
			$first->failed();
			$this->age( 601 );
		}
		$this->assertTrue( $first->enter() );
	}

	public function test_whoever_tried_in_vain_to_ask_does_not_count_as_a_failure(): void {
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->age( 31 );
		// Open, and its pause is over: the trial is taken between our look and our call.
		( new Row( Breaker::KEY ) )->insert( sprintf( '3 %.3F %.3F x', microtime( true ) - 1, microtime( true ) - 31 ) );
		$steal = static function ( $query ) {
			if ( false !== strpos( $query, 'INSERT IGNORE' ) ) {
				( new Breaker() )->enter();
			}
			return $query;
		};
		add_filter( 'query', $steal );
		$answer = $this->fragments()->for_page( '/embed/pricing', array() );
		remove_filter( 'query', $steal );
		$this->assertSame( array( '<p>one</p>', true ), array( $answer['html'], $answer['lost'] ) );
		$this->assertCount( 1, $this->requests );
		$this->assertTrue( ( new Cache() )->lock( Cache::key( 'site-1', '/embed/pricing', array() ) ) );
	}

	public function test_clearing_forgets_every_copy(): void {
		$before = $this->rows();
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->fragments()->for_proxy( '/embed/performance', array( 'period' => 'day' ) );
		$this->assertSame( 2, Cache::clear() );
		$this->assertLessThanOrEqual( $before + 1, $this->rows() );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertCount( 3, $this->requests );
	}

	public function test_a_site_decides_how_long_a_copy_serves(): void {
		add_filter( 'trading_robot_service_public_ttl', static function () {
			return 120;
		} );
		add_filter( 'trading_robot_service_stale_ttl', static function () {
			return 10;
		} );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->age( 119 );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertCount( 1, $this->requests );
		$this->assertTrue( Cache::is_usable( array( 'at' => time() - 129 ) ) );
		$this->assertFalse( Cache::is_usable( array( 'at' => time() - 131 ) ) );
	}

	public function test_a_site_decides_how_long_a_page_waits(): void {
		add_filter( 'trading_robot_service_timeout', static function () {
			return 0.3;
		} );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertEqualsWithDelta( 0.3, $this->requests[0]['timeout'], 0.05 );
		add_filter( 'trading_robot_service_timeout', static function () {
			return 60;
		}, 20 );
		$this->fragments()->for_page( '/embed/marketplace', array() );
		$this->assertLessThanOrEqual( ApiClient::TIMEOUT, $this->requests[1]['timeout'] );
	}

	public function test_a_site_may_allow_more_html_but_nothing_that_runs(): void {
		// Made once in a request; this is another one.
		$made = new ReflectionProperty( Html::class, 'allowed' );
		$made->setAccessible( true );
		$made->setValue( null, null );
		add_filter( 'trading_robot_service_allowed_html', static function ( $allowed ) {
			$allowed['video']  = array( 'src' => true, 'onplay' => true, 'style' => true );
			$allowed['script'] = array( 'src' => true );
			$allowed['p']['hx-on:click'] = true;
			return $allowed;
		} );
		$html = Html::clean( '<video src="https://site.example/a.mp4" onplay="x()" style="a:b"></video><script src="x"></script><p hx-on:click="x()">y</p>' );
		$made->setValue( null, null );
		$this->assertSame( '<video src="https://site.example/a.mp4"></video><p>y</p>', $html );
	}

	public function test_a_site_may_change_a_public_fragment(): void {
		add_filter( 'trading_robot_service_fragment_html', static function ( $html, $path, $query ) {
			return $html . '<p>' . $path . implode( $query ) . '</p>';
		}, 10, 3 );
		$this->assertStringContainsString( '<p>one</p><p>/embed/performanceday</p>', do_shortcode( '[trading_robot_performance period="day"]' ) );
		$this->assertSame( '<p>one</p><p>/embed/performanceday</p>', $this->rest( 'GET', 'performance', array( 'period' => 'day' ) )->get_data() );
		$this->assertCount( 1, $this->requests );
	}
}
