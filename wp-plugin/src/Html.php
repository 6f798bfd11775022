<?php
/**
 * What a fragment may contain.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Own allow-list for the service's fragments: markup, forms, a part of SVG and htmx' attributes.
 *
 * Never a script, an inline handler, a style attribute or an address outside http, https
 * and mailto. Fragments are data: a service that was broken into must not run code here.
 */
final class Html {

	const GLOBAL_NAMES = 'id class title lang dir role tabindex hidden data-* aria-activedescendant aria-atomic aria-busy aria-checked aria-colcount aria-colindex aria-colspan aria-controls aria-current aria-describedby aria-details aria-disabled aria-errormessage aria-expanded aria-haspopup aria-hidden aria-invalid aria-label aria-labelledby aria-level aria-live aria-modal aria-multiselectable aria-orientation aria-owns aria-posinset aria-pressed aria-readonly aria-relevant aria-required aria-roledescription aria-rowcount aria-rowindex aria-rowspan aria-selected aria-setsize aria-sort aria-valuemax aria-valuemin aria-valuenow aria-valuetext hx-target hx-swap hx-push-url hx-indicator hx-include hx-confirm hx-disabled-elt hx-sync hx-encoding hx-select hx-disable hx-preserve hx-history';

	const SVG_NAMES = 'x y x1 y1 x2 y2 cx cy r rx ry dx dy d points width height viewbox preserveaspectratio vector-effect overflow text-anchor dominant-baseline transform fill fill-opacity stroke stroke-width stroke-dasharray stroke-opacity stroke-linecap stroke-linejoin focusable';

	const PLAIN = 'section article aside header footer nav main div span p h2 h3 h4 h5 h6 ul dl dt dd figure figcaption strong em b i small sub sup br hr code kbd samp var abbr mark s summary caption thead tbody tfoot tr bdi bdo wbr legend datalist search';

	const WITH_NAMES = array(
		'a'          => 'href rel target download',
		'ol'         => 'start reversed type',
		'li'         => 'value',
		'blockquote' => 'cite',
		'pre'        => '',
		'time'       => 'datetime',
		'data'       => 'value',
		'details'    => 'open name',
		'table'      => '',
		'colgroup'   => 'span',
		'col'        => 'span',
		'th'         => 'scope colspan rowspan headers abbr',
		'td'         => 'colspan rowspan headers',
		'form'       => 'action method enctype novalidate autocomplete name',
		'fieldset'   => 'disabled name form',
		'label'      => 'for',
		'input'      => 'type name value placeholder required disabled readonly checked min max step minlength maxlength pattern accept multiple autocomplete inputmode size list form',
		'select'     => 'name required disabled multiple size autocomplete form',
		'optgroup'   => 'label disabled',
		'option'     => 'value selected disabled label',
		'textarea'   => 'name rows cols placeholder required disabled readonly minlength maxlength autocomplete form',
		'button'     => 'type name value disabled form',
		'output'     => 'for name form',
		'progress'   => 'value max',
		'meter'      => 'value min max low high optimum',
		'img'        => 'src alt width height loading decoding',
	);

	const NEVER = array( 'script', 'style', 'template', 'iframe', 'frame', 'object', 'embed', 'applet', 'base', 'link', 'meta', 'noscript', 'math', 'foreignobject', 'use', 'animate', 'set' );

	const SVG = 'svg g path line rect circle ellipse polyline polygon text tspan title desc';

	/**
	 * The allow-list, built once.
	 *
	 * @var array<string,array<string,mixed>>|null
	 */
	private static $allowed = null;

	/**
	 * Removes whatever is not allowed.
	 *
	 * @param string $html Fragment of the service.
	 */
	public static function clean( string $html ): string {
		return Strict::accepts( $html, self::allowed() ) ? $html : self::cleaned( $html );
	}

	/**
	 * Removes whatever is not allowed, the long way.
	 *
	 * @param string $html Fragment of the service.
	 */
	public static function cleaned( string $html ): string {
		// kses would keep the text of a script as text; a fragment that has one is not printed in part.
		$html = (string) preg_replace( '#<(script|style|template|iframe|object|noscript)\b.*?(?:</\1\s*>|\z)#is', '', $html );
		$html = wp_kses( $html, self::allowed(), array( 'http', 'https', 'mailto' ) );
		if ( false === stripos( $html, 'data-hx-' ) ) {
			return $html;
		}
		// htmx also reads its attributes, handlers among them, under data-hx-.
		$tags = new \WP_HTML_Tag_Processor( $html );
		while ( $tags->next_tag() ) {
			foreach ( (array) $tags->get_attribute_names_with_prefix( 'data-hx-' ) as $name ) {
				$tags->remove_attribute( $name );
			}
		}
		return $tags->get_updated_html();
	}

	/**
	 * Returns the allow-list in the form that wp_kses() takes.
	 *
	 * @return array<string,array<string,mixed>>
	 */
	public static function allowed(): array {
		if ( null !== self::$allowed ) {
			return self::$allowed;
		}
		$global = array_fill_keys( explode( ' ', self::GLOBAL_NAMES ), true );
		foreach ( array( 'hx-get', 'hx-post' ) as $name ) {
			$global[ $name ] = array( 'value_callback' => array( self::class, 'is_fragment_path' ) );
		}
		$global['hx-vals']    = array( 'value_callback' => array( self::class, 'is_json_object' ) );
		$global['hx-trigger'] = array( 'value_callback' => array( self::class, 'is_plain_trigger' ) );
		$allowed              = array_fill_keys( explode( ' ', self::PLAIN ), $global );
		foreach ( self::WITH_NAMES as $tag => $names ) {
			$allowed[ $tag ] = $global + array_fill_keys( array_filter( explode( ' ', $names ) ), true );
		}
		$svg = $global + array_fill_keys( explode( ' ', self::SVG_NAMES ), true );
		foreach ( explode( ' ', self::SVG ) as $tag ) {
			$allowed[ $tag ] = $svg;
		}
		/**
		 * Filters the elements and attributes that a fragment of the service may hold.
		 *
		 * What runs code is taken out again: scripts and their like, handlers, styles.
		 *
		 * @param array<string,array<string,mixed>> $allowed As wp_kses() takes it.
		 */
		$allowed       = (array) apply_filters( 'trading_robot_service_allowed_html', $allowed );
		self::$allowed = self::harmless( $allowed );
		return self::$allowed;
	}

	/**
	 * Takes out of an allow-list what could run code, whoever put it there.
	 *
	 * @param array<string,mixed> $allowed Allow-list.
	 * @return array<string,array<string,mixed>>
	 */
	private static function harmless( array $allowed ): array {
		foreach ( $allowed as $tag => $names ) {
			if ( in_array( strtolower( (string) $tag ), self::NEVER, true ) || ! is_array( $names ) ) {
				unset( $allowed[ $tag ] );
				continue;
			}
			foreach ( array_keys( $names ) as $name ) {
				if ( 1 === preg_match( '/\A(?:on|(?:data-)?hx-(?:on|ext|headers|vars|request)|style\z|srcdoc\z|formaction\z)/i', (string) $name ) ) {
					unset( $allowed[ $tag ][ $name ] );
				}
			}
		}
		return $allowed;
	}

	/**
	 * Tells whether an address is one of the service's fragments.
	 *
	 * @param string $value Value of hx-get or hx-post.
	 */
	public static function is_fragment_path( string $value ): bool {
		return 1 === preg_match( '#\A/embed/[a-z0-9_/-]+(?:\?[^\s"\'<>]*)?\z#', $value );
	}

	/**
	 * Tells whether a value is data and no expression.
	 *
	 * @param string $value Value of hx-vals.
	 */
	public static function is_json_object( string $value ): bool {
		return is_array( json_decode( html_entity_decode( $value, ENT_QUOTES ), true ) );
	}

	/**
	 * Tells whether a trigger has no filter, which htmx would evaluate as code.
	 *
	 * @param string $value Value of hx-trigger.
	 */
	public static function is_plain_trigger( string $value ): bool {
		return false === strpbrk( html_entity_decode( $value, ENT_QUOTES ), '[]{}' );
	}
}
