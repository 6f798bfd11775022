<?php
/**
 * A WordPress that is connected to a service of the test's own making.
 *
 * @package TradingRobotService
 */

use PHPUnit\Framework\TestCase;
use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Cache;
use TradingRobotService\CallLog;
use TradingRobotService\Connection;
use TradingRobotService\Fragments;
use TradingRobotService\Plugin;
use TradingRobotService\Secrets;

/**
 * Answers the plugin's requests from a list and keeps them for the test to read.
 */
abstract class ServiceCase extends TestCase {

	const SECRET = 'a-secret-that-never-shows-0123456789';

	/** @var array<int,array<string,mixed>> Requests, in order. */
	protected $requests = array();

	/** @var callable|null Takes method and path, returns status, body and headers, or a WP_Error. */
	protected $service;

	protected function setUp(): void {
		global $wpdb;
		// What another test left to write goes with the rest.
		CallLog::write();
		$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service_%'" );
		wp_cache_flush();
		wp_set_current_user( 0 );
		// Each test is a page of its own, with the whole of a page's time to wait.
		$spent = new ReflectionProperty( Fragments::class, 'spent' );
		$spent->setAccessible( true );
		$spent->setValue( Plugin::instance()->fragments, 0.0 );
		( new TradingRobotService\Instance() )->begin();
		$_GET           = array();
		$this->requests = array();
		add_filter( 'pre_http_request', array( $this, 'answer' ), 10, 3 );
	}

	protected function tearDown(): void {
		remove_filter( 'pre_http_request', array( $this, 'answer' ), 10 );
	}

	/** Connects the site without asking anybody. */
	protected function connect(): void {
		$values = array(
			'url'     => 'http://127.0.0.1:5999',
			'site_id' => 'site-1',
			'key_id'  => 'key-1',
		);
		$this->assertTrue( ( new Connection( new Secrets() ) )->save( $values, self::SECRET ) );
	}

	/** A fresh set of fragments, as a new request of a visitor would have. */
	protected function fragments(): Fragments {
		return new Fragments( new ApiClient( Plugin::instance()->connection, new Breaker() ), new Cache() );
	}

	/** Filter pre_http_request. */
	public function answer( $before, $args, $url ) {
		$this->requests[] = array(
			'method'  => $args['method'],
			'target'  => substr( $url, strlen( 'http://127.0.0.1:5999' ) ),
			'body'    => (string) $args['body'],
			'headers' => $args['headers'],
			'timeout' => $args['timeout'],
		);
		$target = strtok( end( $this->requests )['target'], '?' );
		$answer = ( $this->service )( $args['method'], $target, end( $this->requests ) );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		return array(
			'headers'  => ( $answer[2] ?? array() ) + array(
				'content-type'  => 'text/html; charset=utf-8',
				'x-trp-service' => '1',
			),
			'body'     => $answer[1],
			'response' => array(
				'code'    => $answer[0],
				'message' => '',
			),
			'cookies'  => array(),
			'filename' => null,
		);
	}

	/** Removes all pages and menus, which would stand in the way of those of the next test. */
	public static function remove_pages(): void {
		foreach ( get_posts( array( 'post_type' => array( 'page', 'wp_navigation' ), 'post_status' => 'any,trash', 'numberposts' => -1 ) ) as $post ) {
			wp_delete_post( $post->ID, true );
		}
		array_map( 'wp_delete_nav_menu', wp_get_nav_menus() );
		delete_option( 'page_on_front' );
		update_option( 'show_on_front', 'posts' );
	}

	/** Takes a token apart and checks its signature. */
	protected function claims_of( array $request ): array {
		list( $header, $claims, $signature ) = explode( '.', substr( $request['headers']['Authorization'], 7 ) );
		$decode = static function ( $text ) {
			return (string) base64_decode( strtr( $text, '-_', '+/' ) );
		};
		$this->assertTrue( hash_equals( hash_hmac( 'sha256', "$header.$claims", self::SECRET, true ), $decode( $signature ) ) );
		$this->assertSame(
			array(
				'alg' => 'HS256',
				'typ' => 'JWT',
				'kid' => 'key-1',
			),
			json_decode( $decode( $header ), true )
		);
		return json_decode( $decode( $claims ), true );
	}

	/** Sends a request through the REST server, as the browser would after its nonce was checked. */
	protected function rest( string $method, string $path, array $query = array(), array $headers = array(), string $body = '' ): WP_REST_Response {
		$request = new WP_REST_Request( $method, '/trading-robot-service/v1/fragment/' . $path );
		$request->set_query_params( $query );
		foreach ( $headers as $name => $value ) {
			$request->set_header( $name, $value );
		}
		if ( 'POST' === $method ) {
			$request->set_header( 'content-type', 'application/x-www-form-urlencoded' );
			$request->set_body( $body );
		}
		return rest_get_server()->dispatch( $request );
	}

	/** Lets time pass for everything that is kept with a time. */
	protected function age( int $seconds ): void {
		global $wpdb;
		foreach ( $wpdb->get_results( "SELECT option_name, option_value FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service_%'" ) as $row ) {
			if ( 0 === strpos( $row->option_name, '_transient_timeout_' ) ) {
				update_option( $row->option_name, (int) $row->option_value - $seconds );
				continue;
			}
			$value = maybe_unserialize( $row->option_value );
			if ( is_array( $value ) && isset( $value['at'] ) ) {
				$value['at'] -= $seconds;
				update_option( $row->option_name, $value );
			} elseif ( 1 === preg_match( '/_gate_|_breaker\z/', $row->option_name ) ) {
				// Times with three decimals: until when, and since when.
				$aged = static function ( $found ) use ( $seconds ) {
					return sprintf( '%.3F', (float) $found[0] - $seconds );
				};
				update_option( $row->option_name, preg_replace_callback( '/\d{9,}\.\d{3}/', $aged, $value ) );
			}
		}
		wp_cache_flush();
	}
}
