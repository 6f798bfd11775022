<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Admin\Settings;
use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Connection;
use TradingRobotService\Link;
use TradingRobotService\Plugin;
use TradingRobotService\Secrets;
use TradingRobotService\Setup;
use TradingRobotService\Token;

/** Connecting, rotating, moving, pausing, disconnecting. */
final class ConnectionTest extends ServiceCase {

	const NEW_SECRET = 'another-secret-that-never-shows-987654';

	protected function setUp(): void {
		parent::setUp();
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
	}

	private function state(): string {
		return Plugin::instance()->connection->state();
	}

	/** Answers rotations with a new secret, and everything else. */
	private function rotating( int $ping = 200 ): void {
		$this->service = static function ( $method, $target ) use ( $ping ) {
			if ( '/api/wordpress/rotate' === $target ) {
				return array( 200, wp_json_encode( array( 'key_id' => 'key-2', 'secret' => self::NEW_SECRET ) ) );
			}
			return array( $ping, '{}' );
		};
	}

	private function key_of( array $request ): string {
		$header = strtok( substr( $request['headers']['Authorization'], 7 ), '.' );
		return json_decode( base64_decode( strtr( $header, '-_', '+/' ) ), true )['kid'];
	}

	/** @dataProvider links */
	public function test_it_reads_a_link_or_an_address_with_a_code( string $url, string $code, array $read ): void {
		$this->assertSame( $read, Link::read( $url, $code ) );
	}

	public function links(): array {
		return array(
			array( '', ' https://service.example/#connect=abc_DEF-12345 ', array( 'https://service.example', 'abc_DEF-12345' ) ),
			array( 'https://old.example', 'http://127.0.0.1:5000/#connect=abcdefgh', array( 'http://127.0.0.1:5000', 'abcdefgh' ) ),
			array( 'https://service.example#connect=abcdefgh', '', array( 'https://service.example', 'abcdefgh' ) ),
			array( 'https://service.example/', 'abcdefgh', array( 'https://service.example', 'abcdefgh' ) ),
			array( '', 'https://user@evil.example/#connect=abcdefgh', array( '', 'https://user@evil.example/#connect=abcdefgh' ) ),
			array( '', 'https://a.example/path#connect=abcdefgh', array( '', 'https://a.example/path#connect=abcdefgh' ) ),
			array( '', 'javascript:alert(1)#connect=abcdefgh', array( '', 'javascript:alert(1)#connect=abcdefgh' ) ),
		);
	}

	public function test_one_pasted_line_connects_and_tells_other_code(): void {
		$told          = array();
		$this->service = static function () {
			return array( 201, wp_json_encode( array( 'site_id' => 'site-9', 'key_id' => 'key-9', 'secret' => self::NEW_SECRET, 'service_version' => '1' ) ) );
		};
		add_action(
			'trading_robot_service_connected',
			static function ( $site_id ) use ( &$told ) {
				$told[] = $site_id;
			}
		);
		$this->assertTrue( Setup::connect( '', 'http://127.0.0.1:5999/#connect=abcdefgh' ) );
		$this->assertSame( array( 'site-9' ), $told );
		$this->assertSame( 'abcdefgh', json_decode( $this->requests[0]['body'], true )['code'] );
		$this->assertSame( array( 'connected', 'key-9', 'http://127.0.0.1:5999' ), array( $this->state(), Setup::status()['key_id'], Setup::status()['url'] ) );
		remove_all_actions( 'trading_robot_service_connected' );
	}

	public function test_the_address_of_the_service_may_be_fixed_by_a_filter(): void {
		$fixed = static function () {
			return 'http://127.0.0.1:5999/';
		};
		add_filter( 'trading_robot_service_service_url', $fixed );
		$this->assertSame( array( 'http://127.0.0.1:5999', 'abcdefgh' ), Link::read( '', 'abcdefgh' ) );
		$this->assertSame( array( 'http://127.0.0.1:5999', 'abcdefgh' ), Link::read( '', 'https://other.example/#connect=abcdefgh' ) );
		ob_start();
		( new Settings( Plugin::instance()->connection ) )->show();
		$this->assertStringNotContainsString( 'trs-url', (string) ob_get_clean() );
		remove_filter( 'trading_robot_service_service_url', $fixed );
	}

	public function test_it_keeps_the_new_secret_before_it_uses_it(): void {
		$this->connect();
		$this->rotating();
		$rotated = array();
		add_action(
			'trading_robot_service_rotated',
			static function ( $key_id ) use ( &$rotated ) {
				$rotated[] = $key_id;
			}
		);
		$this->assertTrue( Setup::rotate() );
		$this->assertSame( array( 'key-1', 'key-2' ), array_map( array( $this, 'key_of' ), $this->requests ) );
		$this->assertSame( self::NEW_SECRET, ( new Secrets() )->get() );
		$this->assertSame( array( 'key-2' ), $rotated );
		remove_all_actions( 'trading_robot_service_rotated' );
	}

	/** @dataProvider cuts */
	public function test_a_rotation_that_is_cut_leaves_a_working_secret( $answer ): void {
		$this->connect();
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$this->assertWPError( Setup::rotate() );
		$this->assertSame( self::SECRET, ( new Secrets() )->get() );
		$this->assertSame( 'key-1', Plugin::instance()->connection->get( 'key_id' ) );
	}

	public function cuts(): array {
		return array(
			'no answer'   => array( new WP_Error( 'http_request_failed', 'timeout' ) ),
			'an error'    => array( array( 500, 'boom' ) ),
			'refused'     => array( array( 403, '{"code":"forbidden"}' ) ),
			'unknown'     => array( array( 401, '{}' ) ),
			'half a body' => array( array( 200, '{"key_id":"key-2"}' ) ),
			'no JSON'     => array( array( 200, '<html>' ) ),
		);
	}

	public function test_a_new_secret_that_the_service_refuses_is_taken_back(): void {
		$this->connect();
		$this->rotating( 401 );
		$this->assertWPError( Setup::rotate() );
		$this->assertSame( self::SECRET, ( new Secrets() )->get() );
	}

	public function test_a_new_secret_is_kept_when_nobody_answers_the_first_use(): void {
		$this->connect();
		$this->rotating( 500 );
		$this->assertTrue( Setup::rotate() );
		$this->assertSame( self::NEW_SECRET, ( new Secrets() )->get() );
	}

	public function test_a_secret_of_the_first_version_is_still_read(): void {
		$this->connect();
		$key    = new ReflectionMethod( Secrets::class, 'key' );
		$nonce  = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$key->setAccessible( true );
		$stored = base64_encode( $nonce . sodium_crypto_secretbox( self::SECRET, $nonce, $key->invoke( new Secrets() ) ) );
		update_option( Secrets::OPTION, $stored );
		$this->assertSame( self::SECRET, ( new Secrets() )->get() );
		$this->assertSame( 'key-1', Plugin::instance()->connection->get( 'key_id' ) );
	}

	public function test_only_who_may_connect_rotates(): void {
		$this->connect();
		$this->rotating();
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
		$this->assertWPError( Setup::rotate() );
		wp_set_current_user( 0 );
		$this->assertWPError( Setup::rotate() );
		$this->assertSame( array(), $this->requests );
	}

	/** @dataProvider goodbyes */
	public function test_it_forgets_the_connection_whatever_the_service_says( $answer, bool $told ): void {
		$this->connect();
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$heard = array();
		add_action(
			'trading_robot_service_disconnected',
			static function ( $told ) use ( &$heard ) {
				$heard[] = $told;
			}
		);
		$this->assertSame( $told, Setup::disconnect() );
		$this->assertSame( array( 'none', '' ), array( $this->state(), ( new Secrets() )->get() ) );
		$this->assertSame( array( '/api/wordpress/disconnect' ), array_column( $this->requests, 'target' ) );
		$this->assertSame( array( $told ), $heard );
		remove_all_actions( 'trading_robot_service_disconnected' );
	}

	public function goodbyes(): array {
		return array(
			array( array( 200, '{}' ), true ),
			array( array( 401, '{}' ), false ),
			array( new WP_Error( 'http_request_failed', 'timeout' ), false ),
		);
	}

	public function test_a_copy_forgets_the_connection_without_a_word(): void {
		$this->connect();
		$this->live_at( 'https://original.example/' );
		$this->assertSame( 'moved', $this->state() );
		Setup::copied();
		$this->assertSame( array( 'none', array() ), array( $this->state(), $this->requests ) );
		$this->connect();
		$this->live_at( 'https://original.example/' );
		$this->assertFalse( Setup::disconnect() );
		$this->assertSame( array(), $this->requests );
	}

	private function live_at( string $url ): void {
		update_option( Connection::OPTION, array( 'site_url' => $url ) + get_option( Connection::OPTION ) );
	}

	public function test_a_site_that_moved_says_so_and_goes_on(): void {
		$this->connect();
		$this->live_at( 'https://original.example/' );
		$this->service = static function () {
			return array( 200, '{}' );
		};
		$this->assertTrue( Setup::moved() );
		$sent = json_decode( $this->requests[0]['body'], true );
		$this->assertSame( array( true, 'http://site.example/' ), array( $sent['moved'], $sent['site_url'] ) );
		$this->assertSame( Connection::address_hash( 'http://site.example' ), $this->claims_of( $this->requests[0] )['surl'] );
		$this->assertSame( 'connected', $this->state() );
	}

	public function test_a_move_that_the_service_does_not_hear_of_is_asked_again(): void {
		$this->connect();
		$this->live_at( 'https://original.example/' );
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->assertWPError( Setup::moved() );
		$this->assertSame( 'moved', $this->state() );
	}

	public function test_making_pages_never_claims_a_move(): void {
		$this->connect();
		$this->service = static function () {
			return array( 200, '{}' );
		};
		Setup::tell_service();
		$this->assertArrayNotHasKey( 'moved', json_decode( $this->requests[0]['body'], true ) );
	}

	public function test_a_copy_of_a_live_site_is_noticed_by_its_environment(): void {
		$this->connect();
		$staging = static function () {
			return 'staging';
		};
		add_filter( 'trading_robot_service_environment', $staging );
		$this->assertSame( 'moved', $this->state() );
		Plugin::instance()->connection->rebind();
		$this->assertSame( 'connected', $this->state() );
		remove_filter( 'trading_robot_service_environment', $staging );
		// A test site that goes live under its own address is no copy.
		$this->assertSame( 'connected', $this->state() );
	}

	public function test_the_service_notices_a_copy_and_nothing_more_leaves(): void {
		$this->connect();
		$this->service = static function () {
			return array( 403, '<p>paused</p>', array( 'x-trp-code' => 'site_url_mismatch', 'content-type' => 'text/html' ) );
		};
		$this->fragments()->for_page( '/embed/pricing', array() );
		$this->assertSame( 'moved', $this->state() );
		$this->assertCount( 1, $this->requests );
		$this->fragments()->for_page( '/embed/performance', array() );
		( new ApiClient( Plugin::instance()->connection, new Breaker() ) )->get( '/api/wordpress/ping', array(), Token::of_visitor() );
		$this->assertCount( 1, $this->requests );
		ob_start();
		( new Settings( Plugin::instance()->connection ) )->warn();
		( new Settings( Plugin::instance()->connection ) )->show();
		$html = (string) ob_get_clean();
		foreach ( array( 'Say whether it moved or is a copy', 'value="moved"', 'value="copied"' ) as $part ) {
			$this->assertStringContainsString( $part, $html );
		}
		$this->assertStringNotContainsString( 'value="rotate"', $html );
	}

	public function test_a_pause_by_the_operator_is_asked_about_again_after_a_while(): void {
		$this->connect();
		$this->service = static function () {
			return array( 403, '{"code":"site_paused"}', array( 'content-type' => 'application/problem+json' ) );
		};
		Setup::ping();
		$this->assertSame( 'paused', $this->state() );
		Setup::ping();
		$this->assertCount( 1, $this->requests );
		$values               = get_option( Connection::OPTION );
		$values['refused_at'] = time() - Connection::PAUSE - 1;
		update_option( Connection::OPTION, $values );
		$this->assertSame( 'connected', $this->state() );
		Setup::ping();
		$this->assertCount( 2, $this->requests );
	}

	public function test_no_other_refusal_pauses_a_site(): void {
		$this->connect();
		$this->service = static function () {
			return array( 403, '{"code":"forbidden"}', array( 'content-type' => 'application/problem+json' ) );
		};
		Setup::ping();
		$this->assertSame( 'connected', $this->state() );
	}

	public function test_equal_addresses_are_equal(): void {
		foreach ( array( array( 'https://A.example/', 'http://a.example' ), array( 'http://localhost:81/x', 'http://127.0.0.1' ) ) as list( $one, $other ) ) {
			$this->assertSame( Connection::address_hash( $one ), Connection::address_hash( $other ) );
		}
		$this->assertNotSame( Connection::address_hash( 'https://a.example' ), Connection::address_hash( 'https://a.example/blog' ) );
	}

	private function assertWPError( $value ): void {
		$this->assertInstanceOf( WP_Error::class, $value );
	}
}
