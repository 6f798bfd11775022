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
		$desk      = new Desk( $templates );
		$coach     = new Coach( $templates );
		$market    = new Marketplace( $this->fragments, $templates );
		$codes     = new Frontend\Shortcodes(
			array(
				'trading_robot_performance'    => new PerformanceTracker( $this->fragments, $templates ),
				'trading_robot_marketplace'    => $market,
				'trading_robot_pricing'        => new SubscriptionManager( $this->fragments, $templates ),
				'trading_robot_user_dashboard' => $dashboard,
				'trading_robot_record'         => new RobotRecord( $this->fragments, $templates ),
				'trading_robot_desk'           => $desk,
				'trading_robot_coach'          => $coach,
			),
			$assets,
			$templates
		);
		$parts     = array(
			new Languages(),
			new Capabilities(),
			$assets,
			new Frontend\Appearance(),
			new Sales(),
			$dashboard,
			$desk,
			$coach,
			$codes,
			new Blocks( $codes, new Samples( $templates ) ),
			new Patterns(),
			new Instance(),
			new Frontend\Places(),
			new RobotPage( $market ),
			new MetaDescription(),
			new Rest\Proxy( $this->client, $this->fragments, $this->users ),
			new Rest\Live( $this->connection, $this->users ),
			new Rest\Clicks( $this->client ),
			new Frontend\Copy( $this->users ),
			new Changes( new ChangeQueue( $this->client ) ),
		);
		if ( is_admin() ) {
			$parts[] = new Admin\Settings( $this->connection );
			$parts[] = new Admin\PagesScreen();
			$service = new Admin\Service( $this->client, $this->connection );
			array_push( $parts, new Admin\Dashboard( $service ), new Admin\Business( $service ), new Admin\Members( $service ), new Admin\Robots( $service ), new Admin\Moderation( $service ), new Admin\Operation( $service ), new Admin\Ai( $service ), new Admin\Logs( $service ) );
		}
		$is_cli = defined( 'WP_CLI' ) && WP_CLI;
		if ( is_admin() || wp_doing_cron() || $is_cli ) {
			$parts[] = new SiteHealth( $this->connection );
			$parts[] = new Privacy( $this->connection, $this->client );
		} else {
			// Pages of visitors do without; the tests of Site Health come by REST.
			add_action( 'rest_api_init', array( $this, 'register_health' ), 9 );
		}
		if ( $is_cli ) {
			$parts[] = new Cli\Command();
		}
		foreach ( $parts as $part ) {
			$part->register();
		}
	}

	/**
	 * Hooks the tests of Site Health into the REST API.
	 */
	public function register_health(): void {
		( new SiteHealth( $this->connection ) )->register();
	}
}
