<?php
/**
 * The overview in wp-admin.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Connection;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * Shows what the service says of itself right now; changes nothing.
 */
final class Dashboard {

	const PAGE = 'trading-robot-service-overview';

	/**
	 * Address, ids and secret.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Keeps its part.
	 *
	 * @param Connection $connection Address, ids and secret.
	 */
	public function __construct( Connection $connection ) {
		$this->connection = $connection;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_menu', array( $this, 'add_page' ) );
	}

	/**
	 * Adds the page.
	 */
	public function add_page(): void {
		add_menu_page(
			__( 'Trading robots', 'trading-robot-service' ),
			__( 'Trading robots', 'trading-robot-service' ),
			'manage_options',
			self::PAGE,
			array( $this, 'show' ),
			'dashicons-chart-line',
			58
		);
	}

	/**
	 * Shows the page.
	 */
	public function show(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$data = array(
			'status' => Setup::status(),
			'ping'   => 'connected' === $this->connection->state() ? Setup::ping() : null,
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-overview', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}
}
