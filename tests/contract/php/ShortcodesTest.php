<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Setup;

/** Shortcodes, pages and connecting. */
final class ShortcodesTest extends ServiceCase {

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function ( $method, $target ) {
			return array( 200, '<section class="trp"><h2>' . $target . '</h2></section>' );
		};
	}

	/** @dataProvider tags */
	public function test_a_public_shortcode_prints_its_fragment( string $shortcode, string $target ): void {
		$html = do_shortcode( $shortcode );
		$this->assertSame( $target, $this->requests[0]['target'] );
		$this->assertStringContainsString( '<section class="trp">', $html );
		$this->assertStringStartsWith( '<div class="alignwide trading-robot-service"', $html );
		$this->assertStringNotContainsString( 'nonce', $html );
	}

	public function tags(): array {
		return array(
			array( '[trading_robot_performance]', '/embed/performance' ),
			array( '[trading_robot_performance period="month" kind=live]', '/embed/performance?period=month&kind=live' ),
			array( '[trading_robot_performance part="leaderboard"]', '/embed/leaderboard-table' ),
			array( '[trading_robot_marketplace view="list"]', '/embed/marketplace?view=list' ),
			array( '[trading_robot_pricing]', '/embed/pricing' ),
			array( '[trading_robot_performance period="day" sort="\'><script>" strategy="a/../b"]', '/embed/performance?period=day' ),
		);
	}

	/** @dataProvider texts */
	public function test_the_filters_of_a_text_leave_a_screen_as_it_came( string $text ): void {
		$sent          = '<section class="trp"><p>"10x20" -- it\'s 5 :) Wordpress</p></section>';
		$this->service = static function () use ( $sent ) {
			return array( 200, $sent );
		};
		$html = apply_filters( 'the_content', $text );
		$this->assertStringContainsString( $sent, $html );
		$this->assertStringContainsString( '&#8220;words&#8221;', $html );
		$this->assertStringNotContainsString( 'data-trp-place', $html );
		$this->assertSame( 1, substr_count( $html, 'data-trp-rest=' ) );
	}

	public function texts(): array {
		return array(
			array( '"words" [trading_robot_pricing]' ),
			array( '<!-- wp:paragraph --><p>"words"</p><!-- /wp:paragraph --><!-- wp:trading-robot-service/pricing /-->' ),
		);
	}

	public function test_an_author_cannot_write_a_mark(): void {
		$html = apply_filters( 'the_content', '<div data-trp-place="0011223344556677"></div>[trading_robot_pricing]' );
		$this->assertStringContainsString( '<div data-trp-place="0011223344556677"></div>', $html );
		$this->assertSame( 1, substr_count( $html, '<section class="trp">' ) );
	}

	public function test_the_address_of_the_page_wins_over_the_attribute(): void {
		$_GET = array( 'trp_period' => 'week', 'trp_sort' => '<script>', 'period' => 'day', 'trp_kind' => array( 'live' ) );
		do_shortcode( '[trading_robot_performance period="month" sort="pnl"]' );
		$this->assertSame( '/embed/performance?period=week&sort=pnl', $this->requests[0]['target'] );
	}

	public function test_an_attribute_of_an_author_cannot_break_out(): void {
		$html = do_shortcode( '[trading_robot_pricing theme=\'dark" onmouseover="x()\']' );
		$this->assertStringNotContainsString( 'onmouseover', $html );
		$this->assertStringContainsString( 'data-theme="dark"', do_shortcode( '[trading_robot_pricing theme="dark"]' ) );
	}

	public function test_the_dashboard_asks_a_visitor_to_sign_in(): void {
		$html = do_shortcode( '[trading_robot_user_dashboard]' );
		$this->assertStringContainsString( 'wp-login.php', $html );
		// A member to whom a cache gives this page still gets to the dashboard; nobody else sees a change.
		$this->assertStringContainsString( 'data-trp-guest hx-get="/embed/dashboard"', $html );
		$this->assertStringNotContainsString( 'aria-busy', $html );
		$this->assertSame( array(), $this->requests );
	}

	public function test_the_dashboard_of_a_member_is_an_empty_shell(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$html = do_shortcode( '[trading_robot_user_dashboard tab="robots"]' );
		$this->assertStringContainsString( 'hx-get="/embed/dashboard?tab=robots"', $html );
		$this->assertStringContainsString( 'hx-history="false"', $html );
		$this->assertStringNotContainsString( 'member@', $html );
		$this->assertStringNotContainsString( wp_create_nonce( 'wp_rest' ), $html );
		$this->assertSame( array(), $this->requests );
	}

	public function test_it_connects_with_a_code_and_says_why_not(): void {
		Setup::disconnect();
		$this->assertSame( 'none', Setup::status()['state'] );
		$this->service = static function ( $method, $target, $request ) {
			$good = 'good' === json_decode( $request['body'], true )['code'];
			return $good ? array( 201, '{"site_id":"s","key_id":"k","secret":"x","service_version":"1"}' ) : array( 422, '{}' );
		};
		$this->assertSame( 'trading_robot_service_code', Setup::connect( 'http://127.0.0.1:5999', 'bad' )->get_error_code() );
		$this->assertTrue( Setup::connect( 'http://127.0.0.1:5999/', ' good ' ) );
		$this->assertSame( array( 'code', 'pages', 'plugin_version', 'site_name', 'site_url' ), $this->sorted_keys( $this->requests[1]['body'] ) );
		$this->assertSame( 'connected', Setup::status()['state'] );
		foreach ( array( 'http://service.example', 'ftp://127.0.0.1', 'https://a:b@service.example', 'https://service.example/x', 'nonsense' ) as $url ) {
			$this->assertSame( 'trading_robot_service_url', Setup::connect( $url, 'good' )->get_error_code(), $url );
		}
	}

	private function sorted_keys( string $json ): array {
		$keys = array_keys( json_decode( $json, true ) );
		sort( $keys );
		return $keys;
	}
}
