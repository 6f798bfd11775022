<?php
/**
 * How the business does.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;

defined( 'ABSPATH' ) || exit;

/**
 * Figures with what they mean, the rows behind them, and those as a file.
 */
final class Business extends Screen {

	const PAGE = 'trading-robot-service-business';

	const ACTION = 'trading_robot_service_business_file';

	const PERIODS = '30d|90d|365d';

	const LISTINGS = 'mrr_movements|revenue|payouts_due|sign_ups|calls|first_plans|trials';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		parent::register();
		add_action( 'admin_post_' . self::ACTION, array( $this, 'send_file' ) );
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
		return __( 'Business', 'trading-robot-service' );
	}

	/**
	 * Returns the figures, or the rows behind the one that the address names.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$period = self::asked( 'period', self::PERIODS );
		$period = '' === $period ? '30d' : $period;
		$rows   = self::asked( 'rows', self::LISTINGS );
		$data   = array(
			'period'   => $period,
			'periods'  => self::periods(),
			'listings' => self::listings(),
			'url'      => function ( array $query ): string {
				return $this->url( $query );
			},
			'file'     => static function ( string $rows ) use ( $period ): string {
				return wp_nonce_url( admin_url( 'admin-post.php?action=' . self::ACTION . '&rows=' . $rows . '&period=' . $period ), self::ACTION );
			},
		);
		if ( '' !== $rows ) {
			$cursor = self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' );
			$answer = $this->service->get( '/business/' . $rows, array( 'period' => $period, 'cursor' => $cursor ) );
			$data  += array( 'rows' => $rows, 'cursor' => $cursor );
		} else {
			$answer = $this->service->get( '/business', array( 'period' => $period ) );
		}
		$data['said'] = $answer['data'];
		return array(
			'template' => '' === $rows ? 'admin-business' : 'admin-business-rows',
			'answer'   => $answer,
			'data'     => $data,
		);
	}

	/**
	 * Returns the periods in words.
	 *
	 * @return array<string,string>
	 */
	private static function periods(): array {
		return array(
			'30d'  => __( '30 days', 'trading-robot-service' ),
			'90d'  => __( '90 days', 'trading-robot-service' ),
			'365d' => __( '365 days', 'trading-robot-service' ),
		);
	}

	/**
	 * Returns the lists of rows in words.
	 *
	 * @return array<string,string>
	 */
	private static function listings(): array {
		return array(
			'mrr_movements' => __( 'Movements of the monthly revenue', 'trading-robot-service' ),
			'revenue'       => __( 'Postings of revenue', 'trading-robot-service' ),
			'payouts_due'   => __( 'Balances of creators', 'trading-robot-service' ),
			'sign_ups'      => __( 'Sign-ups', 'trading-robot-service' ),
			'calls'         => __( 'Clicks by day', 'trading-robot-service' ),
			'first_plans'   => __( 'First payments of plans', 'trading-robot-service' ),
			'trials'        => __( 'Trials that ended', 'trading-robot-service' ),
		);
	}

	/**
	 * Sends the rows behind a figure as a file.
	 */
	public function send_file(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not see the figures of the business.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$rows   = self::asked( 'rows', self::LISTINGS );
		$period = self::asked( 'period', self::PERIODS );
		$this->send_csv( '/business/' . $rows . '/file', array( 'period' => $period ), $rows . '-' . $period );
	}
}
