<?php
/**
 * Loads a real WordPress with the plugin, before PHPUnit and in the global scope.
 *
 * WORDPRESS_CORE names an unpacked WordPress with the SQLite drop-in, which is only read;
 * WORDPRESS_TEST_DIR an empty folder for the database of this run.
 *
 * @package TradingRobotService
 */

define( 'ABSPATH', rtrim( (string) getenv( 'WORDPRESS_CORE' ), '/' ) . '/' );
define( 'DB_DIR', rtrim( (string) getenv( 'WORDPRESS_TEST_DIR' ), '/' ) . '/' );
define( 'DB_FILE', 'tests.sqlite' );
define( 'DB_ENGINE', 'sqlite' );
foreach ( array( 'DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_HOST', 'DB_COLLATE' ) as $name ) {
	define( $name, 'DB_NAME' === $name ? 'wordpress' : '' );
}
define( 'DB_CHARSET', 'utf8mb4' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
	define( $name . '_KEY', hash( 'sha256', $name . ' key of the tests' ) );
	define( $name . '_SALT', hash( 'sha256', $name . ' salt of the tests' ) );
}
define( 'WP_HOME', 'http://site.example' );
define( 'WP_SITEURL', 'http://site.example' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', false );
define( 'WP_DEBUG_DISPLAY', true );
define( 'WP_DEFAULT_THEME', 'twentytwentyfive' );

$_SERVER['HTTP_HOST']       = 'site.example';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['SERVER_NAME']     = 'site.example';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

$table_prefix = 'wp_';
$load_plugin  = static function () {
	require_once dirname( __DIR__, 3 ) . '/wp-plugin/trading-robot-service.php';
};
// WordPress turns this into real hooks when it loads; there is no other way to be this early.
$wp_filter = array(
	'muplugins_loaded' => array(
		10 => array(
			array(
				'function'      => $load_plugin,
				'accepted_args' => 0,
			),
		),
	),
	'pre_wp_mail'      => array(
		10 => array(
			array(
				'function'      => '__return_true',
				'accepted_args' => 0,
			),
		),
	),
);

if ( ! is_file( DB_DIR . DB_FILE ) ) {
	define( 'WP_INSTALLING', true );
}
require_once ABSPATH . 'wp-settings.php';
if ( defined( 'WP_INSTALLING' ) ) {
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	wp_install( 'Test site', 'admin', 'admin@site.example', true, '', 'admin-pass' );
	update_option( 'permalink_structure', '/%postname%/' );
	wp_create_user( 'member', 'member-pass', 'member@site.example' );
	exit( 0 );
}
// Every error of the plugin fails a test.
error_reporting( E_ALL );
