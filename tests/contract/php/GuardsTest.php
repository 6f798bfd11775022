<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminCase.php';

use TradingRobotService\Capabilities;
use TradingRobotService\Plugin;

/** Every form and every screen of wp-admin asks for a capability, and every form for its own nonce. */
final class GuardsTest extends AdminCase {

	/** @var int How many writes have reached the service. */
	private $writes = 0;

	public static function setUpBeforeClass(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		Capabilities::grant();
		// Only on its own side does WordPress load the screens of administrators.
		set_current_screen( 'dashboard' );
		Plugin::instance()->register();
	}

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = function ( $method ) {
			$this->writes += 'GET' === $method ? 0 : 1;
			return array( 200, '{}', array( 'content-type' => 'application/json' ) );
		};
		add_filter(
			'wp_redirect',
			static function () {
				throw new RuntimeException( 'done' );
			}
		);
		add_filter(
			'wp_die_handler',
			static function () {
				return static function ( $message, $title, $args ) {
					throw new RuntimeException( (string) ( is_array( $args ) ? $args['response'] ?? 0 : $args ) );
				};
			}
		);
	}

	protected function tearDown(): void {
		parent::tearDown();
		$_POST    = array();
		$_REQUEST = array();
	}

	/** @return string[] The hooks of WordPress that answer a form and on which code of ours listens. */
	private static function forms(): array {
		$found = array();
		foreach ( $GLOBALS['wp_filter'] as $name => $hook ) {
			if ( ! preg_match( '/^(?:admin_post_|wp_ajax_|admin_action_)/', $name ) ) {
				continue;
			}
			foreach ( $hook->callbacks as $callbacks ) {
				foreach ( $callbacks as $callback ) {
					if ( is_array( $callback['function'] ) && is_object( $callback['function'][0] )
						&& 0 === strpos( get_class( $callback['function'][0] ), 'TradingRobotService\\' ) ) {
						$found[] = $name;
					}
				}
			}
		}
		return array_values( array_unique( $found ) );
	}

	private static function person( string $role ): int {
		$user = get_user_by( 'login', "guard-$role" );
		return $user ? $user->ID : wp_insert_user( array( 'user_login' => "guard-$role", 'user_pass' => 'x', 'user_email' => "guard-$role@site.example", 'role' => $role ) );
	}

	/** Sends a form's hook and returns by which status it was refused; null when it was not. */
	private function refused( string $hook, ?string $nonce ): ?string {
		$_POST = array( 'robot' => 'ma_cross', 'member' => '7', 'case' => '3', 'step' => 'off', 'decision' => 'approve' );
		if ( null !== $nonce ) {
			$_POST['_wpnonce'] = $nonce;
		}
		$_REQUEST = $_POST;
		try {
			ob_start();
			do_action( $hook );
		} catch ( RuntimeException $stopped ) {
			return $stopped->getMessage();
		} finally {
			ob_end_clean();
		}
		return null;
	}

	private static function action( string $hook ): string {
		return (string) preg_replace( '/^(?:admin_post_|wp_ajax_|admin_action_)/', '', $hook );
	}

	public function test_every_form_refuses_who_may_not_even_with_its_nonce(): void {
		$forms = self::forms();
		$this->assertGreaterThanOrEqual( 5, count( $forms ), implode( ' ', $forms ) );
		$before = wp_load_alloptions( true );
		foreach ( $forms as $hook ) {
			$this->assertStringNotContainsString( 'nopriv', $hook );
			foreach ( array( 'subscriber', 'contributor', 'author', 'editor' ) as $role ) {
				wp_set_current_user( self::person( $role ) );
				$this->assertSame( '403', $this->refused( $hook, wp_create_nonce( self::action( $hook ) ) ), "$hook as $role" );
			}
			wp_set_current_user( 0 );
			$this->assertSame( '403', $this->refused( $hook, wp_create_nonce( self::action( $hook ) ) ), "$hook as a visitor" );
		}
		$this->assertSame( $before, wp_load_alloptions( true ), 'a refused form changed an option' );
		$this->assertSame( 0, $this->writes, 'a refused form reached the service' );
	}

	public function test_every_form_refuses_an_administrator_without_its_own_nonce(): void {
		wp_set_current_user( self::person( 'administrator' ) );
		$before = wp_load_alloptions( true );
		foreach ( self::forms() as $hook ) {
			$others = array( null, '', 'x', wp_create_nonce( 'wp_rest' ), wp_create_nonce( self::action( $hook ) . 'x' ) );
			wp_set_current_user( self::person( 'editor' ) );
			$others[] = wp_create_nonce( self::action( $hook ) );
			wp_set_current_user( self::person( 'administrator' ) );
			foreach ( $others as $nonce ) {
				$this->assertSame( '403', $this->refused( $hook, $nonce ), "$hook with " . var_export( $nonce, true ) );
			}
		}
		$this->assertSame( $before, wp_load_alloptions( true ), 'a refused form changed an option' );
		$this->assertSame( 0, $this->writes, 'a refused form reached the service' );
	}

	public function test_an_administrator_with_the_form_s_own_nonce_comes_through(): void {
		wp_set_current_user( self::person( 'administrator' ) );
		foreach ( self::forms() as $hook ) {
			$this->assertSame( 'done', $this->refused( $hook, wp_create_nonce( self::action( $hook ) ) ), $hook );
		}
	}

	public function test_every_page_of_wp_admin_wants_a_capability_that_only_administrators_have(): void {
		wp_set_current_user( self::person( 'administrator' ) );
		$GLOBALS['menu']    = array();
		$GLOBALS['submenu'] = array();
		do_action( 'admin_menu' );
		$pages = array();
		foreach ( $GLOBALS['menu'] as $item ) {
			$pages[ $item[2] ][] = $item[1];
		}
		foreach ( $GLOBALS['submenu'] as $items ) {
			foreach ( $items as $item ) {
				$pages[ $item[2] ][] = $item[1];
			}
		}
		$ours = array_filter(
			$pages,
			static function ( $slug ) {
				return 0 === strpos( $slug, 'trading-robot-service' );
			},
			ARRAY_FILTER_USE_KEY
		);
		$this->assertGreaterThanOrEqual( 6, count( $ours ), implode( ' ', array_keys( $pages ) ) );
		foreach ( $ours as $slug => $capabilities ) {
			foreach ( $capabilities as $capability ) {
				foreach ( array( 'subscriber', 'contributor', 'author', 'editor' ) as $role ) {
					$this->assertFalse( user_can( self::person( $role ), $capability ), "$slug: $role has $capability" );
				}
				$this->assertTrue( user_can( self::person( 'administrator' ), $capability ), "$slug: $capability" );
			}
		}
	}
}
