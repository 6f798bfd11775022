<?php
/**
 * Run by itself, against a running service at SERVICE_URL; SERVICE_CODES holds one code a test.
 *
 * @package TradingRobotService
 */

use PHPUnit\Framework\TestCase;
use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Connection;
use TradingRobotService\Plugin;
use TradingRobotService\Privacy;
use TradingRobotService\Secrets;
use TradingRobotService\Setup;
use TradingRobotService\Token;

/** The life of a connection, both sides real. */
final class RealService extends TestCase {

	/** @var string[] */
	private static $codes = array();

	public static function setUpBeforeClass(): void {
		self::$codes = explode( ',', (string) getenv( 'SERVICE_CODES' ) );
	}

	protected function setUp(): void {
		global $wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service_%' AND option_name <> 'trading_robot_service_caps'" );
		wp_cache_flush();
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->assertTrue( Setup::connect( '', getenv( 'SERVICE_URL' ) . '/#connect=' . array_shift( self::$codes ) ) );
		$this->assertTrue( Setup::ping()['ok'] );
	}

	protected function tearDown(): void {
		foreach ( array( 'http_response', 'pre_http_request', 'home_url' ) as $hook ) {
			remove_all_filters( $hook );
		}
	}

	private function connection(): Connection {
		return Plugin::instance()->connection;
	}

	/** A function that tells whether the service still accepts the secret that is stored now. */
	private function keep_secret(): callable {
		$stored = ( new Secrets() )->stored();
		$values = $this->connection()->values();
		return function () use ( $stored, $values ) {
			$now = array( ( new Secrets() )->stored(), $this->connection()->values() );
			( new Secrets() )->restore( $stored );
			$this->connection()->restore( $values );
			$works = Setup::ping()['ok'];
			( new Secrets() )->restore( $now[0] );
			$this->connection()->restore( $now[1] );
			return $works;
		};
	}

	public function test_it_connects_rotates_and_disconnects(): void {
		$old = $this->keep_secret();
		$this->assertTrue( $old() );
		$this->assertTrue( Setup::rotate() );
		$this->assertTrue( Setup::ping()['ok'] );
		$this->assertFalse( $old() );
		$new = $this->keep_secret();
		$this->assertTrue( Setup::disconnect() );
		$this->assertSame( 'none', $this->connection()->state() );
		$this->assertFalse( $new() );
	}

	public function test_a_lost_answer_leaves_the_old_secret_and_rotating_again_works(): void {
		$old = $this->keep_secret();
		add_filter( 'http_response', array( $this, 'lose' ) );
		$this->assertInstanceOf( WP_Error::class, Setup::rotate() );
		remove_all_filters( 'http_response' );
		Breaker::reset();
		$this->assertTrue( Setup::ping()['ok'] );
		$this->assertTrue( $old() );
		$this->assertTrue( Setup::rotate() );
		$this->assertTrue( Setup::ping()['ok'] );
		$this->assertFalse( $old() );
	}

	public function lose() {
		return new WP_Error( 'http_request_failed', 'the answer got lost' );
	}

	public function test_a_server_that_dies_after_it_kept_the_new_secret_comes_back_with_it(): void {
		$old = $this->keep_secret();
		$cut = static function ( $before, $args, $url ) {
			return false === strpos( $url, '/ping' ) ? $before : new WP_Error( 'http_request_failed', 'cut' );
		};
		add_filter( 'pre_http_request', $cut, 10, 3 );
		$this->assertTrue( Setup::rotate() );
		remove_all_filters( 'pre_http_request' );
		Breaker::reset();
		$this->assertTrue( $old() );
		$this->assertTrue( Setup::ping()['ok'] );
		$this->assertFalse( $old() );
	}

	public function test_a_copy_that_does_not_look_is_refused_by_the_service(): void {
		$original = array( $this->connection()->values(), home_url( '/' ) );
		$this->live_at( 'https://staging.site.example' );
		// The copy's own check is made blind, as a search-and-replace over its database would.
		$this->connection()->restore( array( 'site_url' => home_url( '/' ) ) + $original[0] );
		$this->assertSame( 'connected', $this->connection()->state() );
		$this->assertSame( 403, Setup::ping()['status'] );
		$this->assertSame( 'moved', $this->connection()->state() );
		$this->assertSame( 0, Setup::ping()['status'] );
		remove_all_filters( 'home_url' );
		$this->connection()->restore( $original[0] );
		$ping = Setup::ping();
		$this->assertTrue( $ping['ok'] );
		$this->assertNotEmpty( $ping['data']['copy_seen_at'] );
	}

	private function live_at( string $url ): void {
		remove_all_filters( 'home_url' );
		add_filter(
			'home_url',
			static function ( $before, $path ) use ( $url ) {
				return $url . '/' . ltrim( (string) $path, '/' );
			},
			10,
			2
		);
	}

	public function test_a_site_that_moved_goes_on_and_the_old_address_is_refused(): void {
		$before = $this->connection()->values();
		$this->live_at( 'https://new.site.example' );
		$this->assertSame( 'moved', $this->connection()->state() );
		$this->assertTrue( Setup::moved() );
		$this->assertTrue( Setup::ping()['ok'] );
		remove_all_filters( 'home_url' );
		$this->connection()->restore( $before );
		$this->assertSame( 403, Setup::ping()['status'] );
	}

	public function test_a_lowered_role_is_refused_at_once(): void {
		$client = new ApiClient( $this->connection(), new Breaker() );
		$admin  = Token::of_user( get_user_by( 'login', 'admin' ) );
		$member = Token::of_user( get_user_by( 'login', 'member' ) );
		$this->assertSame( 403, $client->send_json( 'POST', '/api/wordpress/rotate', array(), $member )->status );
		$this->assertSame( 403, $client->send_json( 'POST', '/api/wordpress/rotate', array(), array( 'caps' => array( 'read' ) ) + $admin )->status );
		$this->assertSame( 'connected', $this->connection()->state() );
	}

	public function test_export_erase_export_comes_back_empty(): void {
		$member = get_user_by( 'login', 'member' );
		$this->assertSame( 201, Plugin::instance()->users->introduce( $member )->status );
		$privacy = new Privacy( $this->connection(), Plugin::instance()->client );
		$found   = $privacy->export( $member->user_email, 1 );
		$this->assertTrue( $found['done'] );
		$this->assertStringContainsString( $member->user_email, (string) wp_json_encode( $found['data'] ) );
		$this->assertTrue( $privacy->erase( $member->user_email, 1 )['items_removed'] );
		$this->assertSame( array( 'data' => array(), 'done' => true ), $privacy->export( $member->user_email, 1 ) );
		$this->assertFalse( $privacy->erase( $member->user_email, 1 )['items_removed'] );
	}
}
