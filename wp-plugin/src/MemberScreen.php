<?php
/**
 * A page of a member's own.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Prints a shell only, as the dashboard does: what it loads is a member's own.
 */
abstract class MemberScreen implements Screen {

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
	final public function __construct( Templates $templates ) {
		$this->templates = $templates;
	}

	/**
	 * Returns the name of block, template and fragment.
	 */
	abstract protected function name(): string;

	/**
	 * Returns what a visitor reads: a title, and a text.
	 *
	 * @return string[]
	 */
	abstract protected function invitation(): array;

	/**
	 * Hooks into WordPress.
	 */
	final public function register(): void {
		add_action( 'template_redirect', array( $this, 'forbid_caching' ) );
	}

	/**
	 * Keeps page caches away from a member's page.
	 */
	final public function forbid_caching(): void {
		$post = is_singular() ? get_post() : null;
		if ( null !== $post && Screens::stand_in( $post, $this->name() ) ) {
			Dashboard::keep_out_of_caches();
		}
	}

	/**
	 * Returns the fragment's path after /embed/.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	final public function route( array $attributes ): string {
		unset( $attributes );
		return $this->name();
	}

	/**
	 * Returns a skeleton that loads itself, or the way to sign in.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	final public function render( string $route, array $query ): string {
		Dashboard::keep_out_of_caches();
		list( $title, $text ) = $this->invitation();

		$data = array(
			'src'   => ApiClient::target( '/embed/' . $route, $query ),
			'back'  => Dashboard::here( $query ),
			'title' => $title,
			'text'  => $text,
		);
		return $this->templates->render( is_user_logged_in() ? $this->name() : 'login', $data );
	}
}
