<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminScreenCase.php';

use TradingRobotService\Admin\Business;
use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Members;
use TradingRobotService\Admin\Operation;

/** The owner's figures, members' money and the machinery, as administrators see them. */
final class AdminBusinessTest extends AdminScreenCase {

	public function test_the_business_shows_money_by_currency_and_says_what_it_means(): void {
		$html = $this->html( Business::class );
		$this->assertStringContainsString( "1,234.56\u{00A0}USD", $html );
		$this->assertStringContainsString( "+234.56\u{00A0}USD in the period", $html );
		$this->assertStringContainsString( "5,000\u{00A0}JPY", $html );
		$this->assertStringContainsString( '4.2%', $html );
		$this->assertStringContainsString( 'too few have left to say', $html );
		$this->assertSame( 4, substr_count( $html, '<svg class="trp-stack"' ) );
		$this->assertStringContainsString( '4,321', $html );
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
		$said['mails'] = null;
		$said['funnel'] = array();
		$this->said['/api/admin/business'] = $said;
		$html = $this->html( Business::class );
		$this->assertStringContainsString( 'Money belongs to the operator', $html );
		$this->assertStringContainsString( 'Nobody has signed up', $html );
		$this->assertStringNotContainsString( 'rows=revenue', $html );
		$this->assertStringContainsString( 'rows=calls', $html );
		$this->assertStringNotContainsString( 'Mails to members', $html );
	}

	public function test_calls_to_action_show_clicks_and_who_went_on_with_n_and_interval(): void {
		$html = $this->html( Business::class );
		$this->assertStringContainsString( '8,765', $html );
		$this->assertStringContainsString( '3 of 8,765: 37.5% (13.7% to 69.4%)', $html );
		$this->assertStringContainsString( 'data-label="Completed">2</td>', $html );
		$this->assertStringContainsString( 'read by members 17 times', $html );
		$this->assertStringContainsString( 'rows=calls', $html );
		$this->assertStringNotContainsString( '<script>alert', $html );
		$this->assertSame( '–', Figures::reached( array( 'count' => 0, 'of' => 0, 'ratio' => null, 'low' => null, 'high' => null ) ) );
	}

	public function test_before_the_first_click_the_business_says_so_and_an_older_service_says_nothing(): void {
		$said                  = self::business();
		$said['calls']['rows'] = array();
		$this->said['/api/admin/business'] = $said;
		$this->assertStringContainsString( 'No button of a plan was pressed', $this->html( Business::class ) );
		unset( $said['calls'] );
		$this->said['/api/admin/business'] = $said;
		$this->assertStringNotContainsString( 'Calls to action', $this->html( Business::class ) );
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

	public function test_money_is_sent_in_minor_units_and_only_what_was_said(): void {
		$this->post( Members::class, array( 'member' => '7', 'step' => 'refund', 'invoice' => '9', 'amount' => '1,50', 'digits' => '2', 'refunded' => '99', 'reason' => 'duplicate', 'at_once' => '1' ) );
		$this->assertSame( array( 'invoice_id' => 9, 'reason' => 'duplicate', 'ends_access' => true, 'refunded_minor' => 99, 'amount_minor' => 150 ), json_decode( $this->requests[0]['body'], true ) );
		$this->requests = array();
		$this->post( Members::class, array( 'member' => '7', 'step' => 'refund', 'invoice' => '9', 'amount' => '', 'reason' => 'duplicate' ) );
		$this->assertArrayNotHasKey( 'amount_minor', json_decode( $this->requests[0]['body'], true ) );
		$this->requests = array();
		$this->post( Members::class, array( 'member' => '7', 'step' => 'plan', 'place' => 'coach:pro', 'until' => '2027-01-31', 'reason' => 'A test' ) );
		$this->assertSame( array( 'ladder' => 'coach', 'plan' => 'pro', 'reason' => 'A test', 'until' => '2027-01-31' ), json_decode( $this->requests[0]['body'], true ) );
	}

	public function test_a_change_of_plan_is_shown_to_the_cent_before_it_is_made_and_sent_as_shown(): void {
		$html = $this->html( Members::class, array( 'member' => '7' ) );
		$this->assertStringContainsString( 'See what a change costs', $html );
		$html = $this->html( Members::class, array( 'member' => '7', 'place' => 'robots:premium', 'interval' => 'month' ) );
		$this->assertSame( '/api/admin/members/7/change?ladder=robots&plan=premium&interval=month', end( $this->requests )['target'] );
		$this->assertStringContainsString( "46.67\u{00A0}USD", $html );
		$this->assertStringContainsString( "99.99\u{00A0}USD a month", $html );
		$this->assertStringContainsString( 'At once', $html );
		$this->assertSame( 1, preg_match( '/name="proration_at" value="([0-9]+)"/', $html, $found ) );
		$this->requests = array();
		$this->post( Members::class, array( 'member' => '7', 'step' => 'change', 'place' => 'robots:premium', 'interval' => 'month', 'proration_at' => $found[1], 'reason' => 'A test' ) );
		$this->assertSame( array( 'ladder' => 'robots', 'plan' => 'premium', 'interval' => 'month', 'reason' => 'A test', 'proration_at' => 1794650400 ), json_decode( $this->requests[0]['body'], true ) );
	}

	public function test_a_change_that_cannot_be_made_is_said_and_has_no_form(): void {
		foreach ( array( array( 409, 'plan_rests', 'A payment is open.' ), array( 503, 'no_till', 'Nothing can be bought here yet.' ) ) as list( $status, $code, $text ) ) {
			$this->service = function ( $method, $target ) use ( $status, $code, $text ) {
				if ( false !== strpos( $target, '/change' ) ) {
					return array( $status, (string) wp_json_encode( array( 'code' => $code, 'detail' => $text ) ), array( 'content-type' => 'application/problem+json' ) );
				}
				return array( 200, (string) wp_json_encode( $this->said[ (string) strtok( $target, '?' ) ] ), array( 'content-type' => 'application/json' ) );
			};
			$html = $this->html( Members::class, array( 'member' => '7', 'place' => 'robots:premium' ) );
			$this->assertStringContainsString( $text, $html );
			$this->assertStringNotContainsString( '<form', $html );
		}
	}

	public function test_a_site_that_is_not_the_operator_s_sees_no_money_of_a_member_and_no_operation(): void {
		$this->service = function ( $method, $target ) {
			$path = (string) strtok( $target, '?' );
			if ( false !== strpos( $path, '/money' ) || false !== strpos( $path, '/operation' ) ) {
				return array( 404, '{"detail":"None."}', array( 'content-type' => 'application/json' ) );
			}
			return array( 200, (string) wp_json_encode( $this->said[ $path ] ?? array() ), array( 'content-type' => 'application/json' ) );
		};
		$html = $this->html( Members::class, array( 'member' => '7' ) );
		$this->assertStringContainsString( 'Disable on this site', $html );
		$this->assertStringNotContainsString( 'Give this plan', $html );
		$this->assertStringContainsString( 'on the operator’s own site', $this->html( Operation::class ) );
	}
}
