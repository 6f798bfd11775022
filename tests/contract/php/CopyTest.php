<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Frontend\Copy;
use TradingRobotService\Plugin;

/** The zip with a member's own data, passed on. */
final class CopyTest extends ServiceCase {

	const TOKEN = 'abcdefghijklmnopqrstuvwxyz_-0123456789ABCDE';

	/** @var Copy */
	private $copy;

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->copy    = new Copy( Plugin::instance()->users );
		$this->service = static function () {
			return array( 200, 'PK-zip', array( 'content-type' => 'application/zip' ) );
		};
		add_filter( 'wp_die_handler', array( $this, 'die_handler' ) );
	}

	protected function tearDown(): void {
		remove_filter( 'wp_die_handler', array( $this, 'die_handler' ) );
		parent::tearDown();
	}

	public function die_handler(): callable {
		return static function ( $text, $title, $args ) {
			throw new RuntimeException( $args['response'] . ' ' . $text );
		};
	}

	private function sign_in(): void {
		wp_set_current_user( get_user_by( 'login', 'member' )->ID );
	}

	public function test_it_asks_as_the_member_and_passes_the_secret_in_the_body(): void {
		$this->sign_in();
		$file = (string) tempnam( sys_get_temp_dir(), 'copy' );
		$this->assertTrue( $this->copy->fetch( self::TOKEN, $file ) );
		$this->assertSame( array( 'POST', '/api/privacy/downloads' ), array( $this->requests[0]['method'], $this->requests[0]['target'] ) );
		$this->assertSame( array( 'token' => self::TOKEN ), json_decode( $this->requests[0]['body'], true ) );
		$this->assertSame( 'site-1:' . get_current_user_id(), $this->claims_of( $this->requests[0] )['sub'] );
		unlink( $file );
	}

	/** @dataProvider answers */
	public function test_only_a_zip_is_passed_on( array $answer ): void {
		$this->sign_in();
		$this->service = static function () use ( $answer ) {
			return $answer;
		};
		$file          = (string) tempnam( sys_get_temp_dir(), 'copy' );
		$this->assertFalse( $this->copy->fetch( self::TOKEN, $file ) );
		unlink( $file );
	}

	public function answers(): array {
		return array(
			array( array( 404, '{}', array( 'content-type' => 'application/json' ) ) ),
			array( array( 200, '<p>x</p>' ) ),
			array( array( 503, '' ) ),
		);
	}

	public function test_what_is_no_secret_is_not_asked(): void {
		$this->sign_in();
		foreach ( array( 'short', self::TOKEN . '/../x', str_repeat( 'a', 101 ), "a'b" . self::TOKEN ) as $token ) {
			$this->assertFalse( $this->copy->fetch( $token, '/nowhere' ) );
		}
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_visitor_is_asked_to_sign_in_and_nothing_is_used_up(): void {
		$_GET = array( 'trp_copy' => self::TOKEN );
		try {
			@$this->copy->answer();
			$this->fail( 'answered' );
		} catch ( RuntimeException $error ) {
			$this->assertStringStartsWith( '403 Sign in first', $error->getMessage() );
		}
		$this->assertSame( array(), $this->requests );
	}

	public function test_a_used_link_says_so(): void {
		$this->sign_in();
		$this->service = static function () {
			return array( 404, '{}', array( 'content-type' => 'application/json' ) );
		};
		$_GET          = array( 'trp_copy' => self::TOKEN );
		try {
			@$this->copy->answer();
			$this->fail( 'answered' );
		} catch ( RuntimeException $error ) {
			$this->assertStringStartsWith( '410 This link', $error->getMessage() );
		}
	}

	public function test_other_pages_are_none_of_its_business(): void {
		$_GET = array( 'trp_tab' => 'settings' );
		$this->copy->answer();
		$this->assertSame( array(), $this->requests );
	}
}
