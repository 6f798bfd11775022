<?php
/**
 * Loads a real WordPress with the plugin, before PHPUnit and in the global scope.
 *
 * WORDPRESS_CORE names an unpacked WordPress with the SQLite drop-in, which is only read;
 * WORDPRESS_TEST_DIR an empty folder for the database of this run. WORDPRESS_PLUGIN=installed leaves
 * the plugin to WordPress, which finds it in its own folder once it is activated. With
 * WORDPRESS_NETWORK the installation is a network of sites.
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

$is_network = false !== getenv( 'WORDPRESS_NETWORK' );
if ( $is_network && is_file( DB_DIR . DB_FILE ) ) {
	define( 'MULTISITE', true );
	define( 'SUBDOMAIN_INSTALL', false );
	define( 'DOMAIN_CURRENT_SITE', 'site.example' );
	define( 'PATH_CURRENT_SITE', '/' );
	define( 'SITE_ID_CURRENT_SITE', 1 );
	define( 'BLOG_ID_CURRENT_SITE', 1 );
}

$_SERVER['HTTP_HOST']       = 'site.example';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['SERVER_NAME']     = 'site.example';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

$table_prefix = 'wp_';
$load_plugin  = static function () {
	require_once dirname( __DIR__, 3 ) . '/wp-plugin/trading-robot-service.php';
};
if ( 'installed' === getenv( 'WORDPRESS_PLUGIN' ) ) {
	$load_plugin = '__return_true';
}
if ( 'admin' === getenv( 'WORDPRESS_PLACE' ) ) {
	define( 'WP_ADMIN', true );
}
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
	if ( class_exists( 'TradingRobotService\Capabilities' ) ) {
		TradingRobotService\Capabilities::grant();
	}
	wp_create_user( 'member', 'member-pass', 'member@site.example' );
	if ( $is_network ) {
		foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) {
			$wpdb->$name = $table;
		}
		install_network();
		populate_network( 1, 'site.example', 'admin@site.example', 'Test network', '/', false );
	}
	exit( 0 );
}
// Every error of the plugin fails a test.
error_reporting( E_ALL );
