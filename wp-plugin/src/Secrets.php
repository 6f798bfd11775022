<?php
/**
 * The shared secret of this site, kept unreadable in the database.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the secret from wp-config.php, else from an encrypted option.
 *
 * The key of the encryption comes from the keys in wp-config.php alone: keys that
 * WordPress would make up and keep in the same database would protect nothing.
 */
final class Secrets {

	const OPTION = 'trading_robot_service_secret';

	const KEY_NAMES = array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT' );

	/**
	 * Returns the secret, or an empty string when there is none that can be read.
	 */
	public function get(): string {
		if ( defined( 'TRADING_ROBOT_SERVICE_SECRET' ) ) {
			return (string) constant( 'TRADING_ROBOT_SERVICE_SECRET' );
		}
		$stored = get_option( self::OPTION, '' );
		$key    = $this->key();
		if ( ! is_string( $stored ) || '' === $stored || '' === $key ) {
			return '';
		}
		$raw = base64_decode( $stored, true );
		if ( false === $raw || strlen( $raw ) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ) {
			return '';
		}
		$plain = sodium_crypto_secretbox_open(
			substr( $raw, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ),
			substr( $raw, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ),
			$key
		);
		return false === $plain ? '' : $plain;
	}

	/**
	 * Encrypts and keeps the secret; refuses when it cannot be encrypted.
	 *
	 * @param string $secret The secret as the service gave it.
	 */
	public function save( string $secret ): bool {
		$key = $this->key();
		if ( '' === $secret || '' === $key ) {
			return false;
		}
		$nonce  = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$stored = base64_encode( $nonce . sodium_crypto_secretbox( $secret, $nonce, $key ) );
		delete_option( self::OPTION );
		return add_option( self::OPTION, $stored, '', false );
	}

	/**
	 * Forgets the stored secret.
	 */
	public function forget(): void {
		delete_option( self::OPTION );
	}

	/**
	 * Tells whether a secret could be kept safely on this site.
	 */
	public function can_save(): bool {
		return '' !== $this->key();
	}

	/**
	 * Derives the key from wp-config.php, or an empty string when that holds no real keys.
	 */
	private function key(): string {
		if ( ! function_exists( 'sodium_crypto_secretbox' ) ) {
			return '';
		}
		$material = '';
		foreach ( self::KEY_NAMES as $name ) {
			$value = defined( $name ) ? (string) constant( $name ) : '';
			if ( strlen( $value ) < 32 || 'put your unique phrase here' === $value ) {
				return '';
			}
			$material .= $value;
		}
		return hash_hkdf( 'sha256', $material, SODIUM_CRYPTO_SECRETBOX_KEYBYTES, 'trading-robot-service secret' );
	}
}
