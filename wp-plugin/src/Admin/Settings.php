<?php
/**
 * Settings -> Trading Robot Service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Connection;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * Connect, test, disconnect, make pages; each write behind its capability and its nonce.
 */
final class Settings {

	const PAGE = 'trading-robot-service';

	const ACTION = 'trading_robot_service';

	const PING = 'trading_robot_service_ping';

	const STEPS = array( 'connect', 'test', 'disconnect', 'moved', 'pages', 'charts' );

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
		add_action( 'admin_notices', array( $this, 'warn' ) );
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
	}

	/**
	 * Adds the page.
	 */
	public function add_page(): void {
		$title = __( 'Trading Robot Service', 'trading-robot-service' );
		add_options_page( $title, $title, 'manage_options', self::PAGE, array( $this, 'show' ) );
	}

	/**
	 * Says on every admin page when the connection needs a decision.
	 */
	public function warn(): void {
		$state = current_user_can( 'manage_options' ) ? $this->connection->state() : 'none';
		if ( 'moved' !== $state && 'unreadable' !== $state ) {
			return;
		}
		$text = 'moved' === $state
			? __( 'Trading Robot Service is paused: this site has another address than when it was connected. Say in the settings whether it moved or is a copy.', 'trading-robot-service' )
			: __( 'Trading Robot Service cannot read its secret, probably because the keys in wp-config.php changed. Please connect again.', 'trading-robot-service' );
		printf(
			'<div class="notice notice-warning"><p>%s <a href="%s">%s</a></p></div>',
			esc_html( $text ),
			esc_url( self::url() ),
			esc_html__( 'Settings', 'trading-robot-service' )
		);
	}

	/**
	 * Shows the page.
	 */
	public function show(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$note = get_transient( self::note_key() );
		delete_transient( self::note_key() );
		$data = array(
			'status' => Setup::status(),
			'note'   => is_array( $note ) ? $note : null,
			'ping'   => get_transient( self::PING ),
			'action' => self::ACTION,
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-settings', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Does one step and returns to the page.
	 */
	public function save(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change these settings.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$step = isset( $_POST['step'] ) ? sanitize_key( wp_unslash( $_POST['step'] ) ) : '';
		if ( in_array( $step, self::STEPS, true ) ) {
			$done = call_user_func( array( $this, 'do_' . $step ) );
			$note = is_wp_error( $done ) ? array( 'error', $done->get_error_message() ) : array( 'success', $done );
			set_transient( self::note_key(), $note, MINUTE_IN_SECONDS );
		}
		wp_safe_redirect( self::url() );
		exit;
	}

	/**
	 * Connects.
	 *
	 * @return string|\WP_Error What to say.
	 */
	private function do_connect() {
		// phpcs:disable WordPress.Security.NonceVerification -- save() has checked it.
		$url    = isset( $_POST['url'] ) ? esc_url_raw( wp_unslash( $_POST['url'] ) ) : '';
		$code   = isset( $_POST['code'] ) ? sanitize_text_field( wp_unslash( $_POST['code'] ) ) : '';
		$charts = isset( $_POST['charts'] );
		// phpcs:enable
		$done = Setup::connect( $url, $code, $charts );
		return is_wp_error( $done ) ? $done : __( 'Connected. Make the pages next, or put the shortcodes into pages of your own.', 'trading-robot-service' );
	}

	/**
	 * Tests the connection.
	 *
	 * @return string|\WP_Error What to say.
	 */
	private function do_test() {
		$ping = Setup::ping();
		set_transient( self::PING, array_merge( $ping, array( 'at' => time() ) ), HOUR_IN_SECONDS );
		if ( ! $ping['ok'] ) {
			/* translators: %d: HTTP status code, 0 when there was no answer. */
			return new \WP_Error( 'trading_robot_service_test', sprintf( __( 'The service did not answer the test (status %d).', 'trading-robot-service' ), $ping['status'] ) );
		}
		return __( 'The service answers and accepts this site.', 'trading-robot-service' );
	}

	/**
	 * Disconnects.
	 */
	private function do_disconnect(): string {
		Setup::disconnect();
		return __( 'Disconnected. The secret is deleted here; the service keeps its records.', 'trading-robot-service' );
	}

	/**
	 * Confirms a move.
	 *
	 * @return string|\WP_Error What to say.
	 */
	private function do_moved() {
		$done = Setup::moved();
		return is_wp_error( $done ) ? $done : __( 'The connection now belongs to this address.', 'trading-robot-service' );
	}

	/**
	 * Makes the pages.
	 */
	private function do_pages(): string {
		Setup::make_pages();
		return __( 'The pages, the front page and the menu are there.', 'trading-robot-service' );
	}

	/**
	 * Keeps the owner's decision on interactive charts.
	 */
	private function do_charts(): string {
		$charts = isset( $_POST['charts'] ); // phpcs:ignore WordPress.Security.NonceVerification -- save() has checked it.
		update_option( Setup::CHARTS, $charts ? 'yes' : 'no', false );
		return __( 'Saved.', 'trading-robot-service' );
	}

	/**
	 * Returns the address of the page.
	 */
	private static function url(): string {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/**
	 * Names the message for this administrator.
	 */
	private static function note_key(): string {
		return 'trading_robot_service_note_' . get_current_user_id();
	}
}
