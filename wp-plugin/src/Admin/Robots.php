<?php
/**
 * The shelf of this site.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Cache;
use TradingRobotService\Capabilities;

defined( 'ABSPATH' ) || exit;

/**
 * How this site presents the robots of the catalogue; facts and records are not its to change.
 */
final class Robots extends Screen {

	const PAGE = 'trading-robot-service-robots';

	const ACTION = 'trading_robot_service_robot';

	// What was typed while somebody else saved, until it is saved or given up.
	const TYPED = 'trading_robot_service_typed_';

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		parent::register();
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
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
		return __( 'Robots', 'trading-robot-service' );
	}

	/**
	 * Returns the list, or the form of the robot that the address names.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$robot = self::asked( 'robot', '[a-z0-9][a-z0-9_-]{0,63}' );
		if ( '' === $robot ) {
			$answer = $this->service->get( '/robots' );
			$data   = array(
				'said' => $answer['data'],
				'url'  => function ( array $query ): string {
					return $this->url( $query );
				},
			);
			return array(
				'template' => 'admin-robots',
				'answer'   => $answer,
				'data'     => $data,
			);
		}
		$answer = $this->service->get( '/robots/' . $robot );
		$typed  = get_transient( self::typed_key( $robot ) );
		delete_transient( self::typed_key( $robot ) );
		return array(
			'template' => 'admin-robot',
			'answer'   => $answer,
			'data'     => array(
				'said'   => $answer['data'],
				'typed'  => is_array( $typed ) ? $typed : null,
				'action' => self::ACTION,
				'list'   => $this->url(),
			),
		);
	}

	/**
	 * Saves how this site presents a robot.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not change the robots.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$robot   = isset( $_POST['robot'] ) ? sanitize_key( wp_unslash( $_POST['robot'] ) ) : '';
		$version = isset( $_POST['version'] ) ? absint( wp_unslash( $_POST['version'] ) ) : 0;
		$given   = array(
			'title'       => self::text_or_null( isset( $_POST['title'] ) ? sanitize_text_field( wp_unslash( $_POST['title'] ) ) : '' ),
			'summary'     => self::text_or_null( isset( $_POST['summary'] ) ? sanitize_text_field( wp_unslash( $_POST['summary'] ) ) : '' ),
			'is_featured' => isset( $_POST['is_featured'] ),
			'is_hidden'   => isset( $_POST['is_hidden'] ),
			'position'    => isset( $_POST['position'] ) ? min( 999, absint( wp_unslash( $_POST['position'] ) ) ) : 0,
		);
		$answer  = $this->service->send( 'PUT', '/robots/' . $robot, $given, array( 'If-Match' => '"' . $version . '"' ) );
		if ( 'ok' === $answer['state'] ) {
			// Visitors see it with their next page, not when the copies have grown old.
			Cache::clear();
			$this->back( 'success', __( 'Saved. The marketplace of this site shows it from now on.', 'trading-robot-service' ), array( 'robot' => $robot ) );
		}
		set_transient( self::typed_key( $robot ), $given, 10 * MINUTE_IN_SECONDS );
		$text = 'conflict' === $answer['state']
			? __( 'Not saved: somebody else changed this robot meanwhile. Both are shown below; save again to use yours.', 'trading-robot-service' )
			: self::refusal( $answer );
		$this->back( 'error', $text, array( 'robot' => $robot ) );
	}

	/**
	 * Returns a text, or null for the catalogue's own words.
	 *
	 * @param string $text What was typed.
	 */
	private static function text_or_null( string $text ): ?string {
		return '' === trim( $text ) ? null : trim( $text );
	}

	/**
	 * Names what this administrator typed for a robot.
	 *
	 * @param string $robot Id of the robot.
	 */
	private static function typed_key( string $robot ): string {
		return self::TYPED . get_current_user_id() . '_' . $robot;
	}
}
