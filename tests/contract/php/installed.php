<?php
/**
 * A plugin that was unzipped into a fresh WordPress: `installed.php activate`, then `render`;
 * `speak LOCALE` sets the language, `german` says what is not German then, `screens` prints what the
 * plugin shows to visitors and in wp-admin.
 *
 * Every error, notice and unexpected output is printed; silence means that it works.
 *
 * @package TradingRobotService
 */

const PLUGIN = 'trading-robot-service/trading-robot-service.php';

set_error_handler(
	static function ( $level, $text, $file, $line ) {
		echo "error $level: $text in $file:$line\n";
		return true;
	}
);
require_once ABSPATH . 'wp-admin/includes/admin.php';
wp_set_current_user( 1 );

if ( 'activate' === $argv[1] ) {
	ob_start();
	$done = activate_plugin( PLUGIN );
	$said = ob_get_clean();
	echo is_wp_error( $done ) ? $done->get_error_message() : $said;
	exit;
}

if ( 'speak' === $argv[1] ) {
	// The language of WordPress itself is not there, and it would refuse.
	add_filter(
		'get_available_languages',
		static function () {
			return array( $GLOBALS['argv'][2] );
		}
	);
	update_option( 'WPLANG', $argv[2] );
	exit;
}
if ( 'german' === $argv[1] ) {
	ob_start();
	( new TradingRobotService\Admin\Settings( TradingRobotService\Plugin::instance()->connection ) )->show();
	$settings = (string) ob_get_clean();
	wp_set_current_user( 0 );
	$said = array(
		do_shortcode( '[trading_robot_user_dashboard]' ) => 'Melden Sie sich an, um Ihr Dashboard zu sehen',
		do_shortcode( '[trading_robot_pricing]' )        => 'Noch keine Zahlen.',
		get_plugin_data( WP_PLUGIN_DIR . '/' . PLUGIN )['Description'] => 'Bringt Rangliste, Marktplatz',
		$settings                                        => 'Verbindungslink',
		sprintf( _n( '%s case waits for a decision.', '%s cases wait for a decision.', 1, 'trading-robot-service' ), '1' ) => '1 Fall wartet auf eine Entscheidung.',
		sprintf( _n( '%s case waits for a decision.', '%s cases wait for a decision.', 3, 'trading-robot-service' ), '3' ) => '3 Fälle warten auf eine Entscheidung.',
		WP_Block_Type_Registry::get_instance()->get_registered( 'trading-robot-service/pricing' )->title => 'Handelsroboter: Preise',
		(string) load_script_textdomain( 'trading-robot-service-blocks', 'trading-robot-service', TradingRobotService\Languages::folder() ) => 'Wie üblich',
	);
	foreach ( $said as $html => $german ) {
		if ( false === strpos( $html, $german ) ) {
			echo "not German ($german): $html\n";
		}
	}
	exit;
}

if ( 'screens' === $argv[1] ) {
	do_action( 'admin_menu' );
	set_current_screen( 'dashboard' );
	foreach ( array_merge( $GLOBALS['menu'] ?? array(), ...array_values( $GLOBALS['submenu'] ?? array() ) ) as $item ) {
		foreach ( 0 === strpos( $item[2], 'trading-robot-service' ) ? array( '', 'options-general.php', 'trading-robot-service-overview' ) : array() as $parent ) {
			$hook = get_plugin_page_hook( $item[2], $parent );
			if ( null !== $hook && ! did_action( $hook ) ) {
				echo "<h6>$item[2]</h6><p>$item[0]</p>";
				do_action( $hook );
			}
		}
	}
	wp_set_current_user( 0 );
	foreach ( array( 'pricing', 'performance', 'marketplace', 'user_dashboard', 'desk', 'coach' ) as $screen ) {
		echo "<h6>$screen</h6>" . do_shortcode( "[trading_robot_$screen]" );
	}
	exit;
}

foreach ( TradingRobotService\Setup::make_pages() as $name => $url ) {
	$made = get_post( url_to_postid( $url ) );
	if ( null === $made ) {
		echo "no page $name at $url\n";
		continue;
	}
	$GLOBALS['post'] = $made;
	setup_postdata( $made );
	$html = apply_filters( 'the_content', $made->post_content );
	if ( in_array( $name, array( 'performance', 'marketplace', 'pricing', 'desk', 'coach', 'dashboard' ), true ) && false === strpos( $html, 'trading-robot-service' ) ) {
		echo "nothing of ours on $name: $html\n";
	}
	if ( preg_match( '/\[trading_robot_\w+|wp:trading-robot/', $html, $found ) ) {
		echo "$name shows $found[0]\n";
	}
}
$file = TradingRobotService\PLUGIN_FILE;
if ( WP_PLUGIN_DIR . '/' . PLUGIN !== $file ) {
	echo "loaded from $file\n";
}
do_action( 'wp_enqueue_scripts' );
foreach ( array_merge( wp_scripts()->registered, wp_styles()->registered ) as $asset ) {
	$path = strpos( (string) $asset->src, '/plugins/trading-robot-service/' );
	if ( false !== $path && ! is_file( WP_PLUGIN_DIR . strtok( substr( $asset->src, $path + strlen( '/plugins' ) ), '?' ) ) ) {
		echo "missing: $asset->src\n";
	}
}
do_action( 'admin_menu' );
