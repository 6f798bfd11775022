<?php
/**
 * Dark or light, and whose colours: author, site, filter, in that order.
 *
 * @package TradingRobotService
 */

use PHPUnit\Framework\TestCase;
use TradingRobotService\Frontend\Appearance;

/**
 * What the shortcodes print at their root.
 */
final class AppearanceTest extends TestCase {

	protected function tearDown(): void {
		delete_option( Appearance::THEME );
		delete_option( Appearance::SKIN );
		remove_all_filters( 'trading_robot_service_theme' );
		remove_all_filters( 'trading_robot_service_skin' );
	}

	public function test_dark_is_the_default_and_an_author_wins_over_the_site(): void {
		self::assertSame( 'dark', Appearance::theme() );
		update_option( Appearance::THEME, 'auto' );
		self::assertSame( 'auto', Appearance::theme() );
		self::assertSame( 'light', Appearance::theme( 'light' ) );
		self::assertSame( 'auto', Appearance::theme( '"><script>' ) );
		update_option( Appearance::THEME, 'pink' );
		self::assertSame( 'dark', Appearance::theme() );
	}

	public function test_a_filter_has_the_last_word_of_the_site_and_is_checked(): void {
		add_filter(
			'trading_robot_service_theme',
			static function () {
				return 'light';
			}
		);
		self::assertSame( 'light', Appearance::theme() );
		add_filter( 'trading_robot_service_skin', '__return_empty_array' );
		self::assertSame( 'own', Appearance::skin() );
	}

	public function test_the_root_says_what_the_site_has_chosen(): void {
		update_option( Appearance::SKIN, 'theme' );
		$html = do_shortcode( '[trading_robot_pricing]' );
		self::assertStringContainsString( 'data-theme="dark"', $html );
		self::assertStringContainsString( 'data-skin="theme"', $html );
		update_option( Appearance::THEME, 'auto' );
		delete_option( Appearance::SKIN );
		$html = do_shortcode( '[trading_robot_pricing]' );
		self::assertStringNotContainsString( 'data-theme', $html );
		self::assertStringNotContainsString( 'data-skin', $html );
	}

	public function test_the_settings_are_cleaned_when_they_are_saved(): void {
		( new Appearance() )->register_settings();
		update_option( Appearance::THEME, '<b>light</b>' );
		self::assertSame( 'dark', get_option( Appearance::THEME ) );
		update_option( Appearance::THEME, 'light' );
		self::assertSame( 'light', get_option( Appearance::THEME ) );
	}

	public function test_the_contrast_of_a_theme_is_computed_as_wcag_defines_it(): void {
		$palette = static function ( $base, $contrast ) {
			return static function ( $data ) use ( $base, $contrast ) {
				$colours = array(
					array( 'slug' => 'base', 'color' => $base, 'name' => 'Base' ),
					array( 'slug' => 'contrast', 'color' => $contrast, 'name' => 'Contrast' ),
				);
				return $data->update_with( array( 'version' => 2, 'settings' => array( 'color' => array( 'palette' => $colours ) ) ) );
			};
		};
		foreach ( array( array( '#fff', '#000', 21.0 ), array( '#ffffff', '#767676', 4.54 ) ) as $case ) {
			$filter = $palette( $case[0], $case[1] );
			add_filter( 'wp_theme_json_data_theme', $filter );
			\WP_Theme_JSON_Resolver::clean_cached_data();
			wp_cache_flush();
			self::assertEqualsWithDelta( $case[2], Appearance::contrast(), 0.01 );
			remove_filter( 'wp_theme_json_data_theme', $filter );
		}
		\WP_Theme_JSON_Resolver::clean_cached_data();
		wp_cache_flush();
	}
}
