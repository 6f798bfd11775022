<?php
/**
 * The overview in wp-admin.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\CallLog;
use TradingRobotService\Capabilities;
use TradingRobotService\Frontend\Templates;
use TradingRobotService\Versions;

defined( 'ABSPATH' ) || exit;

/**
 * The menu, the overview below it, and the same four figures on WordPress' own dashboard.
 */
final class Dashboard extends Screen {

	const PAGE = Screen::MENU;

	const SETTINGS = 'trading-robot-service-go-to-settings';

	const WIDGET = 'trading_robot_service_overview';

	// The last overview, for the widget and the count beside the menu: figures of the site, nobody's own.
	const KNOWN = 'trading_robot_service_admin_overview';

	const KEEP = 60;

	// A job that is due and waits longer than this needs attention.
	const STUCK = 120;

	// Beyond 30 seconds the service refuses the site's signatures.
	const SKEW = 10;

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'admin_menu', array( $this, 'add_menu' ), 9 );
		add_action( 'admin_menu', array( $this, 'add_settings' ), 99 );
		add_action( 'wp_dashboard_setup', array( $this, 'add_widget' ) );
		parent::register();
	}

	/**
	 * Adds the menu.
	 */
	public function add_menu(): void {
		$title = __( 'Trading robots', 'trading-robot-service' );
		add_menu_page( $title, $title, Capabilities::MANAGE, self::PAGE, '', 'dashicons-chart-line', 58 );
	}

	/**
	 * Links the settings, which stand among WordPress' own.
	 */
	public function add_settings(): void {
		$title = __( 'Settings', 'trading-robot-service' );
		$hook  = add_submenu_page( self::PAGE, $title, $title, Capabilities::CONNECT, self::SETTINGS, '__return_null' );
		add_action( 'load-' . $hook, array( self::class, 'go_to_settings' ) );
	}

	/**
	 * Leads to the settings.
	 */
	public static function go_to_settings(): void {
		wp_safe_redirect( admin_url( 'options-general.php?page=' . Settings::PAGE ) );
		exit;
	}

	/**
	 * Returns the page's name in its address.
	 */
	protected function page(): string {
		return self::PAGE;
	}

	/**
	 * Returns the title.
	 */
	protected function title(): string {
		return __( 'Overview', 'trading-robot-service' );
	}

	/**
	 * Returns the figures, and what needs attention.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$start   = microtime( true );
		$answer  = $this->service->get( '/overview' );
		$seconds = microtime( true ) - $start;
		$said    = $answer['data'];
		$skew    = null;
		if ( 'ok' === $answer['state'] ) {
			set_transient( self::KNOWN, $said, self::KEEP );
			$theirs = strtotime( (string) ( $said['at'] ?? '' ) );
			$skew   = false === $theirs ? null : (int) round( $theirs - ( $start + $seconds / 2 ) );
		}
		return array(
			'template' => 'admin-overview',
			'answer'   => $answer,
			'data'     => array(
				'said'      => $said,
				'about'     => $this->service->about(),
				'latency'   => (int) round( 1000 * $seconds ),
				'skew'      => $skew,
				'attention' => 'ok' === $answer['state'] ? self::attention( $said, $skew ) : array(),
			),
		);
	}

	/**
	 * Returns what needs a decision or a look, each with where to go.
	 *
	 * @param array<string,mixed> $said What the service says.
	 * @param int|null            $skew By how many seconds the clocks differ.
	 * @return array<int,array{0:string,1:string}>
	 */
	private static function attention( array $said, ?int $skew ): array {
		$list   = array();
		$jobs   = (array) ( $said['jobs'] ?? array() );
		$cases  = (int) ( $said['open_cases'] ?? 0 );
		$errors = (int) ( $said['errors'] ?? 0 );
		$failed = CallLog::count_since( time() - DAY_IN_SECONDS );
		$advice = Versions::advice( (string) ( $said['service_version'] ?? '' ), (string) ( $said['oldest_plugin'] ?? '' ) );
		if ( '' !== $advice ) {
			$list[] = array( $advice, '' );
		}
		if ( ! empty( $said['held'] ) ) {
			$list[] = array( __( 'The service is held: it sends no mail and no webhook until its operator releases it. Pages and figures are not affected.', 'trading-robot-service' ), '' );
		}
		if ( $cases > 0 ) {
			/* translators: %s: a number. */
			$list[] = array( sprintf( _n( '%s case waits for a decision.', '%s cases wait for a decision.', $cases, 'trading-robot-service' ), number_format_i18n( $cases ) ), admin_url( 'admin.php?page=' . Moderation::PAGE ) );
		}
		if ( $errors > 0 ) {
			/* translators: %s: a number. */
			$list[] = array( sprintf( _n( '%s request failed at the service in the last 24 hours.', '%s requests failed at the service in the last 24 hours.', $errors, 'trading-robot-service' ), number_format_i18n( $errors ) ), admin_url( 'admin.php?page=' . Logs::PAGE ) );
		}
		if ( $failed > 0 ) {
			/* translators: %s: a number. */
			$list[] = array( sprintf( _n( '%s call of this site to the service failed in the last 24 hours.', '%s calls of this site to the service failed in the last 24 hours.', $failed, 'trading-robot-service' ), number_format_i18n( $failed ) ), admin_url( 'admin.php?page=' . Logs::PAGE ) );
		}
		foreach ( array( 'redis', 'worker', 'clock' ) as $part ) {
			if ( 'ok' !== ( $jobs[ $part ] ?? '' ) ) {
				/* translators: %s: redis, worker or clock, a part of the service. */
				$list[] = array( sprintf( __( 'A part of the service does not run: %s. Figures may be late; tell the operator of the service.', 'trading-robot-service' ), $part ), '' );
			}
		}
		if ( (int) ( $jobs['oldest_seconds'] ?? 0 ) > self::STUCK ) {
			/* translators: %s: a length of time, such as "5 mins". */
			$list[] = array( sprintf( __( 'Jobs of the service have been waiting for %s.', 'trading-robot-service' ), human_time_diff( time() - (int) $jobs['oldest_seconds'] ) ), '' );
		}
		if ( (int) ( $jobs['failed'] ?? 0 ) > 0 ) {
			$count = (int) $jobs['failed'];
			/* translators: %s: a number. */
			$list[] = array( sprintf( _n( '%s job of the service was given up in the last day.', '%s jobs of the service were given up in the last day.', $count, 'trading-robot-service' ), number_format_i18n( $count ) ), admin_url( 'admin.php?page=' . Logs::PAGE ) );
		}
		if ( null !== $skew && abs( $skew ) > self::SKEW ) {
			/* translators: %s: a number of seconds. */
			$list[] = array( sprintf( __( 'The clocks of this site and of the service differ by %s seconds. Beyond 30 nothing is accepted.', 'trading-robot-service' ), number_format_i18n( $skew ) ), '' );
		}
		return $list;
	}

	/**
	 * Adds the four figures to WordPress' own dashboard.
	 */
	public function add_widget(): void {
		if ( current_user_can( Capabilities::MANAGE ) ) {
			wp_add_dashboard_widget( self::WIDGET, __( 'Trading robots', 'trading-robot-service' ), array( $this, 'show_widget' ) );
		}
	}

	/**
	 * Shows the four figures; a widget that is put away asks nothing.
	 */
	public function show_widget(): void {
		$screen = get_current_screen();
		$hidden = null !== $screen && in_array( self::WIDGET, get_hidden_meta_boxes( $screen ), true );
		$said   = $hidden ? null : $this->known();
		// The template escapes what it prints.
		echo ( new Templates() )->render( 'admin-widget', array( 'said' => $said, 'url' => $this->url() ) ); // phpcs:ignore WordPress.Security.EscapeOutput
	}

	/**
	 * Returns the last overview, a minute old at most, or null.
	 *
	 * @return array<string,mixed>|null
	 */
	private function known(): ?array {
		$known = get_transient( self::KNOWN );
		if ( is_array( $known ) ) {
			return $known;
		}
		$answer = 'connected' === $this->service->state() ? $this->service->get( '/overview' ) : array( 'state' => 'none' );
		if ( 'ok' !== $answer['state'] ) {
			return null;
		}
		set_transient( self::KNOWN, $answer['data'], self::KEEP );
		return $answer['data'];
	}
}
