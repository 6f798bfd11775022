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

	const URL_CONSTANT = 'TRADING_ROBOT_SERVICE_URL';

	// How long a pause that the service's operator has set is believed before it is asked again.
	const PAUSE = 300;

	// What the service may refuse a whole site with.
	const REFUSALS = array( 'site_url_mismatch', 'site_paused' );

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
	 * @param string $name One of url, site_id, key_id, connected_at, service_version, site_url, environment.
	 */
	public function get( string $name ): string {
		$stored = $this->values();
		$value  = isset( $stored[ $name ] ) ? (string) $stored[ $name ] : '';
		if ( 'url' === $name ) {
			return self::service_url( $value );
		}
		if ( 'key_id' === $name && '' !== $this->secrets->key_id() ) {
			return $this->secrets->key_id();
		}
		return $value;
	}

	/**
	 * Returns the address of the service: from wp-config.php, else as it was entered.
	 *
	 * @param string $entered Address that was entered.
	 */
	public static function service_url( string $entered ): string {
		$url = defined( self::URL_CONSTANT ) ? (string) constant( self::URL_CONSTANT ) : $entered;
		/**
		 * Filters the address of the service, for sites whose installations are set up by scripts.
		 *
		 * @param string $url Address without a slash at its end.
		 */
		return untrailingslashit( trim( (string) apply_filters( 'trading_robot_service_service_url', $url ) ) );
	}

	/**
	 * Returns the store of the secret.
	 */
	public function secrets(): Secrets {
		return $this->secrets;
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
		if ( ! $this->secrets->save( $secret, (string) ( $values['key_id'] ?? '' ) ) ) {
			return false;
		}
		update_option( self::OPTION, self::here() + $values, true );
		return true;
	}

	/**
	 * Binds the connection to the address that this site has now.
	 */
	public function rebind(): void {
		$values = self::here() + $this->values();
		unset( $values['refused'], $values['refused_at'] );
		update_option( self::OPTION, $values, true );
	}

	/**
	 * Returns all values, to put them back.
	 *
	 * @return array<string,mixed>
	 */
	public function values(): array {
		$stored = get_option( self::OPTION, array() );
		return is_array( $stored ) ? $stored : array();
	}

	/**
	 * Puts values back.
	 *
	 * @param array<string,mixed> $values What values() returned.
	 */
	public function restore( array $values ): void {
		update_option( self::OPTION, $values, true );
	}

	/**
	 * Keeps that the service refuses the whole site, so that nobody asks on; writes only what is new.
	 *
	 * @param string $code The service's word for the error.
	 */
	public function note_refusal( string $code ): void {
		$values = $this->values();
		if ( ! in_array( $code, self::REFUSALS, true ) || array() === $values ) {
			return;
		}
		$values['refused']    = $code;
		$values['refused_at'] = time();
		update_option( self::OPTION, $values, true );
	}

	/**
	 * Forgets the connection and its secret.
	 */
	public function forget(): void {
		$this->secrets->forget();
		delete_option( self::OPTION );
	}

	/**
	 * Returns none, unreadable, moved, paused or connected.
	 *
	 * A copy of the site (staging, restored backup) has another address or another kind of
	 * environment. It must not act as the original, so nothing is sent until an administrator
	 * decides. The service notices a copy too, and its word counts here.
	 */
	public function state(): string {
		if ( '' === $this->get( 'site_id' ) ) {
			return 'none';
		}
		if ( '' === $this->secret() ) {
			return 'unreadable';
		}
		$values  = $this->values();
		$refused = (string) ( $values['refused'] ?? '' );
		if ( 'site_url_mismatch' === $refused || $this->is_elsewhere() ) {
			return 'moved';
		}
		$is_paused = 'site_paused' === $refused && time() - (int) ( $values['refused_at'] ?? 0 ) < self::PAUSE;
		return $is_paused ? 'paused' : 'connected';
	}

	/**
	 * Tells whether this is another address than the connection's, or a copy of a live site that calls itself a test.
	 */
	private function is_elsewhere(): bool {
		$was_live = 'production' === $this->get( 'environment' );
		$is_copy  = $was_live && 'production' !== self::environment();
		return $is_copy || ! self::same_site( $this->get( 'site_url' ), home_url( '/' ) );
	}

	/**
	 * Returns production, staging, development or local.
	 */
	public static function environment(): string {
		/**
		 * Filters the kind of environment that the connection belongs to (WP_ENVIRONMENT_TYPE).
		 *
		 * @param string $environment As WordPress says it.
		 */
		return (string) apply_filters( 'trading_robot_service_environment', wp_get_environment_type() );
	}

	/**
	 * Describes where this site is now.
	 *
	 * @return array<string,string>
	 */
	private static function here(): array {
		return array(
			'site_url'    => home_url( '/' ),
			'environment' => self::environment(),
		);
	}

	/**
	 * Returns what stands for an address in a signed token; the service computes the same (accounts/rules.py).
	 *
	 * @param string $url Address of a site.
	 */
	public static function address_hash( string $url ): string {
		return hash( 'sha256', self::is_loopback( $url ) ? 'loopback' : self::bare( $url ) );
	}

	/**
	 * Returns an address without what does not count: scheme, case and the last slash.
	 *
	 * @param string $url Address.
	 */
	private static function bare( string $url ): string {
		$lower = strtr( $url, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz' );
		return untrailingslashit( (string) preg_replace( '#^https?://#', '', $lower ) );
	}

	/**
	 * Tells whether two addresses are one site; the names of this machine count as one.
	 *
	 * @param string $known Address at the time of connecting.
	 * @param string $now   Address of this request.
	 */
	private static function same_site( string $known, string $now ): bool {
		return self::address_hash( $known ) === self::address_hash( $now );
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
