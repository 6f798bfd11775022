<?php
/**
 * What went wrong, on both sides.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\CallLog;

use const TradingRobotService\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * The service's log of this site, the calls that this site lost, and both as text for support.
 */
final class Logs extends Screen {

	const PAGE = 'trading-robot-service-logs';

	// What goes into the text for support.
	const COPIED = 50;

	/**
	 * Returns the page's name in its address.
	 */
	protected function page(): string {
		return self::PAGE;
	}

	/**
	 * Returns the title.
	 */
	protected function title(): string {
		return __( 'Logs', 'trading-robot-service' );
	}

	/**
	 * Tells whether the screen has something to show while the service is away: its own calls.
	 */
	protected function works_alone(): bool {
		return true;
	}

	/**
	 * Returns both lists.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		if ( 'audit' === self::asked( 'view', 'audit' ) ) {
			return $this->changes();
		}
		$query  = array(
			'level'  => self::asked( 'level', 'error|warning' ),
			'day'    => self::asked( 'day', '20[0-9]{2}-[01][0-9]-[0-3][0-9]' ),
			'cursor' => self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' ),
		);
		$span   = self::span( $query['day'] );
		$answer = $this->service->get(
			'/logs',
			array(
				'level'  => $query['level'],
				'cursor' => $query['cursor'],
				'since'  => array() === $span ? '' : gmdate( 'Y-m-d\TH:i:s\Z', $span[0] ),
				'until'  => array() === $span ? '' : gmdate( 'Y-m-d\TH:i:s\Z', $span[1] ),
			)
		);
		$lines  = 'ok' === $answer['state'] ? (array) $answer['data']['items'] : array();
		$calls  = self::calls( $span );
		return array(
			'template' => 'admin-logs',
			'answer'   => $answer,
			'data'     => array(
				'state'   => $this->service->state(),
				'outcome' => $answer['state'],
				'lines'   => $lines,
				'calls'   => $calls,
				'next'    => 'ok' === $answer['state'] ? $answer['data']['next_cursor'] : null,
				'query'   => $query,
				'page'    => self::PAGE,
				'view'    => '',
				'support' => $this->support( $lines, $calls ),
				'url'     => function ( array $query ): string {
					return $this->url( $query );
				},
			),
		);
	}

	/**
	 * Returns the other log: changes of rights and secrets.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	private function changes(): array {
		$query  = array( 'cursor' => self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' ) );
		$answer = $this->service->get( '/audit', $query );
		$is_ok  = 'ok' === $answer['state'];
		return array(
			'template' => 'admin-audit',
			'answer'   => $answer,
			'data'     => array(
				'state'   => $this->service->state(),
				'outcome' => $answer['state'],
				'items'   => $is_ok ? (array) $answer['data']['items'] : array(),
				'next'    => $is_ok ? $answer['data']['next_cursor'] : null,
				'query'   => $query,
				'view'    => 'audit',
				'members' => Members::PAGE,
				'url'     => function ( array $query ): string {
					return $this->url( $query );
				},
			),
		);
	}

	/**
	 * Returns when a day of this site begins and ends.
	 *
	 * @param string $day A day, or an empty string.
	 * @return int[] Empty, or two Unix times.
	 */
	private static function span( string $day ): array {
		$begin = '' === $day ? false : date_create_immutable( $day . ' 00:00', wp_timezone() );
		return false === $begin ? array() : array( $begin->getTimestamp(), $begin->modify( '+1 day' )->getTimestamp() );
	}

	/**
	 * Returns this site's failed calls of a span of time.
	 *
	 * @param int[] $span Empty for all.
	 * @return array<int,array<string,mixed>>
	 */
	private static function calls( array $span ): array {
		$keep = static function ( array $call ) use ( $span ): bool {
			return array() === $span || ( (int) $call['at'] >= $span[0] && (int) $call['at'] < $span[1] );
		};
		return array_values( array_filter( CallLog::all(), $keep ) );
	}

	/**
	 * Returns what to paste to whoever helps: versions, ids and failures; no secret, no person.
	 *
	 * @param array<mixed>                   $lines The service's lines.
	 * @param array<int,array<string,mixed>> $calls This site's failed calls.
	 */
	private function support( array $lines, array $calls ): string {
		$about = $this->service->about();
		$text  = array(
			'Trading Robot Service ' . VERSION,
			'WordPress ' . get_bloginfo( 'version' ) . ', PHP ' . PHP_VERSION . ', ' . ( is_multisite() ? 'multisite' : 'single site' ),
			'Site ' . home_url( '/' ),
			'Site id ' . $about['site_id'] . ', connection ' . $this->service->state(),
			'Service ' . $about['url'] . ' ' . $about['service_version'],
			'Time ' . gmdate( 'Y-m-d H:i:s' ) . ' UTC',
			'',
			'Log of the service (time, level, code, status, method and route, request id, detail)',
		);
		foreach ( array_slice( $lines, 0, self::COPIED ) as $line ) {
			$text[] = implode( ' | ', array( (string) $line['at'], $line['level'], $line['event'], $line['status'], trim( $line['method'] . ' ' . $line['route'] ), $line['request_id'], $line['detail'] ) );
		}
		$text[] = '';
		$text[] = 'Failed calls of this site (time, status, method and route, milliseconds, request id, why)';
		foreach ( array_slice( $calls, 0, self::COPIED ) as $call ) {
			$text[] = implode( ' | ', array( gmdate( 'Y-m-d\TH:i:s\Z', (int) $call['at'] ), $call['status'], $call['method'] . ' ' . $call['route'], $call['ms'] . ' ms', $call['request'], $call['why'] ) );
		}
		return implode( "\n", array_map( 'strval', $text ) );
	}
}
