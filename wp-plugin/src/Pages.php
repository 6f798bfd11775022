<?php
/**
 * The pages and the menu that the plugin makes.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Makes each page once; a page that the owner has changed or unpublished stays as it is.
 */
final class Pages {

	const OPTION = 'trading_robot_service_pages';

	const SHORTCODES = array(
		'performance' => 'trading_robot_performance',
		'marketplace' => 'trading_robot_marketplace',
		'pricing'     => 'trading_robot_pricing',
		'dashboard'   => 'trading_robot_user_dashboard',
	);

	/**
	 * Makes what is missing.
	 *
	 * @return array<string,string> Addresses by name.
	 */
	public function make(): array {
		$ids    = $this->ids();
		$titles = array(
			'performance' => __( 'Performance', 'trading-robot-service' ),
			'marketplace' => __( 'Marketplace', 'trading-robot-service' ),
			'pricing'     => __( 'Pricing', 'trading-robot-service' ),
			'dashboard'   => __( 'Dashboard', 'trading-robot-service' ),
		);
		foreach ( self::SHORTCODES as $name => $tag ) {
			if ( ! isset( $ids[ $name ] ) ) {
				$ids[ $name ] = $this->insert( $titles[ $name ], $name, self::blocks( $titles[ $name ], $tag ), self::bare_template() );
			}
		}
		$ids = array_filter( $ids );
		if ( ! isset( $ids['home'] ) ) {
			$paths = array();
			foreach ( $ids as $name => $id ) {
				$paths[ $name ] = self::path_of( $id );
			}
			$content     = ( new Templates() )->render( 'home', array( 'urls' => $paths ) );
			$ids['home'] = $this->insert( __( 'Home', 'trading-robot-service' ), 'home', $content, self::bare_template() );
			update_option( 'show_on_front', 'page' );
			update_option( 'page_on_front', $ids['home'] );
		}
		if ( ! isset( $ids['menu'] ) ) {
			$ids['menu'] = $this->make_menu( $ids );
		}
		update_option( self::OPTION, array_filter( $ids ), false );
		return $this->urls();
	}

	/**
	 * Returns the addresses of the pages that are there.
	 *
	 * @return array<string,string>
	 */
	public function urls(): array {
		$ids = $this->ids();
		unset( $ids['menu'] );
		return array_map( 'strval', array_map( 'get_permalink', $ids ) );
	}

	/**
	 * Returns the ids of what was made and is still there.
	 *
	 * @return array<string,int>
	 */
	private function ids(): array {
		$alive = static function ( $id ) {
			return in_array( get_post_status( (int) $id ), array( 'publish', 'draft', 'private', 'pending' ), true );
		};
		return array_map( 'intval', array_filter( (array) get_option( self::OPTION, array() ), $alive ) );
	}

	/**
	 * Returns a page's address without the host, so that a site may move with its links.
	 *
	 * @param int $id Page.
	 */
	private static function path_of( int $id ): string {
		return wp_make_link_relative( (string) get_permalink( $id ) );
	}

	/**
	 * Inserts a page; 0 when WordPress refuses.
	 *
	 * @param string $title    Title.
	 * @param string $slug     Wished address.
	 * @param string $content  Blocks.
	 * @param string $template Page template, empty for the theme's own choice.
	 */
	private function insert( string $title, string $slug, string $content, string $template ): int {
		$page = array(
			'post_type'      => 'page',
			'post_status'    => 'publish',
			'post_title'     => $title,
			'post_name'      => $slug,
			'post_content'   => wp_slash( $content ),
			'comment_status' => 'closed',
			'ping_status'    => 'closed',
		);
		if ( '' !== $template ) {
			$page['page_template'] = $template;
		}
		return (int) wp_insert_post( $page );
	}

	/**
	 * Returns a page's blocks; where the theme can leave its narrow title out, a heading as wide as the screen stands in.
	 *
	 * @param string $title Title.
	 * @param string $tag   Shortcode.
	 */
	private static function blocks( string $title, string $tag ): string {
		$heading = '';
		if ( '' !== self::bare_template() ) {
			$heading = '<!-- wp:group {"align":"wide","style":{"spacing":{"padding":{"top":"1rem"}}},"layout":{"type":"default"}} -->' . "\n"
				. '<div class="wp-block-group alignwide" style="padding-top:1rem"><!-- wp:heading {"level":1} -->' . "\n"
				. '<h1 class="wp-block-heading">' . esc_html( $title ) . "</h1>\n<!-- /wp:heading --></div>\n<!-- /wp:group -->\n\n";
		}
		return $heading . "<!-- wp:shortcode -->\n[" . $tag . "]\n<!-- /wp:shortcode -->";
	}

	/**
	 * Returns the theme's page template without a title, when it has one: these pages bring their own heading.
	 */
	private static function bare_template(): string {
		return isset( wp_get_theme()->get_page_templates()['page-no-title'] ) ? 'page-no-title' : '';
	}

	/**
	 * Makes the menu: the newest wp_navigation is what a block theme shows.
	 *
	 * @param array<string,int> $ids Pages by name.
	 */
	private function make_menu( array $ids ): int {
		$links = '';
		foreach ( array_keys( self::SHORTCODES ) as $name ) {
			if ( ! isset( $ids[ $name ] ) ) {
				continue;
			}
			$link   = array(
				'label' => get_the_title( $ids[ $name ] ),
				'type'  => 'page',
				'id'    => $ids[ $name ],
				'url'   => self::path_of( $ids[ $name ] ),
				'kind'  => 'post-type',
			);
			$links .= '<!-- wp:navigation-link ' . serialize_block_attributes( $link ) . " /-->\n";
		}
		return (int) wp_insert_post(
			array(
				'post_type'    => 'wp_navigation',
				'post_status'  => 'publish',
				'post_title'   => __( 'Trading robots', 'trading-robot-service' ),
				'post_content' => wp_slash( $links ),
			)
		);
	}
}
