<?php
/**
 * Where people who want a large plan talk to somebody.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * One setting of the owner: an e-mail address or a page. The service links the button "Contact Sales" to it.
 */
final class Sales {

	const OPTION = 'trading_robot_service_sales';

	const GROUP = 'trading_robot_service_sales';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_init', array( $this, 'register_setting' ) );
		add_action( 'trading_robot_service_settings', array( $this, 'show' ) );
		add_action( 'add_option_' . self::OPTION, array( $this, 'tell' ) );
		add_action( 'update_option_' . self::OPTION, array( $this, 'tell' ) );
		add_filter( 'option_page_capability_' . self::GROUP, array( $this, 'capability' ) );
	}

	/**
	 * Registers the setting.
	 */
	public function register_setting(): void {
		register_setting(
			self::GROUP,
			self::OPTION,
			array(
				'type'              => 'string',
				'default'           => '',
				'show_in_rest'      => false,
				'sanitize_callback' => array( self::class, 'clean' ),
			)
		);
	}

	/**
	 * Filter option_page_capability: who may save the setting.
	 */
	public function capability(): string {
		return Capabilities::CONNECT;
	}

	/**
	 * Returns an e-mail address or the address of a page; what is neither is told and left out.
	 *
	 * @param mixed $value What a form sent.
	 */
	public static function clean( $value ): string {
		$text = trim( is_string( $value ) ? $value : '' );
		if ( '' === $text || is_email( $text ) ) {
			return $text;
		}
		$url = esc_url_raw( $text, array( 'http', 'https' ) );
		if ( $url === $text && '' !== (string) wp_parse_url( $url, PHP_URL_HOST ) ) {
			return $url;
		}
		add_settings_error( self::OPTION, self::OPTION, __( 'Sales contact: write an e-mail address, or the whole address of a page that begins with https://.', 'trading-robot-service' ) );
		return (string) get_option( self::OPTION, '' );
	}

	/**
	 * Returns what the service links to, empty where the owner has set nothing.
	 */
	public static function contact(): string {
		$kept = (string) get_option( self::OPTION, '' );
		return is_email( $kept ) ? 'mailto:' . $kept : $kept;
	}

	/**
	 * Tells the service the new address.
	 */
	public function tell(): void {
		Setup::tell_service();
	}

	/**
	 * Shows the form among the settings.
	 */
	public function show(): void {
		$data = array(
			'value' => (string) get_option( self::OPTION, '' ),
			'name'  => self::OPTION,
			'group' => self::GROUP,
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-sales', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}
}
