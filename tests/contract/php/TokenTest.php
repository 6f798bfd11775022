<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Connection;
use TradingRobotService\Plugin;
use TradingRobotService\Secrets;
use TradingRobotService\Token;

/** The token of the contract and the care for the secret. */
final class TokenTest extends ServiceCase {

	public function test_it_signs_exactly_what_it_sends(): void {
		$this->connect();
		$this->service = static function () {
			return array( 200, 'ok' );
		};
		$client = new ApiClient( Plugin::instance()->connection, new Breaker() );
		$who    = Token::of_user( get_user_by( 'login', 'admin' ) );
		$client->get( '/embed/performance', array( 'period' => 'week', 'strategy' => 'a.b-c' ), $who );
		$client->send( 'POST', '/embed/api-keys', 'name=x+y', $who );
		list( $read, $write ) = $this->requests;
		$claims               = $this->claims_of( $read );
		$this->assertSame( array( 'iss', 'aud', 'typ', 'sub', 'iat', 'nbf', 'exp', 'jti', 'htm', 'htu', 'bh', 'caps', 'sid', 'surl' ), array_keys( $claims ) );
		$this->assertSame( '/embed/performance?period=week&strategy=a.b-c', $claims['htu'] );
		$this->assertSame( $read['target'], $claims['htu'] );
		$this->assertSame( 'site-1:' . $who['user_id'], $claims['sub'] );
		$this->assertSame( array( 'read', 'view', 'manage_options', 'manage', 'connect' ), $claims['caps'] );
		$this->assertSame( hash( 'sha256', 'site.example' ), $claims['surl'] );
		$this->assertSame( 60, $claims['exp'] - $claims['iat'] );
		$this->assertSame( hash( 'sha256', '' ), $claims['bh'] );
		$other = $this->claims_of( $write );
		$this->assertSame( hash( 'sha256', 'name=x+y' ), $other['bh'] );
		$this->assertSame( 'POST', $other['htm'] );
		$this->assertNotSame( $claims['jti'], $other['jti'] );
		$this->assertSame( 1, preg_match( '/\A[0-9a-f]{32}\z/', $other['jti'] ) );
	}

	public function test_it_keeps_the_secret_unreadable_and_out_of_autoload(): void {
		global $wpdb;
		$this->connect();
		$row = $wpdb->get_row( "SELECT option_value, autoload FROM {$wpdb->options} WHERE option_name = '" . Secrets::OPTION . "'" );
		$this->assertStringNotContainsString( self::SECRET, base64_decode( $row->option_value ) );
		$this->assertContains( $row->autoload, array( 'no', 'off' ) );
		$this->assertSame( self::SECRET, ( new Secrets() )->get() );
		update_option( Secrets::OPTION, base64_encode( random_bytes( 80 ) ) );
		$this->assertSame( '', ( new Secrets() )->get() );
		$this->assertSame( 'unreadable', Plugin::instance()->connection->state() );
	}

	public function test_it_never_prints_the_secret(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		$this->connect();
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		ob_start();
		( new TradingRobotService\Admin\Settings( Plugin::instance()->connection ) )->show();
		$this->assertStringNotContainsString( self::SECRET, (string) ob_get_clean() );
		$this->assertStringNotContainsString( self::SECRET, (string) wp_json_encode( TradingRobotService\Setup::status() ) );
	}

	public function test_it_pauses_a_copy_of_the_site(): void {
		$this->connect();
		$values             = get_option( Connection::OPTION );
		$values['site_url'] = 'https://original.example/';
		update_option( Connection::OPTION, $values );
		$this->assertSame( 'moved', Plugin::instance()->connection->state() );
		$client = new ApiClient( Plugin::instance()->connection, new Breaker() );
		$this->assertSame( 0, $client->get( '/embed/pricing', array(), Token::of_visitor() )->status );
		$this->assertSame( array(), $this->requests );
	}

	public function test_it_sends_nothing_before_it_is_connected(): void {
		do_shortcode( '[trading_robot_performance][trading_robot_pricing]' );
		$this->rest( 'GET', 'performance' );
		$this->assertSame( array(), $this->requests );
	}
}
