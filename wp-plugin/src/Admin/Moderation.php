<?php
/**
 * Cases that wait for a decision.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Cache;
use TradingRobotService\Capabilities;

defined( 'ABSPATH' ) || exit;

/**
 * Public names that members ask for, and what they report.
 */
final class Moderation extends Screen {

	const PAGE = 'trading-robot-service-moderation';

	const ACTION = 'trading_robot_service_case';

	const DECISIONS = array( 'approve', 'reject', 'resolve', 'dismiss' );

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		parent::register();
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
	}

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
		return __( 'Moderation', 'trading-robot-service' );
	}

	/**
	 * Returns open or decided cases.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$query  = array(
			'state'  => self::asked( 'state', 'open|decided' ),
			'kind'   => self::asked( 'kind', 'public_name|report' ),
			'cursor' => self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' ),
		);
		$answer = $this->service->get( '/moderation', $query );
		return array(
			'template' => 'admin-moderation',
			'answer'   => $answer,
			'data'     => array(
				'said'    => $answer['data'],
				'query'   => $query,
				'action'  => self::ACTION,
				'reasons' => self::reasons(),
				'states'  => self::states(),
				'url'     => function ( array $query ): string {
					return $this->url( $query );
				},
			),
		);
	}

	/**
	 * Decides a case.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not decide cases.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$case     = isset( $_POST['case'] ) ? absint( wp_unslash( $_POST['case'] ) ) : 0;
		$decision = isset( $_POST['decision'] ) ? sanitize_key( wp_unslash( $_POST['decision'] ) ) : '';
		$note     = isset( $_POST['note'] ) ? sanitize_textarea_field( wp_unslash( $_POST['note'] ) ) : '';
		$where    = isset( $_POST['decided'] ) ? array( 'state' => 'decided' ) : array();
		if ( ! in_array( $decision, self::DECISIONS, true ) ) {
			$this->back( 'error', __( 'Choose what to do with the case.', 'trading-robot-service' ), $where );
		}
		$data   = array(
			'decision' => $decision,
			'note'     => $note,
		);
		$answer = $this->service->send( 'POST', '/moderation/' . $case . '/decision', $data );
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ), $where );
		}
		// A name shows, or no longer shows, with the next page of a visitor.
		Cache::clear();
		delete_transient( Dashboard::KNOWN );
		$this->back( 'success', __( 'Decided. The member reads your answer in the settings of the dashboard.', 'trading-robot-service' ), $where );
	}

	/**
	 * Returns what a report may be about.
	 *
	 * @return array<string,string>
	 */
	public static function reasons(): array {
		return array(
			'wrong_figures' => __( 'The figures look wrong', 'trading-robot-service' ),
			'misleading'    => __( 'The description misleads', 'trading-robot-service' ),
			'rules'         => __( 'It breaks the rules of this site', 'trading-robot-service' ),
			'other'         => __( 'Something else', 'trading-robot-service' ),
		);
	}

	/**
	 * Returns what a case may be.
	 *
	 * @return array<string,string>
	 */
	public static function states(): array {
		return array(
			'open'      => __( 'Waiting', 'trading-robot-service' ),
			'approved'  => __( 'Approved', 'trading-robot-service' ),
			'rejected'  => __( 'Rejected', 'trading-robot-service' ),
			'withdrawn' => __( 'Withdrawn by the member', 'trading-robot-service' ),
			'resolved'  => __( 'Resolved', 'trading-robot-service' ),
			'dismissed' => __( 'Dismissed', 'trading-robot-service' ),
		);
	}
}
