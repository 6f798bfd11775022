<?php
/**
 * Dark or light, and whose colours.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

defined( 'ABSPATH' ) || exit;

/**
 * Dark is the default of traders; an author's attribute wins over the site's setting.
 */
final class Appearance {

	const THEME = 'trading_robot_service_theme';

	const SKIN = 'trading_robot_service_skin';

	const GROUP = 'trading_robot_service_appearance';

	const READABLE = 4.5;

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_init', array( $this, 'register_settings' ) );
		add_action( 'trading_robot_service_settings', array( $this, 'show' ) );
	}

	/**
	 * Registers the two settings.
	 */
	public function register_settings(): void {
		$settings = array(
			self::THEME => array( 'dark', array( self::class, 'clean_theme' ) ),
			self::SKIN  => array( 'own', array( self::class, 'clean_skin' ) ),
		);
		foreach ( $settings as $name => $setting ) {
			$options = array(
				'type'              => 'string',
				'default'           => $setting[0],
				'sanitize_callback' => $setting[1],
				'show_in_rest'      => false,
			);
			register_setting( self::GROUP, $name, $options );
		}
	}

	/**
	 * Returns dark, light, or auto for what the visitor's own system asks for.
	 *
	 * @param string $asked What an author wrote, empty for the site's setting.
	 */
	public static function theme( string $asked = '' ): string {
		if ( in_array( $asked, array( 'dark', 'light', 'auto' ), true ) ) {
			return $asked;
		}
		/**
		 * Filters how all screens look where their author has not said: dark, light or auto.
		 *
		 * @param string $theme The site's setting.
		 */
		return self::clean_theme( apply_filters( 'trading_robot_service_theme', self::kept( self::THEME, 'dark' ) ) );
	}

	/**
	 * Returns an option that is loaded with every page; one that was never saved costs no question.
	 *
	 * @param string $name    Name of the option.
	 * @param string $default What counts where there is none.
	 */
	private static function kept( string $name, string $default ): string {
		return (string) ( wp_load_alloptions()[ $name ] ?? $default );
	}

	/**
	 * Returns own, or theme for the ground, ink and letters of the site's theme.
	 */
	public static function skin(): string {
		/**
		 * Filters whose colours and letters the screens take: own or theme.
		 *
		 * @param string $skin The site's setting.
		 */
		return self::clean_skin( apply_filters( 'trading_robot_service_skin', self::kept( self::SKIN, 'own' ) ) );
	}

	/**
	 * Accepts only what there is.
	 *
	 * @param mixed $theme Anything.
	 */
	public static function clean_theme( $theme ): string {
		return in_array( $theme, array( 'light', 'auto' ), true ) ? $theme : 'dark';
	}

	/**
	 * Accepts only what there is.
	 *
	 * @param mixed $skin Anything.
	 */
	public static function clean_skin( $skin ): string {
		return 'theme' === $skin ? 'theme' : 'own';
	}

	/**
	 * Shows the form among the settings.
	 */
	public function show(): void {
		$data = array(
			'theme' => self::theme(),
			'skin'  => self::skin(),
			'ratio' => self::contrast(),
			'group' => self::GROUP,
		);
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-appearance', $data ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Returns the contrast of the theme's ink on its ground, 1 to 21; null when it names none.
	 */
	public static function contrast(): ?float {
		$light = array();
		foreach ( (array) wp_get_global_settings( array( 'color', 'palette', 'theme' ) ) as $colour ) {
			$slug = is_array( $colour ) ? ( $colour['slug'] ?? '' ) : '';
			if ( in_array( $slug, array( 'base', 'contrast' ), true ) && 1 === preg_match( '/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i', (string) $colour['color'] ) ) {
				$light[ $slug ] = self::luminance( (string) $colour['color'] );
			}
		}
		return 2 === count( $light ) ? ( max( $light ) + 0.05 ) / ( min( $light ) + 0.05 ) : null;
	}

	/**
	 * Returns how light a colour is, 0 to 1, as WCAG defines it.
	 *
	 * @param string $colour Such as #0a0e27 or #fff.
	 */
	private static function luminance( string $colour ): float {
		$digits = ltrim( $colour, '#' );
		if ( 3 === strlen( $digits ) ) {
			$digits = (string) preg_replace( '/(.)/', '$1$1', $digits );
		}
		$linear = array();
		foreach ( str_split( $digits, 2 ) as $pair ) {
			$share    = hexdec( $pair ) / 255;
			$linear[] = $share <= 0.04045 ? $share / 12.92 : pow( ( $share + 0.055 ) / 1.055, 2.4 );
		}
		return 0.2126 * $linear[0] + 0.7152 * $linear[1] + 0.0722 * $linear[2];
	}
}
