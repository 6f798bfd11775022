<?php
/**
 * The commands for WP-CLI.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Cli;

use TradingRobotService\Plugin;
use TradingRobotService\Setup;
use TradingRobotService\SiteHealth;

defined( 'ABSPATH' ) || exit;

/**
 * Connects this site to a trading robot service and looks after the connection.
 *
 * The secret is never printed. Commands that the service must believe need --user with an
 * administrator of this site; on a network --url chooses the site.
 */
final class Command {

	const NAME = 'trading-robot-service';

	/**
	 * Hooks into WP-CLI, where it is.
	 */
	public function register(): void {
		\WP_CLI::add_command( self::NAME, self::class );
		\WP_CLI::add_command( self::NAME . ' cache', CacheCommand::class );
	}

	/**
	 * Shows the connection; exits with 1 unless it is connected.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * ---
	 *
	 * @param string[]             $args Not used.
	 * @param array<string,string> $options Options.
	 */
	public function status( array $args, array $options ): void {
		unset( $args );
		$status           = Setup::status();
		$status['pages']  = implode( ', ', array_keys( $status['pages'] ) );
		$status['charts'] = $status['charts'] ? 'yes' : 'no';
		self::show( array( $status ), $options );
		self::end( 'connected' === $status['state'] );
	}

	/**
	 * Connects this site with a connect link, or with a code and --service.
	 *
	 * ## OPTIONS
	 *
	 * <link>
	 * : Connect link, or connect code, as the operator of the service made it.
	 *
	 * [--service=<url>]
	 * : Address of the service, where <link> is a code alone.
	 *
	 * [--charts]
	 * : Agree to interactive charts, which carry a link to tradingview.com.
	 *
	 * @param string[]             $args Link or code.
	 * @param array<string,mixed>  $options Options.
	 */
	public function connect( array $args, array $options ): void {
		$done = Setup::connect( (string) ( $options['service'] ?? '' ), (string) ( $args[0] ?? '' ), ! empty( $options['charts'] ) );
		self::say( $done, 'Connected.' );
	}

	/**
	 * Forgets the connection and tells the service, if --user is an administrator and the service answers.
	 */
	public function disconnect(): void {
		if ( Setup::disconnect() ) {
			\WP_CLI::success( 'Disconnected; the service knows.' );
			return;
		}
		\WP_CLI::warning( 'Disconnected here. The service has not been told: it needs --user with an administrator, and to answer.' );
	}

	/**
	 * Changes the shared secret; needs --user with an administrator.
	 */
	public function rotate(): void {
		self::say( Setup::rotate(), 'The secret is a new one.' );
	}

	/**
	 * Asks the service once and shows how it answers; exits with 1 unless it accepts this site.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * ---
	 *
	 * @param string[]             $args Not used.
	 * @param array<string,string> $options Options.
	 */
	public function test( array $args, array $options ): void {
		unset( $args );
		$ping = Setup::ping();
		$row  = array(
			'state'      => Plugin::instance()->connection->state(),
			'ok'         => $ping['ok'] ? 'yes' : 'no',
			'status'     => $ping['status'],
			'latency_ms' => $ping['latency_ms'],
			'skew_s'     => null === $ping['skew_s'] ? '' : $ping['skew_s'],
			'version'    => (string) ( $ping['data']['service_version'] ?? '' ),
		);
		self::show( array( $row ), $options );
		self::end( $ping['ok'] );
	}

	/**
	 * Makes the pages and the menu that are missing, and lists them.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * ---
	 *
	 * @param string[]             $args Not used.
	 * @param array<string,string> $options Options.
	 */
	public function pages( array $args, array $options ): void {
		unset( $args );
		$rows = array();
		foreach ( Setup::make_pages() as $name => $url ) {
			$rows[] = array(
				'page' => $name,
				'url'  => $url,
			);
		}
		self::show( $rows, $options );
	}

	/**
	 * Runs the tests of Site Health; exits with 1 when one is critical.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * ---
	 *
	 * @param string[]             $args Not used.
	 * @param array<string,string> $options Options.
	 */
	public function doctor( array $args, array $options ): void {
		unset( $args );
		$rows = array();
		foreach ( ( new SiteHealth( Plugin::instance()->connection ) )->run() as $result ) {
			$rows[] = array(
				'test'   => str_replace( 'trading_robot_service_', '', $result['test'] ),
				'status' => $result['status'],
				'says'   => html_entity_decode( wp_strip_all_tags( $result['description'] ), ENT_QUOTES ),
			);
		}
		self::show( $rows, $options );
		self::end( ! in_array( 'critical', array_column( $rows, 'status' ), true ) );
	}

	/**
	 * Says how something went; an error ends with 1.
	 *
	 * @param mixed  $done True or a WP_Error.
	 * @param string $text What to say when it went well.
	 */
	private static function say( $done, string $text ): void {
		if ( is_wp_error( $done ) ) {
			\WP_CLI::error( $done->get_error_message() );
			return;
		}
		\WP_CLI::success( $text );
	}

	/**
	 * Shows rows in the wished form.
	 *
	 * @param array<int,array<string,mixed>> $rows    Rows with the same names.
	 * @param array<string,string>           $options Options.
	 */
	private static function show( array $rows, array $options ): void {
		\WP_CLI\Utils\format_items( (string) ( $options['format'] ?? 'table' ), $rows, array_keys( $rows[0] ?? array() ) );
	}

	/**
	 * Ends with 1 when something is not as it should be.
	 *
	 * @param bool $good Whether it is.
	 */
	private static function end( bool $good ): void {
		if ( ! $good ) {
			\WP_CLI::halt( 1 );
		}
	}
}
