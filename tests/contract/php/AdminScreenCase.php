<?php
/** @package TradingRobotService */

require_once __DIR__ . '/AdminCase.php';

use TradingRobotService\Admin\Service;
use TradingRobotService\Capabilities;
use TradingRobotService\Plugin;

/** Stands for the end of a request. */
final class Redirected extends Exception {}

/** Screens over a service of the test's own making. */
abstract class AdminScreenCase extends AdminCase {

	/** @var array<string,mixed> What the service answers, by path. */
	protected $said = array();

	public static function setUpBeforeClass(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		Capabilities::grant();
		wp_insert_user(
			array(
				'user_login' => 'editor',
				'user_pass'  => 'editor-pass',
				'user_email' => 'editor@site.example',
				'role'       => 'editor',
			)
		);
	}

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->said = array(
			'/api/admin/overview'       => self::overview(),
			'/api/admin/business' => self::business(),
			'/api/admin/business/mrr_movements' => array(
				'columns'     => array( 'Day', 'Member' ),
				'items'       => array( array( '2026-11-01', self::EVIL ), array( '2026-10-31', '' ) ),
				'next_cursor' => 'sealed_cursor-2',
			),
			'/api/admin/ai' => self::ai(),
			'/api/admin/ai/runs' => self::ai_runs(),
			'/api/admin/ai/health' => self::ai_health(),
			'/api/admin/ai/settings' => self::ai_settings(),
			'/api/admin/ai/prompts' => self::ai_prompts(),
			'/api/admin/ai/prompts/coach/2' => self::ai_prompt(),
			'/api/admin/members'        => array(
				'items'       => array( self::member() ),
				'next_cursor' => 7,
			),
			'/api/admin/members/7'      => array(
				'member'           => self::member(),
				'robots'           => array(
					array(
						'plugin_id' => 'x',
						'name'      => self::EVIL,
						'kinds'     => array( 'paper' ),
						'accounts'  => 1,
					),
				),
				'fills_today'      => 1,
				'fills_in_14_days' => 2,
				'public_name'      => self::case_of( 'public_name', 'approved' ),
				'reports'          => array( self::case_of( 'report', 'open' ) ),
				'log'              => array( self::line() ),
			),
			'/api/admin/members/7/change' => array( 'ladder' => 'robots', 'plan' => 'premium', 'name' => self::EVIL, 'kind' => 'upgrade', 'when' => 'now', 'takes_effect_at' => '2026-11-14T10:00:00Z', 'due_minor' => 4667, 'credit_minor' => 0, 'price_minor' => 9999, 'currency' => 'USD', 'digits' => 2, 'interval' => 'month', 'proration_at' => 1794650400 ),
			'/api/admin/members/7/money' => self::money(),
			'/api/admin/operation'      => self::operation(),
			'/api/admin/robots'         => array( 'items' => array( self::robot() ) ),
			'/api/admin/robots/ma_cross' => self::robot(),
			'/api/admin/moderation'     => array(
				'items'       => array(
					self::item( 'public_name', 'open' ),
					self::item( 'report', 'open' ),
					self::item( 'public_name', 'approved' ),
				),
				'next_cursor' => null,
				'open_cases'  => 2,
			),
			'/api/admin/audit'          => array(
				'items'       => array(
					array(
						'line'   => array(
							'id'         => 5,
							'at'         => '2026-11-01T10:00:00Z',
							'action'     => self::EVIL,
							'text'       => self::EVIL,
							'by'         => self::EVIL,
							'user_id'    => 3,
							'subject'    => self::EVIL,
							'detail'     => array(),
							'request_id' => self::EVIL,
						),
						'member' => self::member(),
					),
				),
				'next_cursor' => 'sealed_cursor-1',
			),
			'/api/admin/logs'           => array(
				'items'       => array( self::line() ),
				'next_cursor' => 3,
			),
		);
		$this->service = function ( $method, $target ) {
			$body = $this->said[ (string) strtok( $target, '?' ) ] ?? array();
			return array( 200, (string) wp_json_encode( $body ), array( 'content-type' => 'application/json' ) );
		};
		$this->be( 'admin' );
	}

	protected function tearDown(): void {
		parent::tearDown();
		unset( $_REQUEST['_wpnonce'] );
		$_POST = array();
		$_GET  = array();
	}

	protected function be( string $login ): void {
		$user = get_user_by( 'login', $login );
		$user->get_role_caps();
		wp_set_current_user( $user->ID );
	}

	protected function screen( string $kind ): object {
		return new $kind( new Service( Plugin::instance()->client, Plugin::instance()->connection ) );
	}

	protected function html( string $kind, array $query = array() ): string {
		$_GET = $query;
		ob_start();
		$this->screen( $kind )->show();
		return (string) ob_get_clean();
	}

	/** Sends a form and returns where it leads, or what it dies of. */
	protected function post( string $kind, array $form, string $nonce = '', string $step = 'save' ): string {
		$die   = static function () {
			return static function ( $message ) {
				throw new Redirected( is_string( $message ) ? $message : '' );
			};
		};
		$leave = static function ( $where ) {
			throw new Redirected( $where );
		};
		add_filter( 'wp_die_handler', $die );
		add_filter( 'wp_redirect', $leave );
		$_POST                = wp_slash( $form );
		$_REQUEST['_wpnonce'] = '' === $nonce ? wp_create_nonce( $kind::ACTION ) : $nonce;
		$said                 = '';
		try {
			$this->screen( $kind )->$step();
		} catch ( Redirected $end ) {
			$said = $end->getMessage();
		}
		remove_filter( 'wp_die_handler', $die );
		remove_filter( 'wp_redirect', $leave );
		return $said;
	}
}
