<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Capabilities;
use TradingRobotService\Setup;
use TradingRobotService\Uninstall;

/** What is left when the plugin has been deleted: nothing of ours. */
final class UninstallTest extends ServiceCase {

	/** Leaves traces of every kind. */
	public static function leave_traces(): void {
		$user = get_user_by( 'login', 'member' );
		update_option( Setup::CHARTS, 'yes' );
		set_transient( 'trading_robot_service_copy_x', array( 'html' => 'x' ), 60 );
		set_transient( 'trading_robot_service_ping', array( 'ok' => true ) );
		add_option( 'trading_robot_service_gate_x', '1', '', false );
		wp_schedule_event( time() + 60, 'daily', 'trading_robot_service_tidy' );
		wp_schedule_event( time() + 60, 'daily', 'somebody_elses_job' );
		update_user_meta( $user->ID, 'trading_robot_service_choice', 'x' );
		( new WP_User( $user->ID ) )->add_cap( Capabilities::MANAGE );
		update_option( 'somebody_elses_trading_robot_service_note', 'stays' );
	}

	/** @return string[] Rows that hold our name, without what is not ours. */
	public static function traces(): array {
		global $wpdb;
		$found  = $wpdb->get_col( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service%' OR option_value LIKE '%trading_robot_service%'" );
		$found  = array_diff( $found, array( 'somebody_elses_trading_robot_service_note' ) );
		$found  = array_merge( $found, $wpdb->get_col( "SELECT meta_key FROM {$wpdb->usermeta} WHERE meta_key LIKE '%trading_robot_service%' OR meta_value LIKE '%trading_robot_service%'" ) );
		$hooks  = (string) wp_json_encode( _get_cron_array() );
		return array_values( array_merge( $found, false === strpos( $hooks, 'trading_robot_service' ) ? array() : array( 'cron' ) ) );
	}

	protected function tearDown(): void {
		self::remove_pages();
		parent::tearDown();
		delete_option( 'somebody_elses_trading_robot_service_note' );
		wp_unschedule_hook( 'somebody_elses_job' );
		Capabilities::grant();
	}

	/** @dataProvider answers */
	public function test_nothing_of_ours_is_left( $answer ): void {
		$this->connect();
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		self::leave_traces();
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->assertNotSame( array(), self::traces() );
		( new Uninstall() )->run();
		wp_cache_flush();
		$this->assertSame( array(), self::traces() );
		$this->assertSame( array( '/api/wordpress/disconnect' ), array_column( $this->requests, 'target' ) );
		$this->assertLessThanOrEqual( 3, $this->requests[0]['timeout'] );
		$this->assertSame( 'stays', get_option( 'somebody_elses_trading_robot_service_note' ) );
		$this->assertNotFalse( wp_next_scheduled( 'somebody_elses_job' ) );
	}

	public function answers(): array {
		return array(
			'the service knows'   => array( array( 200, '{}' ) ),
			'the service is down' => array( new WP_Error( 'http_request_failed', 'timeout' ) ),
		);
	}

	public function test_a_site_that_was_never_connected_tells_nobody(): void {
		self::leave_traces();
		( new Uninstall() )->run();
		wp_cache_flush();
		$this->assertSame( array( array(), array() ), array( self::traces(), $this->requests ) );
	}

	public function test_the_file_that_wordpress_runs_does_it(): void {
		self::leave_traces();
		define( 'WP_UNINSTALL_PLUGIN', 'trading-robot-service/trading-robot-service.php' );
		require dirname( __DIR__, 3 ) . '/wp-plugin/uninstall.php';
		wp_cache_flush();
		$this->assertSame( array(), self::traces() );
	}

	public function test_pages_stay(): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$page = url_to_postid( Setup::make_pages()['pricing'] );
		( new Uninstall() )->run();
		$this->assertSame( 'publish', get_post_status( $page ) );
	}
}
