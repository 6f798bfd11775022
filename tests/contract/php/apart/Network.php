<?php
/**
 * Run by itself, in a network of sites.
 *
 * @package TradingRobotService
 */

require_once dirname( __DIR__ ) . '/ServiceCase.php';
require_once dirname( __DIR__ ) . '/UninstallTest.php';

use TradingRobotService\Capabilities;
use TradingRobotService\Changes;
use TradingRobotService\Plugin;
use TradingRobotService\Secrets;
use TradingRobotService\Setup;
use TradingRobotService\Uninstall;

use const TradingRobotService\PLUGIN_FILE;

/** Each site of a network has its own connection, capabilities and traces. */
final class Network extends ServiceCase {

	/** @var int[] */
	private static $sites = array();

	public static function setUpBeforeClass(): void {
		self::assertTrue( is_multisite() );
		$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
		update_site_option( 'active_sitewide_plugins', array( plugin_basename( PLUGIN_FILE ) => time() ) );
		foreach ( array( '/one/', '/two/' ) as $path ) {
			self::$sites[] = wpmu_create_blog( 'site.example', $path, trim( $path, '/' ), get_user_by( 'login', 'admin' )->ID );
		}
	}

	protected function setUp(): void {
		parent::setUp();
		$this->service = static function () {
			return array( 200, '{}' );
		};
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
	}

	/** Does something on every site. */
	private function everywhere( callable $step ): void {
		foreach ( array_merge( array( 1 ), self::$sites ) as $id ) {
			switch_to_blog( $id );
			$step( $id );
			restore_current_blog();
		}
	}

	public function test_a_new_site_of_the_network_has_the_capabilities(): void {
		$this->everywhere(
			function ( $id ) {
				$this->assertTrue( get_role( 'administrator' )->has_cap( Capabilities::CONNECT ), (string) $id );
			}
		);
	}

	public function test_each_site_has_a_connection_of_its_own(): void {
		switch_to_blog( self::$sites[0] );
		$this->connect();
		$this->assertSame( 'connected', Plugin::instance()->connection->state() );
		Setup::ping();
		$claims = $this->claims_of( $this->requests[0] );
		$this->assertSame( hash( 'sha256', 'site.example/one' ), $claims['surl'] );
		restore_current_blog();
		$this->assertSame( 'none', Plugin::instance()->connection->state() );
		switch_to_blog( self::$sites[1] );
		$this->assertSame( array( 'none', '' ), array( Plugin::instance()->connection->state(), ( new Secrets() )->get() ) );
		restore_current_blog();
	}

	public function test_a_site_that_is_copied_into_the_network_is_paused(): void {
		switch_to_blog( self::$sites[0] );
		$this->connect();
		$values = Plugin::instance()->connection->values();
		$stored = ( new Secrets() )->stored();
		restore_current_blog();
		switch_to_blog( self::$sites[1] );
		Plugin::instance()->connection->restore( $values );
		( new Secrets() )->restore( $stored );
		$this->assertSame( 'moved', Plugin::instance()->connection->state() );
		Plugin::instance()->connection->forget();
		restore_current_blog();
	}

	public function test_a_member_of_another_site_does_not_see_this_ones_dashboard(): void {
		$member = get_user_by( 'login', 'member' )->ID;
		remove_user_from_blog( $member, self::$sites[1] );
		add_user_to_blog( self::$sites[0], $member, 'subscriber' );
		switch_to_blog( self::$sites[0] );
		$this->assertTrue( user_can( $member, Capabilities::VIEW ) );
		restore_current_blog();
		switch_to_blog( self::$sites[1] );
		$this->assertFalse( user_can( $member, Capabilities::VIEW ) );
		restore_current_blog();
	}

	public function test_deleting_the_plugin_leaves_nothing_on_any_site(): void {
		update_site_option( 'trading_robot_service_anything', 'x' );
		$this->everywhere(
			function () {
				$this->connect();
				UninstallTest::leave_traces();
				$this->assertNotSame( array(), UninstallTest::traces() );
			}
		);
		( new Uninstall( 2 ) )->run();
		wp_cache_flush();
		$this->everywhere(
			function ( $id ) {
				$this->assertSame( array(), UninstallTest::traces(), (string) $id );
			}
		);
		$this->assertFalse( get_site_option( 'trading_robot_service_anything' ) );
		$this->assertSame( array_fill( 0, 3, '/api/wordpress/disconnect' ), array_column( $this->requests, 'target' ) );
		$this->everywhere( array( Capabilities::class, 'grant' ) );
	}

	public function test_a_large_network_does_not_wait_for_a_dead_service(): void {
		$this->everywhere( array( $this, 'connect_one' ) );
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$uninstall = new Uninstall();
		$spent     = new ReflectionProperty( $uninstall, 'spent' );
		$spent->setAccessible( true );
		$spent->setValue( $uninstall, Uninstall::GOODBYE_SECONDS );
		$uninstall->run();
		$this->assertSame( array(), $this->requests );
		$this->everywhere( array( Capabilities::class, 'grant' ) );
	}

	/** Returns what was told, by the address of the site that told it. */
	private function told(): array {
		$told = array();
		foreach ( $this->requests as $request ) {
			foreach ( json_decode( $request['body'], true )['changes'] as $change ) {
				$told[ $this->claims_of( $request )['surl'] ][] = $change['kind'] . ( isset( $change['caps'] ) ? ' ' . implode( ' ', $change['caps'] ) : '' );
			}
		}
		return $told;
	}

	public function test_each_site_hears_of_its_own_members(): void {
		// It would close the buffers of PHPUnit.
		remove_action( 'shutdown', 'wp_ob_end_flush_all', 1 );
		$this->everywhere( array( $this, 'connect_one' ) );
		$member = get_user_by( 'login', 'member' )->ID;
		add_user_to_blog( self::$sites[0], $member, 'subscriber' );
		add_user_to_blog( self::$sites[1], $member, 'subscriber' );
		Changes::mark( $member );
		$one            = hash( 'sha256', 'site.example/one' );
		$two            = hash( 'sha256', 'site.example/two' );
		$this->requests = array();
		WP_Session_Tokens::get_instance( $member )->create( time() + 60 );
		WP_Session_Tokens::get_instance( $member )->destroy_all();
		do_action( 'shutdown' );
		$told = $this->told();
		$this->assertContains( 'session_ended', $told[ $one ] );
		$this->assertContains( 'session_ended', $told[ $two ] );
		$this->requests = array();
		remove_user_from_blog( $member, self::$sites[1] );
		do_action( 'shutdown' );
		$this->assertSame( array( $two => array( 'role_changed ' ) ), $this->told() );
		$this->requests = array();
		add_user_to_blog( self::$sites[1], $member, 'subscriber' );
		do_action( 'shutdown' );
		$this->assertSame( array( $two => array( 'role_changed read view' ) ), $this->told() );
		$this->requests = array();
		require_once ABSPATH . 'wp-admin/includes/ms.php';
		wpmu_delete_user( $member );
		do_action( 'shutdown' );
		$told = $this->told();
		$this->assertContains( 'user_deleted', $told[ $one ] );
		$this->assertContains( 'user_deleted', $told[ $two ] );
	}

	public function connect_one(): void {
		$this->connect();
	}
}
