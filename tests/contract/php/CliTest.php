<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';
require_once __DIR__ . '/stub-wp-cli.php';

use TradingRobotService\Cli\CacheCommand;
use TradingRobotService\Cli\Command;
use TradingRobotService\Plugin;
use TradingRobotService\Secrets;

/** The commands, with a WP-CLI that only writes down what it is told. */
final class CliTest extends ServiceCase {

	protected function setUp(): void {
		parent::setUp();
		WP_CLI::$said     = array();
		WP_CLI::$commands = array();
		$this->service    = static function ( $method, $target ) {
			$answers = array(
				'/api/wordpress/connect' => array( 201, '{"site_id":"site-3","key_id":"key-3","secret":"' . self::SECRET . '","service_version":"1"}' ),
				'/api/wordpress/rotate'  => array( 200, '{"key_id":"key-4","secret":"' . self::SECRET . '-new"}' ),
			);
			return $answers[ $target ] ?? array( 200, '{"time":"' . gmdate( 'c' ) . '","service_version":"1"}', array( 'content-type' => 'application/json' ) );
		};
	}

	protected function tearDown(): void {
		self::remove_pages();
		parent::tearDown();
		// Whatever is printed anywhere, the secret is not.
		$this->assertStringNotContainsString( self::SECRET, (string) wp_json_encode( WP_CLI::$said ) );
	}

	private function as_admin(): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
	}

	public function test_it_registers_its_commands(): void {
		( new Command() )->register();
		$this->assertSame(
			array(
				'trading-robot-service'       => Command::class,
				'trading-robot-service cache' => CacheCommand::class,
			),
			WP_CLI::$commands
		);
		$methods = array_map( 'strval', array_diff( get_class_methods( Command::class ), array( 'register' ) ) );
		$this->assertSame( array( 'status', 'connect', 'disconnect', 'rotate', 'test', 'pages', 'doctor' ), array_values( $methods ) );
	}

	public function test_status_ends_with_1_unless_connected(): void {
		$this->assertSame( array( 'halt', 1 ), $this->run_it( 'status', array(), array( 'format' => 'json' ) ) );
		$this->connect();
		WP_CLI::$said = array();
		$this->run_it( 'status', array(), array( 'format' => 'json' ) );
		$this->assertCount( 1, WP_CLI::$said );
		list( $kind, $text ) = WP_CLI::$said[0];
		$rows = json_decode( $text, true );
		$this->assertSame( array( 'json', 'connected', 'site-1', 'encrypted' ), array( $kind, $rows[0]['state'], $rows[0]['site_id'], $rows[0]['secret'] ) );
	}

	/** @return array The last thing said. */
	private function run_it( string $name, array $args = array(), array $options = array() ): array {
		try {
			( new Command() )->$name( $args, $options );
		} catch ( WP_CLI_Ended $end ) {
			unset( $end );
		}
		return (array) end( WP_CLI::$said );
	}

	public function test_connect_takes_a_link_or_a_code_with_an_address(): void {
		$this->assertSame( array( 'success', 'Connected.' ), $this->run_it( 'connect', array( 'http://127.0.0.1:5999/#connect=abcdefgh' ) ) );
		$this->assertSame( 'connected', Plugin::instance()->connection->state() );
		$this->assertSame( 'no', get_option( 'trading_robot_service_charts' ) );
		$this->assertSame( 'success', $this->run_it( 'connect', array( 'abcdefgh' ), array( 'service' => 'http://127.0.0.1:5999', 'charts' => true ) )[0] );
		$this->assertSame( 'yes', get_option( 'trading_robot_service_charts' ) );
		$this->assertSame( 'error', $this->run_it( 'connect', array( 'abcdefgh' ), array( 'service' => 'http://evil.example' ) )[0] );
	}

	public function test_rotate_needs_an_administrator(): void {
		$this->connect();
		$this->assertSame( 'error', $this->run_it( 'rotate' )[0] );
		$this->as_admin();
		$this->assertSame( 'success', $this->run_it( 'rotate' )[0] );
		$this->assertSame( self::SECRET . '-new', ( new Secrets() )->get() );
	}

	public function test_disconnect_works_without_an_administrator_and_says_what_it_could_not_do(): void {
		$this->connect();
		$this->assertSame( 'warning', $this->run_it( 'disconnect' )[0] );
		$this->assertSame( 'none', Plugin::instance()->connection->state() );
		$this->connect();
		$this->as_admin();
		$this->assertSame( 'success', $this->run_it( 'disconnect' )[0] );
	}

	public function test_test_says_how_the_service_answers(): void {
		$this->connect();
		$row = json_decode( $this->run_it( 'test', array(), array( 'format' => 'json' ) )[1], true )[0];
		$this->assertSame( array( 'yes', 200 ), array( $row['ok'], $row['status'] ) );
		$this->assertLessThanOrEqual( 1, abs( $row['skew_s'] ) );
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->assertSame( array( 'halt', 1 ), $this->run_it( 'test' ) );
	}

	public function test_doctor_ends_with_1_when_something_is_critical(): void {
		$this->connect();
		$this->assertSame( array( 'halt', 1 ), $this->run_it( 'doctor', array(), array( 'format' => 'json' ) ) );
		$rows  = json_decode( WP_CLI::$said[0][1], true );
		$tests = array_column( $rows, 'status', 'test' );
		$this->assertSame( 'good', $tests['configured'] );
		// The service of this test answers for the site itself too, and lets its answers be kept.
		$this->assertSame( 'critical', $tests['cache'] );
	}

	public function test_pages_makes_them_once(): void {
		$first = json_decode( $this->run_it( 'pages', array(), array( 'format' => 'json' ) )[1], true );
		$this->assertContains( 'dashboard', array_column( $first, 'page' ) );
		$this->assertSame( $first, json_decode( $this->run_it( 'pages', array(), array( 'format' => 'json' ) )[1], true ) );
	}

	public function test_cache_clear_deletes_the_copies(): void {
		$this->connect();
		$this->fragments()->for_page( '/embed/pricing', array() );
		( new CacheCommand() )->clear();
		$this->assertSame( 'success', WP_CLI::$said[0][0] );
	}
}
