<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Instance;

/** Two screens on one page. */
final class InstanceTest extends ServiceCase {

	const BOARD = '<div id="leaderboard-table"><form method="get" action="#leaderboard-table" hx-get="/embed/leaderboard-table" hx-target="#leaderboard-table" hx-include="#a, #b" hx-sync="this:replace"><label for="board-kind">Kind</label><select id="board-kind" name="trp_kind" aria-describedby="h1 h2"></select></form><a id="sort-top-pnl" href="?trp_sort=pnl#leaderboard-table" hx-get="/embed/leaderboard-table?sort=pnl" hx-target="#leaderboard-table" hx-swap="outerHTML show:#board:top">P&amp;L</a><a href="/marketplace/?trp_robot=x#robot">x</a><a href="#board">b</a><h2 id="board" aria-labelledby="board">B</h2><button hx-post="/embed/imports/3/start">s</button></div>';

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function () {
			return array( 200, self::BOARD );
		};
	}

	public function test_the_first_stays_as_it_is(): void {
		$this->assertSame( self::BOARD, Instance::apply( self::BOARD, 1 ) );
		$this->assertStringNotContainsString( 'data-trp-n', do_shortcode( '[trading_robot_performance]' ) );
	}

	public function test_the_second_has_ids_of_its_own_and_refers_to_them(): void {
		$html = Instance::apply( self::BOARD, 2 );
		foreach ( array(
			'<div id="leaderboard-table--2">',
			'action="#leaderboard-table--2"',
			'hx-get="/embed/leaderboard-table"',
			'hx-target="#leaderboard-table--2"',
			'hx-include="#a--2, #b--2"',
			'<input type="hidden" name="trp_n" value="2">',
			'for="board-kind--2"',
			'aria-describedby="h1--2 h2--2"',
			'href="?trp_sort=pnl&amp;trp_n=2#leaderboard-table--2"',
			'hx-get="/embed/leaderboard-table?sort=pnl&amp;trp_n=2"',
			'hx-swap="outerHTML show:#board--2:top"',
			'href="/marketplace/?trp_robot=x#robot"',
			'href="#board--2"',
			'aria-labelledby="board--2"',
			'hx-post="/embed/imports/3/start?trp_n=2"',
		) as $part ) {
			$this->assertStringContainsString( $part, str_replace( '&#038;', '&amp;', $html ) );
		}
	}

	/** @dataProvider pages */
	public function test_no_id_stands_twice_on_a_page( string $content ): void {
		$html = do_shortcode( do_blocks( $content ) );
		preg_match_all( '/\bid="([^"]+)"/', $html, $ids );
		$this->assertNotEmpty( $ids[1] );
		$this->assertSame( array_unique( $ids[1] ), $ids[1] );
		preg_match_all( '/\b(?:for|hx-target|aria-labelledby)="#?([^"]+)"/', $html, $used );
		$this->assertSame( array(), array_diff( $used[1], $ids[1] ) );
	}

	public function pages(): array {
		return array(
			array( '[trading_robot_performance][trading_robot_performance part="leaderboard"]' ),
			array( '[trading_robot_pricing][trading_robot_pricing][trading_robot_pricing]' ),
			array( '<!-- wp:trading-robot-service/performance /-->[trading_robot_performance]<!-- wp:trading-robot-service/performance {"period":"week"} /-->' ),
		);
	}

	public function test_the_proxy_answers_with_the_same_ending(): void {
		$first = $this->rest( 'GET', 'leaderboard-table', array( 'sort' => 'pnl' ) )->get_data();
		$this->assertStringContainsString( 'id="leaderboard-table"', $first );
		$second = $this->rest( 'GET', 'leaderboard-table', array( 'sort' => 'pnl', 'trp_n' => '2' ) )->get_data();
		$this->assertSame( Instance::apply( $first, 2 ), $second );
		// The number is ours: the service is asked once for both.
		$this->assertCount( 1, $this->requests );
		$this->assertSame( '/embed/leaderboard-table?sort=pnl', $this->requests[0]['target'] );
		foreach ( array( '0', '1', '100', '-2', '2x', '"><script>', array( '2' ) ) as $bad ) {
			$this->assertSame( $first, $this->rest( 'GET', 'leaderboard-table', array( 'sort' => 'pnl', 'trp_n' => $bad ) )->get_data() );
		}
	}

	/** @dataProvider addresses */
	public function test_an_address_belongs_to_one_screen( array $address, array $targets ): void {
		$_GET = $address;
		do_shortcode( '[trading_robot_performance][trading_robot_marketplace][trading_robot_performance part="leaderboard" kind="live"]' );
		$this->assertSame( $targets, array_column( $this->requests, 'target' ) );
	}

	public function addresses(): array {
		$plain = array( '/embed/performance', '/embed/marketplace', '/embed/leaderboard-table?kind=live' );
		return array(
			'none'                      => array( array( 'q' => 'x' ), $plain ),
			'the first that knows it'   => array( array( 'trp_strategy' => 'trend' ), array( '/embed/performance?strategy=trend' ) + $plain ),
			'only the market knows it'  => array( array( 'trp_robot' => 'a' ), array( $plain[0], '/embed/marketplace?robot=a', $plain[2] ) ),
			'all of them must be known' => array( array( 'trp_sort' => 'name', 'trp_plan' => 'free' ), array( $plain[0], '/embed/marketplace?plan=free&sort=name', $plain[2] ) ),
			'the one that is named'     => array( array( 'trp_kind' => 'paper', 'trp_n' => '3' ), array( $plain[0], $plain[1], '/embed/leaderboard-table?kind=paper' ) ),
			'nobody is named so'        => array( array( 'trp_kind' => 'paper', 'trp_n' => '7' ), $plain ),
			'nobody knows both'         => array( array( 'trp_kind' => 'paper', 'trp_tab' => 'robots' ), $plain ),
			'a stranger’s name'         => array( array( 'trp_kind' => 'paper', 'trp_other' => '1' ), array( '/embed/performance?kind=paper' ) + $plain ),
		);
	}

	public function test_what_is_rendered_before_the_page_does_not_count(): void {
		do_shortcode( '[trading_robot_performance]' );
		$this->assertSame( 'page.php', apply_filters( 'template_include', 'page.php' ) );
		$_GET = array( 'trp_sort' => 'pnl' );
		$html = do_shortcode( '[trading_robot_performance]' );
		$this->assertStringContainsString( 'id="leaderboard-table"', $html );
		$this->assertSame( '/embed/performance?sort=pnl', end( $this->requests )['target'] );
	}
}
