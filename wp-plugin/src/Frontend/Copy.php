<?php
/**
 * A member's copy of everything, through this site.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\Capabilities;
use TradingRobotService\UserManager;

defined( 'ABSPATH' ) || exit;

/**
 * Answers ?trp_copy=… on any page: fetches the zip that the link stands for, as the signed-in member, and passes it on.
 *
 * The link is used up by that, and good only for the member who has made it.
 */
final class Copy {

	const NAME = 'trp_copy';

	const PATH = '/api/privacy/downloads';

	const TIMEOUT = 60.0;

	const LIMIT = 268435456;

	/**
	 * Calls for a member.
	 *
	 * @var UserManager
	 */
	private $users;

	/**
	 * Keeps its part.
	 *
	 * @param UserManager $users Calls for a member.
	 */
	public function __construct( UserManager $users ) {
		$this->users = $users;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'template_redirect', array( $this, 'answer' ), 0 );
	}

	/**
	 * Sends the file and ends, if the address asks for one.
	 */
	public function answer(): void {
		// The secret in the address is good once and for this member only: more than a nonce would be.
		$token = sanitize_text_field( wp_unslash( $_GET[ self::NAME ] ?? '' ) ); // phpcs:ignore WordPress.Security.NonceVerification.Recommended
		if ( '' === $token ) {
			return;
		}
		nocache_headers();
		if ( ! is_user_logged_in() || ! current_user_can( Capabilities::VIEW ) ) {
			wp_die( esc_html__( 'Sign in first, then fetch your copy from your settings.', 'trading-robot-service' ), '', array( 'response' => 403, 'back_link' => true ) );
		}
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$file  = wp_tempnam( self::NAME );
		$reply = $this->fetch( $token, $file );
		if ( ! $reply ) {
			wp_delete_file( $file );
			wp_die( esc_html__( 'This link was used or has ended. Make a new one in your settings.', 'trading-robot-service' ), '', array( 'response' => 410, 'back_link' => true ) );
		}
		header( 'Content-Type: application/zip' );
		header( 'Content-Disposition: attachment; filename="trading-data.zip"' );
		header( 'Content-Length: ' . filesize( $file ) );
		header( 'X-Content-Type-Options: nosniff' );
		while ( ob_get_level() > 0 && ob_end_clean() ) {
			continue;
		}
		readfile( $file ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- a file of any size, in pieces.
		wp_delete_file( $file );
		exit;
	}

	/**
	 * Fetches the zip into a file; false when there is none for this link.
	 *
	 * @param string $token Secret of the link.
	 * @param string $file  Path of an empty file.
	 */
	public function fetch( string $token, string $file ): bool {
		if ( 1 !== preg_match( '/\A[A-Za-z0-9_-]{20,100}\z/', $token ) ) {
			return false;
		}
		$options = array(
			'headers' => array( 'Content-Type' => 'application/json' ),
			'timeout' => self::TIMEOUT,
			'limit'   => self::LIMIT,
			'file'    => $file,
		);
		$reply   = $this->users->send( wp_get_current_user(), 'POST', self::PATH, (string) wp_json_encode( array( 'token' => $token ) ), $options );
		return 200 === $reply->status && 'application/zip' === $reply->header( 'content-type' );
	}
}
