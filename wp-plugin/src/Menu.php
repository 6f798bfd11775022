<?php
/**
 * The menu that the plugin makes.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * A navigation for block themes, a classic menu for the others; a menu that the owner has in place stays.
 */
final class Menu {

	/**
	 * Makes the menu that the theme shows.
	 *
	 * @param array<string,int> $pages Ids by name, in any order.
	 */
	public function make( array $pages ): void {
		$ordered = array();
		foreach ( Pages::names() as $name ) {
			// The site's title leads home already.
			if ( 'home' !== $name && isset( $pages[ $name ] ) ) {
				$ordered[] = $pages[ $name ];
			}
		}
		if ( array() === $ordered ) {
			return;
		}
		if ( wp_is_block_theme() ) {
			$this->make_navigation( $ordered );
		} else {
			$this->make_classic( $ordered );
		}
	}

	/**
	 * Tells whether the site has a menu of its own, which a new one would push aside.
	 */
	public static function has_other(): bool {
		$own = Pages::kept();
		if ( ! wp_is_block_theme() ) {
			$menu = self::shown();
			return $menu > 0 && ( $own['classic-menu'] ?? 0 ) !== $menu;
		}
		$found = get_posts(
			array(
				'post_type'   => 'wp_navigation',
				'post_status' => 'publish',
				'fields'      => 'ids',
				'numberposts' => 2,
			)
		);
		return array() !== array_diff( array_map( 'intval', $found ), array( $own['menu'] ?? 0 ) );
	}

	/**
	 * Makes a navigation: the newest is what a block theme shows.
	 *
	 * @param int[] $pages Pages in order.
	 */
	private function make_navigation( array $pages ): void {
		$links = '';
		foreach ( $pages as $id ) {
			$link   = array(
				'label' => get_the_title( $id ),
				'type'  => 'page',
				'id'    => $id,
				'url'   => wp_make_link_relative( (string) get_permalink( $id ) ),
				'kind'  => 'post-type',
			);
			$links .= '<!-- wp:navigation-link ' . serialize_block_attributes( $link ) . " /-->\n";
		}
		$id = wp_insert_post(
			array(
				'post_type'    => 'wp_navigation',
				'post_status'  => 'publish',
				'post_title'   => __( 'Trading robots', 'trading-robot-service' ),
				'post_content' => wp_slash( $links ),
			)
		);
		Pages::keep( 'menu', (int) $id );
	}

	/**
	 * Makes a classic menu and puts it into the theme's first place if that is empty.
	 *
	 * @param int[] $pages Pages in order.
	 */
	private function make_classic( array $pages ): void {
		$name = __( 'Trading robots', 'trading-robot-service' );
		$menu = wp_get_nav_menu_object( $name );
		$menu = false === $menu ? wp_create_nav_menu( $name ) : $menu->term_id;
		if ( is_wp_error( $menu ) ) {
			return;
		}
		if ( array() === (array) wp_get_nav_menu_items( $menu ) ) {
			foreach ( $pages as $id ) {
				wp_update_nav_menu_item(
					$menu,
					0,
					array(
						'menu-item-object'    => 'page',
						'menu-item-object-id' => $id,
						'menu-item-type'      => 'post_type',
						'menu-item-status'    => 'publish',
					)
				);
			}
		}
		if ( '' !== self::place() && 0 === self::shown() ) {
			set_theme_mod( 'nav_menu_locations', array( self::place() => (int) $menu ) + get_nav_menu_locations() );
		}
		Pages::keep( 'classic-menu', (int) $menu );
	}

	/**
	 * Returns the menu in the theme's first place; 0 when it is empty, or its menu was deleted.
	 */
	private static function shown(): int {
		$menu = wp_get_nav_menu_object( get_nav_menu_locations()[ self::place() ] ?? 0 );
		return false === $menu ? 0 : (int) $menu->term_id;
	}

	/**
	 * Returns the theme's first place for a menu, by the usual names or by its order.
	 */
	private static function place(): string {
		$places = array_keys( get_registered_nav_menus() );
		$usual  = array_intersect( array( 'primary', 'primary-menu', 'menu-1', 'main', 'header', 'top' ), $places );
		return (string) ( reset( $usual ) ?: ( $places[0] ?? '' ) ); // phpcs:ignore Universal.Operators.DisallowShortTernary -- an empty list is false.
	}
}
