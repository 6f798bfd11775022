<?php
/**
 * Accounts of WordPress users at the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Calls for a member; makes the account at the first visit.
 */
final class UserManager {

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Keeps its part.
	 *
	 * @param ApiClient $client Calls the service.
	 */
	public function __construct( ApiClient $client ) {
		$this->client = $client;
	}

	/**
	 * Sends a request as a member; a member whom the service does not know yet is introduced, once.
	 *
	 * @param \WP_User            $user    The member.
	 * @param string              $method  HTTP method, upper case.
	 * @param string              $target  Path with query.
	 * @param string              $body    Raw body.
	 * @param array<string,mixed> $options See ApiClient::send().
	 */
	public function send( \WP_User $user, string $method, string $target, string $body, array $options ): Reply {
		$who   = Token::of_user( $user );
		$reply = $this->client->send( $method, $target, $body, $who, $options );
		if ( 409 !== $reply->status || 'user_unknown' !== $reply->code() ) {
			if ( $reply->status >= 200 && $reply->status < 400 ) {
				Changes::mark( (int) $user->ID );
			}
			return $reply;
		}
		$made = $this->introduce( $user );
		if ( 200 !== $made->status && 201 !== $made->status ) {
			return $made;
		}
		Changes::mark( (int) $user->ID );
		return $this->client->send( $method, $target, $body, $who, $options );
	}

	/**
	 * Tells the service who a member is; the e-mail goes in the body, never in the token.
	 *
	 * @param \WP_User $user The member.
	 */
	public function introduce( \WP_User $user ): Reply {
		$data = array(
			'wp_user_id'   => (int) $user->ID,
			'email'        => $user->user_email,
			'username'     => $user->user_login,
			'display_name' => $user->display_name,
			'locale'       => get_user_locale( $user ),
		);
		return $this->client->send_json( 'POST', '/api/wordpress/users', $data, Token::of_user( $user ) );
	}
}
