<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Routes;

/** The door for the browser. */
final class ProxyTest extends ServiceCase {

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function () {
			return array( 200, '<p>fine</p>', array( 'content-type' => 'text/html', 'etag' => '"e1"' ) );
		};
	}

	/** @return array<string,array{string,string}> Every row of the table as method and path. */
	public function rows(): array {
		$rows = array();
		foreach ( Routes::TABLE as $row ) {
			$path                        = str_replace( array( Routes::NUMBER, Routes::ROBOT, Routes::NOTED ), array( '7', 'ma_cross', 'hand-0123456789abcdef' ), $row[1] );
			$rows[ "$row[0] $path" ] = array( $row[0], $path, $row[2] );
		}
		return $rows;
	}

	/** @dataProvider rows */
	public function test_every_route_asks_for_the_rights_of_its_audience( string $method, string $path, string $audience ): void {
		$this->assertSame( 'public' === $audience ? 200 : 401, $this->rest( $method, $path )->get_status() );
		if ( 'member' === $audience ) {
			$this->assertSame( array(), $this->requests );
			wp_set_current_user( get_user_by( 'login', 'member' )->ID );
			$response = $this->rest( $method, $path );
			$this->assertSame( 200, $response->get_status() );
			$this->assertSame( 'no-store, private', $response->get_headers()['Cache-Control'] );
			$this->assertSame( 'site-1:' . get_current_user_id(), $this->claims_of( $this->requests[0] )['sub'] );
		}
		$this->assertSame( '/embed/' . $path, $this->requests[0]['target'] );
	}

	/** @dataProvider strangers */
	public function test_it_knows_no_other_route( string $method, string $path ): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->assertGreaterThanOrEqual( 400, $this->rest( $method, $path )->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function strangers(): array {
		return array(
			array( 'GET', 'nonsense' ),
			array( 'POST', 'performance' ),
			array( 'GET', 'imports/0' ),
			array( 'GET', 'imports/1/../../api/me' ),
			array( 'GET', "pricing\nx" ),
			array( 'GET', 'robot/../../api/me' ),
			array( 'GET', 'robot/A' ),
			array( 'GET', 'pricing/' ),
			array( 'DELETE', 'pricing' ),
			array( 'PUT', 'imports' ),
		);
	}

	public function test_it_forwards_only_known_names_with_good_values(): void {
		$this->rest( 'GET', 'performance', array( 'trp_period' => 'week', 'kind' => 'live', 'sort' => 'evil', 'strategy' => 'a b', 'user_id' => '1', 'min_trades' => array( '30' ) ) );
		$this->assertSame( '/embed/performance?period=week&kind=live', $this->requests[0]['target'] );
	}

	public function test_it_reads_a_public_fragment_as_a_visitor_whoever_asks(): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->rest( 'GET', 'pricing' );
		$claims = $this->claims_of( $this->requests[0] );
		$this->assertSame( array( 'site-1:0', array(), '' ), array( $claims['sub'], $claims['caps'], $claims['sid'] ) );
	}

	public function test_it_answers_head_like_get_without_a_body(): void {
		$response = $this->rest( 'HEAD', 'pricing' );
		$this->assertSame( array( 200, '"e1"' ), array( $response->get_status(), $response->get_headers()['ETag'] ) );
		$this->assertSame( 'GET', $this->requests[0]['method'] );
		$request = new WP_REST_Request( 'HEAD', '/trading-robot-service/v1/fragment/pricing' );
		ob_start();
		$this->assertTrue( apply_filters( 'rest_pre_serve_request', false, $response, $request, $this->quiet_server() ) );
		$this->assertSame( '', ob_get_clean() );
		$this->assertSame( 401, $this->rest( 'HEAD', 'dashboard' )->get_status() );
		$this->assertSame( 404, $this->rest( 'HEAD', 'imports' )->get_status() );
	}

	public function test_others_may_keep_a_public_fragment_as_long_as_it_is_fresh(): void {
		$this->assertSame( 'public, max-age=30, stale-while-revalidate=30', $this->rest( 'GET', 'pricing' )->get_headers()['Cache-Control'] );
		$this->age( 20 );
		$this->assertSame( 'public, max-age=10, stale-while-revalidate=30', $this->rest( 'GET', 'pricing' )->get_headers()['Cache-Control'] );
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->assertSame( 'no-cache, private', $this->rest( 'GET', 'pricing' )->get_headers()['Cache-Control'] );
		wp_set_current_user( 0 );
		$this->age( 20 );
		$this->service = static function () {
			return array( 500, '' );
		};
		$headers = $this->rest( 'GET', 'pricing' )->get_headers();
		$this->assertSame( 'no-cache, private', $headers['Cache-Control'] );
		$this->assertArrayHasKey( 'X-TRP-Stale', $headers );
		// A server that compresses marks the tag as weak.
		$this->assertSame( 304, $this->rest( 'GET', 'pricing', array(), array( 'if_none_match' => 'W/"e1"' ) )->get_status() );
	}

	public function test_a_page_of_one_member_does_not_act_as_another(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$who = $this->rest( 'GET', 'dashboard' )->get_headers()['X-TRP-Who'];
		$this->assertSame( 200, $this->rest( 'POST', 'api-keys', array(), array( 'x_trp_who' => $who ) )->get_status() );
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$before = count( $this->requests );
		$this->assertSame( 409, $this->rest( 'POST', 'api-keys', array(), array( 'x_trp_who' => $who ) )->get_status() );
		$this->assertCount( $before, $this->requests );
		$this->assertNotSame( $who, $this->rest( 'GET', 'dashboard' )->get_headers()['X-TRP-Who'] );
	}

	public function test_a_form_of_another_site_is_refused(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		foreach ( array( 'https://evil.example', 'null', 'http://site.example.evil.example' ) as $origin ) {
			$this->assertSame( 403, $this->rest( 'POST', 'api-keys', array(), array( 'origin' => $origin ) )->get_status(), $origin );
		}
		$this->assertSame( array(), $this->requests );
		$this->assertSame( 200, $this->rest( 'POST', 'api-keys', array(), array( 'origin' => 'http://site.example' ) )->get_status() );
	}

	public function test_it_answers_304_for_what_the_browser_has(): void {
		$this->assertSame( '"e1"', $this->rest( 'GET', 'pricing' )->get_headers()['ETag'] );
		$response = $this->rest( 'GET', 'pricing', array(), array( 'if_none_match' => '"e1"' ) );
		$this->assertSame( array( 304, '' ), array( $response->get_status(), $response->get_data() ) );
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->service = static function ( $method, $target, $request ) {
			return array( '"m1"' === ( $request['headers']['If-None-Match'] ?? '' ) ? 304 : 200, '', array( 'content-type' => 'text/html', 'etag' => '"m1"' ) );
		};
		$this->assertSame( 304, $this->rest( 'GET', 'dashboard-overview', array(), array( 'if_none_match' => '"m1"' ) )->get_status() );
	}

	/** @dataProvider statuses */
	public function test_it_passes_the_status_on( int $status ): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->service = static function () use ( $status ) {
			return array( $status, '<p onclick="x()">text</p>', array( 'content-type' => 'text/html' ) );
		};
		$response = $this->rest( 'POST', 'imports/3/start' );
		$this->assertSame( array( $status, 204 === $status ? '' : '<p>text</p>' ), array( $response->get_status(), $response->get_data() ) );
	}

	public function statuses(): array {
		return array( array( 200 ), array( 204 ), array( 286 ), array( 403 ), array( 404 ), array( 409 ), array( 422 ), array( 429 ), array( 503 ) );
	}

	public function test_it_introduces_a_new_member_once_and_asks_again(): void {
		$member = get_user_by( 'login', 'member' );
		wp_set_current_user( $member->ID );
		$known         = false;
		$this->service = static function ( $method, $target ) use ( &$known ) {
			if ( '/api/wordpress/users' === $target ) {
				$known = true;
				return array( 201, '{"user_id":5}', array( 'content-type' => 'application/json' ) );
			}
			return $known ? array( 200, '<p>hello</p>' ) : array( 409, '{"code":"user_unknown"}', array( 'content-type' => 'application/problem+json' ) );
		};
		$this->assertSame( '<p>hello</p>', $this->rest( 'GET', 'dashboard' )->get_data() );
		$this->assertSame( array( '/embed/dashboard', '/api/wordpress/users', '/embed/dashboard' ), array_column( $this->requests, 'target' ) );
		$this->assertSame(
			array(
				'wp_user_id'   => $member->ID,
				'email'        => 'member@site.example',
				'username'     => 'member',
				'display_name' => 'member',
				'locale'       => 'en_US',
			),
			json_decode( $this->requests[1]['body'], true )
		);
		$this->assertStringNotContainsString( 'member@', (string) wp_json_encode( $this->claims_of( $this->requests[1] ) ) );
		$known         = false;
		$this->service = static function () {
			return array( 409, '{"code":"user_unknown"}', array( 'content-type' => 'application/problem+json' ) );
		};
		$this->requests = array();
		$this->assertSame( 409, $this->rest( 'GET', 'dashboard' )->get_status() );
		$this->assertLessThanOrEqual( 2, count( $this->requests ) );
	}

	public function test_it_also_reads_the_word_for_a_new_member_from_the_header(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$answers       = array(
			array( 409, '<p>unknown</p>', array( 'content-type' => 'text/html', 'x-trp-code' => 'user_unknown' ) ),
			array( 201, '{"user_id":5}' ),
			array( 200, '<p>hello</p>' ),
		);
		$this->service = static function () use ( &$answers ) {
			return array_shift( $answers );
		};
		$this->assertSame( '<p>hello</p>', $this->rest( 'GET', 'dashboard' )->get_data() );
	}

	public function test_it_says_why_a_member_is_refused(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->service = static function ( $method, $target ) {
			$code = '/api/wordpress/users' === $target ? 'email_taken' : 'user_unknown';
			return array( 409, '{"code":"' . $code . '","detail":"This <b>e-mail</b> is taken."}', array( 'content-type' => 'application/problem+json' ) );
		};
		$response = $this->rest( 'GET', 'dashboard' );
		$this->assertSame( array( 409, 'This e-mail is taken.' ), array( $response->get_status(), $response->get_data()['message'] ) );
	}

	public function test_it_forwards_a_plain_form_byte_for_byte(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->rest( 'POST', 'api-keys', array(), array(), 'name=My+key%21&scopes=a&scopes=b' );
		$this->assertSame( 'name=My+key%21&scopes=a&scopes=b', $this->requests[0]['body'] );
		$this->assertSame( hash( 'sha256', $this->requests[0]['body'] ), $this->claims_of( $this->requests[0] )['bh'] );
	}

	public function test_only_what_values_options_may_take_longer(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		foreach ( array( 'coach-panel' => 10.0, 'dashboard-options' => 10.0, 'desk-now' => 3.0, 'dashboard-overview' => 3.0 ) as $path => $seconds ) {
			$this->requests = array();
			$this->rest( 'GET', $path );
			$this->assertSame( $seconds, $this->requests[0]['timeout'], $path );
		}
	}

	public function test_it_refuses_a_file_that_is_too_large_in_words(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$response = $this->rest( 'POST', 'imports', array(), array( 'content_length' => '99000000' ) );
		$this->assertSame( 413, $response->get_status() );
		$this->assertStringContainsString( 'too large', $response->get_data()['message'] );
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_lost_member_and_a_lost_service_read_as_html(): void {
		$request = new WP_REST_Request( 'GET', '/trading-robot-service/v1/fragment/dashboard' );
		$this->expectOutputRegex( '#\A<div class="trp-alert" data-tone="bad" role="alert"><span>You are signed out. Sign in again#' );
		$served = apply_filters( 'rest_pre_serve_request', false, rest_get_server()->dispatch( $request ), $request, $this->quiet_server() );
		$this->assertTrue( $served );
		$other = new WP_REST_Request( 'GET', '/wp/v2/types' );
		$this->assertFalse( apply_filters( 'rest_pre_serve_request', false, rest_get_server()->dispatch( $other ), $other, $this->quiet_server() ) );
	}

	private function quiet_server(): WP_REST_Server {
		return new class() extends WP_REST_Server {
			public function send_header( $key, $value ) {}
		};
	}

	public function test_a_member_is_told_when_the_service_is_away(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'secret detail' );
		};
		$response = $this->rest( 'GET', 'dashboard' );
		$this->assertSame( 503, $response->get_status() );
		$this->assertStringNotContainsString( 'secret detail', (string) wp_json_encode( $response->get_data() ) );
		$this->service = static function () {
			return array( 401, '{}', array( 'content-type' => 'application/problem+json' ) );
		};
		$this->assertSame( 502, $this->rest( 'GET', 'dashboard' )->get_status() );
	}
}
