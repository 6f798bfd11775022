<?php
/**
 * The signed token that goes with one request.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Makes JSON Web Tokens with HMAC SHA-256, good for one method, path and body, for 60 seconds.
 */
final class Token {

	const LIFETIME = 60;

	/**
	 * Who signs: site id and key id.
	 *
	 * @var array{site_id:string,key_id:string}
	 */
	private $issuer;

	/**
	 * The shared secret.
	 *
	 * @var string
	 */
	private $secret;

	/**
	 * Keeps who signs and with what.
	 *
	 * @param string $site_id Id of this site at the service.
	 * @param string $key_id  Id of the secret.
	 * @param string $secret  Shared secret.
	 */
	public function __construct( string $site_id, string $key_id, string $secret ) {
		$this->issuer = array(
			'site_id' => $site_id,
			'key_id'  => $key_id,
		);
		$this->secret = $secret;
	}

	/**
	 * Signs one request.
	 *
	 * @param string               $method HTTP method, upper case.
	 * @param string               $target Path with query, exactly as sent.
	 * @param string               $body   Raw body, exactly as sent.
	 * @param array<string,mixed>  $who    User id, capabilities and session, see of_user(); an administrator's view, see Admin\MemberView.
	 */
	public function sign( string $method, string $target, string $body, array $who ): string {
		$now    = time();
		$site   = $this->issuer['site_id'];
		$header = array(
			'alg' => 'HS256',
			'typ' => 'JWT',
			'kid' => $this->issuer['key_id'],
		);
		$claims = array(
			'iss'  => $site,
			'aud'  => 'trading-robot-service',
			'typ'  => 'proxy-req',
			'sub'  => $site . ':' . (int) $who['user_id'],
			'iat'  => $now,
			'nbf'  => $now,
			'exp'  => $now + self::LIFETIME,
			'jti'  => bin2hex( random_bytes( 16 ) ),
			'htm'  => $method,
			'htu'  => $target,
			'bh'   => hash( 'sha256', $body ),
			'caps' => array_values( (array) $who['caps'] ),
			'sid'  => (string) $who['sid'],
			'surl' => Connection::address_hash( home_url( '/' ) ),
		);
		if ( isset( $who['view_as'] ) ) {
			// Only a screen of wp-admin asks so: the service then answers as to the member, and writes nothing.
			$claims['view_as'] = (int) $who['view_as'];
		}
		$text = self::encode( (string) wp_json_encode( $header ) ) . '.' . self::encode( (string) wp_json_encode( $claims, JSON_UNESCAPED_SLASHES ) );
		return $text . '.' . self::encode( hash_hmac( 'sha256', $text, $this->secret, true ) );
	}

	/**
	 * Describes a visitor: nobody.
	 *
	 * @return array{user_id:int,caps:string[],sid:string}
	 */
	public static function of_visitor(): array {
		return array(
			'user_id' => 0,
			'caps'    => array(),
			'sid'     => '',
		);
	}

	/**
	 * Describes a WordPress user with the capabilities that count for the service.
	 *
	 * @param \WP_User $user A user that exists.
	 * @return array{user_id:int,caps:string[],sid:string}
	 */
	public static function of_user( \WP_User $user ): array {
		$session = wp_get_session_token();
		return array(
			'user_id' => (int) $user->ID,
			'caps'    => Capabilities::words( $user ),
			'sid'     => '' === $session ? '' : hash( 'sha256', $session ),
		);
	}

	/**
	 * Base64 for web addresses, without padding.
	 *
	 * @param string $raw Bytes.
	 */
	private static function encode( string $raw ): string {
		return rtrim( strtr( base64_encode( $raw ), '+/', '-_' ), '=' );
	}
}
