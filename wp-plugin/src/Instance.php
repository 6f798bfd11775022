<?php
/**
 * Several screens on one page.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Numbers the screens of a page and keeps their ids apart.
 *
 * The first screen stays as the service made it. In every further one each id, and whatever refers
 * to one, ends in --2, --3 and so on, and what it loads asks the proxy with trp_n, which gives the
 * answer the same ending. The filters in a page's address belong to one screen: the one that trp_n
 * names, else the first on the page that knows them all.
 */
final class Instance {

	const NAME = 'trp_n';

	const NUMBER = '/\A(?:[2-9]|[1-9][0-9])\z/';

	// Attributes that hold one id or several.
	const ID_LISTS = array( 'id', 'for', 'headers', 'list', 'form', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-details', 'aria-errormessage', 'aria-activedescendant' );

	// Attributes that hold a selector, or a word with one in it.
	const SELECTORS = array( 'hx-target', 'hx-select', 'hx-swap', 'hx-include', 'hx-indicator', 'hx-disabled-elt', 'hx-sync', 'hx-trigger' );

	/**
	 * Screens so far.
	 *
	 * @var int
	 */
	private static $count = 0;

	/**
	 * Whether the address has found its screen.
	 *
	 * @var bool
	 */
	private static $is_taken = false;

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_filter( 'template_include', array( $this, 'begin' ), PHP_INT_MAX );
		add_action( 'wp_head', array( $this, 'begin_body' ), PHP_INT_MAX );
	}

	/**
	 * Counts from the start: what was rendered before the template is no part of the page.
	 *
	 * @param mixed $template Passed through.
	 * @return mixed
	 */
	public function begin( $template = null ) {
		self::$count    = 0;
		self::$is_taken = false;
		return $template;
	}

	/**
	 * Counts from the start after the head, where other plugins may render a page for its description; a block theme has rendered the page itself by then.
	 */
	public function begin_body(): void {
		if ( ! wp_is_block_theme() ) {
			$this->begin();
		}
	}

	/**
	 * Numbers one more screen.
	 */
	public static function next(): int {
		return ++self::$count;
	}

	/**
	 * Returns the filters of the page's address if they belong to this screen.
	 *
	 * @param int                  $number  Number of the screen.
	 * @param array<string,string> $known   Names with patterns that the screen knows.
	 * @param array<mixed>         $address Query of the page.
	 * @return array<string,string> As they came.
	 */
	public static function filters_of( int $number, array $known, array $address ): array {
		$asked = array();
		foreach ( self::all_names() as $name ) {
			$value = $address[ 'trp_' . $name ] ?? null;
			if ( is_string( $value ) && '' !== $value ) {
				$asked[ $name ] = $value;
			}
		}
		if ( array() === $asked ) {
			return array();
		}
		if ( self::is_named( $address ) ) {
			return self::asked( $address ) === $number ? $asked : array();
		}
		if ( self::$is_taken || array() !== array_diff_key( $asked, $known ) ) {
			return array();
		}
		self::$is_taken = true;
		return $asked;
	}

	/**
	 * Returns the number that a request names, 1 when it names none.
	 *
	 * @param array<mixed> $query Query of a request.
	 */
	public static function asked( array $query ): int {
		return self::is_named( $query ) ? (int) $query[ self::NAME ] : 1;
	}

	/**
	 * Gives every id, and whatever refers to one, the ending of a screen.
	 *
	 * @param string $html   Clean HTML.
	 * @param int    $number Number of the screen.
	 */
	public static function apply( string $html, int $number ): string {
		if ( $number < 2 || '' === $html ) {
			return $html;
		}
		$tags = new \WP_HTML_Tag_Processor( $html );
		while ( $tags->next_tag() ) {
			foreach ( self::ID_LISTS as $name ) {
				$value = $tags->get_attribute( $name );
				if ( is_string( $value ) && '' !== trim( $value ) ) {
					$tags->set_attribute( $name, (string) preg_replace( '/\S+/', '$0--' . $number, $value ) );
				}
			}
			foreach ( self::SELECTORS as $name ) {
				$value = $tags->get_attribute( $name );
				if ( is_string( $value ) && false !== strpos( $value, '#' ) ) {
					$tags->set_attribute( $name, self::selector( $value, $number ) );
				}
			}
			self::point( $tags, $number );
		}
		// A form that is sent without a script must say so, too.
		$hidden = sprintf( '<input type="hidden" name="%s" value="%d">', self::NAME, $number );
		return (string) preg_replace( '/<form\b[^>]*\bmethod="get"[^>]*>/i', '$0' . $hidden, $tags->get_updated_html() );
	}

	/**
	 * Ends the ids in a selector.
	 *
	 * @param string $value  Selector.
	 * @param int    $number Number of the screen.
	 */
	public static function selector( string $value, int $number ): string {
		return $number < 2 ? $value : (string) preg_replace( '/#[A-Za-z][\w-]*/', '$0--' . $number, $value );
	}

	/**
	 * Points the addresses of one element to this screen.
	 *
	 * @param \WP_HTML_Tag_Processor $tags   Stands at the element.
	 * @param int                    $number Number of the screen.
	 */
	private static function point( \WP_HTML_Tag_Processor $tags, int $number ): void {
		$is_filter = null !== $tags->get_attribute( 'hx-get' );
		$is_form   = 'FORM' === $tags->get_tag() && 'get' === strtolower( (string) $tags->get_attribute( 'method' ) );
		foreach ( array( 'hx-get', 'hx-post' ) as $name ) {
			$value = $tags->get_attribute( $name );
			// A GET form carries the number in a field.
			if ( is_string( $value ) && ! $is_form ) {
				$tags->set_attribute( $name, self::with_number( $value, $number ) );
			}
		}
		foreach ( array( 'href', 'action' ) as $name ) {
			$value = $tags->get_attribute( $name );
			// Only what leads to this same page: another page has screens of its own.
			if ( is_string( $value ) && 1 === preg_match( '/\A(?:\?|#.)/', $value ) ) {
				$value = '?' === $value[0] && $is_filter ? self::with_number( $value, $number ) : $value;
				$tags->set_attribute( $name, self::selector( $value, $number ) );
			}
		}
	}

	/**
	 * Adds the number to an address.
	 *
	 * @param string $address Address, perhaps with a query and an anchor.
	 * @param int    $number  Number of the screen.
	 */
	private static function with_number( string $address, int $number ): string {
		$parts = explode( '#', $address, 2 );
		$sign  = false === strpos( $parts[0], '?' ) ? '?' : '&';
		return rtrim( $parts[0], '?' ) . ( '?' === $parts[0] ? '?' : $sign ) . self::NAME . '=' . $number . ( isset( $parts[1] ) ? '#' . $parts[1] : '' );
	}

	/**
	 * Tells whether a query names a further screen.
	 *
	 * @param array<mixed> $query Query of a request.
	 */
	private static function is_named( array $query ): bool {
		return is_string( $query[ self::NAME ] ?? null ) && 1 === preg_match( self::NUMBER, $query[ self::NAME ] );
	}

	/**
	 * Returns every name that an address may carry for a screen.
	 *
	 * @return string[]
	 */
	private static function all_names(): array {
		static $names = null;
		if ( null === $names ) {
			$names = array();
			foreach ( Attributes::ROUTES as $path ) {
				$route = Routes::find( 'GET', $path );
				$names = array_merge( $names, null === $route ? array() : array_keys( $route['query'] ) );
			}
			$names = array_values( array_unique( $names ) );
		}
		return $names;
	}
}
