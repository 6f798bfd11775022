<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Breaker;
use TradingRobotService\ChangeQueue;
use TradingRobotService\Changes;
use TradingRobotService\Connection;
use TradingRobotService\Plugin;
use TradingRobotService\Token;

/** What the service hears of users: sessions that end, new passwords, other roles, deletion. */
final class ChangesTest extends ServiceCase {

	/** @var int */
	private $member;

	/** @var Changes */
	private $changes;

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		// PHPUnit has printed already, so no cookie can be sent.
		add_filter( 'send_auth_cookies', '__return_false' );
		$this->member  = (int) wp_insert_user( array( 'user_login' => 'dana', 'user_pass' => 'first-pass', 'user_email' => 'dana@site.example', 'role' => 'subscriber' ) );
		$this->service = static function () {
			return array( 200, '{"known":1}', array( 'content-type' => 'application/json' ) );
		};
		// The plugin's own, which is hooked in, keeps what waits in this request.
		foreach ( $GLOBALS['wp_filter']['clear_auth_cookie'][10] as $hook ) {
			if ( is_array( $hook['function'] ) && $hook['function'][0] instanceof Changes ) {
				$this->changes = $hook['function'][0];
			}
		}
		$this->finish();
		Changes::mark( $this->member );
		$this->requests = array();
	}

	protected function tearDown(): void {
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$_COOKIE = array();
		if ( get_userdata( $this->member ) ) {
			wp_delete_user( $this->member );
		}
		$this->finish();
		wp_clear_scheduled_hook( ChangeQueue::HOOK );
		parent::tearDown();
	}

	/** Ends the request. */
	private function finish(): void {
		$this->changes->send();
	}

	/** Signs the member in and returns the session's token. */
	private function session( int $seconds = 3600 ): string {
		$token = WP_Session_Tokens::get_instance( $this->member )->create( time() + $seconds );
		wp_set_current_user( $this->member );
		$_COOKIE[ LOGGED_IN_COOKIE ] = wp_generate_auth_cookie( $this->member, time() + $seconds, 'logged_in', $token );
		return $token;
	}

	/** Returns what was told, request by request. */
	private function told(): array {
		$this->finish();
		$told = array();
		foreach ( $this->requests as $request ) {
			$this->assertSame( array( 'POST', '/api/wordpress/changes' ), array( $request['method'], $request['target'] ) );
			$this->assertSame( 'site-1:0', $this->claims_of( $request )['sub'] );
			$told = array_merge( $told, json_decode( $request['body'], true )['changes'] );
		}
		return $told;
	}

	private function waiting(): int {
		global $wpdb;
		return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->options} WHERE option_name LIKE 'trading_robot_service_change_%'" );
	}

	public function test_signing_out_tells_the_very_session_that_tokens_name(): void {
		$token = $this->session();
		$sid   = Token::of_user( wp_get_current_user() )['sid'];
		$this->session();
		$_COOKIE[ LOGGED_IN_COOKIE ] = wp_generate_auth_cookie( $this->member, time() + 3600, 'logged_in', $token );
		wp_logout();
		$told = $this->told();
		$this->assertCount( 1, $told );
		$this->assertSame( array( 'session_ended', $this->member, $sid ), array( $told[0]['kind'], $told[0]['wp_user_id'], $told[0]['sid'] ) );
		$this->assertArrayNotHasKey( 'mark', $told[0] );
		$this->assertSame( hash( 'sha256', $token ), $sid );
		$this->assertSame( 0, $this->waiting() );
		$this->assertFalse( wp_next_scheduled( ChangeQueue::HOOK ) );
	}

	public function test_the_page_waits_a_second_at_most(): void {
		$this->session();
		wp_logout();
		$this->finish();
		$this->assertSame( 1.0, $this->requests[0]['timeout'] );
	}

	public function test_the_last_session_and_the_others_too(): void {
		$first = $this->session();
		$this->session();
		$this->session();
		WP_Session_Tokens::get_instance( $this->member )->destroy_others( $first );
		$this->assertCount( 2, $this->told() );
		$this->requests = array();
		WP_Session_Tokens::get_instance( $this->member )->destroy_all();
		$this->assertSame( array( hash( 'sha256', $first ) ), array_column( $this->told(), 'sid' ) );
	}

	public function test_new_sessions_and_those_that_are_over_are_nothing_to_tell(): void {
		$this->session( -10 );
		$this->session();
		update_user_meta( $this->member, 'first_name', 'Dana' );
		$this->assertSame( array(), $this->told() );
	}

	public function test_everybody_is_told_in_one_line(): void {
		$this->session();
		WP_User_Meta_Session_Tokens::drop_sessions();
		$told = $this->told();
		$this->assertSame( array( 'sessions_ended', 0 ), array( $told[0]['kind'], $told[0]['wp_user_id'] ) );
	}

	/** @dataProvider passwords */
	public function test_a_new_password_ends_every_session( callable $change ): void {
		$old = array( hash( 'sha256', $this->session() ), hash( 'sha256', $this->session() ) );
		$change( $this->member );
		$ended = array_column( $this->told(), 'sid' );
		sort( $ended );
		sort( $old );
		$this->assertSame( $old, array_values( array_intersect( $ended, $old ) ) );
	}

	public function passwords(): array {
		return array(
			'reset'   => array(
				static function ( int $id ): void {
					reset_password( get_userdata( $id ), 'second-pass' );
				},
			),
			'profile' => array(
				static function ( int $id ): void {
					wp_set_current_user( 0 );
					wp_update_user( array( 'ID' => $id, 'user_pass' => 'second-pass' ) );
				},
			),
		);
	}

	public function test_a_role_is_told_as_it_is_when_it_is_sent(): void {
		$user = new WP_User( $this->member );
		$user->set_role( 'administrator' );
		$user->set_role( 'subscriber' );
		$user->add_cap( 'trading_robot_service_view_dashboard', false );
		$told = $this->told();
		$this->assertCount( 1, $told );
		$this->assertSame( array( 'role_changed', $this->member, array( 'read' ) ), array( $told[0]['kind'], $told[0]['wp_user_id'], $told[0]['caps'] ) );
	}

	public function test_a_deleted_user_is_told_as_deleted(): void {
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$this->session();
		wp_delete_user( $this->member );
		$told = $this->told();
		$this->assertContains( array( 'user_deleted', $this->member ), array_map( static function ( $one ) { return array( $one['kind'], $one['wp_user_id'] ); }, $told ) );
	}

	public function test_whoever_has_not_been_to_the_service_is_nobody_s_business(): void {
		delete_user_meta( $this->member, Changes::KNOWN );
		$this->session();
		wp_logout();
		( new WP_User( $this->member ) )->set_role( 'editor' );
		$this->assertSame( array(), $this->told() );
		$this->assertSame( 0, $this->waiting() );
	}

	public function test_a_member_is_marked_by_the_first_answer(): void {
		delete_user_meta( $this->member, Changes::KNOWN );
		$this->service = static function () {
			return array( 403, '{}', array( 'content-type' => 'application/json' ) );
		};
		$user          = new WP_User( $this->member );
		Plugin::instance()->users->send( $user, 'GET', '/embed/dashboard', '', array() );
		$this->assertSame( '', get_user_meta( $this->member, Changes::KNOWN, true ) );
		$this->service = static function () {
			return array( 200, '' );
		};
		Plugin::instance()->users->send( $user, 'GET', '/embed/dashboard', '', array() );
		$this->assertSame( '1', get_user_meta( $this->member, Changes::KNOWN, true ) );
	}

	/** @dataProvider outages */
	public function test_what_does_not_arrive_is_told_again( $answer ): void {
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$sid           = hash( 'sha256', $this->session() );
		wp_logout();
		$this->finish();
		$this->assertSame( 1, $this->waiting() );
		$next = wp_next_scheduled( ChangeQueue::HOOK );
		$this->assertEqualsWithDelta( time() + 60, $next, 5 );
		// Again in vain, twice as late.
		Breaker::reset();
		wp_clear_scheduled_hook( ChangeQueue::HOOK );
		do_action( ChangeQueue::HOOK );
		$this->assertEqualsWithDelta( time() + 120, wp_next_scheduled( ChangeQueue::HOOK ), 5 );
		$this->service  = static function () {
			return array( 200, '{"known":1}', array( 'content-type' => 'application/json' ) );
		};
		$this->requests = array();
		Breaker::reset();
		do_action( ChangeQueue::HOOK );
		$this->assertSame( array( $sid ), array_column( $this->told(), 'sid' ) );
		$this->assertSame( 0, $this->waiting() );
		$this->assertFalse( get_option( ChangeQueue::TRIES ) );
	}

	public function outages(): array {
		return array(
			'away'   => array( new WP_Error( 'http_request_failed', 'timeout' ) ),
			'broken' => array( array( 503, '' ) ),
			'old'    => array( array( 404, '{}', array( 'content-type' => 'application/json' ) ) ),
		);
	}

	public function test_what_changes_while_it_is_sent_is_told_again(): void {
		$user          = new WP_User( $this->member );
		$this->service = function () use ( $user ) {
			$this->service = static function () {
				return array( 200, '{}' );
			};
			$user->set_role( 'editor' );
			return array( 200, '{}' );
		};
		$user->set_role( 'author' );
		$this->finish();
		$this->assertSame( 1, $this->waiting() );
		$this->finish();
		$this->assertSame( 0, $this->waiting() );
		$this->assertCount( 2, $this->requests );
	}

	public function test_what_the_service_cannot_read_does_not_stop_the_rest(): void {
		$this->service = static function () {
			return array( 422, '{}', array( 'content-type' => 'application/json' ) );
		};
		( new WP_User( $this->member ) )->set_role( 'author' );
		$this->finish();
		$this->assertSame( 0, $this->waiting() );
	}

	public function test_a_session_that_would_be_over_by_now_is_forgotten(): void {
		$this->service = static function () {
			return array( 503, '' );
		};
		$this->session( 2 );
		wp_logout();
		$this->finish();
		$this->assertSame( 1, $this->waiting() );
		sleep( 3 );
		$this->requests = array();
		do_action( ChangeQueue::HOOK );
		$this->assertSame( 0, $this->waiting() );
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_copy_of_the_site_tells_nothing(): void {
		update_option( Connection::OPTION, array( 'site_url' => 'https://original.example/' ) + get_option( Connection::OPTION ) );
		$this->session();
		wp_logout();
		$this->assertSame( array(), $this->told() );
		$this->assertSame( 0, $this->waiting() );
	}
}
