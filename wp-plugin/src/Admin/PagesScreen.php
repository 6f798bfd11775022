<?php
/**
 * Trading robots -> Pages.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Menu;
use TradingRobotService\Pages;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * Makes the pages, the menu and the front page: once, on request, and never over something that the owner has changed.
 */
final class PagesScreen {

	const PAGE = 'trading-robot-service-pages';

	const ACTION = 'trading_robot_service_pages';

	const NOTE = 'trading_robot_service_pages_note_';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_menu', array( $this, 'add_page' ), 30 );
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
	}

	/**
	 * Adds the page below the menu.
	 */
	public function add_page(): void {
		$title = __( 'Pages', 'trading-robot-service' );
		$hook  = add_submenu_page( Screen::MENU, $title, $title, Capabilities::CONNECT, self::PAGE, array( $this, 'show' ) );
		if ( false !== $hook ) {
			add_action( 'load-' . $hook, array( Screen::class, 'enqueue_later' ) );
		}
	}

	/**
	 * Shows the page.
	 */
	public function show(): void {
		if ( ! current_user_can( Capabilities::CONNECT ) ) {
			return;
		}
		$note = get_transient( self::NOTE . get_current_user_id() );
		delete_transient( self::NOTE . get_current_user_id() );
		$pages = new Pages();
		$rows  = array();
		// Home stands first here: it is what visitors see first.
		foreach ( array_unique( array_merge( array_intersect( array( 'home' ), Pages::names() ), Pages::names() ) ) as $name ) {
			$rows[ $name ] = $pages->state( $name ) + array(
				'title' => Pages::title( $name ),
				'about' => Pages::description( $name ),
			);
		}
		$data = array(
			'is_done'   => array() === array_intersect( array_column( $rows, 'state' ), array( 'missing', 'trashed' ) ),
			'rows'      => $rows,
			'note'      => is_array( $note ) ? $note : null,
			'action'    => self::ACTION,
			'has_menu'  => $pages->has_menu(),
			'has_other' => Menu::has_other(),
			'has_front' => 'page' === get_option( 'show_on_front' ) && (int) get_option( 'page_on_front' ) > 0,
			'is_front'  => ( $pages->ids()['home'] ?? -1 ) === (int) get_option( 'page_on_front' ) && 'page' === get_option( 'show_on_front' ),
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-pages', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Makes what was ticked and returns to the page.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::CONNECT ) ) {
			wp_die( esc_html__( 'You may not make these pages.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$names = isset( $_POST['pages'] ) && is_array( $_POST['pages'] ) ? array_map( 'sanitize_key', array_filter( wp_unslash( $_POST['pages'] ), 'is_string' ) ) : array();
		$pages = new Pages();
		$had   = count( $pages->ids() );
		$menu  = $pages->has_menu();
		$pages->make( $names, isset( $_POST['menu'] ), false, true );
		if ( isset( $_POST['front'] ) ) {
			$pages->make_front();
		}
		Setup::tell_service();
		$made = count( $pages->ids() ) - $had;
		/* translators: %d: number of pages. */
		$text = 0 === $made ? __( 'All of these pages were there already.', 'trading-robot-service' ) : sprintf( _n( '%d page is there now.', '%d pages are there now.', $made, 'trading-robot-service' ), $made );
		if ( ! $menu && $pages->has_menu() ) {
			$text .= ' ' . __( 'The menu is made.', 'trading-robot-service' );
		}
		set_transient( self::NOTE . get_current_user_id(), array( 'success', $text ), MINUTE_IN_SECONDS );
		wp_safe_redirect( admin_url( 'admin.php?page=' . self::PAGE ) );
		exit;
	}
}
