<?php
/**
 * What came back from the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Status, headers and body of one answer; status 0 means that there was none.
 */
final class Reply {

	/**
	 * HTTP status, 0 for no answer.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * Body as text.
	 *
	 * @var string
	 */
	public $body;

	/**
	 * Headers with lower-case names.
	 *
	 * @var array<string,string>
	 */
	private $headers;

	/**
	 * Keeps an answer.
	 *
	 * @param int                  $status  HTTP status, 0 for no answer.
	 * @param string               $body    Body as text.
	 * @param array<string,string> $headers Headers with lower-case names.
	 */
	public function __construct( int $status, string $body = '', array $headers = array() ) {
		$this->status  = $status;
		$this->body    = $body;
		$this->headers = $headers;
	}

	/**
	 * Describes a request that was not made, because nothing may be asked now.
	 */
	public static function unsent(): self {
		return new self( 0, '', array( 'x-trp-unsent' => '1' ) );
	}

	/**
	 * Tells whether the request was not made at all.
	 */
	public function is_unsent(): bool {
		return 0 === $this->status && '' !== $this->header( 'x-trp-unsent' );
	}

	/**
	 * Tells whether it is a fragment of the service and not a page of something in between.
	 */
	public function is_fragment(): bool {
		return '' !== $this->header( 'x-trp-service' )
			&& false !== stripos( $this->header( 'content-type' ), 'text/html' )
			&& 1 === preg_match( '//u', $this->body );
	}

	/**
	 * Reads what the WordPress HTTP functions return.
	 *
	 * @param array<string,mixed>|\WP_Error $response What they return.
	 */
	public static function from( $response ): self {
		if ( is_wp_error( $response ) ) {
			return new self( 0, $response->get_error_message() );
		}
		$headers = array();
		foreach ( wp_remote_retrieve_headers( $response ) as $name => $value ) {
			$headers[ strtolower( (string) $name ) ] = is_array( $value ) ? (string) end( $value ) : (string) $value;
		}
		return new self( (int) wp_remote_retrieve_response_code( $response ), wp_remote_retrieve_body( $response ), $headers );
	}

	/**
	 * Returns one header, or an empty string.
	 *
	 * @param string $name Lower-case name.
	 */
	public function header( string $name ): string {
		return $this->headers[ $name ] ?? '';
	}

	/**
	 * Returns what the transport said when no answer came; it may hold addresses.
	 */
	public function fault(): string {
		return 0 === $this->status ? $this->body : '';
	}

	/**
	 * Returns the service's word for an error: fragments carry it in a header, JSON in the body.
	 */
	public function code(): string {
		$code = $this->header( 'x-trp-code' );
		return '' !== $code ? $code : (string) ( $this->data()['code'] ?? '' );
	}

	/**
	 * Tells whether the service failed, as against refused.
	 */
	public function is_failure(): bool {
		return 0 === $this->status || $this->status >= 500;
	}

	/**
	 * Returns the body as data, or an empty array when it is not a JSON object.
	 *
	 * @return array<string,mixed>
	 */
	public function data(): array {
		$data = json_decode( $this->body, true );
		return is_array( $data ) ? $data : array();
	}
}
