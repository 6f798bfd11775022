<?php
/**
 * WordPress' tools for personal data, over what the service keeps.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Exporter, eraser and a text for the site's privacy policy.
 *
 * The service answers only an administrator of this site, so both run as the one who has started
 * them; without one, as in a cron job, they refuse instead of telling half the truth.
 */
final class Privacy {

	const NAME = 'trading-robot-service';

	// A page of many rows takes longer than a fragment, and an administrator waits for it.
	const TIMEOUT = 15.0;

	/**
	 * Address, ids and secret.
	 *
	 * @var Connection
	 */
	private $connection;

	/**
	 * Calls the service.
	 *
	 * @var ApiClient
	 */
	private $client;

	/**
	 * Keeps its parts.
	 *
	 * @param Connection $connection Address, ids and secret.
	 * @param ApiClient  $client     Calls the service.
	 */
	public function __construct( Connection $connection, ApiClient $client ) {
		$this->connection = $connection;
		$this->client     = $client;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_filter( 'wp_privacy_personal_data_exporters', array( $this, 'add_exporter' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( $this, 'add_eraser' ) );
		add_action( 'admin_init', array( $this, 'add_policy' ) );
	}

	/**
	 * Filter wp_privacy_personal_data_exporters.
	 *
	 * @param array<string,array<string,mixed>> $exporters Exporters.
	 * @return array<string,array<string,mixed>>
	 */
	public function add_exporter( $exporters ) {
		$exporters[ self::NAME ] = array(
			'exporter_friendly_name' => __( 'Trading Robot Service', 'trading-robot-service' ),
			'callback'               => array( $this, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Filter wp_privacy_personal_data_erasers.
	 *
	 * @param array<string,array<string,mixed>> $erasers Erasers.
	 * @return array<string,array<string,mixed>>
	 */
	public function add_eraser( $erasers ) {
		$erasers[ self::NAME ] = array(
			'eraser_friendly_name' => __( 'Trading Robot Service', 'trading-robot-service' ),
			'callback'             => array( $this, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * Offers a text for the site's privacy policy.
	 */
	public function add_policy(): void {
		$paragraphs = array(
			__( 'Members’ dashboards on this site are made by a trading service that the owner of this site has connected. When a signed-in member opens a dashboard for the first time, their user number, e-mail address, user name, display name and language go to that service, which makes an account for them.', 'trading-robot-service' ),
			__( 'The service keeps what members record there: trading accounts, fills, trades and figures made from them, notes, imported files until they have been read, names of API keys, plans and payments. Visitors who are not signed in send nothing personal: the service is asked by this site’s server, not by the visitor’s browser, and sets no cookies.', 'trading-robot-service' ),
			__( 'When somebody presses the button of a plan, this site counts it and tells the trading service the day, the plan and the kind of page, and nothing about the person: no network address, cookie or name. A random number that the page makes and forgets lets a click that arrives twice count once; only a hash of it is kept, for seven days. The counts are kept for 400 days. Browsers that send “Do Not Track” or “Global Privacy Control” are not counted.', 'trading-robot-service' ),
			__( 'A request for a copy or for erasure, made to this site, covers the account at the service. After an erasure no name, address, note or key is left there; trading records and payments stay without a name, because the published figures of others and the books depend on them.', 'trading-robot-service' ),
			__( 'Where the owner has agreed to interactive charts, they carry a link to tradingview.com; nothing is sent there unless somebody follows it.', 'trading-robot-service' ),
		);
		wp_add_privacy_policy_content( __( 'Trading Robot Service', 'trading-robot-service' ), '<p>' . implode( '</p><p>', array_map( 'esc_html', $paragraphs ) ) . '</p>' );
	}

	/**
	 * Returns one page of what the service keeps of a person.
	 *
	 * @param string $email Address of the person.
	 * @param int    $page  Page, from 1.
	 * @return array{data:array<int,array<string,mixed>>,done:bool}|\WP_Error
	 */
	public function export( $email, $page = 1 ) {
		if ( 'none' === $this->connection->state() ) {
			return array(
				'data' => array(),
				'done' => true,
			);
		}
		$data = $this->ask( '/api/wordpress/privacy/export', self::person( (string) $email ) + array( 'page' => max( 1, (int) $page ) ) );
		if ( is_wp_error( $data ) ) {
			return $data;
		}
		return array(
			'data' => array_map( array( $this, 'item' ), (array) ( $data['items'] ?? array() ) ),
			'done' => ! empty( $data['done'] ),
		);
	}

	/**
	 * Erases a person at the service.
	 *
	 * @param string $email Address of the person.
	 * @param int    $page  Not used: one request does everything.
	 * @return array{items_removed:bool,items_retained:bool,messages:string[],done:bool}|\WP_Error
	 */
	public function erase( $email, $page = 1 ) {
		unset( $page );
		$done = array(
			'items_removed'  => false,
			'items_retained' => false,
			'messages'       => array(),
			'done'           => true,
		);
		if ( 'none' === $this->connection->state() ) {
			return $done;
		}
		$data = $this->ask( '/api/wordpress/privacy/erase', self::person( (string) $email ) );
		if ( is_wp_error( $data ) ) {
			return $data;
		}
		$known = array(
			'records_kept' => __( 'Trading records and payments stay at the trading service without a name: the figures published from them and the books depend on them.', 'trading-robot-service' ),
			'other_site'   => __( 'This person is also known to the trading service from another site. They have been cut off from this one; ask the other site to erase the account.', 'trading-robot-service' ),
		);

		$done['items_removed']  = ! empty( $data['removed'] );
		$done['items_retained'] = ! empty( $data['retained'] );
		$done['messages']       = array_values( array_intersect_key( $known, array_flip( array_filter( (array) ( $data['reasons'] ?? array() ), 'is_string' ) ) ) );
		return $done;
	}

	/**
	 * Asks the service as the acting administrator.
	 *
	 * @param string              $path Path of the service.
	 * @param array<string,mixed> $data What to send.
	 * @return array<string,mixed>|\WP_Error
	 */
	private function ask( string $path, array $data ) {
		if ( 'connected' !== $this->connection->state() ) {
			return new \WP_Error( 'trading_robot_service_paused', __( 'The trading service could not be asked, because its connection needs a decision. Look at its settings, then try again.', 'trading-robot-service' ) );
		}
		if ( ! current_user_can( Capabilities::MANAGE ) && ! current_user_can( 'manage_options' ) ) {
			return new \WP_Error( 'trading_robot_service_admin', __( 'The trading service answers only an administrator of this site. Start this as one, from wp-admin.', 'trading-robot-service' ) );
		}
		$headers = array( 'Content-Type' => 'application/json' );
		$options = array(
			'headers' => $headers,
			'timeout' => self::TIMEOUT,
		);
		$reply   = $this->client->send( 'POST', $path, (string) wp_json_encode( $data ), Token::of_user( wp_get_current_user() ), $options );
		if ( 200 !== $reply->status ) {
			/* translators: %d: HTTP status code, 0 when there was no answer. */
			return new \WP_Error( 'trading_robot_service_silent', sprintf( __( 'The trading service could not be asked (status %d). Nothing was left out on purpose: try again later.', 'trading-robot-service' ), $reply->status ) );
		}
		return $reply->data();
	}

	/**
	 * Names the person to the service: the WordPress user counts before the address.
	 *
	 * @param string $email Address.
	 * @return array<string,mixed>
	 */
	private static function person( string $email ): array {
		$user = get_user_by( 'email', $email );
		return array( 'email' => $email ) + ( $user ? array( 'wp_user_id' => (int) $user->ID ) : array() );
	}

	/**
	 * Turns one item of the service into one of WordPress' export.
	 *
	 * @param mixed $item What the service sent.
	 * @return array<string,mixed>
	 */
	private function item( $item ): array {
		$item   = is_array( $item ) ? $item : array();
		$group  = sanitize_key( (string) ( $item['group'] ?? '' ) );
		$labels = self::labels();
		$facts  = array();
		foreach ( (array) ( $item['facts'] ?? array() ) as $fact ) {
			if ( is_array( $fact ) && isset( $fact[0], $fact[1] ) ) {
				$facts[] = array(
					'name'  => ucfirst( str_replace( '_', ' ', sanitize_text_field( (string) $fact[0] ) ) ),
					'value' => esc_html( (string) $fact[1] ),
				);
			}
		}
		return array(
			'group_id'    => 'trading-robot-service-' . $group,
			'group_label' => $labels[ $group ] ?? __( 'Trading service', 'trading-robot-service' ),
			'item_id'     => 'trading-robot-service-' . sanitize_key( (string) ( $item['id'] ?? '' ) ),
			'data'        => $facts,
		);
	}

	/**
	 * Names the groups of an export.
	 *
	 * @return array<string,string>
	 */
	private static function labels(): array {
		return array(
			'account'          => __( 'Trading service: account', 'trading-robot-service' ),
			'api-keys'         => __( 'Trading service: API keys', 'trading-robot-service' ),
			'trading-accounts' => __( 'Trading service: trading accounts', 'trading-robot-service' ),
			'broker-accounts'  => __( 'Trading service: accounts at brokers', 'trading-robot-service' ),
			'imports'          => __( 'Trading service: imported files', 'trading-robot-service' ),
			'subscriptions'    => __( 'Trading service: plans', 'trading-robot-service' ),
			'payments'         => __( 'Trading service: payments', 'trading-robot-service' ),
			'robots'           => __( 'Trading service: robots', 'trading-robot-service' ),
			'requests'         => __( 'Trading service: requests to the administrators', 'trading-robot-service' ),
			'webhooks'         => __( 'Trading service: webhooks', 'trading-robot-service' ),
			'ledger'           => __( 'Trading service: recorded events', 'trading-robot-service' ),
			'trades'           => __( 'Trading service: trades', 'trading-robot-service' ),
		);
	}
}
