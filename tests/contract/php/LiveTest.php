<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Rest\Live;

/** Tickets for live updates. */
final class LiveTest extends ServiceCase {

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->answer_with( 'http://127.0.0.1:5001/live?ticket=abc' );
	}

	/** Lets the service give tickets for an address. */
	private function answer_with( string $url ): void {
		$this->service = static function () use ( $url ) {
			$body = wp_json_encode(
				array(
					'url'        => $url,
					'expires_in' => 30,
				)
			);
			return array( 201, $body, array( 'content-type' => 'application/json' ) );
		};
	}

	/** Asks as the page's script does. */
	private function ask( array $body = array(), array $headers = array() ): WP_REST_Response {
		$request = new WP_REST_Request( 'POST', '/trading-robot-service/v1/live' );
		$request->set_header( 'content-type', 'application/json' );
		$request->set_body( (string) wp_json_encode( (object) $body ) );
		foreach ( $headers as $name => $value ) {
			$request->set_header( $name, $value );
		}
		return rest_get_server()->dispatch( $request );
	}

	private function sign_in(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
	}

	public function test_a_visitor_gets_nothing_and_the_service_is_not_asked(): void {
		$this->assertSame( 401, $this->ask()->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_member_gets_the_address_and_what_a_fragment_may_hold(): void {
		$this->sign_in();
		$tag      = str_repeat( 'a1', 16 );
		$response = $this->ask(
			array(
				'range'   => '1m',
				'known'   => $tag,
				'user_id' => 1,
			)
		);
		$this->assertSame( 201, $response->get_status() );
		$this->assertSame( 'no-store, private', $response->get_headers()['Cache-Control'] );
		$data = $response->get_data();
		$this->assertSame( array( 'http://127.0.0.1:5001/live?ticket=abc', 30 ), array( $data['url'], $data['expires_in'] ) );
		$this->assertSame( Live::names(), $data['names'] );
		$this->assertSame( '/api/live/tickets', $this->requests[0]['target'] );
		$this->assertSame(
			array(
				'range'    => '1m',
				'fragment' => 'dashboard-overview',
				'known'    => $tag,
			),
			json_decode( $this->requests[0]['body'], true )
		);
		$this->assertSame( 'site-1:' . get_current_user_id(), $this->claims_of( $this->requests[0] )['sub'] );
	}

	public function test_a_desk_names_its_instruments_and_charts(): void {
		$this->sign_in();
		$response = $this->ask(
			array(
				'fragment'    => 'desk',
				'instruments' => array( 3, '4' ),
				'charts'      => array( 12 ),
				'range'       => '1m',
			)
		);
		$this->assertSame( 201, $response->get_status() );
		$this->assertSame(
			array(
				'fragment'    => 'desk',
				'instruments' => array( 3, 4 ),
				'charts'      => array( 12 ),
			),
			json_decode( $this->requests[0]['body'], true )
		);
	}

	/** @dataProvider wrong_values */
	public function test_wrong_values_do_not_reach_the_service( array $body, int $status ): void {
		$this->sign_in();
		$this->assertSame( $status, $this->ask( $body )->get_status() );
		foreach ( $this->requests as $request ) {
			$this->assertArrayNotHasKey( 'range', json_decode( $request['body'], true ) );
		}
	}

	public function wrong_values(): array {
		return array(
			array( array( 'range' => '2y' ), 201 ),
			array( array( 'range' => array( '1m' ) ), 201 ),
			array( array( 'known' => '"x"' ), 400 ),
			array( array( 'known' => array() ), 400 ),
			array( array( 'fragment' => 'desks' ), 400 ),
			array( array( 'fragment' => 'desk', 'instruments' => array( 'AAPL' ) ), 400 ),
			array( array( 'fragment' => 'desk', 'instruments' => range( 1, 21 ) ), 400 ),
			array( array( 'fragment' => 'desk', 'charts' => array( 0 ) ), 400 ),
			array( array( 'fragment' => 'desk', 'charts' => range( 1, 9 ) ), 400 ),
		);
	}

	/** @dataProvider answers */
	public function test_where_there_is_no_stream_the_page_is_told_nothing( array $answer ): void {
		$this->sign_in();
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$response      = $this->ask();
		$this->assertSame( array( 204, null ), array( $response->get_status(), $response->get_data() ) );
	}

	public function answers(): array {
		$json = array( 'content-type' => 'application/json' );
		return array(
			array( array( 204, '' ) ),
			array( array( 201, '[]', $json ) ),
			array( array( 201, '{"url":["x"]}', $json ) ),
			array( array( 403, '{"code":"account_disabled"}', $json ) ),
			array( array( 503, '' ) ),
		);
	}

	/** @dataProvider addresses */
	public function test_it_passes_on_only_addresses_that_may_be_trusted( string $url, int $status ): void {
		$this->sign_in();
		$this->answer_with( $url );
		$this->assertSame( $status, $this->ask()->get_status() );
	}

	public function addresses(): array {
		return array(
			array( 'https://live.example/live?ticket=abc', 201 ),
			array( 'http://127.0.0.1/live?ticket=abc', 201 ),
			array( 'http://live.example/live?ticket=abc', 204 ),
			array( 'http://127.0.0.1@live.example/live', 204 ),
			array( 'https://user:pass@live.example/live', 204 ),
			array( 'javascript:alert(1)', 204 ),
			array( 'data:text/event-stream,x', 204 ),
			array( '//live.example/live', 204 ),
			array( '/live', 204 ),
			array( '', 204 ),
		);
	}

	public function test_a_page_of_somebody_else_gets_nothing(): void {
		$this->sign_in();
		$this->assertSame( 403, $this->ask( array(), array( 'x_trp_who' => '000000000000' ) )->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function test_the_list_of_names_is_that_of_html(): void {
		$names = Live::names();
		$this->assertStringContainsString( 'data-*', $names[''] );
		$this->assertStringContainsString( 'hx-trigger', $names[''] );
		$this->assertSame( 'href rel target download', $names['a'] );
		$this->assertArrayNotHasKey( 'script', $names );
		$this->assertStringNotContainsString( 'style', implode( ' ', $names ) );
		$this->assertLessThan( 6000, strlen( (string) wp_json_encode( $names ) ) );
	}
}
