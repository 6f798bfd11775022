<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminScreenCase.php';

use TradingRobotService\Admin\MemberView;
use TradingRobotService\Admin\Members;

/** A member's dashboard in the eyes of an administrator. */
final class AdminViewTest extends AdminScreenCase {

	const FRAGMENT = '<section id="dashboard" class="trp"><a href="?trp_tab=robots#dashboard" hx-get="/embed/dashboard?tab=robots" hx-push-url="true">Robots</a>'
		. '<a id="set" href="?trp_tab=settings#dashboard">Settings</a><a id="shop" href="https://site.example/marketplace/">Shop</a>'
		. '<form method="post" action="/x" hx-post="/embed/plan/cancel"><input name="a"><button type="submit">Cancel</button></form>'
		. '<div hx-get="/embed/missing" hx-trigger="load"></div><script>alert(1)</script></section>';

	private function open( string $login ): int {
		$user = get_user_by( 'login', $login );
		$id   = $user ? (int) $user->ID : (int) wp_insert_user( array( 'user_login' => $login, 'user_pass' => 'x', 'user_email' => "$login@site.example", 'role' => 'administrator' ) );
		$this->said['/api/admin/members/7']['member']['wp_user_id'] = $id;
		$this->said['/api/admin/members/7/view'] = array( 'id' => 41, 'wp_user_id' => $id, 'reason' => self::EVIL, 'started_at' => '2026-11-01T10:00:00Z', 'ends_at' => '2026-11-01T10:15:00Z' );
		$json          = $this->service;
		$this->service = function ( $method, $target ) use ( $json ) {
			return 0 === strpos( $target, '/embed/' ) ? array( 200, self::FRAGMENT ) : $json( $method, $target );
		};
		return $id;
	}

	public function test_it_shows_the_dashboard_under_a_banner_and_nothing_in_it_sends(): void {
		$this->open( 'member' );
		$html = $this->html( Members::class, array( 'member' => '7', 'view' => '1', 'trp_tab' => 'accounts' ) );
		foreach ( array( 'Only reading, by', 'End this view', get_user_by( 'login', 'member' )->display_name, wp_get_current_user()->display_name, 'trp_tab=robots' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		foreach ( array( 'hx-', '<script', 'marketplace', 'trp_tab=settings', 'action="/x"', 'alert(1)</script>' ) as $text ) {
			$this->assertStringNotContainsString( $text, $html );
		}
		$this->assertSame( 2, preg_match_all( '/<(?:input|button)[^>]* disabled/', $html ) );
		$claims = $this->claims_of( $this->requests[1] );
		$this->assertSame( 41, $claims['view_as'] );
		$this->assertSame( 'GET', $claims['htm'] );
		$this->assertSame( '/embed/dashboard?tab=accounts', $claims['htu'] );
		$this->assertSame( 'site-1:' . get_current_user_id(), $claims['sub'] );
		$this->assertArrayNotHasKey( 'view_as', $this->claims_of( $this->requests[0] ) );
	}

	public function test_the_settings_are_never_asked_for(): void {
		$this->open( 'member' );
		$this->html( Members::class, array( 'member' => '7', 'view' => '1', 'trp_tab' => 'settings' ) );
		$this->assertSame( '/embed/dashboard?tab=overview', $this->claims_of( $this->requests[1] )['htu'] );
	}

	public function test_nobody_reads_another_administrators_dashboard_or_their_own(): void {
		foreach ( array( 'second-boss', 'admin' ) as $login ) {
			$id = $this->open( $login );
			$this->requests = array();
			$html           = $this->html( Members::class, array( 'member' => '7', 'view' => '1' ) );
			$this->assertStringContainsString( 'This view has ended', $html );
			$this->assertCount( 1, $this->requests );
			$this->assertStringNotContainsString( 'Open their dashboard', $this->html( Members::class, array( 'member' => '7' ) ) );
			$this->assertSame( array( 'manage' ), MemberView::caps_of( get_userdata( $id ) ) );
		}
	}

	public function test_it_opens_with_a_reason_and_what_the_member_is_here_and_ends_by_the_button(): void {
		$this->open( 'member' );
		$this->assertStringContainsString( 'Open their dashboard', $this->html( Members::class, array( 'member' => '7' ) ) );
		$this->requests = array();
		$where          = $this->post( Members::class, array( 'member' => '7', 'step' => 'view', 'reason' => 'A test' ) );
		$this->assertStringContainsString( 'view=1', $where );
		$sent = json_decode( (string) $this->requests[1]['body'], true );
		$this->assertSame( '/api/admin/members/7/view', $this->claims_of( $this->requests[1] )['htu'] );
		$this->assertSame( 'A test', $sent['reason'] );
		$this->assertNotContains( 'manage', $sent['member_caps'] );
		$this->requests = array();
		$where          = $this->post( Members::class, array( 'member' => '7', 'step' => 'unview' ) );
		$this->assertStringNotContainsString( 'view=1', $where );
		$this->assertSame( '/api/admin/members/7/view/end', $this->claims_of( $this->requests[0] )['htu'] );
	}
}
