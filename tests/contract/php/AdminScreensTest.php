<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminCase.php';

use TradingRobotService\Admin\Business;
use TradingRobotService\Admin\Dashboard;
use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Logs;
use TradingRobotService\Admin\Members;
use TradingRobotService\Admin\Moderation;
use TradingRobotService\Admin\Robots;
use TradingRobotService\Admin\Service;
use TradingRobotService\Capabilities;
use TradingRobotService\Plugin;

/** Stands for the end of a request. */
final class Redirected extends Exception {}

/** The administrators' screens over a service of the test's own making. */
final class AdminScreensTest extends AdminCase {

	/** @var array<string,mixed> What the service answers, by path. */
	private $said = array();

	public static function setUpBeforeClass(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		Capabilities::grant();
		wp_insert_user(
			array(
				'user_login' => 'editor',
				'user_pass'  => 'editor-pass',
				'user_email' => 'editor@site.example',
				'role'       => 'editor',
			)
		);
	}

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->said = array(
			'/api/admin/overview'       => self::overview(),
			'/api/admin/business' => self::business(),
			'/api/admin/business/mrr_movements' => array(
				'columns'     => array( 'Day', 'Member' ),
				'items'       => array( array( '2026-11-01', self::EVIL ), array( '2026-10-31', '' ) ),
				'next_cursor' => 'sealed_cursor-2',
			),
			'/api/admin/members'        => array(
				'items'       => array( self::member() ),
				'next_cursor' => 7,
			),
			'/api/admin/members/7'      => array(
				'member'           => self::member(),
				'robots'           => array(
					array(
						'plugin_id' => 'x',
						'name'      => self::EVIL,
						'kinds'     => array( 'paper' ),
						'accounts'  => 1,
					),
				),
				'fills_today'      => 1,
				'fills_in_14_days' => 2,
				'public_name'      => self::case_of( 'public_name', 'approved' ),
				'reports'          => array( self::case_of( 'report', 'open' ) ),
				'log'              => array( self::line() ),
			),
			'/api/admin/robots'         => array( 'items' => array( self::robot() ) ),
			'/api/admin/robots/ma_cross' => self::robot(),
			'/api/admin/moderation'     => array(
				'items'       => array(
					self::item( 'public_name', 'open' ),
					self::item( 'report', 'open' ),
					self::item( 'public_name', 'approved' ),
				),
				'next_cursor' => null,
				'open_cases'  => 2,
			),
			'/api/admin/audit'          => array(
				'items'       => array(
					array(
						'line'   => array(
							'id'         => 5,
							'at'         => '2026-11-01T10:00:00Z',
							'action'     => self::EVIL,
							'text'       => self::EVIL,
							'by'         => self::EVIL,
							'user_id'    => 3,
							'subject'    => self::EVIL,
							'detail'     => array(),
							'request_id' => self::EVIL,
						),
						'member' => self::member(),
					),
				),
				'next_cursor' => 'sealed_cursor-1',
			),
			'/api/admin/logs'           => array(
				'items'       => array( self::line() ),
				'next_cursor' => 3,
			),
		);
		$this->service = function ( $method, $target ) {
			$body = $this->said[ (string) strtok( $target, '?' ) ] ?? array();
			return array( 200, (string) wp_json_encode( $body ), array( 'content-type' => 'application/json' ) );
		};
		$this->be( 'admin' );
	}

	protected function tearDown(): void {
		parent::tearDown();
		unset( $_REQUEST['_wpnonce'] );
		$_POST = array();
		$_GET  = array();
	}

	private function be( string $login ): void {
		$user = get_user_by( 'login', $login );
		$user->get_role_caps();
		wp_set_current_user( $user->ID );
	}

	private function screen( string $kind ): object {
		return new $kind( new Service( Plugin::instance()->client, Plugin::instance()->connection ) );
	}

	private function html( string $kind, array $query = array() ): string {
		$_GET = $query;
		ob_start();
		$this->screen( $kind )->show();
		return (string) ob_get_clean();
	}

	/** @return array<string,array{class-string,array<string,string>,string}> */
	public function screens(): array {
		return array(
			'overview'   => array( Dashboard::class, array(), '1,234' ),
			'business'   => array( Business::class, array(), 'Money in USD' ),
			'rows'       => array( Business::class, array( 'rows' => 'mrr_movements', 'period' => '90d' ), 'Download as CSV' ),
			'members'    => array( Members::class, array(), 'Search members' ),
			'member'     => array( Members::class, array( 'member' => '7' ), 'Disable on this site' ),
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
		$this->assertCount( 1, $this->requests );
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

	public function test_the_business_shows_money_by_currency_and_says_what_it_means(): void {
		$html = $this->html( Business::class );
		$this->assertStringContainsString( "1,234.56\u{00A0}USD", $html );
		$this->assertStringContainsString( "+234.56\u{00A0}USD in the period", $html );
		$this->assertStringContainsString( "5,000\u{00A0}JPY", $html );
		$this->assertStringContainsString( '4.2%', $html );
		$this->assertStringContainsString( 'too few have left to say', $html );
		$this->assertSame( 4, substr_count( $html, '<svg class="trp-stack"' ) );
		$this->assertStringContainsString( 'aria-current="page"', $html );
	}

	public function test_a_site_that_is_not_the_operator_s_is_told_and_an_empty_business_too(): void {
		$said = self::business();
		$said['money'] = array();
		$this->said['/api/admin/business'] = $said;
		$this->assertStringContainsString( 'Nothing has been paid yet.', $this->html( Business::class ) );
		$said['is_operators'] = false;
		$said['trials'] = null;
		$said['creators'] = null;
		$said['funnel'] = array();
		$this->said['/api/admin/business'] = $said;
		$html = $this->html( Business::class );
		$this->assertStringContainsString( 'Money belongs to the operator', $html );
		$this->assertStringContainsString( 'Nobody has signed up', $html );
		$this->assertStringNotContainsString( 'rows=revenue', $html );
	}

	public function test_the_file_needs_the_right_and_the_nonce(): void {
		$_GET = array( 'rows' => 'revenue', 'period' => '30d' );
		$this->assertSame( 'The link you followed has expired.', $this->post( Business::class, array(), 'wrong', 'send_file' ) );
		$this->be( 'editor' );
		$this->assertStringStartsWith( 'You may not', $this->post( Business::class, array(), '', 'send_file' ) );
		$this->assertSame( array(), $this->requests );
		$this->be( 'admin' );
		$this->service = function () {
			return array( 404, '{"detail":"None."}', array( 'content-type' => 'application/json' ) );
		};
		$this->assertStringContainsString( 'page=trading-robot-service-business', $this->post( Business::class, array(), '', 'send_file' ) );
		$this->assertSame( '/api/admin/business/revenue/file?period=30d', $this->requests[0]['target'] );
	}

	public function test_bars_stand_on_zero_and_keep_their_proportions(): void {
		$drawn = Figures::stack( array( array( 300, -100 ), array( 0, 0 ), array( 100, 200 ) ) );
		$this->assertCount( 4, $drawn['bars'] );
		$this->assertEqualsWithDelta( 3 * $drawn['bars'][1]['height'], $drawn['bars'][0]['height'], 0.001 );
		$this->assertEqualsWithDelta( $drawn['zero'], $drawn['bars'][1]['y'], 0.001 );
		$this->assertEqualsWithDelta( $drawn['zero'], $drawn['bars'][0]['y'] + $drawn['bars'][0]['height'], 0.001 );
		$this->assertEqualsWithDelta( $drawn['bars'][2]['y'], $drawn['bars'][3]['y'] + $drawn['bars'][3]['height'], 0.001 );
		$this->assertSame( array(), Figures::stack( array( array( 0 ) ) )['bars'] );
		$this->assertSame( '–', Figures::money( null, 'USD', 2 ) );
	}

	public function test_members_are_searched_filtered_and_paged(): void {
		$this->html( Members::class, array( 's' => 'a&b', 'state' => 'disabled', 'cursor' => '9' ) );
		$this->assertSame( '/api/admin/members?search=a%26b&state=disabled&cursor=9', $this->requests[0]['target'] );
		$this->html( Members::class, array( 'state' => 'evil', 'cursor' => 'a b', 's' => array( 'x' ) ) );
		$this->assertSame( '/api/admin/members', $this->requests[1]['target'] );
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

	/** Sends a form and returns where it leads, or what it dies of. */
	private function post( string $kind, array $form, string $nonce = '', string $step = 'save' ): string {
		$die   = static function () {
			return static function ( $message ) {
				throw new Redirected( is_string( $message ) ? $message : '' );
			};
		};
		$leave = static function ( $where ) {
			throw new Redirected( $where );
		};
		add_filter( 'wp_die_handler', $die );
		add_filter( 'wp_redirect', $leave );
		$_POST                = wp_slash( $form );
		$_REQUEST['_wpnonce'] = '' === $nonce ? wp_create_nonce( $kind::ACTION ) : $nonce;
		$said                 = '';
		try {
			$this->screen( $kind )->$step();
		} catch ( Redirected $end ) {
			$said = $end->getMessage();
		}
		remove_filter( 'wp_die_handler', $die );
		remove_filter( 'wp_redirect', $leave );
		return $said;
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
