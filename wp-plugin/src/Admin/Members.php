<?php
/**
 * The members of this site.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;
use TradingRobotService\Frontend\Assets;

defined( 'ABSPATH' ) || exit;

/**
 * List, one member, and shutting a member out of this site.
 */
final class Members extends Screen {

	const PAGE = 'trading-robot-service-members';

	const ACTION = 'trading_robot_service_member';

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
		return __( 'Members', 'trading-robot-service' );
	}

	/**
	 * Returns the list, or the one member whom the address names.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$member = self::asked( 'member', '[1-9][0-9]{0,9}' );
		if ( '' !== $member && '' !== self::asked( 'view', '1' ) ) {
			wp_enqueue_style( Assets::HANDLE );
			return ( new MemberView( $this->service ) )->content(
				$member,
				function ( array $query ): string {
					return $this->url( $query );
				}
			);
		}
		$place = self::asked( 'place', PlanChange::PLACE );
		if ( '' !== $member && '' !== $place ) {
			$refusal = static function ( array $answer ): string {
				return self::refusal( $answer );
			};
			return ( new PlanChange( $this->service ) )->content( $member, $place, self::asked( 'interval', PlanChange::INTERVALS ), $refusal, $this->url( array( 'member' => $member ) ) );
		}
		if ( '' !== $member ) {
			$answer = $this->service->get( '/members/' . $member );
			// Only the operator's own site finds this; elsewhere the page goes without.
			$money = 'ok' === $answer['state'] ? $this->service->get( '/members/' . $member . '/money' ) : $answer;
			return array(
				'template' => 'admin-member',
				'answer'   => $answer,
				'data'     => array(
					'said'   => $answer['data'],
					'models' => 'ok' === $answer['state'] ? self::asked_of_models( $this->service->get( '/ai', array( 'user' => (string) ( $answer['data']['member']['user_id'] ?? '' ) ) ) ) : null,
					'money'  => 'ok' === $money['state'] && isset( $money['data']['plans'] ) ? $money['data'] : null,
					'action' => self::ACTION,
					'page'   => self::PAGE,
					'list'   => $this->url(),
				),
			);
		}
		$query  = array(
			'search'   => self::asked( 's', '.{0,100}' ),
			'state'    => self::asked( 'state', 'active|disabled' ),
			'plan'     => self::asked( 'plan', 'free|low|mid|premium' ),
			'ladder'   => self::asked( 'ladder', 'robots|ai_traders|signals|coach|creator' ),
			'standing' => self::asked( 'standing', 'active|trialing|past_due|paused|cancelling|ended|gift|none' ),
			'cursor'   => self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' ),
		);
		$answer = $this->service->get( '/members', $query );
		return array(
			'template' => 'admin-members',
			'answer'   => $answer,
			'data'     => array(
				'said'  => $answer['data'],
				'query' => $query,
				'users' => self::users( (array) ( $answer['data']['items'] ?? array() ) ),
				'page'  => self::PAGE,
				'url'   => function ( array $query ): string {
					return $this->url( $query );
				},
			),
		);
	}

	/**
	 * Returns what a member has asked of models, null where the service does not say.
	 *
	 * @param array<string,mixed> $answer What the service answered.
	 * @return array<string,mixed>|null
	 */
	private static function asked_of_models( array $answer ): ?array {
		return 'ok' === $answer['state'] && isset( $answer['data']['totals'] ) ? $answer['data'] : null;
	}

	/**
	 * Returns the WordPress users of some members by id, in one question.
	 *
	 * @param array<mixed> $items Members as the service sends them.
	 * @return array<int,\WP_User>
	 */
	private static function users( array $items ): array {
		$ids   = array_map( 'intval', array_column( $items, 'wp_user_id' ) );
		$users = array();
		foreach ( array() === $ids ? array() : get_users( array( 'include' => $ids ) ) as $user ) {
			$users[ (int) $user->ID ] = $user;
		}
		return $users;
	}

	/**
	 * Shuts a member out of this site, or lets them in again.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not manage members.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$member = isset( $_POST['member'] ) ? absint( wp_unslash( $_POST['member'] ) ) : 0;
		$step   = isset( $_POST['step'] ) ? sanitize_key( wp_unslash( $_POST['step'] ) ) : '';
		$where  = array( 'member' => (string) $member );
		$texts  = array(
			'disable' => __( 'This member can no longer use the service on this site.', 'trading-robot-service' ),
			'enable'  => __( 'This member can use the service on this site again.', 'trading-robot-service' ),
			'plan'    => __( 'The plan is given.', 'trading-robot-service' ),
			'change'  => __( 'The plan is changed, or will be when what is paid is used up. The member is told by mail.', 'trading-robot-service' ),
			'cancel'  => __( 'The plan is cancelled.', 'trading-robot-service' ),
			'view'    => __( 'The view is open.', 'trading-robot-service' ),
			'unview'  => __( 'The view has ended.', 'trading-robot-service' ),
			'refund'  => __( 'The money is on its way back.', 'trading-robot-service' ),
		);
		$step   = isset( $texts[ $step ] ) ? $step : 'enable';
		$path   = '/members/' . $member . '/' . ( 'unview' === $step ? 'view/end' : $step );
		$given  = self::given( $step );
		if ( 'view' === $step ) {
			// Asked of the service and not of the form, which could name somebody else.
			$found = $this->service->get( '/members/' . $member );
			$given = (array) $given + array( 'member_caps' => MemberView::caps_of( get_userdata( (int) ( $found['data']['member']['wp_user_id'] ?? 0 ) ) ) );
		}
		$answer = $this->service->send( 'POST', $path, $given );
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ), $where );
		}
		$where += 'view' === $step ? array( 'view' => '1' ) : array();
		$this->back( 'success', $texts[ $step ], $where );
	}

	/**
	 * Returns what the form says for a step, null where the step needs nothing.
	 *
	 * @param string $step Step.
	 * @return array<string,mixed>|null
	 */
	private static function given( string $step ): ?array {
		// phpcs:disable WordPress.Security.NonceVerification -- save() has checked it.
		$reason = isset( $_POST['reason'] ) ? sanitize_text_field( wp_unslash( $_POST['reason'] ) ) : '';
		$place  = isset( $_POST['place'] ) ? sanitize_text_field( wp_unslash( $_POST['place'] ) ) : '';
		$until  = isset( $_POST['until'] ) ? sanitize_text_field( wp_unslash( $_POST['until'] ) ) : '';
		$amount = isset( $_POST['amount'] ) ? sanitize_text_field( wp_unslash( $_POST['amount'] ) ) : '';
		$digits = isset( $_POST['digits'] ) ? absint( wp_unslash( $_POST['digits'] ) ) : 2;
		$number = isset( $_POST['invoice'] ) ? absint( wp_unslash( $_POST['invoice'] ) ) : 0;
		$before = isset( $_POST['refunded'] ) ? absint( wp_unslash( $_POST['refunded'] ) ) : 0;
		$now    = isset( $_POST['at_once'] );
		$months = isset( $_POST['interval'] ) ? sanitize_key( wp_unslash( $_POST['interval'] ) ) : 'month';
		$moment = isset( $_POST['proration_at'] ) ? absint( wp_unslash( $_POST['proration_at'] ) ) : 0;
		// phpcs:enable
		list( $ladder, $plan ) = array_pad( explode( ':', $place, 2 ), 2, '' );
		if ( 'plan' === $step ) {
			$data = array( 'ladder' => $ladder, 'plan' => $plan, 'reason' => $reason );
			return '' === $until ? $data : $data + array( 'until' => $until );
		}
		if ( 'view' === $step ) {
			return array( 'reason' => $reason );
		}
		if ( 'change' === $step ) {
			$data = PlanChange::asked( $place, $months ) + array( 'reason' => $reason );
			return 0 === $moment ? $data : $data + array( 'proration_at' => $moment );
		}
		if ( 'cancel' === $step ) {
			return array( 'ladder' => $ladder, 'at_once' => $now, 'reason' => $reason );
		}
		if ( 'refund' === $step ) {
			$data = array( 'invoice_id' => $number, 'reason' => $reason, 'ends_access' => $now, 'refunded_minor' => $before );
			return '' === $amount ? $data : $data + array( 'amount_minor' => (int) round( (float) str_replace( ',', '.', $amount ) * pow( 10, min( 3, $digits ) ) ) );
		}
		return null;
	}
}
