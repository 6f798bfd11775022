<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Frontend\Assets;
use TradingRobotService\Pages;
use TradingRobotService\Rest\Clicks;

/** Clicks on the buttons of plans, from the page to the service. */
final class ClicksTest extends ServiceCase {

	const VIEW = '0123456789abcdef0123456789abcdef';

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function () {
			return array( 204, '', array() );
		};
	}

	/** Tells of a click as the page's script does: a plain form, without a nonce. */
	private function click( array $told = array(), array $headers = array() ): WP_REST_Response {
		$request = new WP_REST_Request( 'POST', '/trading-robot-service/v1/clicks' );
		$request->set_body_params( $told + array( 'ladder' => 'robots', 'plan' => 'premium', 'place' => 'pricing', 'view' => self::VIEW ) );
		foreach ( $headers as $name => $value ) {
			$request->set_header( $name, $value );
		}
		return rest_get_server()->dispatch( $request );
	}

	public function test_a_click_goes_to_the_service_as_the_site_s_own_and_says_nothing_of_who(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$_SERVER['REMOTE_ADDR'] = '203.0.113.9';
		$response               = $this->click( array( 'email' => 'a@b.example', 'user_id' => 7 ), array( 'user-agent' => 'Browser/1', 'referer' => 'https://ads.example/?who=me' ) );
		$this->assertSame( 204, $response->get_status() );
		$this->assertSame( 'no-store, private', $response->get_headers()['Cache-Control'] );
		$this->assertCount( 1, $this->requests );
		$sent = $this->requests[0];
		$this->assertSame( array( 'POST', '/api/wordpress/clicks' ), array( $sent['method'], $sent['target'] ) );
		$this->assertSame( array( 'ladder' => 'robots', 'plan' => 'premium', 'place' => 'pricing' ), json_decode( $sent['body'], true ) );
		$this->assertSame( Clicks::TIMEOUT, $sent['timeout'] );
		$claims = $this->claims_of( $sent );
		$this->assertSame( 'site-1:0', $claims['sub'] );
		foreach ( array( '203.0.113.9', 'Browser/1', 'ads.example', 'a@b.example', self::VIEW ) as $personal ) {
			$this->assertStringNotContainsString( $personal, (string) wp_json_encode( array( $sent, $claims ) ) );
		}
	}

	public function test_the_same_button_of_the_same_page_has_the_same_key_and_any_other_another(): void {
		$this->click();
		$this->click();
		$this->click( array( 'plan' => 'mid' ) );
		$this->click( array( 'view' => str_repeat( 'f', 32 ) ) );
		$keys = array_map(
			static function ( array $request ): string {
				return $request['headers']['Idempotency-Key'];
			},
			$this->requests
		);
		$this->assertSame( $keys[0], $keys[1] );
		$this->assertCount( 3, array_unique( $keys ) );
		$this->assertSame( 1, preg_match( '/\Aclick-[0-9a-f]{64}\z/', $keys[0] ) );
	}

	/** @dataProvider wishes */
	public function test_who_asks_not_to_be_followed_is_not_counted_and_sees_no_difference( array $headers ): void {
		$this->assertSame( 204, $this->click( array(), $headers )->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function wishes(): array {
		return array( array( array( 'dnt' => '1' ) ), array( array( 'sec-gpc' => '1' ) ) );
	}

	/** @dataProvider wrong_values */
	public function test_what_is_no_click_does_not_reach_the_service( array $told, array $headers, int $status ): void {
		$this->assertSame( $status, $this->click( $told, $headers )->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function wrong_values(): array {
		return array(
			array( array( 'plan' => '<b>' ), array(), 400 ),
			array( array( 'plan' => array( 'mid' ) ), array(), 400 ),
			array( array( 'ladder' => '../admin' ), array(), 400 ),
			array( array( 'place' => 'https://ads.example' ), array(), 400 ),
			array( array( 'view' => '' ), array(), 400 ),
			array( array( 'view' => self::VIEW . '0' ), array(), 400 ),
			array( array(), array( 'origin' => 'https://evil.example' ), 401 ),
			array( array(), array( 'origin' => 'null' ), 401 ),
		);
	}

	public function test_a_click_from_the_site_itself_is_taken(): void {
		$this->assertSame( 204, $this->click( array(), array( 'origin' => home_url() ) )->get_status() );
		$this->assertCount( 1, $this->requests );
	}

	public function test_a_service_that_has_counted_enough_is_left_alone_for_as_long_as_it_says(): void {
		$this->service = static function () {
			return array( 429, '{}', array( 'content-type' => 'application/problem+json', 'retry-after' => '7' ) );
		};
		$this->assertSame( 204, $this->click()->get_status() );
		$this->assertSame( 204, $this->click( array( 'plan' => 'mid' ) )->get_status() );
		$this->assertCount( 1, $this->requests );
		$left = (int) get_option( '_transient_timeout_' . Clicks::REST ) - time();
		$this->assertTrue( $left > 0 && $left <= 7 );
		delete_transient( Clicks::REST );
		$this->click();
		$this->assertCount( 2, $this->requests );
	}

	/** @dataProvider failures */
	public function test_the_browser_never_hears_of_a_service_that_fails_or_refuses( $answer ): void {
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$this->assertSame( 204, $this->click()->get_status() );
	}

	public function failures(): array {
		return array(
			array( new WP_Error( 'http_request_failed', 'timed out' ) ),
			array( array( 500, 'broken', array() ) ),
			array( array( 422, '{"code":"invalid"}', array( 'content-type' => 'application/problem+json' ) ) ),
			array( array( 409, '{"code":"idempotency_in_progress"}', array( 'content-type' => 'application/problem+json' ) ) ),
		);
	}

	public function test_plans_say_where_they_stand_and_bring_the_script_and_no_other_screen_does(): void {
		$this->service = static function ( $method, $path ) {
			return array( 200, '/embed/pricing' === $path ? '<a class="trp-btn" data-trp-call="robots.mid" href="https://site.example/">Upgrade</a>' : '<p>x</p>', array() );
		};
		$other = do_shortcode( '[trading_robot_performance]' );
		$this->assertStringNotContainsString( 'data-trp-clicks', $other );
		$this->assertFalse( wp_script_is( Assets::CLICKS ) );
		$html = do_shortcode( '[trading_robot_pricing]' );
		$this->assertStringContainsString( 'data-trp-clicks="' . esc_attr( Clicks::url() ) . '" data-trp-page="other"', $html );
		$this->assertStringContainsString( 'data-trp-call="robots.mid"', $html );
		$this->assertTrue( wp_script_is( Assets::CLICKS ) );
		wp_dequeue_script( Assets::CLICKS );
	}

	public function test_the_place_is_one_of_three_whatever_the_address(): void {
		global $wp_query;
		self::remove_pages();
		( new Pages() )->make( array( 'pricing', 'home' ), false );
		$ids  = ( new Pages() )->ids();
		$seen = array();
		foreach ( array( 'page_id=' . $ids['pricing'], 'page_id=' . $ids['home'], 's=plans' ) as $query ) {
			$wp_query = new WP_Query( $query );
			$seen[]   = Clicks::place( $ids['pricing'] );
		}
		$this->assertSame( Clicks::PLACES, $seen );
		$this->assertSame( 'other', Clicks::place( 0 ) );
		$wp_query = new WP_Query();
		self::remove_pages();
	}
}
