<?php
/**
 * Settings -> Trading Robot Service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;
use TradingRobotService\Connection;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * Connect, test, rotate, disconnect, make pages; each write behind its capability and its nonce.
 */
final class Settings {

	const PAGE = 'trading-robot-service';

	const ACTION = 'trading_robot_service';

	const PING = 'trading_robot_service_ping';

	// What the page keeps through WordPress' own Settings API.
	const GROUP = 'trading_robot_service';

	const STEPS = array( 'connect', 'test', 'rotate', 'disconnect', 'moved', 'copied', 'pages' );

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
		add_action( 'admin_init', array( $this, 'register_setting' ) );
		add_action( 'admin_notices', array( $this, 'warn' ) );
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
		add_filter( 'option_page_capability_' . self::GROUP, array( $this, 'capability' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( \TradingRobotService\PLUGIN_FILE ), array( $this, 'add_link' ) );
	}

	/**
	 * Adds the page.
	 */
	public function add_page(): void {
		$title = __( 'Trading Robot Service', 'trading-robot-service' );
		add_options_page( $title, $title, Capabilities::CONNECT, self::PAGE, array( $this, 'show' ) );
	}

	/**
	 * Registers the one setting that is a choice of the owner; connection and secret are none.
	 */
	public function register_setting(): void {
		register_setting(
			self::GROUP,
			Setup::CHARTS,
			array(
				'type'              => 'string',
				'default'           => 'no',
				'show_in_rest'      => false,
				'sanitize_callback' => array( self::class, 'clean_choice' ),
			)
		);
	}

	/**
	 * Returns yes or no.
	 *
	 * @param mixed $value What a form sent.
	 */
	public static function clean_choice( $value ): string {
		return 'yes' === $value ? 'yes' : 'no';
	}

	/**
	 * Filter option_page_capability: who may save the setting.
	 */
	public function capability(): string {
		return Capabilities::CONNECT;
	}

	/**
	 * Filter plugin_action_links: the way to the settings from the list of plugins.
	 *
	 * @param string[] $links Links.
	 * @return string[]
	 */
	public function add_link( $links ) {
		if ( current_user_can( Capabilities::CONNECT ) ) {
			array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'trading-robot-service' ) ) );
		}
		return $links;
	}

	/**
	 * Says on every admin page when the connection needs a decision.
	 */
	public function warn(): void {
		$texts = array(
			'moved'      => __( 'Trading Robot Service is paused: this site is not where it was when it was connected. Say whether it moved or is a copy.', 'trading-robot-service' ),
			'paused'     => __( 'Trading Robot Service is paused by the operator of the service. Pages show the last known values.', 'trading-robot-service' ),
			'unreadable' => __( 'Trading Robot Service cannot read its secret, probably because the keys in wp-config.php changed. Please connect again.', 'trading-robot-service' ),
		);
		$state = current_user_can( Capabilities::CONNECT ) ? $this->connection->state() : 'none';
		if ( ! isset( $texts[ $state ] ) ) {
			return;
		}
		printf(
			'<div class="notice notice-warning"><p>%s <a href="%s">%s</a></p></div>',
			esc_html( $texts[ $state ] ),
			esc_url( self::url() ),
			esc_html__( 'Settings', 'trading-robot-service' )
		);
	}

	/**
	 * Shows the page.
	 */
	public function show(): void {
		if ( ! current_user_can( Capabilities::CONNECT ) ) {
			return;
		}
		$note = get_transient( self::note_key() );
		delete_transient( self::note_key() );
		$data = array(
			'status' => Setup::status(),
			'note'   => is_array( $note ) ? $note : null,
			'ping'   => get_transient( self::PING ),
			'action' => self::ACTION,
			'group'  => self::GROUP,
			// Given by wp-config.php or a filter, the address is not asked for.
			'fixed'  => '' !== Connection::service_url( '' ),
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-settings', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Does one step and returns to the page.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::CONNECT ) ) {
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
		$url    = isset( $_POST['url'] ) ? sanitize_text_field( wp_unslash( $_POST['url'] ) ) : '';
		$code   = isset( $_POST['code'] ) ? sanitize_text_field( wp_unslash( $_POST['code'] ) ) : '';
		$charts = isset( $_POST['charts'] );
		// phpcs:enable
		$done = Setup::connect( $url, $code, $charts );
		return is_wp_error( $done ) ? $done : __( 'Connected. Make the pages next, or put the blocks into pages of your own.', 'trading-robot-service' );
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
	 * Changes the secret.
	 *
	 * @return string|\WP_Error What to say.
	 */
	private function do_rotate() {
		$done = Setup::rotate();
		return is_wp_error( $done ) ? $done : __( 'The secret is a new one; the old one is no longer accepted.', 'trading-robot-service' );
	}

	/**
	 * Disconnects.
	 */
	private function do_disconnect(): string {
		return Setup::disconnect()
			? __( 'Disconnected. The secret is deleted here and at the service, which keeps members and their records.', 'trading-robot-service' )
			: __( 'Disconnected. The secret is deleted here. The service could not be told: its operator can end the connection there.', 'trading-robot-service' );
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
	 * Takes this site for a copy.
	 */
	private function do_copied(): string {
		Setup::copied();
		return __( 'This copy has forgotten the connection; the original keeps it. Connect the copy with a code of its own if it should show figures.', 'trading-robot-service' );
	}

	/**
	 * Makes the pages.
	 */
	private function do_pages(): string {
		Setup::make_pages();
		return __( 'The pages, the front page and the menu are there.', 'trading-robot-service' );
	}

	/**
	 * Returns the address of the page.
	 */
	public static function url(): string {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/**
	 * Names the message for this administrator.
	 */
	private static function note_key(): string {
		return 'trading_robot_service_note_' . get_current_user_id();
	}
}
