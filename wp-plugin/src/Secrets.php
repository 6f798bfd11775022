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

	const CONSTANT = 'TRADING_ROBOT_SERVICE_SECRET';

	// Instead of WordPress' own keys: survives a change of the salts.
	const KEY_CONSTANT = 'TRADING_ROBOT_SERVICE_ENCRYPTION_KEY';

	const KEY_NAMES = array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT' );

	/**
	 * Returns the secret, or an empty string when there is none that can be read.
	 */
	public function get(): string {
		return $this->is_constant() ? (string) constant( self::CONSTANT ) : $this->read()['secret'];
	}

	/**
	 * Returns the id of the stored secret, or an empty string when it was kept without one.
	 */
	public function key_id(): string {
		return $this->is_constant() ? '' : $this->read()['key_id'];
	}

	/**
	 * Tells whether wp-config.php gives the secret, which the plugin then cannot change.
	 */
	public function is_constant(): bool {
		return defined( self::CONSTANT );
	}

	/**
	 * Encrypts and keeps the secret with its id in one row, so that the two can never part; refuses when it cannot be encrypted.
	 *
	 * @param string $secret The secret as the service gave it.
	 * @param string $key_id Id of the secret.
	 */
	public function save( string $secret, string $key_id ): bool {
		$key = $this->key();
		if ( '' === $secret || '' === $key || $this->is_constant() ) {
			return false;
		}
		$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$plain = (string) wp_json_encode(
			array(
				'key_id' => $key_id,
				'secret' => $secret,
			)
		);
		update_option( self::OPTION, base64_encode( $nonce . sodium_crypto_secretbox( $plain, $nonce, $key ) ), false );
		return $secret === $this->get();
	}

	/**
	 * Returns the row as it is stored, to put it back.
	 */
	public function stored(): string {
		return (string) get_option( self::OPTION, '' );
	}

	/**
	 * Puts a row back as it was stored.
	 *
	 * @param string $stored What stored() returned.
	 */
	public function restore( string $stored ): void {
		update_option( self::OPTION, $stored, false );
	}

	/**
	 * Reads the row.
	 *
	 * @return array{key_id:string,secret:string}
	 */
	private function read(): array {
		$nothing = array(
			'key_id' => '',
			'secret' => '',
		);
		$key     = $this->key();
		$raw     = base64_decode( $this->stored(), true );
		if ( '' === $key || false === $raw || strlen( $raw ) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ) {
			return $nothing;
		}
		$plain = sodium_crypto_secretbox_open(
			substr( $raw, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ),
			substr( $raw, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ),
			$key
		);
		if ( false === $plain ) {
			return $nothing;
		}
		$found = json_decode( $plain, true );
		if ( is_array( $found ) && isset( $found['key_id'], $found['secret'] ) ) {
			return array(
				'key_id' => (string) $found['key_id'],
				'secret' => (string) $found['secret'],
			);
		}
		// A row of the first version held the secret alone.
		return array( 'secret' => $plain ) + $nothing;
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
		if ( defined( self::KEY_CONSTANT ) && strlen( (string) constant( self::KEY_CONSTANT ) ) >= 32 ) {
			return hash_hkdf( 'sha256', (string) constant( self::KEY_CONSTANT ), SODIUM_CRYPTO_SECRETBOX_KEYBYTES, 'trading-robot-service own key' );
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
