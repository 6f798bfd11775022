<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Connection;
use TradingRobotService\Plugin;
use TradingRobotService\Privacy;

/** The exporter, the eraser and the text for the policy. */
final class PrivacyTest extends ServiceCase {

	const EMAIL = 'member@site.example';

	/** @var Privacy */
	private $privacy;

	protected function setUp(): void {
		parent::setUp();
		$plugin        = Plugin::instance();
		$this->privacy = new Privacy( $plugin->connection, $plugin->client );
		$this->connect();
		wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
		$this->service = static function ( $method, $target, $request ) {
			$page = json_decode( $request['body'], true )['page'] ?? 0;
			$data = '/api/wordpress/privacy/erase' === $target
				? array( 'removed' => true, 'retained' => true, 'reasons' => array( 'records_kept', 'unheard_of' ) )
				: array(
					'items' => array( array( 'group' => 'account', 'id' => "account-$page", 'facts' => array( array( 'created_at', '<b>2026</b>' ) ) ) ),
					'done'  => 2 === $page,
				);
			return array( 200, (string) wp_json_encode( $data ), array( 'content-type' => 'application/json' ) );
		};
	}

	public function test_the_tools_of_wordpress_find_both(): void {
		$this->privacy->register();
		$this->assertIsCallable( apply_filters( 'wp_privacy_personal_data_exporters', array() )['trading-robot-service']['callback'] );
		$this->assertIsCallable( apply_filters( 'wp_privacy_personal_data_erasers', array() )['trading-robot-service']['callback'] );
	}

	public function test_it_exports_page_by_page(): void {
		$first = $this->privacy->export( self::EMAIL, 1 );
		$this->assertFalse( $first['done'] );
		$this->assertTrue( $this->privacy->export( self::EMAIL, 2 )['done'] );
		$this->assertSame(
			array(
				'group_id'    => 'trading-robot-service-account',
				'group_label' => 'Trading service: account',
				'item_id'     => 'trading-robot-service-account-1',
				'data'        => array( array( 'name' => 'Created at', 'value' => '&lt;b&gt;2026&lt;/b&gt;' ) ),
			),
			$first['data'][0]
		);
		$sent = json_decode( $this->requests[0]['body'], true );
		$this->assertSame( array( self::EMAIL, get_user_by( 'email', self::EMAIL )->ID, 1 ), array( $sent['email'], $sent['wp_user_id'], $sent['page'] ) );
		$this->assertContains( 'manage', $this->claims_of( $this->requests[0] )['caps'] );
		$this->assertSame( 'site-1:' . get_current_user_id(), $this->claims_of( $this->requests[0] )['sub'] );
	}

	public function test_it_erases_and_says_what_stays(): void {
		$done = $this->privacy->erase( self::EMAIL, 1 );
		$this->assertSame( array( true, true, true ), array( $done['items_removed'], $done['items_retained'], $done['done'] ) );
		$this->assertCount( 1, $done['messages'] );
		$this->assertStringContainsString( 'without a name', $done['messages'][0] );
	}

	public function test_without_an_administrator_it_refuses_and_says_so(): void {
		foreach ( array( 0, get_user_by( 'login', 'member' )->ID ) as $user ) {
			wp_set_current_user( $user );
			foreach ( array( 'export', 'erase' ) as $step ) {
				$answer = $this->privacy->$step( self::EMAIL, 1 );
				$this->assertInstanceOf( WP_Error::class, $answer );
				$this->assertSame( 'trading_robot_service_admin', $answer->get_error_code() );
			}
		}
		$this->assertSame( array(), $this->requests );
	}

	public function test_it_never_says_done_when_the_service_could_not_be_asked(): void {
		$this->service = static function () {
			return new WP_Error( 'http_request_failed', 'timeout' );
		};
		$this->assertInstanceOf( WP_Error::class, $this->privacy->export( self::EMAIL, 1 ) );
		$this->assertInstanceOf( WP_Error::class, $this->privacy->erase( self::EMAIL, 1 ) );
		update_option( Connection::OPTION, array( 'site_url' => 'https://original.example/' ) + get_option( Connection::OPTION ) );
		$this->assertSame( 'trading_robot_service_paused', $this->privacy->erase( self::EMAIL, 1 )->get_error_code() );
	}

	public function test_a_site_without_a_connection_has_nothing(): void {
		Plugin::instance()->connection->forget();
		$this->assertSame( array( 'data' => array(), 'done' => true ), $this->privacy->export( self::EMAIL, 1 ) );
		$this->assertFalse( $this->privacy->erase( self::EMAIL, 1 )['items_removed'] );
		$this->assertSame( array(), $this->requests );
	}

	public function test_it_offers_a_text_for_the_policy(): void {
		require_once ABSPATH . 'wp-admin/includes/admin.php';
		require_once ABSPATH . 'wp-admin/includes/class-wp-privacy-policy-content.php';
		$GLOBALS['wp_current_filter'][] = 'admin_init';
		set_current_screen( 'dashboard' );
		$this->privacy->add_policy();
		array_pop( $GLOBALS['wp_current_filter'] );
		unset( $GLOBALS['current_screen'] );
		$texts = new ReflectionProperty( WP_Privacy_Policy_Content::class, 'policy_content' );
		$texts->setAccessible( true );
		$this->assertStringContainsString( 'e-mail address', (string) wp_json_encode( $texts->getValue() ) );
		$this->assertStringContainsString( 'presses the button of a plan', (string) wp_json_encode( $texts->getValue() ) );
	}
}
