<?php
/**
 * The shortcodes.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\Attributes;
use TradingRobotService\Instance;
use TradingRobotService\Pages;
use TradingRobotService\Rest\Clicks;
use TradingRobotService\Routes;
use TradingRobotService\Screen;
use TradingRobotService\Screens;
use TradingRobotService\Setup;

defined( 'ABSPATH' ) || exit;

/**
 * A map from tag to screen; blocks come the same way.
 */
final class Shortcodes {

	const MEMBER = 'trading_robot_user_dashboard';

	const DESK = 'trading_robot_desk';

	const COACH = 'trading_robot_coach';

	// Public, but it tells who is signed in what they have now.
	const PLANS = 'trading_robot_pricing';

	/**
	 * Screens by tag.
	 *
	 * @var array<string,Screen>
	 */
	private $screens;

	/**
	 * Scripts and styles.
	 *
	 * @var Assets
	 */
	private $assets;

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	private $templates;

	/**
	 * Keeps its parts.
	 *
	 * @param array<string,Screen> $screens   Screens by tag.
	 * @param Assets               $assets    Scripts and styles.
	 * @param Templates            $templates Own templates.
	 */
	public function __construct( array $screens, Assets $assets, Templates $templates ) {
		$this->screens   = $screens;
		$this->assets    = $assets;
		$this->templates = $templates;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		foreach ( array_keys( $this->screens ) as $tag ) {
			add_shortcode( $tag, array( $this, 'render' ) );
		}
	}

	/**
	 * Renders one shortcode or block.
	 *
	 * @param array<mixed>|string $attributes Attributes as written by an author.
	 * @param string|null         $content    Not used: the shortcodes do not enclose anything.
	 * @param string              $tag        Which shortcode.
	 */
	public function render( $attributes, $content = null, string $tag = '' ): string {
		unset( $content );
		$screen = $this->screens[ $tag ] ?? null;
		if ( null === $screen ) {
			return '';
		}
		$this->assets->enqueue();
		$written    = is_array( $attributes ) ? $attributes : array();
		$name       = Screens::TAGS[ $tag ];
		$clean      = Attributes::clean( $name, $written );
		$number     = Instance::next();
		$route      = $screen->route( $clean );
		$query      = self::query( $route, $clean, $number );
		$is_desk    = self::DESK === $tag;
		$has_coach  = in_array( $tag, array( self::COACH, self::MEMBER ), true );
		$is_member  = $is_desk || $has_coach;
		$has_charts = $is_member && 'yes' === get_option( Setup::CHARTS, 'no' );
		if ( $is_desk ) {
			$this->assets->enqueue_desk( $has_charts );
		} elseif ( $has_charts ) {
			$this->assets->enqueue_charts();
		}
		if ( self::MEMBER === $tag && is_user_logged_in() ) {
			$this->assets->enqueue_live();
		}
		if ( $has_coach ) {
			$this->assets->enqueue_coach();
			$this->assets->enqueue_shots();
		}
		if ( self::PLANS === $tag ) {
			$this->assets->enqueue_clicks();
		}
		return $this->templates->render(
			'wrapper',
			array(
				'inner'  => Places::keep( Instance::apply( $this->hints( $name, $written ) . $screen->render( $route, $query ), $number ) ),
				'number' => $number,
				'theme'  => Appearance::theme( $clean['theme'] ?? '' ),
				'rest'   => wp_make_link_relative( rest_url( 'trading-robot-service/v1/fragment/' ) ),
				'member' => $is_member || ( self::PLANS === $tag && is_user_logged_in() ),
				'nonce'  => wp_make_link_relative( admin_url( 'admin-ajax.php?action=rest-nonce' ) ),
				'charts' => $has_charts ? Assets::chart_url() : '',
				'clicks' => self::PLANS === $tag ? Clicks::url() : '',
				'place'  => self::PLANS === $tag ? Clicks::place( ( new Pages() )->ids()['pricing'] ?? 0 ) : '',
				'desk'   => $has_coach && $has_charts ? Assets::desk_urls() : '',
			)
		);
	}

	/**
	 * Tells an author who looks at a preview what was written wrong; visitors never see it.
	 *
	 * @param string       $name    Screen.
	 * @param array<mixed> $written Attributes as written.
	 */
	private function hints( string $name, array $written ): string {
		if ( ! is_preview() || ! current_user_can( 'edit_posts' ) ) {
			return '';
		}
		return $this->templates->hints( Attributes::faults( $name, $written ) );
	}

	/**
	 * Joins the attributes with the page's own address, which wins: filters are links.
	 *
	 * @param string               $path   Path after /embed/.
	 * @param array<string,string> $clean  Well-formed attributes.
	 * @param int                  $number Number of the screen on its page.
	 * @return array<string,string>
	 */
	private static function query( string $path, array $clean, int $number ): array {
		$route = Routes::find( 'GET', $path );
		if ( null === $route ) {
			return array();
		}
		// Reading a filter from the address changes nothing; the value must match its pattern below.
		$asked = Instance::filters_of( $number, $route['query'], wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput
		return Routes::clean( $route['query'], array_merge( Routes::clean( $route['query'], $clean ), Routes::clean( $route['query'], $asked ) ) );
	}
}
