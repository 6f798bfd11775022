<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminScreenCase.php';

use TradingRobotService\Admin\Ai;
use TradingRobotService\Admin\Business;
use TradingRobotService\Admin\Dashboard;
use TradingRobotService\Admin\Logs;
use TradingRobotService\Admin\Members;
use TradingRobotService\Admin\Moderation;
use TradingRobotService\Admin\Operation;
use TradingRobotService\Admin\Robots;
use TradingRobotService\Admin\Service;
use TradingRobotService\Capabilities;
use TradingRobotService\Plugin;

/** The administrators' screens over a service of the test's own making. */
final class AdminScreensTest extends AdminScreenCase {

	/** @return array<string,array{class-string,array<string,string>,string}> */
	public function screens(): array {
		return array(
			'overview'   => array( Dashboard::class, array(), '1,234' ),
			'business'   => array( Business::class, array(), 'Money in USD' ),
			'rows'       => array( Business::class, array( 'rows' => 'mrr_movements', 'period' => '90d' ), 'Download as CSV' ),
			'ai'         => array( Ai::class, array(), 'Cost by day' ),
			'ai runs'    => array( Ai::class, array( 'part' => 'runs' ), 'Requests, the newest first' ),
			'ai health'  => array( Ai::class, array( 'part' => 'health' ), 'Check now' ),
			'ai limits'  => array( Ai::class, array( 'part' => 'settings' ), 'Limits of money' ),
			'ai prompts' => array( Ai::class, array( 'part' => 'prompts' ), 'Go back to the program’s own text' ),
			'ai prompt'  => array( Ai::class, array( 'part' => 'prompt', 'task' => 'coach', 'number' => '2' ), 'Models are told this version now.' ),
			'members'    => array( Members::class, array(), 'Search members' ),
			'member'     => array( Members::class, array( 'member' => '7' ), 'Disable on this site' ),
			'money'      => array( Members::class, array( 'member' => '7' ), 'Give this plan for nothing' ),
			'change'     => array( Members::class, array( 'member' => '7', 'place' => 'robots:premium' ), 'These amounts hold' ),
			'operation'  => array( Operation::class, array(), 'Work on it again' ),
			'robots'     => array( Robots::class, array(), 'Featured, place 2' ),
			'robot'      => array( Robots::class, array( 'robot' => 'ma_cross' ), 'stays on the leaderboard' ),
			'moderation' => array( Moderation::class, array(), 'Approve the name' ),
			'decided'    => array( Moderation::class, array( 'state' => 'decided' ), 'Take the name back' ),
			'logs'       => array( Logs::class, array(), 'Copy for support' ),
			'changes'    => array( Logs::class, array( 'view' => 'audit' ), 'Changes of rights and secrets' ),
		);
	}

	/** @dataProvider screens */
	public function test_it_shows_an_administrator_and_nobody_else( string $kind, array $query, string $text ): void {
		$html = $this->html( $kind, $query );
		$this->assertStringContainsString( $text, $html );
		$this->assertSame( 1, substr_count( $html, '<h1>' ) );
		foreach ( array( 'editor', 'member' ) as $login ) {
			$this->be( $login );
			$this->requests = array();
			$this->assertSame( '', $this->html( $kind, $query ) );
			$this->assertSame( array(), $this->requests );
		}
	}

	/** @dataProvider screens */
	public function test_what_members_wrote_stays_text( string $kind, array $query ): void {
		$html = $this->html( $kind, $query );
		$this->assertStringNotContainsString( '<script', $html );
		$this->assertStringNotContainsString( '<b>x', $html );
		$document = new DOMDocument();
		// What libxml does not know (HTML5) is no fault here.
		libxml_use_internal_errors( true );
		$document->loadHTML( '<?xml encoding="UTF-8">' . $html );
		libxml_clear_errors();
		$ids = array();
		foreach ( ( new DOMXPath( $document ) )->query( '//@*' ) as $attribute ) {
			$this->assertStringStartsNotWith( 'on', strtolower( $attribute->nodeName ) );
			$this->assertNotSame( 'style', $attribute->nodeName );
			if ( 'id' === $attribute->nodeName && '_wpnonce' !== $attribute->nodeValue ) {
				$ids[] = $attribute->nodeValue;
			}
		}
		$this->assertSame( array_values( array_unique( array_diff( $ids, array( 'trp-case-12', 'trp-note-12' ) ) ) ), array_values( array_diff( $ids, array( 'trp-case-12', 'trp-note-12' ) ) ) );
	}

	/** @dataProvider screens */
	public function test_it_asks_as_the_administrator_with_the_right( string $kind, array $query ): void {
		$this->html( $kind, $query );
		$claims = $this->claims_of( $this->requests[0] );
		$this->assertSame( 'site-1:' . get_current_user_id(), $claims['sub'] );
		$this->assertContains( 'manage', $claims['caps'] );
		// A member's page asks for the money of the member and for what they asked of models too.
		$more = isset( $query['place'] ) ? 1 : 2;
		$this->assertCount( isset( $query['member'] ) ? 1 + $more : 1, $this->requests );
	}

	/** @dataProvider screens */
	public function test_it_says_when_the_service_is_away_and_when_there_is_none( string $kind, array $query ): void {
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'cURL error 28: secret.example timed out' );
		};
		$html = $this->html( $kind, $query );
		$this->assertStringContainsString( 'does not answer right now', $html );
		$this->assertStringNotContainsString( 'secret.example', $html );
		Plugin::instance()->connection->forget();
		$this->requests = array();
		$this->assertStringContainsString( 'not connected', $this->html( $kind, $query ) );
		$this->assertSame( array(), $this->requests );
	}

	public function test_the_overview_says_what_needs_attention(): void {
		$html = $this->html( Dashboard::class );
		foreach ( array( '2 cases wait', '2 requests failed', 'does not run: worker', 'waiting for 10 min', '1 job of the service' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		$this->assertSame( 14, substr_count( $html, '<rect' ) );
		$this->assertStringContainsString( '105 fills in 14 days, at most 14 on one day.', $html );
		$fine                                   = self::overview();
		$fine['jobs']                           = array_merge( $fine['jobs'], array( 'oldest_seconds' => 0, 'failed' => 0, 'worker' => 'ok' ) );
		$fine['errors']                         = 0;
		$fine['open_cases']                     = 0;
		$this->said['/api/admin/overview'] = $fine;
		$this->assertStringContainsString( 'Nothing right now.', $this->html( Dashboard::class ) );
		$fine['held']                           = 'restored';
		$fine['oldest_plugin']                  = '99.0.0';
		$this->said['/api/admin/overview'] = $fine;
		$html                              = $this->html( Dashboard::class );
		$this->assertStringContainsString( 'The service is held', $html );
		$this->assertStringContainsString( 'Update the plugin', $html );
		$fine['at']                             = gmdate( 'c', time() - 25 );
		$this->said['/api/admin/overview'] = $fine;
		$this->assertMatchesRegularExpression( '/differ by -2[4-6] seconds/', $this->html( Dashboard::class ) );
	}

	public function test_the_widget_keeps_its_answer_for_a_minute_and_asks_nothing_while_put_away(): void {
		set_current_screen( 'dashboard' );
		$screen = $this->screen( Dashboard::class );
		foreach ( array( 1, 2 ) as $time ) {
			ob_start();
			$screen->show_widget();
			$this->assertStringContainsString( '1,234', (string) ob_get_clean() );
			$this->assertCount( 1, $this->requests );
		}
		delete_transient( Dashboard::KNOWN );
		update_user_option( get_current_user_id(), 'metaboxhidden_dashboard', array( Dashboard::WIDGET ), true );
		ob_start();
		$screen->show_widget();
		ob_end_clean();
		$this->assertCount( 1, $this->requests );
		delete_user_option( get_current_user_id(), 'metaboxhidden_dashboard', true );
		set_current_screen( 'front' );
	}

	public function test_members_are_searched_filtered_and_paged(): void {
		$this->html( Members::class, array( 's' => 'a&b', 'state' => 'disabled', 'cursor' => '9' ) );
		$this->assertSame( '/api/admin/members?search=a%26b&state=disabled&cursor=9', $this->requests[0]['target'] );
		$this->html( Members::class, array( 'state' => 'evil', 'plan' => 'gold', 'cursor' => 'a b', 's' => array( 'x' ) ) );
		$this->assertSame( '/api/admin/members', $this->requests[1]['target'] );
		$html = $this->html( Members::class, array( 'ladder' => 'coach', 'standing' => 'gift', 'state' => 'active' ) );
		$this->assertSame( '/api/admin/members?state=active&ladder=coach&standing=gift', end( $this->requests )['target'] );
		$this->assertStringContainsString( 'state=disabled&#038;ladder=coach&#038;standing=gift', $html );
		$this->assertMatchesRegularExpression( '/value="gift"\s+selected/', $html );
		$this->html( Members::class, array( 'ladder' => 'offers', 'standing' => 'evil' ) );
		$this->assertSame( '/api/admin/members', end( $this->requests )['target'] );
		$this->requests = array_slice( $this->requests, 0, 2 );
		$html = $this->html( Members::class, array( 'plan' => 'mid' ) );
		$this->assertSame( '/api/admin/members?plan=mid', $this->requests[2]['target'] );
		$this->assertStringContainsString( 'plan=mid&#038;cursor=', $html );
	}

	public function test_the_day_of_the_log_is_a_day_of_this_site(): void {
		update_option( 'timezone_string', 'Asia/Tokyo' );
		$this->html( Logs::class, array( 'day' => '2026-11-14', 'level' => 'error' ) );
		$this->assertSame( '/api/admin/logs?level=error&since=2026-11-13T15%3A00%3A00Z&until=2026-11-14T15%3A00%3A00Z', $this->requests[0]['target'] );
		update_option( 'timezone_string', '' );
	}

	public function test_the_text_for_support_has_ids_and_versions_and_no_secret(): void {
		$html = $this->html( Logs::class );
		preg_match( '#<textarea id="trp-support".*?>(.*?)</textarea>#s', $html, $found );
		foreach ( array( 'site-1', 'abc123', 'PHP ' . PHP_VERSION, 'Failed calls of this site' ) as $text ) {
			$this->assertStringContainsString( $text, $found[1] );
		}
		$this->assertStringNotContainsString( self::SECRET, $html );
		$this->assertStringNotContainsString( 'key-1', $html );
	}

	/** @return array<string,array{class-string,array<string,string>,string,string}> */
	public function writes(): array {
		return array(
			'disable'  => array( Members::class, array( 'member' => '7', 'step' => 'disable' ), 'POST', '/api/admin/members/7/disable' ),
			'enable'   => array( Members::class, array( 'member' => '7', 'step' => 'enable' ), 'POST', '/api/admin/members/7/enable' ),
			'plan'     => array( Members::class, array( 'member' => '7', 'step' => 'plan', 'place' => 'robots:mid', 'reason' => 'A test' ), 'POST', '/api/admin/members/7/plan' ),
			'cancel'   => array( Members::class, array( 'member' => '7', 'step' => 'cancel', 'place' => 'robots:', 'reason' => 'A test' ), 'POST', '/api/admin/members/7/cancel' ),
			'change'   => array( Members::class, array( 'member' => '7', 'step' => 'change', 'place' => 'robots:premium', 'interval' => 'year', 'reason' => 'A test' ), 'POST', '/api/admin/members/7/change' ),
			'refund'   => array( Members::class, array( 'member' => '7', 'step' => 'refund', 'invoice' => '9', 'amount' => '1,50', 'digits' => '2', 'reason' => 'duplicate' ), 'POST', '/api/admin/members/7/refund' ),
			'replay'   => array( Operation::class, array( 'step' => 'replay', 'event' => 'evt_1/../x' ), 'POST', '/api/admin/events/evt_1%2F..%2Fx/replay' ),
			'hold'     => array( Operation::class, array( 'step' => 'hold', 'creator' => '3', 'reason' => 'A claim' ), 'POST', '/api/admin/creators/3/hold' ),
			'robot'    => array( Robots::class, array( 'robot' => 'ma_cross', 'version' => '4', 'title' => 'Mine', 'summary' => '', 'position' => '3', 'is_hidden' => '1' ), 'PUT', '/api/admin/robots/ma_cross' ),
			'decision' => array( Moderation::class, array( 'case' => '12', 'decision' => 'approve', 'note' => "Two\nlines" ), 'POST', '/api/admin/moderation/12/decision' ),
		);
	}

	/** @dataProvider writes */
	public function test_a_write_needs_the_right_and_the_nonce( string $kind, array $form, string $method, string $target ): void {
		$this->assertSame( 'The link you followed has expired.', $this->post( $kind, $form, 'wrong' ) );
		$this->be( 'editor' );
		$this->assertStringStartsWith( 'You may not', $this->post( $kind, $form ) );
		$this->assertSame( array(), $this->requests );
		$this->be( 'admin' );
		$this->assertStringContainsString( 'page=trading-robot-service-', $this->post( $kind, $form ) );
		$this->assertSame( array( $method, $target ), array( $this->requests[0]['method'], $this->requests[0]['target'] ) );
		$this->assertMatchesRegularExpression( '/notice-success" role="status"><p>[A-Z]/', $this->html( $kind ) );
		$this->assertStringNotContainsString( 'notice-success', $this->html( $kind ) );
	}

	public function test_the_editor_sends_the_version_that_was_read_and_null_for_the_catalogue_s_words(): void {
		list( $kind, $form ) = $this->writes()['robot'];
		$this->post( $kind, $form );
		$this->assertSame( '"4"', $this->requests[0]['headers']['If-Match'] );
		$expected = array(
			'title'       => 'Mine',
			'summary'     => null,
			'is_featured' => false,
			'is_hidden'   => true,
			'position'    => 3,
		);
		$this->assertSame( $expected, json_decode( $this->requests[0]['body'], true ) );
	}

	public function test_a_conflict_shows_both(): void {
		$this->service = function ( $method, $target ) {
			$body = wp_json_encode( 'PUT' === $method ? array( 'code' => 'changed_meanwhile', 'detail' => 'x' ) : $this->said[ $target ] );
			return array( 'PUT' === $method ? 409 : 200, (string) $body, array( 'content-type' => 'application/json' ) );
		};
		$this->said['/api/admin/robots/ma_cross']['summary'] = 'Theirs now.';
		$this->post( Robots::class, array( 'robot' => 'ma_cross', 'version' => '3', 'summary' => 'Mine later.', 'position' => '0' ) );
		$html = $this->html( Robots::class, array( 'robot' => 'ma_cross' ) );
		foreach ( array( 'somebody else changed this robot', 'Theirs now.', '>Mine later.</textarea>', 'name="version" value="4"' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		$this->assertStringNotContainsString( 'Mine later.', $this->html( Robots::class, array( 'robot' => 'ma_cross' ) ) );
	}

	public function test_a_refusal_says_why_with_the_reference(): void {
		$this->service = static function () {
			return array( 409, '{"detail":"This case is <b>rejected</b> already."}', array( 'content-type' => 'application/problem+json', 'x-request-id' => '0123456789abcdef' ) );
		};
		$this->post( Moderation::class, array( 'case' => '12', 'decision' => 'approve' ) );
		$this->service = function ( $method, $target ) {
			return array( 200, (string) wp_json_encode( $this->said[ $target ] ), array() );
		};
		$this->assertStringContainsString( 'This case is &lt;b&gt;rejected&lt;/b&gt; already. Reference: 0123456789ab', $this->html( Moderation::class ) );
	}
}
