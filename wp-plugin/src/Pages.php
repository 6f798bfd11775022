<?php
/**
 * The pages and the menu that the plugin makes.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Makes each page once and remembers it; a page that the owner has changed, unpublished or thrown away stays as it is.
 */
final class Pages {

	const OPTION = 'trading_robot_service_pages';

	// What each page held when it was made, to tell whether its owner has changed it.
	const MADE = 'trading_robot_service_pages_made';

	const LIVING = array( 'publish', 'draft', 'private', 'pending', 'future' );

	// In the order of the menu.
	const NAMES = array( 'performance', 'marketplace', 'pricing', 'how-it-works', 'getting-started', 'desk', 'coach', 'dashboard', 'home' );

	/**
	 * Returns the names of all pages.
	 *
	 * @return string[]
	 */
	public static function names(): array {
		/**
		 * Filters which pages the plugin offers: names of patterns, in the order of the menu; home comes last, it links to the others.
		 *
		 * @param string[] $names home, performance, marketplace, pricing, desk, coach, dashboard, how-it-works, getting-started.
		 */
		$names = (array) apply_filters( 'trading_robot_service_pages', self::NAMES );
		return array_values( array_intersect( $names, self::NAMES ) );
	}

	/**
	 * Returns a page's title.
	 *
	 * @param string $name Name of the page.
	 */
	public static function title( string $name ): string {
		$titles = array(
			'home'            => __( 'Home', 'trading-robot-service' ),
			'performance'     => __( 'Performance', 'trading-robot-service' ),
			'marketplace'     => __( 'Marketplace', 'trading-robot-service' ),
			'pricing'         => __( 'Pricing', 'trading-robot-service' ),
			'desk'            => __( 'Desk', 'trading-robot-service' ),
			'coach'           => __( 'Coach', 'trading-robot-service' ),
			'dashboard'       => __( 'Dashboard', 'trading-robot-service' ),
			'how-it-works'    => __( 'How it works', 'trading-robot-service' ),
			'getting-started' => __( 'Getting started', 'trading-robot-service' ),
		);
		return $titles[ $name ] ?? $name;
	}

	/**
	 * Says what a page is about; also its description for search engines.
	 *
	 * @param string $name Name of the page.
	 */
	public static function description( string $name ): string {
		$texts = array(
			'home'            => __( 'Trading robots with public records: every trade, the fees, the worst drawdown, and the interval around every win rate.', 'trading-robot-service' ),
			'performance'     => __( 'The public record of every robot: leaderboard, averages and best robots, losing ones included, with intervals and costs.', 'trading-robot-service' ),
			'marketplace'     => __( 'All robots with their rules, fees and the evidence that each has so far, also when that is none.', 'trading-robot-service' ),
			'pricing'         => __( 'What each plan costs, what it includes, and what is still in preparation.', 'trading-robot-service' ),
			'desk'            => __( 'Members see charts here, with key levels, indicators, drawings of their own and replay.', 'trading-robot-service' ),
			'coach'           => __( 'Members ask here about levels, prices, hours and their own record; each number leads to its source.', 'trading-robot-service' ),
			'dashboard'       => __( 'Members see their own figures here: robots, trades, accounts and imports.', 'trading-robot-service' ),
			'how-it-works'    => __( 'What a trading robot is, how its record is kept, what the figures mean, what can go wrong, and how to check them.', 'trading-robot-service' ),
			'getting-started' => __( 'From reading the record without an account to your own figures, step by step, without risking money.', 'trading-robot-service' ),
		);
		return $texts[ $name ] ?? '';
	}

	/**
	 * Makes what is missing; what is in the trash stays there unless it is asked back.
	 *
	 * @param string[]|null $names    Which pages; all unless said.
	 * @param bool          $menu     Whether to make the menu.
	 * @param bool          $front    Whether home becomes the front page when it is made.
	 * @param bool          $restores Whether to take pages back from the trash.
	 * @return array<string,string> Addresses by name.
	 */
	public function make( ?array $names = null, bool $menu = true, bool $front = true, bool $restores = false ): array {
		$wanted = null === $names ? self::names() : array_values( array_intersect( self::names(), $names ) );
		$new    = array();
		foreach ( $wanted as $name ) {
			$state = $this->state( $name )['state'];
			if ( 'trashed' === $state && $restores ) {
				$this->restore( $name );
			} elseif ( 'missing' === $state ) {
				$new[] = $name;
				$this->insert( $name );
			}
		}
		// Only now is every address known: the pages link to each other.
		array_map( array( $this, 'fill' ), $new );
		if ( $front && in_array( 'home', $new, true ) ) {
			$this->make_front();
		}
		if ( $menu && ! $this->has_menu() ) {
			( new Menu() )->make( array_intersect_key( $this->ids(), array_flip( self::names() ) ) );
		}
		return $this->urls();
	}

	/**
	 * Shows home as the site's front page.
	 */
	public function make_front(): void {
		$id = $this->ids()['home'] ?? 0;
		if ( $id > 0 ) {
			update_option( 'show_on_front', 'page' );
			update_option( 'page_on_front', $id );
		}
	}

	/**
	 * Returns what became of a page.
	 *
	 * @param string $name Name of the page.
	 * @return array{id:int,state:string,changed:bool} State: missing, published, draft or trashed.
	 */
	public function state( string $name ): array {
		$id     = self::kept()[ $name ] ?? 0;
		$status = $id > 0 ? (string) get_post_status( $id ) : '';
		$states = array(
			'publish' => 'published',
			'trash'   => 'trashed',
		);
		$state  = in_array( $status, self::LIVING, true ) ? 'draft' : 'missing';
		$made   = (array) get_option( self::MADE, array() );
		$post   = $id > 0 ? get_post( $id ) : null;
		return array(
			'id'      => $id,
			'state'   => $states[ $status ] ?? $state,
			'changed' => null !== $post && isset( $made[ $name ] ) && md5( $post->post_content ) !== $made[ $name ],
		);
	}

	/**
	 * Tells whether the menu for this kind of theme was made and is still there.
	 */
	public function has_menu(): bool {
		$ids = self::kept();
		if ( wp_is_block_theme() ) {
			return isset( $ids['menu'] ) && in_array( get_post_status( $ids['menu'] ), self::LIVING, true );
		}
		return isset( $ids['classic-menu'] ) && is_nav_menu( $ids['classic-menu'] );
	}

	/**
	 * Returns the addresses of the pages that are there.
	 *
	 * @return array<string,string>
	 */
	public function urls(): array {
		return array_map( 'strval', array_map( 'get_permalink', $this->ids() ) );
	}

	/**
	 * Returns the addresses without the host, so that a site may move with its links.
	 *
	 * @return array<string,string>
	 */
	public function paths(): array {
		return array_map( 'wp_make_link_relative', $this->urls() );
	}

	/**
	 * Returns the ids of the pages that were made and are still there.
	 *
	 * @return array<string,int>
	 */
	public function ids(): array {
		$alive = static function ( $id ) {
			return in_array( get_post_status( $id ), self::LIVING, true );
		};
		return array_filter( array_intersect_key( self::kept(), array_flip( self::NAMES ) ), $alive );
	}

	/**
	 * Returns the theme's page template without a title, when it has one: these pages bring their own heading.
	 */
	public static function bare_template(): string {
		return isset( wp_get_theme()->get_page_templates()['page-no-title'] ) ? 'page-no-title' : '';
	}

	/**
	 * Remembers what was made.
	 *
	 * @param string $name Name of a page, or of a menu.
	 * @param int    $id   Its id.
	 */
	public static function keep( string $name, int $id ): void {
		update_option( self::OPTION, array_filter( array_merge( self::kept(), array( $name => $id ) ) ), false );
	}

	/**
	 * Returns everything that was made, also what is in the trash.
	 *
	 * @return array<string,int>
	 */
	public static function kept(): array {
		return array_map( 'intval', (array) get_option( self::OPTION, array() ) );
	}

	/**
	 * Makes an empty page.
	 *
	 * @param string $name Name of the page.
	 */
	private function insert( string $name ): void {
		$page = array(
			'post_type'      => 'page',
			'post_status'    => 'publish',
			'post_title'     => self::title( $name ),
			'post_name'      => $name,
			'comment_status' => 'closed',
			'ping_status'    => 'closed',
		);
		if ( '' !== self::bare_template() ) {
			$page['page_template'] = self::bare_template();
		}
		self::keep( $name, (int) wp_insert_post( $page ) );
	}

	/**
	 * Writes a page's blocks.
	 *
	 * @param string $name Name of a page that was just made.
	 */
	private function fill( string $name ): void {
		$id = $this->ids()[ $name ] ?? 0;
		if ( 0 === $id ) {
			return;
		}
		wp_update_post(
			array(
				'ID'           => $id,
				'post_content' => wp_slash( Patterns::page( $name ) ),
			)
		);
		$made          = (array) get_option( self::MADE, array() );
		$made[ $name ] = md5( (string) get_post( $id )->post_content );
		update_option( self::MADE, $made, false );
	}

	/**
	 * Takes a page back from the trash, as it was.
	 *
	 * @param string $name Name of the page.
	 */
	private function restore( string $name ): void {
		$id = self::kept()[ $name ] ?? 0;
		if ( false !== wp_untrash_post( $id ) ) {
			wp_publish_post( $id );
		}
	}
}
