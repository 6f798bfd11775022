<?php
/**
 * Sets the site up: `php setup.php install`, `configure`, and `connect` where that is still to do.
 *
 * Each may be called again at any time and changes only what is missing. Settings come from the
 * environment, so that no secret stands on a command line. `configure` prints "connected" or
 * "not connected"; `connect` takes the connect code in SERVICE_CODE.
 *
 * @package TradingRobotPlug
 */

declare( strict_types=1 );

use TradingRobotService\Breaker;
use TradingRobotService\Connection;
use TradingRobotService\Setup;

const PLUGIN = 'trading-robot-service/trading-robot-service.php';
const TITLE  = 'Harbor Street Trading';
const ADMIN  = array( 'admin', 'admin-demo', 'administrator', 'Alex Harbor' );

const MEMBERS = array(
	array( 'demo', 'demo', 'subscriber', 'Dana Demo' ),
	array( 'demo2', 'demo2', 'subscriber', 'Devin Demo' ),
);

function fail( string $message ): never {
	fwrite( STDERR, $message . "\n" );
	exit( 1 );
}

function load_wordpress(): void {
	$url                        = (string) getenv( 'WORDPRESS_URL' );
	$_SERVER['HTTP_HOST']       = parse_url( $url, PHP_URL_HOST ) . ':' . parse_url( $url, PHP_URL_PORT );
	$_SERVER['REQUEST_URI']     = '/';
	$_SERVER['REQUEST_METHOD']  = 'GET';
	$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
	require_once getenv( 'WORDPRESS_ROOT' ) . '/wp-load.php';
	require_once ABSPATH . 'wp-admin/includes/admin.php';
}

function email_of( string $login ): string {
	return $login . '@harborstreet.example';
}

function install_site(): void {
	define( 'WP_INSTALLING', true );
	load_wordpress();
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	if ( is_blog_installed() ) {
		return;
	}
	// The e-mail about the new site has nowhere to go.
	add_filter( 'pre_wp_mail', '__return_true' );
	list( $login, $password ) = ADMIN;
	wp_install( TITLE, $login, email_of( $login ), true, '', wp_slash( $password ) );
}

function ensure_user( string $login, string $password, string $role, string $name ): void {
	$user = get_user_by( 'login', $login );
	if ( $user instanceof WP_User ) {
		wp_update_user( array( 'ID' => $user->ID, 'display_name' => $name ) );
		return;
	}
	$made = wp_insert_user(
		array(
			'user_login'   => $login,
			'user_pass'    => $password,
			'user_email'   => email_of( $login ),
			'role'         => $role,
			'display_name' => $name,
		)
	);
	if ( is_wp_error( $made ) ) {
		fail( "user $login: " . $made->get_error_message() );
	}
}

function configure_site(): void {
	load_wordpress();
	add_filter( 'send_email_change_email', '__return_false' );
	update_option( 'blogname', TITLE );
	update_option( 'blogdescription', 'Trading robots with honest track records' );
	update_option( 'show_avatars', 0 );
	update_option( 'default_comment_status', 'closed' );
	update_option( 'timezone_string', 'America/New_York' );
	// Each version of WordPress has its own.
	if ( WP_DEFAULT_THEME !== get_stylesheet() ) {
		switch_theme( WP_DEFAULT_THEME );
	}
	array_map( static fn( array $user ) => ensure_user( ...$user ), array( ADMIN, ...MEMBERS ) );
	remove_samples();
	wp_set_current_user( (int) get_user_by( 'login', ADMIN[0] )->ID );
	skip_welcome();
	set_permalinks();
	activate_trading_plugin();
	follow_service();
	ensure_footer( Setup::make_pages() );
	flush_rewrite_rules( false );
	echo Setup::ping()['ok'] ? "connected\n" : "not connected\n";
}

/**
 * Leaves out the editor's welcome, whose pictures come from another server.
 */
function skip_welcome(): void {
	global $wpdb;
	$key = $wpdb->get_blog_prefix() . 'persisted_preferences';
	if ( ! get_user_meta( get_current_user_id(), $key, true ) ) {
		$none = array( 'welcomeGuide' => false );
		update_user_meta( get_current_user_id(), $key, array( 'core/edit-post' => $none, 'core/edit-site' => $none, '_modified' => gmdate( 'c' ) ) );
	}
}

function remove_samples(): void {
	foreach ( array( array( 'hello-world', 'post' ), array( 'sample-page', 'page' ) ) as list( $slug, $type ) ) {
		$sample = get_page_by_path( $slug, OBJECT, $type );
		if ( $sample instanceof WP_Post ) {
			wp_delete_post( $sample->ID, true );
		}
	}
}

function set_permalinks(): void {
	global $wp_rewrite;
	if ( '/%postname%/' !== get_option( 'permalink_structure' ) ) {
		$wp_rewrite->set_permalink_structure( '/%postname%/' );
	}
}

function activate_trading_plugin(): void {
	if ( ! is_file( WP_PLUGIN_DIR . '/' . PLUGIN ) ) {
		fail( 'the plugin is not there: ' . PLUGIN );
	}
	$activated = activate_plugin( PLUGIN );
	if ( is_wp_error( $activated ) ) {
		fail( 'activation: ' . $activated->get_error_message() );
	}
}

/**
 * Puts a footer in place of the theme's sample, whose links lead nowhere; one that is there stays.
 */
function ensure_footer( array $pages ): void {
	if ( get_block_template( WP_DEFAULT_THEME . '//footer', 'wp_template_part' )->wp_id ?? null ) {
		return;
	}
	$links = array();
	foreach ( array( 'performance', 'marketplace', 'pricing', 'dashboard' ) as $name ) {
		if ( isset( $pages[ $name ] ) ) {
			$path    = wp_make_link_relative( $pages[ $name ] );
			$links[] = sprintf( '<a href="%s">%s</a>', esc_url( $path ), esc_html( ucfirst( $name ) ) );
		}
	}
	$content = strtr( (string) file_get_contents( __DIR__ . '/footer.html' ), array( '{LINKS}' => implode( ' · ', $links ) ) );
	$footer  = wp_insert_post(
		array(
			'post_type'    => 'wp_template_part',
			'post_status'  => 'publish',
			'post_name'    => 'footer',
			'post_title'   => 'Footer',
			'post_content' => wp_slash( $content ),
		)
	);
	wp_set_object_terms( $footer, WP_DEFAULT_THEME, 'wp_theme' );
	wp_set_object_terms( $footer, 'footer', 'wp_template_part_area' );
}

/**
 * Keeps a connection that this start has merely moved to another port: a new one would be a new
 * site to the service, and its members new members.
 */
function follow_service(): void {
	$known = Setup::status();
	$url   = (string) getenv( 'SERVICE_URL' );
	if ( 'none' !== $known['state'] && $known['url'] !== $url ) {
		update_option( Connection::OPTION, array( 'url' => $url ) + (array) get_option( Connection::OPTION ), false );
		Breaker::reset();
	}
}

function connect_site(): void {
	load_wordpress();
	$connected = Setup::connect( (string) getenv( 'SERVICE_URL' ), (string) getenv( 'SERVICE_CODE' ) );
	if ( is_wp_error( $connected ) ) {
		fail( 'connecting to the service: ' . $connected->get_error_message() );
	}
}

match ( $argv[1] ?? '' ) {
	'install'   => install_site(),
	'configure' => configure_site(),
	'connect'   => connect_site(),
	default     => fail( 'usage: setup.php install|configure|connect' ),
};
