<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

/** What a service says to an administrator, with markup wherever somebody else wrote the text. */
abstract class AdminCase extends ServiceCase {

	const EVIL = '<script>alert(1)</script>"\'><b>x</b>';

	/** @return array<string,mixed> */
	protected static function money(): array {
		return array(
			'plans'    => array(
				array( 'ladder' => 'robots', 'plan' => 'mid', 'status' => 'active', 'source' => 'stripe', 'price_minor' => 2999, 'currency' => 'USD', 'interval' => 'month', 'started_at' => '2026-11-01T10:00:00Z', 'ends_at' => null, 'reason' => self::EVIL, 'is_paid' => true ),
			),
			'invoices' => array(
				array( 'id' => 9, 'number' => self::EVIL, 'status' => 'paid', 'total_minor' => 2999, 'paid_minor' => 2999, 'refunded_minor' => 150, 'currency' => 'USD', 'digits' => 2, 'created_at' => '2026-11-01T10:00:00Z' ),
			),
			'choices'  => array( array( 'ladder' => 'robots', 'plan' => 'mid', 'name' => self::EVIL ) ),
		);
	}

	protected static function operation(): array {
		return array(
			'events'      => array( 'pending' => 1, 'dead' => 2 ),
			'dead_events' => array( array( 'event_id' => self::EVIL, 'type' => 'x', 'subject' => null, 'reason' => self::EVIL, 'attempts' => 3, 'received_at' => '2026-11-01T10:00:00Z' ) ),
			'queues'      => array( array( 'queue' => 'default', 'waiting' => 1, 'oldest_seconds' => 5, 'dead' => 0 ) ),
			'dead_jobs'   => array( array( 'name' => self::EVIL, 'queue' => 'default', 'attempts' => 3, 'at' => '2026-11-01T10:00:00Z' ) ),
			'comparisons' => array( array( 'day' => '2026-11-01', 'currency' => 'USD', 'digits' => 2, 'provider_minor' => 5, 'journal_minor' => 5, 'difference_minor' => 0, 'checked_at' => '2026-11-01T10:00:00Z' ) ),
			'creators'    => array( array( 'creator_id' => 3, 'name' => self::EVIL, 'currency' => 'USD', 'digits' => 2, 'amount_minor' => 900, 'why' => self::EVIL, 'is_held' => false ) ),
		);
	}

	/** @return array<string,mixed> */
	protected static function ai(): array {
		$sums   = array( 'runs' => 4, 'failed' => 1, 'stopped' => 0, 'offline' => 1, 'cached' => 1, 'trials' => 1, 'cost' => '1.23456', 'own_cost' => '0' );
		$member = array( 'user_id' => 3, 'member_id' => 7, 'name' => self::EVIL, 'runs' => 4, 'failed' => 1, 'cost' => '1.2', 'own_cost' => '0' );
		return array(
			'today' => '2026-11-27', 'first' => '2026-10-29', 'period' => '30d', 'is_operators' => true, 'user_id' => null, 'name' => '',
			'totals' => $sums,
			'days' => array( array( 'day' => '2026-11-26', 'runs' => 0, 'cost' => '0' ), array( 'day' => '2026-11-27', 'runs' => 4, 'cost' => '1.2' ) ),
			'members' => array( $member, array_merge( $member, array( 'user_id' => null ) ) ),
			'models' => array( array( 'model' => 'gpt-4o', 'provider' => 'openai', 'calls' => 5, 'failed' => 1, 'lost' => 0, 'input_tokens' => 100, 'cached_tokens' => 10, 'output_tokens' => 20, 'cost' => '1', 'estimate' => '0.8', 'settled' => '1' ) ),
			'tasks' => array( array( 'task' => 'coach', 'label' => self::EVIL, 'runs' => 4, 'failed' => 1, 'offline' => 1, 'cached' => 1, 'cost' => '1', 'own_cost' => '0' ) ),
			'failures' => array( array( 'of' => 'request', 'reason' => 'timeout', 'text' => self::EVIL, 'count' => 1 ), array( 'of' => 'call', 'reason' => 'cut', 'text' => self::EVIL, 'count' => 2 ) ),
			'month' => array( 'begins' => '2026-11-01', 'cost' => '41', 'members' => 1, 'paying_members' => 2, 'per_member' => '41', 'per_paying_member' => '20.5', 'most' => '40', 'dearest' => array( $member ), 'most_analyses' => 12500, 'analyses' => 3, 'is_over' => true ),
			'alarms' => array( array( 'kind' => 'limit', 'subject' => 'all', 'text' => self::EVIL, 'begins' => '2026-11-27', 'amount' => '8', 'limit' => '10', 'told_at' => '2026-11-27T10:00:00Z' ) ),
		);
	}

	/** @return array<string,mixed> */
	protected static function ai_runs(): array {
		$run = array( 'id' => 9, 'at' => '2026-11-27T10:00:00Z', 'user_id' => 3, 'name' => self::EVIL, 'task' => 'coach', 'label' => 'Coach', 'model' => self::EVIL, 'prompt' => self::EVIL, 'cost' => '0.01', 'tool_calls' => 2, 'state' => 'failed', 'reason' => 'timeout', 'why' => 'no answer in time', 'seconds' => 2.5, 'is_trial' => true, 'uses_own_key' => false, 'is_from_cache' => false );
		return array( 'items' => array( $run, array_merge( $run, array( 'state' => 'done', 'model' => 'offline', 'why' => '', 'is_trial' => false ) ) ), 'next_cursor' => 'sealed_cursor-3' );
	}

	/** @return array<string,mixed> */
	protected static function ai_health(): array {
		$model = array( 'model' => self::EVIL, 'provider' => 'openai', 'provider_label' => self::EVIL, 'has_key' => true, 'is_off' => false, 'state' => 'open', 'open_until' => '2026-11-27T10:00:00Z', 'failures' => 4, 'reason' => 'timeout', 'why' => self::EVIL, 'succeeded_at' => null, 'failed_at' => '2026-11-27T10:00:00Z', 'hour' => array( 'calls' => 0, 'failed' => 0, 'p95_seconds' => null ), 'day' => array( 'calls' => 9, 'failed' => 3, 'p95_seconds' => 2.5 ), 'checked_at' => '2026-11-27T10:00:00Z', 'checked' => self::EVIL, 'ends_on' => '2026-11-30', 'days_left' => 2, 'successor' => self::EVIL, 'passed_over_by' => array( self::EVIL ) );
		return array( 'models' => array( $model, array_merge( $model, array( 'state' => 'closed', 'has_key' => false, 'is_off' => true, 'days_left' => 0, 'successor' => null, 'passed_over_by' => array() ) ) ), 'waiting' => 3, 'oldest_seconds' => 7 );
	}

	/** @return array<string,mixed> */
	protected static function ai_prompts(): array {
		$version = array( 'number' => 2, 'made_at' => '2026-11-27T10:00:00Z', 'made_by' => self::EVIL, 'wp_user' => 999, 'note' => self::EVIL, 'characters' => 1234, 'is_used' => true, 'is_own' => false );
		$own     = array_merge( $version, array( 'number' => 1, 'made_by' => '', 'wp_user' => null, 'note' => '', 'is_used' => false, 'is_own' => true ) );
		return array(
			'items' => array( array( 'task' => 'coach', 'label' => self::EVIL, 'chosen' => 2, 'can_try' => true, 'versions' => array( $version, $own ) ) ),
			'appended' => self::EVIL,
			'longest' => 20000,
		);
	}

	/** @return array<string,mixed> */
	protected static function ai_prompt(): array {
		return array(
			'task' => 'coach', 'label' => self::EVIL, 'can_try' => true, 'tries' => 'question', 'most' => '0.05', 'version' => self::ai_prompts()['items'][0]['versions'][0],
			'text' => self::EVIL . '</textarea>', 'before' => 1, 'diff' => array( '@@ -1 +1 @@', '-' . self::EVIL, '+new ' . self::EVIL, ' same' ),
			'trials' => self::ai_trials(),
		);
	}

	/** @return array<string,mixed> */
	protected static function ai_trials(): array {
		$source = array( 'label' => self::EVIL, 'value' => self::EVIL, 'unit' => '', 'symbol' => self::EVIL, 'source' => self::EVIL, 'n' => 1200, 'low' => null, 'high' => null );
		$answer = array( 'pieces' => array( array( 'text' => self::EVIL, 'source' => 0 ), array( 'text' => '61%', 'source' => 1 ) ), 'sources' => array( $source ), 'removed' => array( self::EVIL ), 'groups' => array( array( 'title' => self::EVIL, 'is_compared' => true, 'fields' => array( array( 'name' => self::EVIL, 'value' => self::EVIL, 'confidence' => 0.9, 'expected' => self::EVIL ), array( 'name' => 'strike', 'value' => '', 'confidence' => null, 'expected' => '12.5' ) ) ) ), 'tools' => array( self::EVIL, 'find_bars' ), 'model' => self::EVIL, 'is_offline' => false, 'cost' => '0.0123' );
		$trial  = array( 'id' => 5, 'number' => 2, 'question' => self::EVIL, 'symbol' => self::EVIL, 'state' => 'done', 'reason' => '', 'asked_at' => '2026-11-27T10:00:00Z', 'ended_at' => '2026-11-27T10:00:09Z', 'ahead' => null, 'doing' => '', 'characters' => 0, 'answer' => $answer );
		$open   = array( 'state' => 'writing', 'doing' => self::EVIL, 'ended_at' => null, 'answer' => null );
		return array( array_merge( $trial, $open ), array_merge( $trial, $open, array( 'state' => 'waiting', 'ahead' => 2 ) ), array_merge( $trial, $open, array( 'state' => 'failed', 'reason' => 'budget' ) ), $trial, array_merge( $trial, array( 'symbol' => '', 'answer' => array_merge( $answer, array( 'is_offline' => true, 'model' => 'offline', 'sources' => array(), 'groups' => array(), 'removed' => array(), 'tools' => array() ) ) ) ) );
	}

	/** @return array<string,mixed> */
	protected static function ai_settings(): array {
		$item  = array( 'name' => 'user_day', 'kind' => 'money', 'of' => '', 'label' => self::EVIL, 'value' => '2', 'usual' => '1', 'is_changed' => true, 'changed_at' => '2026-11-27T10:00:00Z' );
		return array(
			'is_operators' => true,
			'items' => array( $item, array_merge( $item, array( 'name' => 'alarm', 'kind' => 'share', 'is_changed' => false ) ), array_merge( $item, array( 'name' => 'order:coach', 'kind' => 'order', 'of' => 'coach' ) ), array_merge( $item, array( 'name' => 'off:gpt-4o', 'kind' => 'switch', 'of' => self::EVIL, 'value' => 'true' ) ) ),
			'models' => array( 'gpt-4o' ),
		);
	}

	protected static function business(): array {
		$none    = array( 'new' => 0, 'expansion' => 0, 'contraction' => 0, 'churn' => 0, 'reactivation' => 0 );
		$money   = array();
		$steps   = array( array( '2026-11-01', 30000, -5000 ), array( '2026-11-02', 0, 0 ) );
		foreach ( array( array( 'USD', 2, 123456 ), array( 'JPY', 0, 5000 ) ) as list( $currency, $digits, $mrr ) ) {
			$money[] = array(
				'currency' => $currency, 'digits' => $digits, 'mrr_minor' => $mrr,
				'mrr_before_minor' => 100000, 'movements' => $none,
				'steps' => array_map(
					static function ( array $step ) use ( $none ): array {
						$moved = array_merge( $none, array( 'new' => $step[1], 'churn' => $step[2] ) );
						return array( 'begins' => $step[0], 'movements' => $moved, 'mrr_minor' => 1 );
					},
					$steps
				),
				'paying_members' => 1, 'arpu_minor' => 700,
				'churn' => array( 'left' => 3, 'member_months' => 71.4, 'ratio' => 0.042, 'low' => 0.008, 'high' => 0.12 ),
				'revenue_churn' => null, 'clv' => null, 'subscriber_worth' => null,
				'streams' => array( array( 'stream' => self::EVIL, 'earned_minor' => 900, 'refunded_minor' => 100, 'net_minor' => 800, 'before_minor' => 0 ) ),
				'revenue_steps' => array( array( 'begins' => '2026-11-01', 'net_minor' => array( 800 ) ), array( 'begins' => '2026-11-02', 'net_minor' => array( 0 ) ) ),
				'net_minor' => 800, 'net_before_minor' => 0, 'growth' => null, 'fees_minor' => 1,
				'taxes_minor' => 2, 'payouts_due_minor' => 0, 'creators_due' => 0,
			);
		}
		$means = array();
		foreach ( array( 'mrr', 'mrr_movements', 'arpu', 'clv', 'churn', 'revenue_churn', 'revenue', 'payouts_due', 'sign_ups', 'funnel', 'calls', 'active', 'trials', 'creators' ) as $key ) {
			$means[] = array( 'key' => $key, 'name' => $key, 'text' => self::EVIL );
		}
		return array(
			'today' => '2026-11-27', 'period' => '30d', 'first' => '2026-10-29', 'step' => 'day', 'is_operators' => true,
			'sign_ups' => array( 'free' => 3, 'low' => 1, 'mid' => 0, 'premium' => 0, 'before' => 2 ),
			'funnel' => array( array( 'week' => '2026-11-23', 'source' => self::EVIL, 'signed_up' => 4, 'low' => 1, 'mid' => 0, 'premium' => 0 ) ),
			'calls' => array(
				'viewed' => 17,
				'rows' => array( array( 'ladder' => 'robots', 'plan' => 'mid', 'call' => self::EVIL, 'clicks' => 8765, 'pricing' => 8000, 'home' => 700, 'other' => 65, 'started' => array( 'count' => 3, 'of' => 8765, 'ratio' => 0.375, 'low' => 0.137, 'high' => 0.694 ), 'finished' => array( 'count' => 2, 'of' => 0, 'ratio' => null, 'low' => null, 'high' => null ) ) ),
			),
			'active' => array( 'day' => 1, 'week' => 2, 'month' => 3 ),
			'money' => $money, 'ladders' => array(),
			'trials' => array( 'ended' => 0, 'converted' => 0, 'ratio' => null ),
			'creators' => array( 'total' => 1, 'active' => 0, 'subscribers_each' => null, 'active_before' => 0, 'left' => 0, 'churn' => null, 'first_half_year_ago' => 0, 'kept' => 0, 'retention' => null ),
			'mails' => array( array( 'topic' => self::EVIL, 'asked' => 9, 'sent' => 4321, 'refused' => 0, 'skipped' => 1, 'dead' => 0, 'waiting' => 0, 'unsubscribed' => 2, 'clicks' => 3 ) ),
			'definitions' => $means,
		);
	}

	protected static function overview(): array {
		$fills = array();
		for ( $day = 1; $day <= 14; $day++ ) {
			$fills[] = array(
				'day'   => sprintf( '2026-11-%02d', $day ),
				'fills' => $day,
			);
		}
		return array(
			'at'          => gmdate( 'c' ),
			'today'       => '2026-11-14',
			'members'     => array(
				'total'         => 1234,
				'new_this_week' => 5,
				'active_today'  => 6,
				'disabled'      => 0,
			),
			'fills_today' => 14,
			'fills'       => $fills,
			'jobs'        => array(
				'waiting'        => 3,
				'oldest_seconds' => 600,
				'failed'         => 1,
				'redis'          => 'ok',
				'worker'         => 'down',
				'clock'          => 'ok',
			),
			'errors'      => 2,
			'open_cases'  => 2,
		);
	}

	/** @return array<string,mixed> */
	protected static function member(): array {
		return array(
			'id'           => 7,
			'wp_user_id'   => 99999,
			'user_id'      => 3,
			'username'     => self::EVIL,
			'email'        => 'evil@site.example',
			'pseudonym'    => self::EVIL,
			'tier'         => 'free',
			'is_disabled'  => false,
			'joined_at'    => '2026-11-01T10:00:00Z',
			'last_seen_on' => '2026-11-14',
		);
	}

	/** @return array<string,mixed> */
	protected static function robot(): array {
		return array(
			'facts'          => array(
				'id'          => 'ma_cross',
				'name'        => 'Moving Average Cross',
				'description' => self::EVIL,
				'market'      => 'US equities',
				'version'     => '1',
				'is_demo'     => false,
			),
			'strategy_label' => 'Trend',
			'plan'           => 'Free',
			'title'          => self::EVIL,
			'summary'        => self::EVIL,
			'is_featured'    => true,
			'is_hidden'      => true,
			'position'       => 2,
			'version'        => 4,
			'updated_by'     => 1,
			'updated_at'     => '2026-11-01T10:00:00Z',
			'kinds'          => array( 'paper' ),
			'accounts'       => 1,
			'trades'         => 40,
			'record_days'    => 50,
		);
	}

	/** @return array<string,mixed> */
	protected static function case_of( string $kind, string $state ): array {
		return array(
			'id'         => 12,
			'user_id'    => 3,
			'kind'       => $kind,
			'state'      => $state,
			'subject'    => self::EVIL,
			'reason'     => 'report' === $kind ? 'other' : '',
			'body'       => self::EVIL,
			'note'       => self::EVIL,
			'decided_by' => null,
			'created_at' => '2026-11-01T10:00:00Z',
			'decided_at' => null,
		);
	}

	/** @return array<string,mixed> */
	protected static function item( string $kind, string $state ): array {
		return array(
			'case'       => self::case_of( $kind, $state ),
			'member'     => self::member(),
			'robot_name' => 'report' === $kind ? self::EVIL : null,
		);
	}

	/** @return array<string,mixed> */
	protected static function line(): array {
		return array(
			'id'              => 3,
			'at'              => '2026-11-01T10:00:00Z',
			'level'           => 'error',
			'event'           => self::EVIL,
			'request_id'      => 'abc123',
			'method'          => 'GET',
			'route'           => '/embed/<x>',
			'status'          => 500,
			'detail'          => self::EVIL,
			'is_service_wide' => false,
		);
	}
}
