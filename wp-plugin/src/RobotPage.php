<?php
/**
 * A robot's own page: the marketplace with ?trp_robot= in its address.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Gives it a title, an address and a description of its own, and says 404 for a robot that is not there.
 */
final class RobotPage {

	const NAME = 'trp_robot';

	/**
	 * The marketplace, which remembers the answer for its place in the page.
	 *
	 * @var PublicScreen
	 */
	private $marketplace;

	/**
	 * Id of the robot, empty on every other page.
	 *
	 * @var string
	 */
	private $robot = '';

	/**
	 * What the record says of itself: name and first sentence.
	 *
	 * @var array{name:string,about:string}
	 */
	private $said = array(
		'name'  => '',
		'about' => '',
	);

	/**
	 * Keeps its part.
	 *
	 * @param PublicScreen $marketplace The marketplace.
	 */
	public function __construct( PublicScreen $marketplace ) {
		$this->marketplace = $marketplace;
	}

	/**
	 * Hooks into WordPress, after its own redirects.
	 */
	public function register(): void {
		add_action( 'template_redirect', array( $this, 'look' ), 20 );
	}

	/**
	 * Asks for the robot before anything is printed.
	 */
	public function look(): void {
		$post  = is_singular() ? get_post() : null;
		$clean = Routes::clean( array( 'robot' => Routes::ROBOT ), array( 'robot' => wp_unslash( $_GET[ self::NAME ] ?? '' ) ) ); // phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- the pattern is the check.
		if ( null === $post || array() === $clean || post_password_required( $post ) || ! Screens::stand_in( $post, 'marketplace' ) ) {
			return;
		}
		$answer = $this->marketplace->answer( 'marketplace', $clean );
		if ( 404 === $answer['status'] ) {
			status_header( 404 );
			nocache_headers();
			add_filter( 'wp_robots', 'wp_robots_no_robots' );
			return;
		}
		$this->robot = $clean['robot'];
		$this->said  = self::read( $answer['html'] );
		add_filter( 'get_canonical_url', array( $this, 'canonical' ), 10, 2 );
		if ( '' !== $this->said['name'] ) {
			add_filter( 'document_title_parts', array( $this, 'title' ) );
			add_filter( 'trading_robot_service_meta_description', array( $this, 'description' ), 9 );
		}
	}

	/**
	 * Filter document_title_parts.
	 *
	 * @param array<string,string> $parts Parts of the title.
	 * @return array<string,string>
	 */
	public function title( $parts ): array {
		return array( 'title' => $this->said['name'] ) + (array) $parts;
	}

	/**
	 * Filter get_canonical_url: this page is not the list of all robots.
	 *
	 * @param mixed    $url  Address.
	 * @param \WP_Post $post The page.
	 */
	public function canonical( $url, $post ): string {
		return get_queried_object_id() === $post->ID ? add_query_arg( self::NAME, $this->robot, (string) $url ) : (string) $url;
	}

	/**
	 * Filter trading_robot_service_meta_description.
	 */
	public function description(): string {
		return $this->said['about'];
	}

	/**
	 * Reads the name and the first sentence out of a record.
	 *
	 * @param string $html Clean fragment.
	 * @return array{name:string,about:string}
	 */
	private static function read( string $html ): array {
		$said = array();
		foreach ( array( 'name' => 'h2', 'about' => 'p' ) as $what => $tag ) {
			// The name comes first; what it does is the first paragraph after it.
			$from = 'about' === $what ? (int) strpos( $html, '</h2>' ) : 0;
			$is   = preg_match( '#<' . $tag . '(?:\s[^>]*)?>(.*?)</' . $tag . '>#s', substr( $html, $from ), $found );

			$said[ $what ] = 1 === $is ? trim( (string) preg_replace( '/\s+/', ' ', html_entity_decode( wp_strip_all_tags( $found[1] ), ENT_QUOTES, 'UTF-8' ) ) ) : '';
		}
		return $said;
	}
}
