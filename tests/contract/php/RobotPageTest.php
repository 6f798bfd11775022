<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Frontend\Assets;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Marketplace;
use TradingRobotService\RobotPage;

/** A robot's own page, and which pages load our files. */
final class RobotPageTest extends ServiceCase {

	/** @var int */
	private $page;

	/** @var int[] Statuses that WordPress was told to send. */
	private $statuses = array();

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->page    = $this->page_with( '<!-- wp:trading-robot-service/marketplace {"view":"list"} /-->' );
		$this->service = static function ( $method, $target, $request ) {
			if ( '/embed/marketplace?robot=sma' !== $request['target'] ) {
				return array( 404, '<p>There is no such robot</p>', array( 'x-trp-code' => 'not_found' ) );
			}
			return array( 200, '<section class="trp"><p>All robots</p><h2>SMA &amp; <b>Co</b></h2><p>Trend,  version 1.</p></section>' );
		};
		add_filter( 'status_header', array( $this, 'note' ), 10, 2 );
	}

	protected function tearDown(): void {
		remove_filter( 'status_header', array( $this, 'note' ), 10 );
		foreach ( array( 'document_title_parts', 'get_canonical_url', 'trading_robot_service_meta_description', 'wp_robots' ) as $hook ) {
			$GLOBALS['wp_filter'][ $hook ]->callbacks = array_map(
				static function ( $all ) {
					return array_filter(
						$all,
						static function ( $one ) {
							return 'wp_robots_no_robots' !== $one['function'] && ! ( is_array( $one['function'] ) && $one['function'][0] instanceof RobotPage );
						}
					);
				},
				$GLOBALS['wp_filter'][ $hook ]->callbacks ?? array()
			);
		}
		wp_delete_post( $this->page, true );
		parent::tearDown();
	}

	/** Filter status_header. */
	public function note( $header, $status ) {
		$this->statuses[] = $status;
		return $header;
	}

	private function page_with( string $content ): int {
		$id = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Market', 'post_content' => $content ) );
		$this->show( $id );
		return $id;
	}

	private function show( int $id ): void {
		$GLOBALS['wp_query']     = new WP_Query( array( 'page_id' => $id ) );
		$GLOBALS['wp_the_query'] = $GLOBALS['wp_query'];
		$GLOBALS['post']         = get_post( $id );
	}

	/** Looks as WordPress does before it prints. */
	private function look( string $robot ): Marketplace {
		$_GET   = array( 'trp_robot' => $robot );
		$market = new Marketplace( $this->fragments(), new Templates() );
		( new RobotPage( $market ) )->look();
		return $market;
	}

	public function test_a_robot_that_is_there_names_the_page(): void {
		$market = $this->look( 'sma' );
		$this->assertSame( array(), $this->statuses );
		$this->assertSame( 'SMA & Co', apply_filters( 'document_title_parts', array( 'title' => 'Market', 'site' => 'S' ) )['title'] );
		$this->assertStringEndsWith( '?trp_robot=sma', (string) wp_get_canonical_url( $this->page ) );
		$this->assertSame( 'Trend, version 1.', apply_filters( 'trading_robot_service_meta_description', '', $this->page ) );
		$this->assertStringContainsString( 'SMA', $market->render( 'marketplace', array( 'robot' => 'sma', 'view' => 'list' ) ) );
		$this->assertCount( 1, $this->requests );
	}

	public function test_a_robot_that_is_not_there_is_404_with_the_words_of_the_service(): void {
		$market = $this->look( 'none' );
		$this->assertSame( array( 404 ), $this->statuses );
		$this->assertStringContainsString( 'There is no such robot', $market->render( 'marketplace', array( 'robot' => 'none' ) ) );
		$this->assertCount( 1, $this->requests );
		$this->assertTrue( apply_filters( 'wp_robots', array() )['noindex'] );
	}

	public function test_a_service_that_is_away_is_no_404(): void {
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'away' );
		};
		$this->look( 'sma' );
		$this->assertSame( array(), $this->statuses );
		$this->assertSame( 'Market', apply_filters( 'document_title_parts', array( 'title' => 'Market' ) )['title'] );
	}

	public function test_other_pages_and_other_addresses_ask_nothing(): void {
		foreach ( array( '', '"><script>', '../x', 'UPPER' ) as $robot ) {
			$this->look( $robot );
		}
		$plain = $this->page_with( 'no robots here' );
		$this->look( 'none' );
		$this->assertSame( array(), $this->requests );
		$this->assertSame( array(), $this->statuses );
		wp_delete_post( $plain, true );
	}

	/** @dataProvider contents */
	public function test_only_pages_with_a_screen_load_our_files( string $content, bool $loads ): void {
		foreach ( array( wp_styles(), wp_scripts() ) as $all ) {
			$all->queue = array();
		}
		$id = $this->page_with( $content );
		( new Assets() )->enqueue_early();
		foreach ( array( wp_styles(), wp_scripts() ) as $all ) {
			$ours = preg_grep( '/^trading-robot-service/', $all->queue );
			$loads ? $this->assertNotEmpty( $ours ) : $this->assertSame( array(), $ours );
		}
		wp_delete_post( $id, true );
	}

	public function contents(): array {
		return array(
			array( 'We like trading robots.', false ),
			array( '<!-- wp:paragraph --><p>trading</p><!-- /wp:paragraph -->', false ),
			array( '[trading_robot_pricing]', true ),
			array( '[trading_robot_record robot="a"]', true ),
			array( '<!-- wp:group --><div><!-- wp:trading-robot-service/robot {"robot":"a"} /--></div><!-- /wp:group -->', true ),
		);
	}

	public function test_a_screen_outside_the_content_asks_for_its_files_when_it_is_rendered(): void {
		wp_styles()->queue = array();
		do_blocks( '<!-- wp:trading-robot-service/pricing /-->' );
		$this->assertTrue( wp_style_is( Assets::HANDLE ) );
		$this->assertFalse( wp_script_is( Assets::CHART_SCRIPT ) );
	}
}
