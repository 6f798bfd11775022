<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Plugin;
use TradingRobotService\Secrets;
use TradingRobotService\SiteHealth;

/** What Site Health says. */
final class SiteHealthTest extends ServiceCase {

	/** @var SiteHealth */
	private $health;

	protected function setUp(): void {
		parent::setUp();
		require_once ABSPATH . 'wp-admin/includes/class-wp-debug-data.php';
		$this->health = new SiteHealth( Plugin::instance()->connection );
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
	}

	/** Lets the service answer a ping with a clock that is so many seconds ahead. */
	private function service_says( int $ahead = 0, int $status = 200, array $more = array() ): void {
		$this->service = static function () use ( $ahead, $status, $more ) {
			$data = array( 'time' => gmdate( 'c', time() + $ahead ), 'service_version' => '1.2' ) + $more;
			return array( $status, (string) wp_json_encode( $data ), array( 'content-type' => 'application/json' ) );
		};
	}

	/** Asks for one of the tests as the page Site Health does. */
	private function ask( string $name ): WP_REST_Response {
		return rest_get_server()->dispatch( new WP_REST_Request( 'GET', '/trading-robot-service/v1/health/' . $name ) );
	}

	public function test_every_test_is_there_and_says_what_it_is(): void {
		$this->connect();
		$this->service_says();
		$tests = $this->health->add_tests( array( 'direct' => array(), 'async' => array() ) );
		$this->assertSame( array( 'configured', 'keys', 'https', 'pages' ), str_replace( 'trading_robot_service_', '', array_keys( $tests['direct'] ) ) );
		$this->assertSame( array( 'service', 'clock', 'rest', 'cache' ), str_replace( 'trading_robot_service_', '', array_keys( $tests['async'] ) ) );
		foreach ( $tests['async'] as $test ) {
			$this->assertStringContainsString( '/trading-robot-service/v1/health/', $test['test'] );
		}
		foreach ( $this->health->run() as $result ) {
			$this->assertSame( array( 'label', 'status', 'badge', 'description', 'actions', 'test' ), array_keys( $result ) );
			$this->assertContains( $result['status'], array( 'good', 'recommended', 'critical' ) );
		}
	}

	/** @dataProvider versions */
	public function test_versions_that_do_not_fit_are_told( array $said, string $status, string $text ): void {
		$this->connect();
		$this->service_says( 0, 200, $said );
		$result = $this->ask( 'service' )->get_data();
		$this->assertSame( $status, $result['status'] );
		$this->assertStringContainsString( $text, $result['description'] );
	}

	public function versions(): array {
		return array(
			'as old as it may be'    => array( array( 'oldest_plugin' => TradingRobotService\VERSION ), 'good', 'accepts this site' ),
			'a newer service'        => array( array( 'oldest_plugin' => '99.0.0' ), 'recommended', 'Update the plugin' ),
			'a service that is mute' => array( array(), 'good', 'accepts this site' ),
			'nonsense'               => array( array( 'oldest_plugin' => '<b>99</b>' ), 'good', 'accepts this site' ),
		);
	}

	public function test_an_old_service_is_its_operators_business(): void {
		$this->assertStringContainsString( 'Ask the operator', TradingRobotService\Versions::advice( '0.0.9', '0.1.0' ) );
		$this->assertSame( '', TradingRobotService\Versions::advice( TradingRobotService\Versions::OLDEST_SERVICE, '0.1.0' ) );
		$this->assertSame( '', TradingRobotService\Versions::advice( '', '' ) );
	}

	public function test_a_site_that_is_not_connected_is_told_and_asks_nobody(): void {
		$this->assertSame( 'recommended', $this->health->test_configured()['status'] );
		$this->assertSame( 'recommended', $this->ask( 'service' )->get_data()['status'] );
		$this->assertSame( 'recommended', $this->ask( 'clock' )->get_data()['status'] );
		$this->assertSame( array(), $this->requests );
	}

	public function test_an_unreadable_secret_is_critical(): void {
		$this->connect();
		update_option( Secrets::OPTION, base64_encode( random_bytes( 80 ) ) );
		$result = $this->health->test_configured();
		$this->assertSame( 'critical', $result['status'] );
		$this->assertStringContainsString( 'options-general.php?page=trading-robot-service', $result['actions'] );
	}

	/** @dataProvider skews */
	public function test_clocks_that_differ( int $skew, string $status ): void {
		$this->assertSame( $status, SiteHealth::skew_status( $skew ) );
	}

	public function skews(): array {
		return array( array( 0, 'good' ), array( 10, 'good' ), array( 11, 'recommended' ), array( 30, 'recommended' ), array( 31, 'critical' ) );
	}

	public function test_it_measures_the_clock_of_the_service(): void {
		$this->connect();
		foreach ( array( array( 2, 'good' ), array( -20, 'recommended' ), array( 60, 'critical' ) ) as list( $ahead, $status ) ) {
			// A service with another clock refuses, and says its time all the same.
			$this->service_says( $ahead, 60 === $ahead ? 401 : 200 );
			$this->assertSame( $status, $this->ask( 'clock' )->get_data()['status'], (string) $ahead );
		}
	}

	public function test_it_says_how_the_service_answers(): void {
		$this->connect();
		$this->service_says();
		$this->assertSame( 'good', $this->ask( 'service' )->get_data()['status'] );
		$this->service_says( 0, 401 );
		$this->assertStringContainsString( 'signature', $this->ask( 'service' )->get_data()['description'] );
		$this->service_says( 0, 500 );
		$this->assertSame( 'critical', $this->ask( 'service' )->get_data()['status'] );
		$this->service_says( 0, 200, array( 'copy_seen_at' => '2026-11-21T10:00:00+00:00' ) );
		$this->assertStringContainsString( 'copy of this site', $this->ask( 'service' )->get_data()['description'] );
	}

	public function test_a_cache_that_answers_for_members_is_critical(): void {
		$kept = array(
			array( 401, 'no-store, private', array(), 'good' ),
			array( 200, 'max-age=600', array(), 'critical' ),
			array( 401, 'max-age=600', array(), 'critical' ),
			array( 401, 'no-store, private', array( 'age' => '12' ), 'critical' ),
		);
		foreach ( $kept as list( $code, $caching, $more, $status ) ) {
			$this->service = static function () use ( $code, $caching, $more ) {
				return array( $code, '', array( 'cache-control' => $caching ) + $more );
			};
			$this->assertSame( $status, $this->ask( 'cache' )->get_data()['status'], $caching );
		}
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->assertSame( 'recommended', $this->ask( 'cache' )->get_data()['status'] );
		$this->assertSame( 'critical', $this->ask( 'rest' )->get_data()['status'] );
	}

	public function test_only_who_may_see_site_health_may_ask(): void {
		foreach ( array( 0, get_user_by( 'login', 'member' )->ID ) as $user ) {
			wp_set_current_user( $user );
			foreach ( array( 'service', 'clock', 'rest', 'cache' ) as $name ) {
				$this->assertContains( $this->ask( $name )->get_status(), array( 401, 403 ) );
			}
		}
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->assertSame( 404, $this->ask( 'configured' )->get_status() );
		$this->assertSame( array(), $this->requests );
	}

	public function test_the_facts_hold_no_secret_and_the_copy_for_support_no_ids(): void {
		$this->connect();
		$facts = $this->health->add_facts( array() );
		$this->assertStringNotContainsString( self::SECRET, (string) wp_json_encode( $facts ) );
		$this->assertStringNotContainsString( (string) get_option( Secrets::OPTION ), (string) wp_json_encode( $facts ) );
		$copied = WP_Debug_Data::format( $facts, 'debug' );
		$this->assertStringContainsString( 'state: connected', $copied );
		$this->assertStringContainsString( 'secret: encrypted', $copied );
		$this->assertStringNotContainsString( 'site-1', $copied );
		$this->assertStringNotContainsString( 'key-1', $copied );
	}
}
