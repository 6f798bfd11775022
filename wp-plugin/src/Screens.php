<?php
/**
 * The names of the screens: shortcodes and blocks.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * One list for everything that must know where a screen stands.
 */
final class Screens {

	const SPACE = 'trading-robot-service/';

	// Shortcode => screen; the block is the screen's name after SPACE.
	const TAGS = array(
		'trading_robot_performance'    => 'performance',
		'trading_robot_marketplace'    => 'marketplace',
		'trading_robot_pricing'        => 'pricing',
		'trading_robot_user_dashboard' => 'user-dashboard',
		'trading_robot_record'         => 'robot',
		'trading_robot_desk'           => 'desk',
		'trading_robot_coach'          => 'coach',
	);

	/**
	 * Tells whether a post holds one screen, or any.
	 *
	 * @param \WP_Post $post   A post.
	 * @param string   $screen Screen, empty for any.
	 */
	public static function stand_in( \WP_Post $post, string $screen = '' ): bool {
		$content = $post->post_content;
		// Most posts hold none, and this is asked on every page of the site.
		if ( false === strpos( $content, 'trading' ) ) {
			return false;
		}
		foreach ( self::TAGS as $tag => $name ) {
			if ( ( '' === $screen || $screen === $name ) && ( has_block( self::SPACE . $name, $content ) || has_shortcode( $content, $tag ) ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns the shortcode of a screen.
	 *
	 * @param string $screen Screen.
	 */
	public static function tag_of( string $screen ): string {
		return (string) array_search( $screen, self::TAGS, true );
	}
}
