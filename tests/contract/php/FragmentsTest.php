<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Cache;
use TradingRobotService\Html;

/** Copies, failures and what a fragment may contain. */
final class FragmentsTest extends ServiceCase {

	public function test_it_asks_once_in_thirty_seconds(): void {
		$this->connect();
		$this->service = static function () {
			return array( 200, '<p>one</p>', array( 'etag' => '"a"' ) );
		};
		$this->assertSame( '<p>one</p>', $this->fragments()->for_page( '/embed/pricing', array() )['html'] );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertCount( 1, $this->requests );
		$this->age( 31 );
		$this->service = static function () {
			return array( 304, '' );
		};
		$answer = $this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( '"a"', $this->requests[1]['headers']['If-None-Match'] );
		$this->assertSame( array( '<p>one</p>', false ), array( $answer['html'], $answer['stale'] ) );
		$this->assertLessThan( 3, time() - $answer['at'] );
	}

	public function test_it_shows_the_last_copy_with_its_time_when_the_service_is_down(): void {
		$this->connect();
		$this->service = static function () {
			return array( 200, '<p>known</p>' );
		};
		do_shortcode( '[trading_robot_pricing]' );
		$this->age( 40 );
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$html = do_shortcode( '[trading_robot_pricing]' );
		$this->assertStringContainsString( '<p>known</p>', $html );
		$this->assertStringContainsString( 'Last known values, ' . TradingRobotService\Frontend\Templates::time_of( time() - 40 ), $html );
		// The failure is remembered: nobody waits for it again.
		do_shortcode( '[trading_robot_pricing]' );
		$this->assertCount( 2, $this->requests );
		$this->assertStringContainsString( 'loads by itself', do_shortcode( '[trading_robot_marketplace]' ) );
	}

	public function test_an_unknown_robot_is_an_answer_and_no_failure(): void {
		$this->connect();
		$this->service = static function () {
			return array( 404, '<div class="trp-alert">There is no such robot.</div>', array( 'x-trp-code' => 'not_found' ) );
		};
		$html = do_shortcode( '[trading_robot_marketplace robot="none_such"]' );
		$this->assertStringContainsString( 'There is no such robot.', $html );
		$this->assertStringNotContainsString( 'does not answer', $html );
		$this->assertStringNotContainsString( 'every 15s', $html );
		$this->assertSame( 404, $this->fragments()->for_proxy( '/embed/robot/none_such', array() )['status'] );
		$this->assertCount( 2, $this->requests );
		// A 404 of something else at that address is not the service's word.
		$this->service = static function () {
			return array( 404, '<p>nginx</p>' );
		};
		$this->assertSame( 0, $this->fragments()->for_proxy( '/embed/robot/other', array() )['status'] );
	}

	public function test_a_site_that_is_not_connected_says_so_and_does_not_poll(): void {
		$html = do_shortcode( '[trading_robot_pricing]' );
		$this->assertStringContainsString( 'not connected to a trading service', $html );
		$this->assertStringNotContainsString( 'hx-get', $html );
	}

	public function test_it_stops_calling_after_three_failures(): void {
		$this->connect();
		$this->service = static function () {
			return array( 500, 'boom' );
		};
		foreach ( array( 'day', 'week', 'month', 'all' ) as $period ) {
			$this->fragments()->for_page( '/embed/performance', array( 'period' => $period ) );
		}
		$this->assertCount( 3, $this->requests );
		$this->age( 31 );
		$this->fragments()->for_page( '/embed/performance', array( 'period' => 'all' ) );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertCount( 4, $this->requests );
	}

	public function test_a_page_waits_for_all_its_fragments_together_no_longer_than_its_budget(): void {
		$this->connect();
		$this->service = static function () {
			usleep( 250000 );
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$fragments = $this->fragments();
		foreach ( array( 'pricing', 'performance', 'marketplace', 'robot-cards', 'leaderboard-table' ) as $name ) {
			$fragments->for_page( '/embed/' . $name, array() );
		}
		$this->assertLessThanOrEqual( 0.6, $this->requests[0]['timeout'] );
		$this->assertLessThan( 0.4, $this->requests[1]['timeout'] );
		$this->assertLessThanOrEqual( 3, count( $this->requests ) );
	}

	public function test_a_silent_service_costs_a_page_less_than_a_second(): void {
		$this->connect();
		remove_filter( 'pre_http_request', array( $this, 'answer' ), 10 );
		$silent = stream_socket_server( 'tcp://127.0.0.1:0' );
		$values = get_option( 'trading_robot_service_connection' );
		$values['url'] = 'http://' . stream_socket_get_name( $silent, false );
		update_option( 'trading_robot_service_connection', $values );
		$start  = microtime( true );
		$answer = $this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( 0, $answer['status'] );
		$this->assertLessThan( 0.9, microtime( true ) - $start );
		$this->assertGreaterThan( 0.4, microtime( true ) - $start );
		fclose( $silent );
	}

	public function test_what_was_too_late_for_a_page_comes_by_itself_two_seconds_later(): void {
		$this->connect();
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->assertStringContainsString( 'load delay:2s', do_shortcode( '[trading_robot_marketplace robot="slow_crossing"]' ) );
		// Reloading at once does not wait for it again.
		do_shortcode( '[trading_robot_marketplace robot="slow_crossing"]' );
		$this->assertCount( 1, $this->requests );
		$this->age( 2 );
		$this->service = static function () {
			return array( 200, '<p>here</p>' );
		};
		$this->assertSame( '<p>here</p>', $this->fragments()->for_proxy( '/embed/robot/slow_crossing', array() )['html'] );
		$this->assertGreaterThan( $this->requests[0]['timeout'], $this->requests[1]['timeout'] );
	}

	public function test_a_call_that_had_all_its_time_is_not_repeated_for_thirty_seconds(): void {
		$this->connect();
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->fragments()->for_proxy( '/embed/pricing', array() );
		$this->age( 29 );
		$this->fragments()->for_proxy( '/embed/pricing', array() );
		$this->assertCount( 1, $this->requests );
		$this->age( 2 );
		$this->fragments()->for_proxy( '/embed/pricing', array() );
		$this->assertCount( 2, $this->requests );
	}

	public function test_only_one_request_of_a_crowd_asks(): void {
		$this->connect();
		$cache = new Cache();
		$key   = Cache::key( 'site-1', '/embed/pricing', array() );
		$this->assertTrue( $cache->lock( $key ) );
		$this->assertFalse( $cache->lock( $key ) );
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( array(), $this->requests );
		$cache->unlock( $key );
		$this->assertTrue( $cache->lock( $key ) );
		// One that died with the right does not keep it.
		$this->assertFalse( ( new Cache() )->lock( $key ) );
		$this->age( Cache::LOCK + 1 );
		$other = new Cache();
		$this->assertTrue( $other->lock( $key ) );
		// And when it wakes up it takes nothing from the next one.
		$cache->unlock( $key );
		$cache->failed( $key );
		$this->assertFalse( ( new Cache() )->lock( $key ) );
		$this->assertFalse( $other->has_failed( $key ) );
	}

	public function test_it_keeps_copies_apart_by_site_route_language_and_filter(): void {
		$keys = array(
			Cache::key( 'a', '/embed/pricing', array() ),
			Cache::key( 'b', '/embed/pricing', array() ),
			Cache::key( 'a', '/embed/performance', array() ),
			Cache::key( 'a', '/embed/performance', array( 'period' => 'day' ) ),
		);
		add_filter( 'locale', array( $this, 'german' ) );
		$keys[] = Cache::key( 'a', '/embed/pricing', array() );
		remove_filter( 'locale', array( $this, 'german' ) );
		$this->assertSame( $keys, array_unique( $keys ) );
	}

	public function german(): string {
		return 'de_DE';
	}

	/** @dataProvider attacks */
	public function test_it_removes_what_could_run( string $html, string $never ): void {
		$this->assertStringNotContainsStringIgnoringCase( $never, Html::clean( $html ) );
	}

	public function attacks(): array {
		return array(
			array( '<div><script>steal()</script>x</div>', 'steal' ),
			array( '<div><ScRiPt src="//evil.example/x.js"></sCrIpT>x</div>', 'evil' ),
			array( '<div><script>steal()', 'steal' ),
			array( '<div onclick="steal()">x</div>', 'steal' ),
			array( '<svg/onload=steal()>', 'steal' ),
			array( '<div hx-on:click="steal()">x</div>', 'steal' ),
			array( '<div hx-on--after-request="steal()">x</div>', 'steal' ),
			array( '<div data-hx-on-click="steal()" data-hx-get="/x">x</div>', 'data-hx' ),
			array( '<div hx-vals="js:{a:steal()}">x</div>', 'steal' ),
			array( '<div hx-trigger="click[steal()]">x</div>', 'steal' ),
			array( '<div hx-trigger="click&#91;steal()&#93;">x</div>', 'steal' ),
			array( '<div hx-get="https://evil.example/">x</div>', 'evil' ),
			array( '<div hx-get="//evil.example/">x</div>', 'evil' ),
			array( '<div hx-get="/wp-json/wp/v2/users/me">x</div>', 'users' ),
			array( '<div hx-headers=\'{"a":"b"}\' hx-ext="x">x</div>', 'hx-' ),
			array( '<a href="javascript:steal()">x</a>', 'javascript' ),
			array( '<a href="data:text/html,steal">x</a>', 'data:' ),
			array( '<div style="background:url(//evil.example)">x</div>', 'evil' ),
			array( '<style>*{x:y}</style>', 'style' ),
			array( '<iframe src="https://evil.example"></iframe>', 'evil' ),
			array( '<svg><use href="https://evil.example/#x"/><foreignObject>x</foreignObject></svg>', '<use' ),
			array( '<svg><animate onbegin="steal()" attributeName="x"/></svg>', 'steal' ),
			array( '<object data="x"></object><embed src="x"><base href="//evil.example"><meta http-equiv="refresh">', 'evil' ),
			array( '<button formaction="javascript:steal()">x</button>', 'formaction' ),
		);
	}

	public function test_it_leaves_good_fragments_as_they_are(): void {
		$html = '<section class="trp" id="performance" aria-label="Record"><figure class="trp-chart" data-trp-chart="{&quot;a&quot;:[1]}"><svg class="trp-plot" role="img" viewBox="0 0 10 10" preserveAspectRatio="none"><g><path class="live" vector-effect="non-scaling-stroke" d="M0,0 1,1" /><polyline points="0,0 1,1" /><text x="8" y="1%" dy="4">$50k</text></g></svg><figcaption>Equity</figcaption></figure>'
			. '<form class="trp-filters" method="get" action="" hx-get="/embed/leaderboard-table?period=week" hx-target="#leaderboard-table" hx-swap="outerHTML" hx-trigger="change, submit" hx-push-url="true" hx-sync="this:replace" hx-include="closest form" hx-disabled-elt="this"><label for="p">Period</label><select id="p" name="trp_period" class="trp-input"><option value="day" selected>Day</option></select><input type="number" name="n" min="1" step="any" required></form>'
			. '<form hx-post="/embed/imports" hx-encoding="multipart/form-data" hx-confirm="Sure?" hx-vals="{&quot;a&quot;:1}"><input type="file" name="file" accept=".csv"></form>'
			. '<details open><summary>Table</summary><table role="table"><thead><tr><th scope="col" aria-sort="descending">Rank</th></tr></thead><tbody><tr data-you><td data-label="P&amp;L" colspan="2">−$1</td></tr></tbody></table></details><dl><dt>a</dt><dd>b</dd></dl><a href="?trp_period=week" aria-current="page">W</a><time datetime="2026-01-01">x</time><progress value="1" max="2"></progress></section>';
		$this->assertSame( $html, Html::clean( $html ) );
	}
}
