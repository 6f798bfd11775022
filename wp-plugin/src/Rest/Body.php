<?php
/**
 * The body of a request, as it goes on to the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Rest;

defined( 'ABSPATH' ) || exit;

/**
 * Passes a plain form on as it came and builds a form with a file anew.
 *
 * PHP keeps nothing of the bytes of a multipart form, so what is signed is what is built here.
 */
final class Body {

	const LIMIT = 26214400;

	const PLAIN = 'application/x-www-form-urlencoded';

	/**
	 * Returns the body, its content type and whether it holds a file.
	 *
	 * @param \WP_REST_Request $request A POST request.
	 * @return array{body:string,type:string,is_upload:bool}|\WP_Error
	 */
	public static function of( \WP_REST_Request $request ) {
		$type   = $request->get_content_type();
		$type   = null === $type ? self::PLAIN : $type['value'];
		$length = (int) $request->get_header( 'content_length' );
		// PHP throws a form away that is larger than it accepts; only the length is left.
		$accepted = wp_convert_hr_to_bytes( (string) ini_get( 'post_max_size' ) );
		if ( $length > self::LIMIT + 65536 || ( $accepted > 0 && $length > $accepted ) ) {
			return self::too_large();
		}
		if ( 'multipart/form-data' === $type ) {
			return self::rebuilt( $request );
		}
		if ( self::PLAIN !== $type ) {
			return new \WP_Error( 'trading_robot_service_type', __( 'This form cannot be read. Reload the page and try again.', 'trading-robot-service' ), array( 'status' => 415 ) );
		}
		return array(
			'body'      => (string) $request->get_body(),
			'type'      => self::PLAIN,
			'is_upload' => false,
		);
	}

	/**
	 * Builds a multipart form from what PHP made of it.
	 *
	 * @param \WP_REST_Request $request A POST request.
	 * @return array{body:string,type:string,is_upload:bool}|\WP_Error
	 */
	private static function rebuilt( \WP_REST_Request $request ) {
		$boundary = 'trp-' . bin2hex( random_bytes( 16 ) );
		$body     = '';
		foreach ( $request->get_body_params() as $name => $value ) {
			foreach ( (array) $value as $one ) {
				if ( is_scalar( $one ) ) {
					$body .= self::part( $boundary, 'name="' . self::quoted( (string) $name ) . '"', (string) $one );
				}
			}
		}
		foreach ( $request->get_file_params() as $name => $file ) {
			foreach ( self::each( $file ) as $one ) {
				if ( UPLOAD_ERR_NO_FILE === ( $one['error'] ?? null ) ) {
					continue;
				}
				$bytes = self::bytes_of( $one );
				if ( is_wp_error( $bytes ) ) {
					return $bytes;
				}
				$label = 'name="' . self::quoted( (string) $name ) . '"; filename="' . self::quoted( sanitize_file_name( (string) $one['name'] ) ) . '"';
				$body .= self::part( $boundary, $label . "\r\nContent-Type: application/octet-stream", $bytes );
			}
		}
		return array(
			'body'      => $body . '--' . $boundary . "--\r\n",
			'type'      => 'multipart/form-data; boundary=' . $boundary,
			'is_upload' => true,
		);
	}

	/**
	 * Returns the files of one field: PHP turns several of them inside out.
	 *
	 * @param array<string,mixed> $file One entry of $_FILES.
	 * @return array<int,array<string,mixed>>
	 */
	private static function each( array $file ): array {
		if ( ! is_array( $file['tmp_name'] ?? null ) ) {
			return array( $file );
		}
		$found = array();
		foreach ( array_keys( $file['tmp_name'] ) as $at ) {
			$one = array();
			foreach ( array( 'name', 'tmp_name', 'error', 'size' ) as $part ) {
				$value        = $file[ $part ][ $at ] ?? null;
				$one[ $part ] = is_scalar( $value ) ? $value : '';
			}
			$found[] = $one;
		}
		return $found;
	}

	/**
	 * Reads an uploaded file.
	 *
	 * @param array<string,mixed> $file One entry of $_FILES.
	 * @return string|\WP_Error
	 */
	private static function bytes_of( array $file ) {
		$error = $file['error'] ?? UPLOAD_ERR_PARTIAL;
		if ( in_array( $error, array( UPLOAD_ERR_INI_SIZE, UPLOAD_ERR_FORM_SIZE ), true ) || (int) ( $file['size'] ?? 0 ) > self::LIMIT ) {
			return self::too_large();
		}
		// Not an upload of this request: never read a path that a form could name.
		$path  = (string) ( $file['tmp_name'] ?? '' );
		$bytes = UPLOAD_ERR_OK === $error && is_uploaded_file( $path ) ? file_get_contents( $path ) : false;
		if ( false === $bytes ) {
			return new \WP_Error( 'trading_robot_service_upload', __( 'The file did not arrive completely. Choose it again and send it once more.', 'trading-robot-service' ), array( 'status' => 400 ) );
		}
		return $bytes;
	}

	/**
	 * Writes one part of a form.
	 *
	 * @param string $boundary Boundary between the parts.
	 * @param string $label    Rest of the Content-Disposition line, and further headers.
	 * @param string $value    Content.
	 */
	private static function part( string $boundary, string $label, string $value ): string {
		return '--' . $boundary . "\r\nContent-Disposition: form-data; " . $label . "\r\n\r\n" . $value . "\r\n";
	}

	/**
	 * Makes a name safe between quotes.
	 *
	 * @param string $text A name.
	 */
	private static function quoted( string $text ): string {
		return (string) preg_replace( '/[\x00-\x1f"\\\\]/', '_', $text );
	}

	/**
	 * Says what would fit.
	 */
	private static function too_large(): \WP_Error {
		$limit = min( self::LIMIT, (int) wp_max_upload_size() );
		/* translators: %s: a size such as 25 MB. */
		$text = sprintf( __( 'This is too large. This site takes up to %s at once: send it in parts, one after another.', 'trading-robot-service' ), (string) size_format( $limit ) );
		return new \WP_Error( 'trading_robot_service_too_large', $text, array( 'status' => 413 ) );
	}
}
