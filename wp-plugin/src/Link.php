<?php
/**
 * What an owner pastes to connect.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Reads a connect link, which holds the service's address and the code, or an address and a code.
 */
final class Link {

	const PATTERN = '~\A(https?://[^\s/?#@]+)/?#connect=([A-Za-z0-9_-]{8,80})\z~i';

	/**
	 * Returns address and code, of which a link gives both.
	 *
	 * @param string $url  Address of the service, may be empty with a link.
	 * @param string $code A connect code, or a connect link.
	 * @return array{0:string,1:string}
	 */
	public static function read( string $url, string $code ): array {
		foreach ( array( $code, $url ) as $text ) {
			if ( 1 === preg_match( self::PATTERN, trim( $text ), $found ) ) {
				return array( Connection::service_url( $found[1] ), $found[2] );
			}
		}
		return array( Connection::service_url( $url ), trim( $code ) );
	}

	/**
	 * Tells whether an address may be that of a service.
	 *
	 * @param string $url Address without a slash at its end.
	 */
	public static function is_good_url( string $url ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'path', 'fragment' ) ) ) ) {
			return false;
		}
		if ( 'https' === ( $parts['scheme'] ?? '' ) ) {
			return true;
		}
		$host       = $parts['host'];
		$is_address = false !== filter_var( $host, FILTER_VALIDATE_IP );
		$is_private = $is_address && false === filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
		return 'http' === ( $parts['scheme'] ?? '' ) && ( $is_private || Connection::is_loopback( $url ) || false === strpos( $host, '.' ) );
	}
}
