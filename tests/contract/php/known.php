<?php
/**
 * Says which names WordPress and PHP do not know: { functions, classes, statics, methods } on standard input.
 *
 * Runs after bootstrap.php, in a WordPress with all of wp-admin's functions.
 *
 * @package TradingRobotService
 */

// What WordPress says of its own old code is not asked here.
error_reporting( 0 );
require_once ABSPATH . 'wp-admin/includes/admin.php';
foreach ( array( 'class-wp-list-table', 'class-wp-site-health', 'class-wp-debug-data', 'plugin-install', 'upgrade', 'dashboard' ) as $name ) {
	require_once ABSPATH . 'wp-admin/includes/' . $name . '.php';
}

// Of a network; the plugin asks is_multisite() before.
if ( ! is_multisite() ) {
	foreach ( array( 'ms-blogs', 'ms-functions', 'ms-site' ) as $name ) {
		require_once ABSPATH . WPINC . "/$name.php";
	}
}

$asked   = json_decode( stream_get_contents( STDIN ), true );
$missing = array();
foreach ( $asked['functions'] as $name ) {
	if ( ! function_exists( $name ) ) {
		$missing[] = $name;
	}
}
foreach ( $asked['classes'] as $name ) {
	if ( ! class_exists( $name ) ) {
		$missing[] = $name;
	}
}
foreach ( $asked['statics'] as list( $class, $name ) ) {
	if ( ! method_exists( $class, $name ) ) {
		$missing[] = "$class::$name";
	}
}
$methods = array();
foreach ( array_merge( get_declared_classes(), get_declared_interfaces() ) as $class ) {
	if ( 0 !== strpos( $class, 'TradingRobotService\\' ) ) {
		$methods += array_fill_keys( get_class_methods( $class ), true );
	}
}
foreach ( $asked['methods'] as $name ) {
	if ( ! isset( $methods[ $name ] ) ) {
		$missing[] = "->$name";
	}
}
$internal = array_filter(
	$asked['functions'],
	static function ( $name ) {
		return function_exists( $name ) && ( new ReflectionFunction( $name ) )->isInternal();
	}
);
echo json_encode( array( 'missing' => $missing, 'internal' => array_values( $internal ) ) );
