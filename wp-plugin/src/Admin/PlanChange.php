<?php
/**
 * Another plan for a member who pays, looked at before it is made.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * What the change costs the member, from when, and the form that makes it.
 */
final class PlanChange {

	const PLACE = '[a-z_]{1,20}:[a-z_]{1,20}';

	const INTERVALS = 'month|year';

	/**
	 * What the service answers.
	 *
	 * @var Service
	 */
	private $service;

	/**
	 * Keeps its part.
	 *
	 * @param Service $service What the service answers.
	 */
	public function __construct( Service $service ) {
		$this->service = $service;
	}

	/**
	 * Returns what a change costs, with the answer that the screen stands on: that of the member.
	 *
	 * @param string   $member   Number of the member.
	 * @param string   $place    Ladder and plan, as "robots:mid".
	 * @param string   $interval month or year.
	 * @param callable $refusal  Says why a change cannot be made.
	 * @param string   $back     Address of the member's page.
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	public function content( string $member, string $place, string $interval, callable $refusal, string $back ): array {
		$answer   = $this->service->get( '/members/' . $member );
		$interval = '' === $interval ? 'month' : $interval;
		$asked    = self::asked( $place, $interval );
		$found    = 'ok' === $answer['state'] ? $this->service->get( '/members/' . $member . '/change', $asked ) : $answer;
		return array(
			'template' => 'admin-member-change',
			'answer'   => $answer,
			'data'     => array(
				'said'   => $answer['data'],
				'change' => 'ok' === $found['state'] ? $found['data'] : null,
				'why'    => 'ok' === $found['state'] ? '' : $refusal( $found ),
				'place'  => $place,
				'action' => Members::ACTION,
				'back'   => $back,
			),
		);
	}

	/**
	 * Returns which change is meant, as the service is asked.
	 *
	 * @param string $place    Ladder and plan.
	 * @param string $interval month or year.
	 * @return array<string,string>
	 */
	public static function asked( string $place, string $interval ): array {
		list( $ladder, $plan ) = array_pad( explode( ':', $place, 2 ), 2, '' );
		return array(
			'ladder'   => $ladder,
			'plan'     => $plan,
			'interval' => $interval,
		);
	}
}
