<?php
/**
 * Router of PHP's own web server, which reads no .htaccess: what a production server's rules do.
 *
 * Files are served as they are, everything else goes to WordPress, and what must stay private is
 * refused: dot files, the SQLite database, logs, and PHP among the uploads.
 */

declare( strict_types=1 );

$root = $_SERVER['DOCUMENT_ROOT'];
// parse_url() takes what follows two slashes for a host.
$path = preg_replace( '~/+~', '/', rawurldecode( strtok( $_SERVER['REQUEST_URI'], '?' ) ) );

$private = '~(?:^|/)\.|\0|^/wp-content/(?:database|debug\.log)|^/wp-(?:config|salts)\.php|\.sqlite|^/wp-content/uploads/.*\.php~i';
if ( 1 === preg_match( $private, $path ) ) {
	http_response_code( 403 );
	header( 'Content-Type: text/plain' );
	echo "Forbidden\n";
	return true;
}

if ( is_dir( $root . $path ) && is_file( $root . rtrim( $path, '/' ) . '/index.php' ) && '/' !== $path ) {
	if ( ! str_ends_with( $path, '/' ) ) {
		// Relative links on the page below need the slash.
		header( 'Location: ' . str_replace( array( "\r", "\n" ), '', $path ) . '/', true, 301 );
		return true;
	}
	return false;
}

if ( is_file( $root . $path ) ) {
	$types = array( 'css' => 'text/css', 'js' => 'text/javascript', 'woff2' => 'font/woff2', 'svg' => 'image/svg+xml' );
	$type  = $types[ strtolower( pathinfo( $path, PATHINFO_EXTENSION ) ) ] ?? null;
	if ( null === $type ) {
		return false;
	}
	// Kept for long where the address names a version; fonts never change, and are compressed already.
	ini_set( 'zlib.output_compression', 'font/woff2' === $type ? '0' : '1' );
	header( "Content-Type: $type" );
	header( isset( $_GET['ver'] ) || 'font/woff2' === $type ? 'Cache-Control: public, max-age=31536000, immutable' : 'Cache-Control: no-cache' );
	readfile( $root . $path );
	return true;
}

$_SERVER['SCRIPT_NAME'] = '/index.php';
$_SERVER['PHP_SELF']    = '/index.php';
ini_set( 'zlib.output_compression', '1' );
chdir( $root );
require $root . '/index.php';
