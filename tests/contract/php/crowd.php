<?php
/**
 * One of many processes that ask at the same moment; run with bootstrap.php before it.
 *
 * Environment: SERVICE_URL; STEP prepare or ask; COPY_AGE seconds, or empty for no copy; BREAKER
 * "open" (waiting for its trial) or empty; APART=1 so that each process asks something of its own;
 * OBJECT_CACHE=1 as on a site with an external object cache.
 * Says ready and begins with the line that it then gets.
 *
 * @package TradingRobotService
 */

use TradingRobotService\ApiClient;
use TradingRobotService\Breaker;
use TradingRobotService\Cache;
use TradingRobotService\Connection;
use TradingRobotService\Fragments;
use TradingRobotService\Plugin;
use TradingRobotService\Row;
use TradingRobotService\Secrets;

/** An object cache that all processes share: transients lie in files. */
final class SharedCache extends WP_Object_Cache {

	private function file( $key ): string {
		return DB_DIR . 'object-' . md5( (string) $key );
	}

	public function get( $key, $group = 'default', $force = false, &$found = null ) {
		if ( 'transient' !== $group ) {
			return parent::get( $key, $group, $force, $found );
		}
		$kept  = is_file( $this->file( $key ) ) ? unserialize( (string) file_get_contents( $this->file( $key ) ) ) : false;
		$found = false !== $kept;
		return $kept;
	}

	public function set( $key, $data, $group = 'default', $expire = 0 ) {
		if ( 'transient' !== $group ) {
			return parent::set( $key, $data, $group, $expire );
		}
		$part = $this->file( $key ) . '.' . getmypid();
		file_put_contents( $part, serialize( $data ) );
		return rename( $part, $this->file( $key ) );
	}
}

if ( '1' === getenv( 'OBJECT_CACHE' ) ) {
	$GLOBALS['wp_object_cache'] = new SharedCache();
	wp_using_ext_object_cache( true );
}
$put_copy          = static function () {
	if ( '' === (string) getenv( 'COPY_AGE' ) ) {
		return;
	}
	$key  = Cache::key( 'site-1', '/embed/pricing', array() );
	$copy = array(
		'key'  => $key,
		'html' => '<p>old</p>',
		'etag' => '"old"',
		'at'   => time() - (int) getenv( 'COPY_AGE' ),
	);
	set_transient( Cache::PREFIX . 'copy_' . $key, $copy, DAY_IN_SECONDS );
};

if ( 'prepare' === getenv( 'STEP' ) ) {
	$GLOBALS['wpdb']->query( "DELETE FROM {$GLOBALS['wpdb']->options} WHERE option_name LIKE '%trading_robot_service_%'" );
	array_map( 'unlink', (array) glob( DB_DIR . 'object-*' ) );
	wp_cache_flush();
	$values = array(
		'url'     => getenv( 'SERVICE_URL' ),
		'site_id' => 'site-1',
		'key_id'  => 'key-1',
	);
	( new Connection( new Secrets() ) )->save( $values, 'a-secret-of-the-crowd-0123456789abcd' );
	$put_copy();
	if ( 'open' === getenv( 'BREAKER' ) ) {
		( new Row( Breaker::KEY ) )->insert( sprintf( '3 %.3F %.3F seed', microtime( true ) - 1, microtime( true ) - 31 ) );
	}
	exit( 0 );
}

// A busy machine must not look like a service that does not answer.
add_filter(
	'trading_robot_service_timeout',
	static function () {
		return 3.0;
	}
);
$connection = Plugin::instance()->connection;
$connection->state();
$path = '1' === getenv( 'APART' ) ? '/embed/robot/number_' . getmypid() : '/embed/pricing';
echo "ready\n";
fgets( STDIN );
$seen    = array();
$slowest = 0.0;
$end     = microtime( true ) + 2.0;
do {
	// As a new request: nothing remembered.
	wp_cache_flush();
	$fragments            = new Fragments( new ApiClient( $connection, new Breaker() ), new Cache() );
	$start                = microtime( true );
	$answer               = $fragments->for_page( $path, array() );
	$slowest              = max( $slowest, microtime( true ) - $start );
	$seen[ $answer['status'] . $answer['html'] ] = 1 + ( $seen[ $answer['status'] . $answer['html'] ] ?? 0 );
	usleep( 1000 );
} while ( microtime( true ) < $end );
echo wp_json_encode(
	array(
		'seen'    => $seen,
		'slowest' => $slowest,
		'breaker' => ( new Row( Breaker::KEY ) )->read(),
	)
);
