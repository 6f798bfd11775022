<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Attributes;
use TradingRobotService\Frontend\Assets;
use TradingRobotService\Routes;
use TradingRobotService\Screens;

/** Blocks, their samples in the editor, and the one validator. */
final class BlocksTest extends ServiceCase {

	const NASTY = array(
		'"><script>alert(1)</script>',
		'\'><img src=x onerror=alert(1)>',
		'x" onmouseover="alert(1)',
		'javascript:alert(1)',
		'week" style="position:fixed',
		"week\n",
		'week]<svg onload=alert(1)>',
		'../../etc/passwd',
		'a/../b',
		'%22%3E%3Cscript%3E',
		'&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;',
		'week&trp_sort=pnl',
		'{{7*7}}',
		"\0week",
		'ＷＥＥＫ',
	);

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		// Each test is a page of its own, with its own time to wait for the service.
		$spent = new ReflectionProperty( TradingRobotService\Fragments::class, 'spent' );
		$spent->setAccessible( true );
		$spent->setValue( TradingRobotService\Plugin::instance()->fragments, 0.0 );
		$this->service = static function ( $method, $target, $request ) {
			return array( 200, '<section class="trp"><h2>' . esc_html( $request['target'] ) . '</h2></section>' );
		};
	}

	public function screens(): array {
		return array_map(
			static function ( $tag ) {
				return array( $tag, Screens::TAGS[ $tag ] );
			},
			array_keys( Screens::TAGS )
		);
	}

	/** @dataProvider screens */
	public function test_each_screen_is_a_block( string $tag, string $screen ): void {
		$block = WP_Block_Type_Registry::get_instance()->get_registered( 'trading-robot-service/' . $screen );
		$this->assertSame( 3, $block->api_version );
		$this->assertTrue( $block->is_dynamic() );
		$this->assertFalse( $block->supports['html'] );
		$this->assertSame( array( 'wide', 'full' ), $block->supports['align'] );
		$this->assertSame( array( 'trading-robot-service-blocks' ), $block->editor_script_handles );
		$this->assertSame( array( Assets::HANDLE ), $block->editor_style_handles );
		// Handles under "style" would load on every page of a classic theme.
		$this->assertSame( array(), $block->style_handles );
		$written = json_decode( (string) file_get_contents( dirname( __DIR__, 3 ) . "/wp-plugin/blocks/$screen/block.json" ), true )['attributes'];
		unset( $written['align'], $written['anchor'] );
		$this->assertSame( array_keys( Attributes::patterns( $screen ) ), array_keys( $written ) );
		$this->assertTrue( shortcode_exists( $tag ) );
	}

	/** @dataProvider screens */
	public function test_a_block_prints_what_its_shortcode_prints( string $tag, string $screen ): void {
		$attributes = 'robot' === $screen ? array( 'robot' => 'sma' ) : array( 'theme' => 'light' );
		$short      = do_shortcode( sprintf( '[%s %s="%s"]', $tag, key( $attributes ), current( $attributes ) ) );
		$asked      = $this->requests;
		$this->requests = array();
		( new TradingRobotService\Instance() )->begin();
		$block = $this->block( $screen, $attributes );
		$this->assertSame( $this->inside( $short ), $this->inside( $block ) );
		$this->assertCount( in_array( $screen, array( 'user-dashboard', 'desk', 'coach' ), true ) ? 0 : 1, $asked );
		// The copy that the shortcode brought serves the block.
		$this->assertSame( array(), $this->requests );
		$this->assertSame( 1, preg_match( '/\A<div class="([^"]*)"/', $block, $found ) );
		$this->assertEqualsCanonicalizing( array( 'trading-robot-service', 'wp-block-trading-robot-service-' . $screen, 'alignwide' ), explode( ' ', $found[1] ) );
	}

	private function block( string $screen, array $attributes ): string {
		return do_blocks( get_comment_delimited_block_content( 'trading-robot-service/' . $screen, $attributes, '' ) );
	}

	/** Everything but the class of the wrapper. */
	private function inside( string $html ): string {
		return trim( (string) preg_replace( '/\A<div class="[^"]*"/', '', $html ) );
	}

	public function test_settings_of_the_block_reach_the_wrapper_and_only_that(): void {
		$html = $this->block( 'pricing', array( 'align' => 'full', 'anchor' => 'pl"ans', 'className' => 'mine', 'style' => array( 'spacing' => array( 'margin' => array( 'top' => '3rem' ) ) ) ) );
		$this->assertSame( 1, preg_match( '/\A<div [^>]*>/', $html, $open ) );
		foreach ( array( 'alignfull', 'mine', 'margin-top:3rem', 'id="pl&quot;ans"' ) as $part ) {
			$this->assertStringContainsString( $part, $open[0] );
		}
		$this->assertStringNotContainsString( 'alignwide', $html );
		$this->assertStringNotContainsString( 'margin-top', substr( $html, strlen( $open[0] ) ) );
	}

	/** @dataProvider screens */
	public function test_the_editor_shows_a_sample_and_asks_nobody( string $tag, string $screen ): void {
		$admin = get_user_by( 'login', 'admin' );
		wp_set_current_user( $admin->ID );
		$request = new WP_REST_Request( 'GET', '/wp/v2/block-renderer/trading-robot-service/' . $screen );
		$request->set_query_params( array( 'context' => 'edit', 'attributes' => array( 'theme' => 'light' ) ) );
		$html = rest_do_request( $request )->get_data()['rendered'];
		$this->assertStringContainsString( 'Sample.', $html );
		$this->assertStringContainsString( 'made up', $html );
		$this->assertStringContainsString( 'data-theme="light"', $html );
		foreach ( array( 'hx-', 'data-trp-rest', 'data-trp-member', '<script', 'nonce', $admin->user_email ) as $never ) {
			$this->assertStringNotContainsString( $never, $html );
		}
		$this->assertSame( array(), $this->requests );
		// After it, blocks are themselves again.
		$this->assertStringNotContainsString( 'Sample.', $this->block( $screen, array( 'robot' => 'a' ) ) );
	}

	public function test_nobody_but_an_editor_gets_a_sample(): void {
		$request = new WP_REST_Request( 'GET', '/wp/v2/block-renderer/trading-robot-service/performance' );
		$request->set_query_params( array( 'context' => 'edit' ) );
		$this->assertSame( 401, rest_do_request( $request )->get_status() );
	}

	public function test_the_sample_shows_what_was_chosen_and_names_what_is_wrong(): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$request = new WP_REST_Request( 'GET', '/wp/v2/block-renderer/trading-robot-service/performance' );
		$request->set_query_params( array( 'context' => 'edit', 'attributes' => array( 'period' => 'week', 'kind' => 'real<b>', 'part' => 'leaderboard' ) ) );
		$html = rest_do_request( $request )->get_data()['rendered'];
		$this->assertStringContainsString( 'Part: Leaderboard alone, Period: Week', $html );
		$this->assertStringContainsString( 'kind=&quot;real&lt;b&gt;&quot; is not known and was left out. It may be: all, live, paper.', $html );
		$this->assertStringNotContainsString( 'Track records</h2>', $html );
	}

	/** What a Contributor could write into each attribute of each shortcode and block. */
	public function test_no_attribute_can_break_out(): void {
		foreach ( Screens::TAGS as $tag => $screen ) {
			foreach ( array_keys( Attributes::patterns( $screen ) ) as $name ) {
				foreach ( self::NASTY as $value ) {
					$this->requests = array();
					$html           = $this->block( $screen, array( $name => $value ) );
					foreach ( array( "'", '"' ) as $quote ) {
						$written = sprintf( '[%1$s %2$s=%3$s%4$s%3$s]', $tag, $name, $quote, str_replace( $quote, '', $value ) );
						// As WordPress keeps what a Contributor writes; and unfiltered, unless a bracket ends the shortcode there.
						$html .= do_shortcode( wp_kses_post( $written ) );
						$html .= do_shortcode( str_replace( ']', '', $written ) . ']' );
					}
					// What stands outside of the shortcode is text of the post, cleaned by WordPress itself.
					$html = (string) preg_replace( '#</div>[^<]*(?=<div class|\z)#', '</div>', $html );
					foreach ( array( '<script', 'onerror', 'onload', 'onmouseover', 'alert(1)', 'passwd', '7*7' ) as $never ) {
						$this->assertStringNotContainsString( $never, $html, "$tag $name" );
					}
					foreach ( array_column( $this->requests, 'target' ) as $target ) {
						$this->assertMatchesRegularExpression( '#\A/embed/[a-z-]+(?:/[a-z0-9_-]+)?(?:\?[a-z_]+=[A-Za-z0-9_.-]+)?\z#', $target );
					}
				}
			}
		}
	}

	public function test_only_an_author_in_a_preview_reads_of_a_wrong_attribute(): void {
		$wrong = '[trading_robot_performance period="year" perid="week" <b>]';
		$this->assertStringNotContainsString( 'not known', do_shortcode( $wrong ) );
		$GLOBALS['wp_query']->is_preview = true;
		$this->assertStringNotContainsString( 'not known', do_shortcode( $wrong ) );
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$html = do_shortcode( $wrong );
		$this->assertStringContainsString( 'period=&quot;year&quot; is not known and was left out. It may be: day, week, month, all.', $html );
		$this->assertStringContainsString( 'There is no attribute “perid”.', $html );
		$this->assertStringNotContainsString( '<b>', $html );
		$this->assertStringContainsString( 'Say which robot', do_shortcode( '[trading_robot_record]' ) );
		$GLOBALS['wp_query']->is_preview = false;
		$this->assertStringNotContainsString( 'not known', do_shortcode( $wrong ) );
	}

	public function test_the_record_of_one_robot_has_a_root_and_waits_for_a_choice(): void {
		$this->service = static function ( $method, $target ) {
			return '/embed/robot/none' === $target ? array( 404, '<p>There is no such robot</p>', array( 'x-trp-code' => 'not_found' ) ) : array( 200, '<div id="robot"><h2>SMA</h2></div>' );
		};
		$html = do_shortcode( '[trading_robot_record robot="sma"]' );
		$this->assertSame( '/embed/robot/sma', $this->requests[0]['target'] );
		$this->assertMatchesRegularExpression( '#<section class="trp"><div>\s*<div id="robot">#', $html );
		$this->assertStringContainsString( 'There is no such robot', do_shortcode( '[trading_robot_record robot="none"]' ) );
		$this->requests = array();
		$this->assertStringContainsString( 'No robot is chosen here', do_shortcode( '[trading_robot_record robot="../x"]' ) );
		$this->assertSame( array(), $this->requests );
	}

	public function test_every_pattern_of_an_attribute_stands_in_the_table_or_is_our_own(): void {
		$known = array();
		foreach ( Routes::TABLE as $row ) {
			$known += $row[3];
		}
		foreach ( Screens::TAGS as $screen ) {
			foreach ( Attributes::controls( $screen ) as $control ) {
				$name = $control['name'];
				$this->assertNotSame( $name, $control['label'] );
				$pattern = Attributes::patterns( $screen )[ $name ];
				if ( isset( $known[ $name ] ) && ! isset( Attributes::OWN[ $screen ][ $name ] ) ) {
					$this->assertContains( $pattern, array_column( array_map( static function ( $row ) use ( $name ) {
						return array( $row[3][ $name ] ?? '' );
					}, Routes::TABLE ), 0 ) );
				}
				foreach ( $control['options'] as $option ) {
					$this->assertSame( 1, preg_match( '#\A(?:' . $pattern . ')\z#', $option['value'] ) );
				}
			}
		}
	}

	public function test_a_site_can_change_attributes_but_not_past_the_patterns(): void {
		$force = static function ( $clean, $screen, $written ) {
			return 'performance' === $screen && isset( $written['period'] ) ? array( 'period' => 'day', 'kind' => '"><script>' ) : $clean;
		};
		add_filter( 'trading_robot_service_block_attributes', $force, 10, 3 );
		do_shortcode( '[trading_robot_performance period="week"]' );
		remove_filter( 'trading_robot_service_block_attributes', $force );
		$this->assertSame( '/embed/performance?period=day', $this->requests[0]['target'] );
	}

	public function test_the_editor_is_told_what_it_offers(): void {
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		do_action( 'enqueue_block_editor_assets' );
		$said = implode( '', (array) wp_scripts()->get_data( 'trading-robot-service-blocks', 'before' ) );
		foreach ( Screens::TAGS as $tag => $screen ) {
			$this->assertStringContainsString( '"shortcode":"' . $tag . '"', $said );
		}
		$this->assertStringContainsString( '"connected":true', $said );
		$this->assertStringNotContainsString( self::SECRET, $said );
		$this->assertStringNotContainsString( 'site-1', $said );
	}
}
