<?php
/**
 * The shortcodes.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\Routes;
use TradingRobotService\Screen;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * A map from tag to screen; one validator for all attributes.
 */
final class Shortcodes {

	const MEMBER = 'trading_robot_user_dashboard';

	/**
	 * Screens by tag.
	 *
	 * @var array<string,Screen>
	 */
	private $screens;

	/**
	 * Scripts and styles.
	 *
	 * @var Assets
	 */
	private $assets;

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	private $templates;

	/**
	 * Keeps its parts.
	 *
	 * @param array<string,Screen> $screens   Screens by tag.
	 * @param Assets               $assets    Scripts and styles.
	 * @param Templates            $templates Own templates.
	 */
	public function __construct( array $screens, Assets $assets, Templates $templates ) {
		$this->screens   = $screens;
		$this->assets    = $assets;
		$this->templates = $templates;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		foreach ( array_keys( $this->screens ) as $tag ) {
			add_shortcode( $tag, array( $this, 'render' ) );
		}
	}

	/**
	 * Renders one shortcode.
	 *
	 * @param array<mixed>|string $attributes Attributes as written by an author.
	 * @param string|null         $content    Not used: the shortcodes do not enclose anything.
	 * @param string              $tag        Which shortcode.
	 */
	public function render( $attributes, $content = null, string $tag = '' ): string {
		unset( $content );
		$screen = $this->screens[ $tag ] ?? null;
		if ( null === $screen ) {
			return '';
		}
		$this->assets->enqueue();
		$attributes = is_array( $attributes ) ? array_filter( $attributes, 'is_string' ) : array();
		$name       = $screen->route( $attributes );
		$route      = Routes::find( 'GET', $name );
		$query      = null === $route ? array() : self::query( $route['query'], $attributes );
		$is_member  = self::MEMBER === $tag && is_user_logged_in();
		$has_charts = $is_member && 'yes' === get_option( Setup::CHARTS, 'no' );
		if ( $has_charts ) {
			$this->assets->enqueue_charts();
		}
		return $this->templates->render(
			'wrapper',
			array(
				'inner'  => $screen->render( $name, $query ),
				'theme'  => self::theme( $attributes ),
				'rest'   => wp_make_link_relative( rest_url( 'trading-robot-service/v1/fragment/' ) ),
				'member' => $is_member,
				'nonce'  => wp_make_link_relative( admin_url( 'admin-ajax.php?action=rest-nonce' ) ),
				'charts' => $has_charts ? Assets::chart_url() : '',
			)
		);
	}

	/**
	 * Joins the attributes with the page's own address, which wins: filters are links.
	 *
	 * @param array<string,string> $known      Names with patterns, from the table.
	 * @param array<mixed>         $attributes Attributes as written.
	 * @return array<string,string>
	 */
	private static function query( array $known, array $attributes ): array {
		$asked = array();
		foreach ( array_keys( $known ) as $name ) {
			// Reading a filter from the address changes nothing; the value must match its pattern below.
			if ( isset( $_GET[ 'trp_' . $name ] ) && is_string( $_GET[ 'trp_' . $name ] ) ) { // phpcs:ignore WordPress.Security.NonceVerification
				$asked[ $name ] = sanitize_text_field( wp_unslash( $_GET[ 'trp_' . $name ] ) ); // phpcs:ignore WordPress.Security.NonceVerification
			}
		}
		return Routes::clean( $known, array_merge( Routes::clean( $known, $attributes ), Routes::clean( $known, $asked ) ) );
	}

	/**
	 * Returns dark, light or auto.
	 *
	 * @param array<mixed> $attributes Attributes as written.
	 */
	private static function theme( array $attributes ): string {
		$theme = $attributes['theme'] ?? '';
		return in_array( $theme, array( 'dark', 'light' ), true ) ? $theme : 'auto';
	}
}
