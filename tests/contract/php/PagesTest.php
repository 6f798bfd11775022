<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Menu;
use TradingRobotService\MetaDescription;
use TradingRobotService\Pages;
use TradingRobotService\Patterns;
use TradingRobotService\Setup;

/** The pages, the menu and the patterns. */
final class PagesTest extends ServiceCase {

	const ALL = array( 'performance', 'marketplace', 'pricing', 'how-it-works', 'getting-started', 'desk', 'coach', 'dashboard', 'home' );

	protected function setUp(): void {
		parent::setUp();
		$this->service = static function () {
			return array( 200, '{}' );
		};
	}

	protected function tearDown(): void {
		foreach ( get_posts( array( 'post_type' => array( 'page', 'wp_navigation' ), 'post_status' => 'any,trash', 'numberposts' => -1 ) ) as $post ) {
			wp_delete_post( $post->ID, true );
		}
		foreach ( wp_get_nav_menus() as $menu ) {
			wp_delete_nav_menu( $menu );
		}
		delete_option( 'page_on_front' );
		update_option( 'show_on_front', 'posts' );
		parent::tearDown();
	}

	public function test_it_makes_each_page_once(): void {
		$had   = wp_count_posts( 'page' )->publish;
		$pages = Setup::make_pages();
		$ids   = get_option( Pages::OPTION );
		$this->assertSame( self::ALL, array_keys( $pages ) );
		$this->assertSame( $pages, Setup::make_pages() );
		$this->assertSame( $ids, get_option( Pages::OPTION ) );
		$this->assertSame( $ids['home'], (int) get_option( 'page_on_front' ) );
		$this->assertSame( 9, wp_count_posts( 'page' )->publish - $had );
		$home = get_post( $ids['home'] )->post_content;
		foreach ( array_diff( self::ALL, array( 'home' ) ) as $name ) {
			$path = wp_make_link_relative( $pages[ $name ] );
			$this->assertSame( "/$name/", $path );
			$this->assertStringContainsString( 'href="' . $path . '"', $home );
		}
		foreach ( array( 'performance', 'marketplace', 'pricing', 'desk', 'coach', 'user-dashboard' ) as $screen ) {
			$page = get_post( $ids['user-dashboard' === $screen ? 'dashboard' : $screen ] );
			$this->assertTrue( has_block( 'trading-robot-service/' . $screen, $page ), $screen );
			$this->assertStringNotContainsString( '[trading_robot', $page->post_content );
		}
	}

	/** C20: the claim of the hero stands beside its record, its limits and no testimonial. */
	public function test_the_claim_of_the_home_page_links_to_the_record(): void {
		$pages = Setup::make_pages();
		$home  = get_post( get_option( Pages::OPTION )['home'] )->post_content;
		$this->assertStringContainsString( 'Automated Trading Robots That Actually Work', $home );
		$record = '<a href="' . wp_make_link_relative( $pages['performance'] ) . '">Read the record, with its intervals and costs.</a>';
		$this->assertLessThan( strpos( $home, 'wp:trading-robot-service/performance' ), strpos( $home, $record ) );
		foreach ( array( 'It does not mean profit', 'you can lose what you invest', 'Nothing here is investment advice', 'Start Free', 'View Pricing', 'See Performance' ) as $words ) {
			$this->assertStringContainsString( $words, $home );
		}
		$this->assertStringNotContainsString( 'blockquote', $home );
	}

	public function test_what_the_owner_did_stays(): void {
		Setup::make_pages();
		$ids = get_option( Pages::OPTION );
		wp_update_post( array( 'ID' => $ids['pricing'], 'post_content' => 'my own words' ) );
		wp_update_post( array( 'ID' => $ids['marketplace'], 'post_status' => 'draft' ) );
		wp_trash_post( $ids['how-it-works'] );
		wp_delete_post( $ids['getting-started'], true );
		$pages  = new Pages();
		$states = array();
		foreach ( self::ALL as $name ) {
			$states[ $name ] = $pages->state( $name )['state'];
		}
		$this->assertSame( array( 'published', 'draft', 'published', 'trashed', 'missing', 'published', 'published', 'published', 'published' ), array_values( $states ) );
		$this->assertTrue( $pages->state( 'pricing' )['changed'] );
		$this->assertFalse( $pages->state( 'performance' )['changed'] );

		Setup::make_pages();
		$this->assertSame( 'my own words', get_post( $ids['pricing'] )->post_content );
		$this->assertSame( 'draft', get_post_status( $ids['marketplace'] ) );
		$this->assertSame( 'trash', get_post_status( $ids['how-it-works'] ) );
		$this->assertNotSame( $ids['getting-started'], $pages->ids()['getting-started'] );

		// Only when it is asked back.
		$pages->make( array( 'how-it-works' ), false, false, true );
		$this->assertSame( 'publish', get_post_status( $ids['how-it-works'] ) );
		$this->assertSame( '/how-it-works/', $pages->paths()['how-it-works'] );
	}

	public function test_a_choice_of_pages_makes_no_more_than_that(): void {
		$made = ( new Pages() )->make( array( 'pricing', 'no-such-page' ), false, false );
		$this->assertSame( array( 'pricing' ), array_keys( $made ) );
		$this->assertSame( 'posts', get_option( 'show_on_front' ) );
		$this->assertFalse( ( new Pages() )->has_menu() );
		add_filter( 'trading_robot_service_pages', array( $this, 'two_pages' ) );
		$made = ( new Pages() )->make();
		remove_filter( 'trading_robot_service_pages', array( $this, 'two_pages' ) );
		$this->assertSame( array( 'pricing', 'how-it-works' ), array_keys( $made ) );
	}

	/** Filter trading_robot_service_pages. */
	public function two_pages( $names ) {
		$this->assertSame( self::ALL, $names );
		return array( 'how-it-works', 'pricing', 'made-up' );
	}

	public function test_the_menu_of_a_block_theme_leads_to_every_page(): void {
		$this->assertTrue( wp_is_block_theme() );
		$pages = Setup::make_pages();
		$menu  = stripslashes( get_post( get_option( Pages::OPTION )['menu'] )->post_content );
		$this->assertSame( 8, substr_count( $menu, 'wp:navigation-link' ) );
		foreach ( array_diff( self::ALL, array( 'home' ) ) as $name ) {
			$this->assertStringContainsString( '"url":"' . wp_make_link_relative( $pages[ $name ] ) . '"', $menu );
		}
		$this->assertFalse( Menu::has_other() );
	}

	public function test_a_classic_theme_gets_a_menu_in_its_empty_place(): void {
		$root = sys_get_temp_dir() . '/trp-themes-' . getmypid();
		wp_mkdir_p( $root . '/plain' );
		file_put_contents( $root . '/plain/style.css', "/*\nTheme Name: Plain\n*/" );
		file_put_contents( $root . '/plain/index.php', '<?php' );
		register_theme_directory( $root );
		wp_clean_themes_cache();
		delete_site_transient( 'theme_roots' );
		$before = get_stylesheet();
		switch_theme( 'plain' );
		register_nav_menus( array( 'footer' => 'Footer', 'primary' => 'Primary' ) );
		try {
			$this->assertFalse( wp_is_block_theme() );
			Setup::make_pages();
			$own = get_option( Pages::OPTION )['classic-menu'];
			$this->assertSame( array( 'primary' => $own ), get_nav_menu_locations() );
			$this->assertCount( 8, wp_get_nav_menu_items( $own ) );
			Setup::make_pages();
			$this->assertCount( 1, wp_get_nav_menus() );
			// The theme prints the page's title, so the page brings none.
			$this->assertStringNotContainsString( '<h1', get_post( get_option( Pages::OPTION )['pricing'] )->post_content );
			$this->assertStringContainsString( '<h2 class="wp-block-heading">Automated', get_post( get_option( Pages::OPTION )['home'] )->post_content );
			wp_delete_nav_menu( $own );
			$theirs = wp_create_nav_menu( 'Mine' );
			set_theme_mod( 'nav_menu_locations', array( 'primary' => $theirs ) );
			$this->assertSame( 0, wp_get_nav_menu_object( $own ) ? 1 : 0 );
			$this->assertTrue( Menu::has_other() );
			Setup::make_pages();
			$this->assertSame( array( 'primary' => $theirs ), get_nav_menu_locations() );
		} finally {
			remove_theme_mods();
			switch_theme( $before );
			unregister_nav_menu( 'primary' );
			unregister_nav_menu( 'footer' );
			array_map( 'unlink', glob( $root . '/plain/*' ) );
			rmdir( $root . '/plain' );
			rmdir( $root );
		}
	}

	public function test_the_patterns_are_there_and_every_block_of_them_is_known(): void {
		$registry = WP_Block_Patterns_Registry::get_instance();
		$this->assertTrue( WP_Block_Pattern_Categories_Registry::get_instance()->is_registered( Patterns::CATEGORY ) );
		foreach ( self::ALL as $name ) {
			$pattern = $registry->get_registered( 'trading-robot-service/' . $name );
			$this->assertContains( Patterns::CATEGORY, $pattern['categories'], $name );
			$this->assertStringNotContainsString( 'href=""', $pattern['content'] );
			$this->assertStringNotContainsString( '<h1', $pattern['content'] );
			$this->check( parse_blocks( $pattern['content'] ) );
		}
	}

	private function check( array $blocks ): void {
		foreach ( $blocks as $block ) {
			if ( null === $block['blockName'] ) {
				$this->assertSame( '', trim( $block['innerHTML'] ) );
				continue;
			}
			$this->assertNotNull( WP_Block_Type_Registry::get_instance()->get_registered( $block['blockName'] ), $block['blockName'] );
			$this->check( $block['innerBlocks'] );
		}
	}

	public function test_links_of_patterns_can_lead_elsewhere(): void {
		$elsewhere = static function ( $urls ) {
			return array( 'pricing' => '/offer/' ) + $urls;
		};
		add_filter( 'trading_robot_service_pattern_urls', $elsewhere );
		$this->assertStringContainsString( 'href="/offer/"', Patterns::page( 'home' ) );
		remove_filter( 'trading_robot_service_pattern_urls', $elsewhere );
		// Nothing made yet: the front page, never a dead link.
		$this->assertStringContainsString( 'href="/">View Pricing', Patterns::page( 'home' ) );
	}

	public function test_pages_of_ours_have_a_description_and_others_none(): void {
		Setup::make_pages();
		$id = get_option( Pages::OPTION )['how-it-works'];
		$this->go_to( $id );
		$this->assertStringContainsString( '<meta name="description" content="What a trading robot is', $this->described() );
		$own = static function ( $text, $of ) use ( $id ) {
			return $of === $id ? '"><script>x</script>Mine' : $text;
		};
		add_filter( 'trading_robot_service_meta_description', $own, 10, 2 );
		$this->assertSame( '<meta name="description" content="&quot;&gt;Mine">', trim( $this->described() ) );
		remove_filter( 'trading_robot_service_meta_description', $own );
		$other = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Other' ) );
		$this->go_to( $other );
		$this->assertSame( '', $this->described() );
	}

	private function described(): string {
		ob_start();
		( new MetaDescription() )->show();
		return (string) ob_get_clean();
	}

	private function go_to( int $page ): void {
		$GLOBALS['wp_query'] = new WP_Query( array( 'page_id' => $page ) );
		$GLOBALS['post']     = get_post( $page );
	}
}
