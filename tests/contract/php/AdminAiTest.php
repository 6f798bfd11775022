<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminScreenCase.php';

use TradingRobotService\Admin\Ai;
use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Members;

/** What was asked of models, and what is set for them, as administrators see it. */
final class AdminAiTest extends AdminScreenCase {

	public function test_cost_is_shown_by_day_member_model_and_task_and_each_opens_its_rows(): void {
		$html = $this->html( Ai::class );
		$this->assertStringContainsString( "1.2346\u{00A0}USD", $html );
		$this->assertSame( 1, substr_count( $html, '<svg class="trp-stack"' ) );
		foreach ( array( 'part=runs&#038;period=30d&#038;user=3', 'part=runs&#038;period=30d&#038;model=gpt-4o', 'part=runs&#038;period=30d&#038;task=coach', 'only=failed', 'day=2026-11-27' ) as $link ) {
			$this->assertStringContainsString( $link, $html );
		}
		$this->assertStringContainsString( '-20.0%', str_replace( "\u{2212}", '-', $html ) );
		$this->assertStringContainsString( '12,500', $html );
		$this->assertStringContainsString( 'costs more this month than the budget', $html );
		$this->assertStringNotContainsString( 'on the operator’s own site', $html );
	}

	public function test_a_site_that_is_not_the_operator_s_is_told_so_and_an_empty_time_too(): void {
		$said                 = self::ai();
		$said['is_operators'] = false;
		foreach ( array( 'days', 'members', 'models', 'tasks', 'failures', 'alarms' ) as $list ) {
			$said[ $list ] = array();
		}
		$this->said['/api/admin/ai'] = $said;
		$html                        = $this->html( Ai::class );
		$this->assertStringContainsString( 'on the operator’s own site', $html );
		$this->assertStringContainsString( 'Nothing was paid for in this time', $html );
		$this->assertStringContainsString( 'Nobody has asked anything', $html );
	}

	public function test_filters_of_the_address_are_passed_on_and_what_is_none_is_not(): void {
		$html = $this->html( Ai::class, array( 'part' => 'runs', 'period' => '7d', 'user' => '3', 'only' => 'failed', 'task' => 'x y', 'day' => '2026-11-27' ) );
		$this->assertSame( '/api/admin/ai/runs?period=7d&user=3&day=2026-11-27&only=failed', end( $this->requests )['target'] );
		$this->assertStringContainsString( 'Download as CSV', $html );
		$this->assertStringContainsString( 'Failed, no answer in time, dry run', $html );
	}

	public function test_a_setting_is_sent_as_typed_or_as_none(): void {
		$this->assertStringContainsString( 'part=settings', $this->post( Ai::class, array( 'name' => 'user_day', 'value' => '2.50', 'step' => 'set' ) ) );
		$this->assertSame( array( 'name' => 'user_day', 'value' => '2.50' ), json_decode( $this->requests[0]['body'], true ) );
		$this->requests = array();
		$this->post( Ai::class, array( 'name' => 'user_day', 'value' => '2.50', 'step' => 'usual' ) );
		$this->assertSame( array( 'name' => 'user_day', 'value' => null ), json_decode( $this->requests[0]['body'], true ) );
		$this->requests = array();
		$this->assertSame( 'The link you followed has expired.', $this->post( Ai::class, array( 'name' => 'user_day' ), 'wrong' ) );
		$this->be( 'editor' );
		$this->assertStringStartsWith( 'You may not', $this->post( Ai::class, array( 'name' => 'user_day' ) ) );
		$this->assertSame( array(), $this->requests );
	}

	public function test_health_is_told_in_words_and_a_check_is_asked_for(): void {
		$html = $this->html( Ai::class, array( 'part' => 'health' ) );
		foreach ( array( 'left alone until', '33.3% of 9 failed', '95 of 100 within 2.5 s', 'no key is set', 'switched off', '3 questions wait' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		$this->requests = array();
		$this->assertStringContainsString( 'part=health', $this->post( Ai::class, array( 'name' => 'gpt-4o', 'step' => 'check' ) ) );
		$this->assertSame( array( 'POST', '/api/admin/ai/models/gpt-4o/check' ), array( $this->requests[0]['method'], $this->requests[0]['target'] ) );
		$this->service = static function () {
			return array( 404, '{"detail":"None."}', array( 'content-type' => 'application/json' ) );
		};
		$this->assertStringContainsString( 'on the operator’s own site', $this->html( Ai::class, array( 'part' => 'health' ) ) );
	}

	public function test_prompts_tell_who_wrote_which_version_and_which_one_counts(): void {
		$this->said['/api/admin/ai/prompts']['items'][0]['versions'][0]['wp_user'] = get_user_by( 'login', 'editor' )->ID;
		$html = $this->html( Ai::class, array( 'part' => 'prompts' ) );
		foreach ( array( '<td data-label="By">editor</td>', '<td data-label="By">the program</td>', '>in use</td>', 'part=prompt&#038;task=coach&#038;number=2', 'name="step" value="prompt_own"' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		$this->service = static function () {
			return array( 404, '{"detail":"None."}', array( 'content-type' => 'application/json' ) );
		};
		$this->assertStringContainsString( 'on the operator’s own site', $this->html( Ai::class, array( 'part' => 'prompts' ) ) );
	}

	public function test_a_version_shows_its_changes_and_its_dry_runs_with_what_was_removed(): void {
		$html = $this->html( Ai::class, array( 'part' => 'prompt', 'task' => 'coach', 'number' => '2' ) );
		$this->assertSame( array( 1, 1, 2 ), array( substr_count( $html, '<ins>+new ' ), substr_count( $html, '<del>-' ), substr_count( $html, '</span>' ) - substr_count( $html, 'class="screen-reader-text"' ) ) );
		foreach ( array( '<sup>[1]</sup>', 'n 1,200', 'Removed: numbers in them', 'A limit of money is reached.', 'It is being answered: ', '2 jobs are before it', 'data-trp-again="3"', 'Look again', '12.5', 'right', 'no model has read the prompt', "0.0123\u{00A0}USD" ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
		$this->assertStringNotContainsString( 'value="prompt_choose"', $html );
		$this->said['/api/admin/ai/prompts/coach/2']['version']['is_used'] = false;
		$this->said['/api/admin/ai/prompts/coach/2']['before']             = null;
		$this->said['/api/admin/ai/prompts/coach/2']['can_try']            = false;
		$this->requests = array();
		$html           = $this->html( Ai::class, array( 'part' => 'prompt', 'task' => 'coach', 'number' => '2' ) );
		$this->assertStringContainsString( 'value="prompt_choose"', $html );
		$this->assertStringContainsString( 'It is the first version.', $html );
		$this->assertStringNotContainsString( 'value="prompt_try"', $html );
		$this->assertCount( 1, $this->requests );
	}

	public function test_a_model_that_ends_soon_or_has_ended_says_so(): void {
		$html = $this->html( Ai::class, array( 'part' => 'health' ) );
		foreach ( array( 'ends on November 30, 2026', 'in its place', 'ended on November 30, 2026', 'passed over by: ' ) as $text ) {
			$this->assertStringContainsString( $text, $html );
		}
	}

	public function test_each_task_is_tried_on_a_sample_of_its_own_and_nothing_looks_again_once_all_is_there(): void {
		foreach ( array( 'chart' => array( true, false ), 'picture' => array( false, false ), 'word' => array( false, false ), 'question' => array( true, true ) ) as $tries => list( $symbol, $question ) ) {
			$this->said['/api/admin/ai/prompts/coach/2']['tries']  = $tries;
			$this->said['/api/admin/ai/prompts/coach/2']['trials'] = array( self::ai_trials()[3] );
			$html = $this->html( Ai::class, array( 'part' => 'prompt', 'task' => 'coach', 'number' => '2' ) );
			$this->assertSame( array( $symbol, $question ), array( false !== strpos( $html, 'id="trp-try-symbol"' ), false !== strpos( $html, 'id="trp-try-question"' ) ), $tries );
			$this->assertStringContainsString( 'value="prompt_try"', $html );
			$this->assertStringContainsString( "USD is held back before", $html );
			$this->assertStringNotContainsString( 'data-trp-again', $html );
			$this->assertStringNotContainsString( 'Look again', $html );
		}
	}

	public function test_a_prompt_is_sent_as_typed_and_tried_once_per_form(): void {
		$text         = "Say <b>\\n</b> 100%20 \"it's\"\r\n";
		$this->service = static function () {
			return array( 200, '{"version":{"number":7}}', array( 'content-type' => 'application/json' ) );
		};
		$where = $this->post( Ai::class, array( 'step' => 'prompt_add', 'task' => 'coach', 'number' => '2', 'text' => $text, 'note' => 'Brief' ) );
		$this->assertStringContainsString( 'part=prompt&task=coach&number=7', $where );
		$this->assertSame( array( 'POST', '/api/admin/ai/prompts/coach' ), array( $this->requests[0]['method'], $this->requests[0]['target'] ) );
		$this->assertSame( array( 'text' => $text, 'note' => 'Brief' ), json_decode( $this->requests[0]['body'], true ) );
		$sent = array(
			array( array( 'step' => 'prompt_choose' ), '/coach/choice', array( 'number' => 2 ) ),
			array( array( 'step' => 'prompt_own' ), '/coach/choice', array( 'number' => null ) ),
			array( array( 'step' => 'prompt_try', 'question' => 'How?', 'symbol' => 'SPY', 'key' => 'a1b2c3d4-e5' ), '/coach/2/trials', array( 'question' => 'How?', 'symbol' => 'SPY' ) ),
		);
		foreach ( $sent as list( $form, $target, $body ) ) {
			$this->requests = array();
			$this->post( Ai::class, $form + array( 'task' => 'coach', 'number' => '2' ) );
			$this->assertSame( '/api/admin/ai/prompts' . $target, $this->requests[0]['target'] );
			$this->assertSame( $body, json_decode( $this->requests[0]['body'], true ) );
		}
		$this->assertStringContainsString( 'a1b2c3d4-e5', (string) wp_json_encode( $this->requests[0] ) );
	}

	public function test_prompts_need_the_right_and_the_nonce(): void {
		$form = array( 'step' => 'prompt_add', 'task' => 'coach', 'text' => 'x' );
		$this->assertSame( 'The link you followed has expired.', $this->post( Ai::class, $form, 'wrong' ) );
		$this->be( 'editor' );
		$this->assertStringStartsWith( 'You may not', $this->post( Ai::class, $form ) );
		$this->assertSame( array(), $this->requests );
	}

	public function test_the_file_needs_the_right_and_the_nonce(): void {
		$_GET               = array( 'period' => '7d', 'only' => 'failed' );
		$_REQUEST['_wpnonce'] = '';
		$this->be( 'editor' );
		$this->assertStringStartsWith( 'You may not', $this->post( Ai::class, array(), '', 'send_file' ) );
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_member_s_page_tells_what_they_asked_of_models(): void {
		$html = $this->html( Members::class, array( 'member' => '7' ) );
		$this->assertStringContainsString( 'page=trading-robot-service-ai&#038;user=3', $html );
	}

	public function test_small_amounts_keep_their_digits(): void {
		$this->assertSame( "0.000068\u{00A0}USD", Figures::dollars( '0.0000675' ) );
		$this->assertSame( "12.50\u{00A0}USD", Figures::dollars( '12.5' ) );
		$this->assertSame( "0.00\u{00A0}USD", Figures::dollars( '0' ) );
		$this->assertSame( '–', Figures::dollars( null ) );
		$this->assertSame( '–', Figures::dollars( 'x' ) );
	}
}
