<?php
/**
 * The list of the parts and how they are put together.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Builds each part once; constructors store, register() hooks.
 */
final class Plugin {

	/**
	 * The one instance of this request.
	 *
	 * @var Plugin|null
	 */
	private static $instance = null;

	/**
	 * Connection to the service.
	 *
	 * @var Connection
	 */
	public $connection;

	/**
	 * Signed calls to the service.
	 *
	 * @var ApiClient
	 */
	public $client;

	/**
	 * Public fragments with their copies.
	 *
	 * @var Fragments
	 */
	public $fragments;

	/**
	 * Accounts of WordPress users at the service.
	 *
	 * @var UserManager
	 */
	public $users;

	/**
	 * Builds the parts that others share.
	 */
	private function __construct() {
		$this->connection = new Connection( new Secrets() );
		$this->client     = new ApiClient( $this->connection, new Breaker() );
		$this->fragments  = new Fragments( $this->client, new Cache() );
		$this->users      = new UserManager( $this->client );
	}

	/**
	 * Returns the one instance.
	 */
	public static function instance(): self {
		if ( null === self::$instance ) {
			self::$instance = new self();
		}
		return self::$instance;
	}

	/**
	 * Hooks every part into WordPress.
	 */
	public function register(): void {
		$templates = new Frontend\Templates();
		$assets    = new Frontend\Assets();
		$dashboard = new Dashboard( $templates );
		$parts     = array(
			$assets,
			$dashboard,
			new Frontend\Shortcodes(
				array(
					'trading_robot_performance'    => new PerformanceTracker( $this->fragments, $templates ),
					'trading_robot_marketplace'    => new Marketplace( $this->fragments, $templates ),
					'trading_robot_pricing'        => new SubscriptionManager( $this->fragments, $templates ),
					'trading_robot_user_dashboard' => $dashboard,
				),
				$assets,
				$templates
			),
			new Rest\Proxy( $this->client, $this->fragments, $this->users ),
		);
		if ( is_admin() ) {
			$parts[] = new Admin\Settings( $this->connection );
			$parts[] = new Admin\Dashboard( $this->connection );
		}
		foreach ( $parts as $part ) {
			$part->register();
		}
	}
}
