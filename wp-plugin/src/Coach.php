<?php
/**
 * The AI coach.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Prints a shell only, as the dashboard does: conversations are a member's own.
 */
final class Coach implements Screen {

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
		if ( null !== $post && Screens::stand_in( $post, 'coach' ) ) {
			Dashboard::keep_out_of_caches();
		}
	}

	/**
	 * Returns the fragment's path after /embed/.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		unset( $attributes );
		return 'coach';
	}

	/**
	 * Returns a skeleton that loads itself, or the way to sign in.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		Dashboard::keep_out_of_caches();
		$data = array(
			'src'   => ApiClient::target( '/embed/' . $route, $query ),
			'back'  => Dashboard::here( $query ),
			'title' => __( 'Sign in to ask the coach', 'trading-robot-service' ),
			'text'  => __( 'Ask about levels, prices, hours and your own record; each number leads to where it came from. Only you see what you ask.', 'trading-robot-service' ),
		);
		return $this->templates->render( is_user_logged_in() ? 'coach' : 'login', $data );
	}
}
