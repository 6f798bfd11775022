<?php
/**
 * Runs inside PHP 7.4, see php74.mjs: says what its compiler has against a source.
 *
 * @package TradingRobotPlug
 */

/**
 * Returns what the parser says, or an empty string.
 */
function parsed( $code ) {
	try {
		$tokens = token_get_all( $code, TOKEN_PARSE );
	} catch ( ParseError $error ) {
		return $error->getMessage() . ' on line ' . $error->getLine();
	}
	foreach ( $tokens as $token ) {
		// To 7.4 an attribute is a comment, and so is the code after it on its line.
		if ( is_array( $token ) && T_COMMENT === $token[0] && 0 === strpos( $token[1], '#[' ) ) {
			return 'attribute on line ' . $token[2];
		}
	}
	return '';
}

/**
 * Compiles a source for what only the compiler refuses; its first statement returns, so it does nothing.
 */
function compiled( $code ) {
	$start = '/\A<\?php\s(?:\s|\/\*.*?\*\/|\/\/[^\n]*\n|declare\s*\([^)]*\)\s*;|namespace\s+[\w\\\\]+\s*;)*/s';
	$code  = preg_replace( $start, '$0 return; ', $code, 1, $count );
	if ( 1 !== $count ) {
		return 'does not begin as a file of PHP';
	}
	file_put_contents( '/source.php', $code );
	try {
		include '/source.php';
	} catch ( Throwable $error ) {
		return $error->getMessage() . ' on line ' . $error->getLine();
	}
	return '';
}

$question = json_decode( file_get_contents( '/question.json' ), true );
if ( isset( $question['functions'] ) ) {
	$unknown = static function ( $name ) {
		return ! function_exists( $name );
	};
	echo json_encode( array( 'missing' => array_values( array_filter( $question['functions'], $unknown ) ) ) );
	exit;
}
ini_set( 'display_errors', '0' );
$said = parsed( $question['code'] );
if ( '' === $said ) {
	ob_start();
	register_shutdown_function(
		static function () {
			$error = error_get_last();
			if ( null !== $error && in_array( $error['type'], array( E_ERROR, E_COMPILE_ERROR ), true ) ) {
				ob_end_clean();
				echo json_encode( array( 'said' => $error['message'] ) );
			}
		}
	);
	$said = compiled( $question['code'] );
	ob_end_clean();
}
echo json_encode( array( 'said' => $said ) );
