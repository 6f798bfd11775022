<?php
/**
 * Where a screen stands in a text, until WordPress is done with the text.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps what the service sent out of the filters of a post's text.
 *
 * They are made for what authors write: they look through each character for quotes and smileys,
 * which takes longer than all the rest of a screen, and would change the figures that they find.
 */
final class Places {

	/**
	 * Screens by the mark that stands for them.
	 *
	 * @var array<string,string>
	 */
	private static $kept = array();

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_filter( 'the_content', array( self::class, 'fill' ), PHP_INT_MAX );
	}

	/**
	 * Returns a mark in place of a screen while a post's text is filtered, else the screen itself.
	 *
	 * @param string $html Screen.
	 */
	public static function keep( string $html ): string {
		if ( ! doing_filter( 'the_content' ) ) {
			return $html;
		}
		// Nobody can write the mark of a screen into a text: it is made anew for each.
		$mark                = '<div data-trp-place="' . bin2hex( random_bytes( 8 ) ) . '"></div>';
		self::$kept[ $mark ] = $html;
		return $mark;
	}

	/**
	 * Filter the_content: puts the screens where their marks are.
	 *
	 * @param mixed $content Text of a post.
	 * @return mixed
	 */
	public static function fill( $content ) {
		return is_string( $content ) && array() !== self::$kept ? strtr( $content, self::$kept ) : $content;
	}
}
