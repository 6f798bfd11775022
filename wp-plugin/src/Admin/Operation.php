<?php
/**
 * What may need a hand in the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;

defined( 'ABSPATH' ) || exit;

/**
 * Dead events and jobs, the balance, and creators who are due; for the operator's own site.
 */
final class Operation extends Screen {

	const PAGE = 'trading-robot-service-operation';

	const ACTION = 'trading_robot_service_operation';

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
		return __( 'Operation', 'trading-robot-service' );
	}

	/**
	 * Returns what the service says; a site that is not the operator's is told so.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$answer   = $this->service->get( '/operation' );
		$is_ours  = 'absent' !== $answer['state'];
		$said     = $answer['data'];
		$answer   = $is_ours ? $answer : array_merge( $answer, array( 'state' => 'ok' ) );
		return array(
			'template' => 'admin-operation',
			'answer'   => $answer,
			'data'     => array(
				'said'   => $is_ours ? $said : null,
				'action' => self::ACTION,
			),
		);
	}

	/**
	 * Has an event worked on again, or holds a creator or lets them go on.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not run the service.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$step    = isset( $_POST['step'] ) ? sanitize_key( wp_unslash( $_POST['step'] ) ) : '';
		$event   = isset( $_POST['event'] ) ? sanitize_text_field( wp_unslash( $_POST['event'] ) ) : '';
		$creator = isset( $_POST['creator'] ) ? absint( wp_unslash( $_POST['creator'] ) ) : 0;
		$reason  = isset( $_POST['reason'] ) ? sanitize_text_field( wp_unslash( $_POST['reason'] ) ) : '';
		$texts   = array(
			'replay'  => __( 'The event is worked on again.', 'trading-robot-service' ),
			'hold'    => __( 'Sales and payouts of this creator rest.', 'trading-robot-service' ),
			'release' => __( 'Sales and payouts of this creator go on.', 'trading-robot-service' ),
		);
		$step    = isset( $texts[ $step ] ) ? $step : 'replay';
		$answer  = 'replay' === $step
			? $this->service->send( 'POST', '/events/' . rawurlencode( $event ) . '/replay' )
			: $this->service->send( 'POST', '/creators/' . $creator . '/' . $step, array( 'reason' => $reason ) );
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ) );
		}
		$this->back( 'success', $texts[ $step ] );
	}
}
