<?php
/**
 * The trading desk.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Prints a shell only, as the dashboard does: charts and drawings are a member's own.
 */
final class Desk implements Screen {

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
		if ( null !== $post && Screens::stand_in( $post, 'desk' ) ) {
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
		return 'desk';
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
			'title' => __( 'Sign in to see the trading desk', 'trading-robot-service' ),
			'text'  => __( 'Charts with key levels, indicators, drawings of your own and replay. Only you see what you draw.', 'trading-robot-service' ),
		);
		return $this->templates->render( is_user_logged_in() ? 'desk' : 'login', $data );
	}
}
