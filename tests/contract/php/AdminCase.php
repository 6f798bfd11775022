<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

/** What a service says to an administrator, with markup wherever somebody else wrote the text. */
abstract class AdminCase extends ServiceCase {

	const EVIL = '<script>alert(1)</script>"\'><b>x</b>';

	/** @return array<string,mixed> */
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
