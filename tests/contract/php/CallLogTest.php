<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\ApiClient;
use TradingRobotService\CallLog;
use TradingRobotService\Plugin;
use TradingRobotService\Reply;
use TradingRobotService\Token;

/** The calls that failed, as this site saw them. */
final class CallLogTest extends ServiceCase {

	public function test_it_keeps_what_failed_without_queries_numbers_or_texts(): void {
		$this->connect();
		$this->service = static function ( $method, $target ) {
			if ( '/embed/imports/77/start' === $target ) {
				return new WP_Error( 'http_request_failed', 'cURL error 28: secret.example timed out' );
			}
			return array( '/embed/pricing' === $target ? 200 : 403, '', array( 'x-request-id' => 'abc<123>' ) );
		};
		$client = Plugin::instance()->client;
		$client->get( '/embed/pricing', array(), Token::of_visitor() );
		$client->send( 'POST', '/embed/imports/77/start', 'x', Token::of_visitor() );
		$client->get( '/embed/dashboard', array( 'cursor' => 'private' ), Token::of_visitor() );
		$this->assertSame( array(), CallLog::all(), 'nothing is written before the page is sent' );
		CallLog::write();
		$calls = CallLog::all();
		$this->assertSame( array( '/embed/dashboard', '/embed/imports/<id>/start' ), array_column( $calls, 'route' ) );
		$this->assertSame( array( array( 403, 'abc123', '' ), array( 0, '', 'timeout' ) ), array( self::seen( $calls[0] ), self::seen( $calls[1] ) ) );
		$this->assertStringNotContainsString( 'secret.example', (string) wp_json_encode( $calls ) );
		$this->assertSame( 2, CallLog::count_since( time() - 60 ) );
	}

	/** @return array{int,string,string} */
	private static function seen( array $call ): array {
		return array( $call['status'], $call['request'], $call['why'] );
	}

	public function test_an_outage_makes_no_storm_of_writes_and_no_long_list(): void {
		$lost = new Reply( 0, 'refused' );
		CallLog::note( 'GET', '/embed/pricing', $lost, 0.5 );
		CallLog::write();
		CallLog::note( 'GET', '/embed/performance', $lost, 0.5 );
		CallLog::write();
		$this->assertCount( 1, CallLog::all(), 'within five seconds one write is enough' );
		for ( $n = 0; $n < 80; $n++ ) {
			$kept          = CallLog::all();
			$kept[0]['at'] = time() - CallLog::PAUSE;
			update_option( CallLog::OPTION, $kept, false );
			CallLog::note( 'GET', '/embed/' . $n, $lost, 0.5 );
			CallLog::write();
		}
		$this->assertCount( CallLog::KEEP, CallLog::all() );
		global $wpdb;
		$this->assertNotContains( $wpdb->get_var( $wpdb->prepare( "SELECT autoload FROM {$wpdb->options} WHERE option_name = %s", CallLog::OPTION ) ), array( 'yes', 'on', 'auto' ) );
	}

	public function test_a_call_that_is_not_made_is_no_failure(): void {
		( new ApiClient( Plugin::instance()->connection, new TradingRobotService\Breaker() ) )->get( '/embed/pricing', array(), Token::of_visitor() );
		CallLog::write();
		$this->assertSame( array(), CallLog::all() );
	}
}
