<?php
/**
 * What this site knows about its connection to the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * One option with the address, the ids and the day of the connection.
 */
final class Connection {

	const OPTION = 'trading_robot_service_connection';

	/**
	 * Where the shared secret is kept.
	 *
	 * @var Secrets
	 */
	private $secrets;

	/**
	 * Keeps the store of the secret.
	 *
	 * @param Secrets $secrets Store of the secret.
	 */
	public function __construct( Secrets $secrets ) {
		$this->secrets = $secrets;
	}

	/**
	 * Returns one stored value, or an empty string.
	 *
	 * @param string $name One of url, site_id, key_id, connected_at, service_version, site_url.
	 */
	public function get( string $name ): string {
		$stored = get_option( self::OPTION, array() );
		return is_array( $stored ) && isset( $stored[ $name ] ) ? (string) $stored[ $name ] : '';
	}

	/**
	 * Returns the shared secret, or an empty string.
	 */
	public function secret(): string {
		return $this->secrets->get();
	}

	/**
	 * Tells whether a secret could be kept safely on this site.
	 */
	public function can_save(): bool {
		return $this->secrets->can_save();
	}

	/**
	 * Keeps a new connection and its secret; false when the secret cannot be encrypted.
	 *
	 * @param array<string,string> $values Values of the connection.
	 * @param string               $secret Shared secret.
	 */
	public function save( array $values, string $secret ): bool {
		if ( ! $this->secrets->save( $secret ) ) {
			return false;
		}
		$values['site_url'] = home_url( '/' );
		update_option( self::OPTION, $values, false );
		return true;
	}

	/**
	 * Binds the connection to the address this site has now.
	 */
	public function rebind(): void {
		$values             = (array) get_option( self::OPTION, array() );
		$values['site_url'] = home_url( '/' );
		update_option( self::OPTION, $values, false );
	}

	/**
	 * Forgets the connection and its secret.
	 */
	public function forget(): void {
		$this->secrets->forget();
		delete_option( self::OPTION );
	}

	/**
	 * Returns none, unreadable, moved or connected.
	 *
	 * A copy of the site (staging, restored backup) has another address. It must not act
	 * as the original, so nothing is sent until an administrator decides.
	 */
	public function state(): string {
		if ( '' === $this->get( 'site_id' ) ) {
			return 'none';
		}
		if ( '' === $this->secret() ) {
			return 'unreadable';
		}
		return self::same_site( $this->get( 'site_url' ), home_url( '/' ) ) ? 'connected' : 'moved';
	}

	/**
	 * Tells whether two addresses are one site; the names of this machine count as one.
	 *
	 * @param string $known Address at the time of connecting.
	 * @param string $now   Address of this request.
	 */
	private static function same_site( string $known, string $now ): bool {
		if ( self::is_loopback( $known ) && self::is_loopback( $now ) ) {
			return true;
		}
		$strip = static function ( $url ) {
			return untrailingslashit( (string) preg_replace( '#^https?://#i', '', strtolower( $url ) ) );
		};
		return $strip( $known ) === $strip( $now );
	}

	/**
	 * Tells whether an address is on this machine.
	 *
	 * @param string $url Address.
	 */
	public static function is_loopback( string $url ): bool {
		$host = strtolower( (string) wp_parse_url( $url, PHP_URL_HOST ) );
		return in_array( $host, array( 'localhost', '127.0.0.1', '[::1]', '::1' ), true );
	}
}
