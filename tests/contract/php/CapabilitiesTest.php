<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Capabilities;
use TradingRobotService\Token;

/** Who may do what. */
final class CapabilitiesTest extends ServiceCase {

	protected function tearDown(): void {
		parent::tearDown();
		remove_all_filters( 'trading_robot_service_caps' );
		remove_all_filters( 'trading_robot_service_may_view' );
		get_role( 'editor' )->remove_cap( Capabilities::MANAGE );
		get_role( 'subscriber' )->remove_cap( Capabilities::VIEW );
		Capabilities::grant();
	}

	private function member(): WP_User {
		return new WP_User( get_user_by( 'login', 'member' )->ID );
	}

	public function test_administrators_get_them_and_nobody_else(): void {
		Capabilities::revoke();
		$this->assertFalse( get_role( 'administrator' )->has_cap( Capabilities::MANAGE ) );
		Capabilities::update();
		foreach ( Capabilities::ALL as $cap ) {
			$this->assertTrue( get_role( 'administrator' )->has_cap( $cap ), $cap );
			foreach ( array( 'editor', 'author', 'contributor', 'subscriber' ) as $role ) {
				$this->assertFalse( get_role( $role )->has_cap( $cap ), "$role $cap" );
			}
		}
	}

	public function test_a_filter_gives_them_to_other_roles_but_nothing_of_others(): void {
		add_filter(
			'trading_robot_service_caps',
			static function ( $map ) {
				return $map + array( 'editor' => array( Capabilities::MANAGE, 'delete_users' ), 'nobody' => array( Capabilities::MANAGE ) );
			}
		);
		Capabilities::grant();
		$this->assertTrue( get_role( 'editor' )->has_cap( Capabilities::MANAGE ) );
		$this->assertFalse( get_role( 'editor' )->has_cap( 'delete_users' ) );
	}

	public function test_who_may_read_may_see_the_dashboard_unless_a_role_or_a_filter_says_no(): void {
		$this->assertTrue( $this->member()->has_cap( Capabilities::VIEW ) );
		$this->assertFalse( $this->member()->has_cap( Capabilities::MANAGE ) );
		get_role( 'subscriber' )->add_cap( Capabilities::VIEW, false );
		$this->assertFalse( $this->member()->has_cap( Capabilities::VIEW ) );
		get_role( 'subscriber' )->remove_cap( Capabilities::VIEW );
		add_filter( 'trading_robot_service_may_view', '__return_false' );
		$this->assertFalse( $this->member()->has_cap( Capabilities::VIEW ) );
		$this->assertFalse( ( new WP_User( 0 ) )->has_cap( Capabilities::VIEW ) );
	}

	public function test_the_proxy_shows_the_dashboard_only_to_who_may_see_it(): void {
		$this->connect();
		$this->service = static function () {
			return array( 200, '<p>fine</p>' );
		};
		wp_set_current_user( $this->member()->ID );
		$this->assertSame( 200, $this->rest( 'GET', 'dashboard' )->get_status() );
		add_filter( 'trading_robot_service_may_view', '__return_false' );
		$this->assertSame( 403, $this->rest( 'GET', 'dashboard' )->get_status() );
		$this->assertSame( 200, $this->rest( 'GET', 'pricing' )->get_status() );
	}

	public function test_a_lowered_role_is_in_the_next_token(): void {
		$user = new WP_User( wp_create_user( 'lowered', 'lowered-pass', 'lowered@site.example' ) );
		$user->set_role( 'administrator' );
		$this->assertSame( array( 'read', 'view', 'manage_options', 'manage', 'connect' ), Token::of_user( new WP_User( $user->ID ) )['caps'] );
		$user->set_role( 'subscriber' );
		$this->assertSame( array( 'read', 'view' ), Token::of_user( new WP_User( $user->ID ) )['caps'] );
		require_once ABSPATH . 'wp-admin/includes/user.php';
		wp_delete_user( $user->ID );
	}
}
