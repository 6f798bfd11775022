<?php
/**
 * What the administrators' screens share.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;
use TradingRobotService\Frontend\Templates;

use const TradingRobotService\PLUGIN_DIR;
use const TradingRobotService\PLUGIN_FILE;
use const TradingRobotService\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * A page under "Trading robots": who may see it, its styles, its notices, and what it says
 * when there is nothing to show.
 */
abstract class Screen {

	const MENU = 'trading-robot-service-overview';

	const HANDLE = 'trading-robot-service-admin';

	// What a redirect may say; the words stand in note_of() of each screen.
	const NOTE = 'trading_robot_service_admin_note_';

	/**
	 * What the service answers.
	 *
	 * @var Service
	 */
	protected $service;

	/**
	 * Keeps its part.
	 *
	 * @param Service $service What the service answers.
	 */
	public function __construct( Service $service ) {
		$this->service = $service;
	}

	/**
	 * Returns the page's name in its address.
	 */
	abstract protected function page(): string;

	/**
	 * Returns the title.
	 */
	abstract protected function title(): string;

	/**
	 * Asks the service and returns what the template shows: template, data, and the answer that it stands on.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	abstract protected function content(): array;

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_menu', array( $this, 'add_page' ), 20 );
	}

	/**
	 * Adds the page below the menu.
	 */
	public function add_page(): void {
		$hook = add_submenu_page( self::MENU, $this->title(), $this->title(), Capabilities::MANAGE, $this->page(), array( $this, 'show' ) );
		if ( false !== $hook ) {
			add_action( 'load-' . $hook, array( self::class, 'enqueue_later' ) );
		}
	}

	/**
	 * Loads style and script on this screen only.
	 */
	public static function enqueue_later(): void {
		add_action( 'admin_enqueue_scripts', array( self::class, 'enqueue' ) );
	}

	/**
	 * Asks for style and script.
	 */
	public static function enqueue(): void {
		foreach ( array( 'css', 'js' ) as $kind ) {
			$file    = 'assets/trp-admin.' . $kind;
			$version = VERSION . '.' . (int) filemtime( PLUGIN_DIR . '/' . $file );
			if ( 'css' === $kind ) {
				wp_enqueue_style( self::HANDLE, plugins_url( $file, PLUGIN_FILE ), array(), $version );
			} else {
				wp_enqueue_script( self::HANDLE, plugins_url( $file, PLUGIN_FILE ), array(), $version, true );
			}
		}
	}

	/**
	 * Shows the page.
	 */
	public function show(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			return;
		}
		$state = $this->service->state();
		$shown = array(
			'title' => $this->title(),
			'note'  => $this->take_note(),
			'state' => $state,
			'inner' => '',
		);
		if ( 'connected' === $state || $this->works_alone() ) {
			$content        = $this->content();
			$shown['state'] = $this->works_alone() ? 'ok' : (string) $content['answer']['state'];
			$shown['text']  = (string) $content['answer']['text'];
			$shown['ref']   = (string) $content['answer']['reference'];
			if ( 'ok' === $shown['state'] ) {
				$shown['inner'] = ( new Templates() )->render( $content['template'], $content['data'] );
			}
		}
		// The templates escape what they print.
		echo ( new Templates() )->render( 'admin-screen', $shown ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Tells whether the screen has something to show while the service is away.
	 */
	protected function works_alone(): bool {
		return false;
	}

	/**
	 * Returns the address of this page.
	 *
	 * @param array<string,string> $query Further query.
	 */
	protected function url( array $query = array() ): string {
		return add_query_arg( array_merge( array( 'page' => $this->page() ), array_map( 'rawurlencode', $query ) ), admin_url( 'admin.php' ) );
	}

	/**
	 * Returns to the page with something to say.
	 *
	 * @param string               $tone  success, warning or error.
	 * @param string               $text  What to say.
	 * @param array<string,string> $query Where on the page.
	 */
	protected function back( string $tone, string $text, array $query = array() ): void {
		set_transient( self::NOTE . get_current_user_id(), array( $tone, $text ), MINUTE_IN_SECONDS );
		wp_safe_redirect( $this->url( $query ) );
		exit;
	}

	/**
	 * Says why a change did not happen.
	 *
	 * @param array<string,mixed> $answer What the service answered.
	 */
	protected static function refusal( array $answer ): string {
		$texts = array(
			'away'   => __( 'The service does not answer right now. Nothing was changed; try again in a minute.', 'trading-robot-service' ),
			'absent' => __( 'This is not there any more. Somebody may have removed it meanwhile.', 'trading-robot-service' ),
		);
		$text  = $texts[ $answer['state'] ] ?? (string) $answer['text'];
		if ( '' === $text ) {
			$text = __( 'The service did not accept this.', 'trading-robot-service' );
		}
		if ( '' !== $answer['reference'] ) {
			/* translators: %s: a short code that names this request in the log. */
			$text .= ' ' . sprintf( __( 'Reference: %s', 'trading-robot-service' ), $answer['reference'] );
		}
		return $text;
	}

	/**
	 * Sends a table of the service as a file, or returns to the page and says why not.
	 *
	 * @param string               $path  Path after /api/admin.
	 * @param array<string,string> $query Query.
	 * @param string               $name  Name of the file, without its ending.
	 */
	protected function send_csv( string $path, array $query, string $name ): void {
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$file   = wp_tempnam( $this->page() );
		$answer = $this->service->fetch( $path, $query, $file );
		if ( 'ok' !== $answer['state'] || headers_sent() ) {
			// Where another plugin has printed something, a file that begins with it is worse than none.
			wp_delete_file( $file );
			$this->back( 'error', self::refusal( $answer ) );
		}
		nocache_headers();
		header( 'Content-Type: text/csv; charset=utf-8' );
		header( 'X-Content-Type-Options: nosniff' );
		header( 'Content-Disposition: attachment; filename="' . $name . '.csv"' );
		header( 'Content-Length: ' . filesize( $file ) );
		while ( ob_get_level() > 0 && ob_end_clean() ) {
			continue;
		}
		readfile( $file ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- a file of any size, in pieces.
		wp_delete_file( $file );
		exit;
	}

	/**
	 * Returns one word of the address, empty when it has another form.
	 *
	 * @param string $name    Name.
	 * @param string $pattern Regular expression for all of it.
	 */
	protected static function asked( string $name, string $pattern ): string {
		// Reading a page changes nothing. A list in place of a word becomes an empty one.
		$value = isset( $_GET[ $name ] ) ? sanitize_text_field( wp_unslash( $_GET[ $name ] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification
		return 1 === preg_match( '#\A(?:' . $pattern . ')\z#u', $value ) ? $value : '';
	}

	/**
	 * Says when, in the site's own zone and words.
	 *
	 * @param mixed $at A time as the service sends it.
	 */
	public static function when( $at ): string {
		$time = is_string( $at ) ? strtotime( $at ) : false;
		return false === $time ? '–' : (string) wp_date( get_option( 'date_format', 'Y-m-d' ) . ' ' . get_option( 'time_format', 'H:i' ), $time );
	}

	/**
	 * Says which day, without a time.
	 *
	 * @param mixed $day A day as the service sends it.
	 */
	public static function day( $day ): string {
		$time = is_string( $day ) ? strtotime( $day . ' 12:00 UTC' ) : false;
		return false === $time ? '–' : (string) wp_date( get_option( 'date_format', 'Y-m-d' ), $time, new \DateTimeZone( 'UTC' ) );
	}

	/**
	 * Returns what the last change had to say, once.
	 *
	 * @return array{0:string,1:string}|null
	 */
	private function take_note(): ?array {
		$key  = self::NOTE . get_current_user_id();
		$note = get_transient( $key );
		if ( ! is_array( $note ) ) {
			return null;
		}
		delete_transient( $key );
		return array( (string) $note[0], (string) $note[1] );
	}
}
