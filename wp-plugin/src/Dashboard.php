<?php
/**
 * The members' dashboard.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Prints a shell only: what is personal is loaded by the browser, so no cache can hold it.
 */
final class Dashboard implements Screen {

	const SHORTCODE = 'trading_robot_user_dashboard';

	const BLOCK = 'trading-robot-service/user-dashboard';

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	private $templates;

	/**
	 * Keeps its part.
	 *
	 * @param Templates $templates Own templates.
	 */
	public function __construct( Templates $templates ) {
		$this->templates = $templates;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'template_redirect', array( $this, 'forbid_caching' ) );
	}

	/**
	 * Keeps page caches away from a member's page.
	 */
	public function forbid_caching(): void {
		$post = is_singular() ? get_post() : null;
		if ( null !== $post && ( has_shortcode( $post->post_content, self::SHORTCODE ) || has_block( self::BLOCK, $post ) ) ) {
			self::keep_out_of_caches();
		}
	}

	/**
	 * Tells caches to leave a signed-in reader's page alone; also from inside a template, where it is not too late.
	 */
	public static function keep_out_of_caches(): void {
		if ( ! is_user_logged_in() ) {
			return;
		}
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the name that page caches look for.
		}
		if ( ! headers_sent() ) {
			nocache_headers();
			header( 'Cache-Control: no-store, private' );
		}
	}

	/**
	 * Returns the address of the page as it was asked for, so that who signs in comes back to the plan that was chosen.
	 *
	 * @param array<string,string> $query Clean query.
	 */
	public static function here( array $query ): string {
		$named = array();
		foreach ( $query as $name => $value ) {
			$named[ 'trp_' . $name ] = rawurlencode( $value );
		}
		return add_query_arg( $named, (string) get_permalink() );
	}

	/**
	 * Returns the fragment's path after /embed/.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		unset( $attributes );
		return 'dashboard';
	}

	/**
	 * Returns a skeleton that loads itself, or the way to sign in; that too gives way to the dashboard of whoever is signed in.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		self::keep_out_of_caches();
		// Either shell loads what belongs to its reader, so a cache that mixes them up shows nobody anything wrong.
		$data = array(
			'src'  => ApiClient::target( '/embed/' . $route, $query ),
			'back' => self::here( $query ),
		);
		return $this->templates->render( is_user_logged_in() ? 'dashboard' : 'login', $data );
	}
}
