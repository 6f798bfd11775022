<?php
/**
 * What was asked of models, what it cost, and what may be spent.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;

defined( 'ABSPATH' ) || exit;

/**
 * Use and cost, the requests behind each figure, and what the owner sets.
 */
final class Ai extends Screen {

	const PAGE = 'trading-robot-service-ai';

	const ACTION = 'trading_robot_service_ai';

	const FILE = 'trading_robot_service_ai_file';

	const PERIODS = '7d|30d|90d';

	const PARTS = 'runs|settings|health|prompts|prompt';

	const FILTERS = array(
		'user'  => '[1-9][0-9]{0,9}',
		'task'  => '[a-z0-9][a-z0-9._-]{0,59}',
		'model' => '[a-z0-9][a-z0-9._-]{0,59}',
		'day'   => '20[0-9]{2}-[01][0-9]-[0-3][0-9]',
		'only'  => 'failed|stopped|offline|cached|own_key|trial',
	);

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		parent::register();
		add_action( 'admin_post_' . self::ACTION, array( $this, 'save' ) );
		add_action( 'admin_post_' . self::FILE, array( $this, 'send_file' ) );
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
		return __( 'AI', 'trading-robot-service' );
	}

	/**
	 * Returns the part that the address names.
	 *
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	protected function content(): array {
		$part = self::asked( 'part', self::PARTS );
		if ( 'settings' === $part ) {
			$answer = $this->service->get( '/ai/settings' );
			return $this->shown( 'admin-ai-settings', $answer, $part, array( 'action' => self::ACTION ) );
		}
		if ( 'health' === $part ) {
			$answer = $this->service->get( '/ai/health' );
			// A site that is not the operator's is told so.
			$answer = 'absent' === $answer['state'] ? array_merge( $answer, array( 'state' => 'ok', 'data' => array() ) ) : $answer;
			return $this->shown( 'admin-ai-health', $answer, $part, array( 'action' => self::ACTION ) );
		}
		if ( 'prompts' === $part || 'prompt' === $part ) {
			$shown = ( new Prompts( $this->service ) )->content( self::asked( 'task', Prompts::TASK ), self::asked( 'number', Prompts::NUMBER ) );
			return $this->shown( $shown['template'], $shown['answer'], $part, array( 'action' => self::ACTION ) );
		}
		$period = self::period();
		$asked  = 'runs' === $part ? self::filters() : array_intersect_key( self::filters(), array( 'user' => 1 ) );
		$data   = array(
			'period'  => $period,
			'periods' => self::periods(),
			'asked'   => $asked,
			'file'    => static function ( array $query ) use ( $period ): string {
				$query = array_merge( $query, array( 'action' => self::FILE, 'period' => $period ) );
				return wp_nonce_url( add_query_arg( array_map( 'rawurlencode', $query ), admin_url( 'admin-post.php' ) ), self::FILE );
			},
		);
		if ( 'runs' === $part ) {
			$data['cursor'] = self::asked( 'cursor', '[A-Za-z0-9_=-]{1,200}' );
			$answer         = $this->service->get( '/ai/runs', array( 'period' => $period, 'cursor' => $data['cursor'] ) + $asked );
			return $this->shown( 'admin-ai-runs', $answer, $part, $data );
		}
		return $this->shown( 'admin-ai', $this->service->get( '/ai', array( 'period' => $period ) + $asked ), '', $data );
	}

	/**
	 * Returns what a template needs.
	 *
	 * @param string              $template Template.
	 * @param array<string,mixed> $answer   What the service answered.
	 * @param string              $part     Part of the screen.
	 * @param array<string,mixed> $data     What else it shows.
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	private function shown( string $template, array $answer, string $part, array $data ): array {
		return array(
			'template' => $template,
			'answer'   => $answer,
			'data'     => $data + array(
				'said' => $answer['data'],
				'part' => $part,
				'url'  => function ( array $query ): string {
					return $this->url( $query );
				},
			),
		);
	}

	/**
	 * Returns the period that the address names.
	 */
	private static function period(): string {
		$period = self::asked( 'period', self::PERIODS );
		return '' === $period ? '30d' : $period;
	}

	/**
	 * Returns what the address names of the requests.
	 *
	 * @return array<string,string>
	 */
	private static function filters(): array {
		$found = array();
		foreach ( self::FILTERS as $name => $pattern ) {
			$found[ $name ] = self::asked( $name, $pattern );
		}
		return array_filter( $found, 'strlen' );
	}

	/**
	 * Returns the periods in words.
	 *
	 * @return array<string,string>
	 */
	private static function periods(): array {
		return array(
			'7d'  => __( '7 days', 'trading-robot-service' ),
			'30d' => __( '30 days', 'trading-robot-service' ),
			'90d' => __( '90 days', 'trading-robot-service' ),
		);
	}

	/**
	 * Returns how requests ended in words.
	 *
	 * @return array<string,string>
	 */
	public static function states(): array {
		return array(
			'running' => __( 'Running', 'trading-robot-service' ),
			'done'    => __( 'Answered', 'trading-robot-service' ),
			'failed'  => __( 'Failed', 'trading-robot-service' ),
			'stopped' => __( 'Stopped', 'trading-robot-service' ),
		);
	}

	/**
	 * Changes what is set.
	 */
	public function save(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not set anything for models.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$name   = isset( $_POST['name'] ) ? sanitize_text_field( wp_unslash( $_POST['name'] ) ) : '';
		$value  = isset( $_POST['value'] ) ? sanitize_text_field( wp_unslash( $_POST['value'] ) ) : '';
		$step   = isset( $_POST['step'] ) ? sanitize_key( wp_unslash( $_POST['step'] ) ) : '';
		if ( 'check' === $step ) {
			$this->check( $name );
		}
		if ( in_array( $step, Prompts::STEPS, true ) ) {
			$this->change_prompt( $step );
		}
		$where  = array( 'part' => 'settings' );
		$answer = $this->service->send(
			'POST',
			'/ai/settings',
			array(
				'name'  => $name,
				'value' => 'usual' === $step ? null : $value,
			)
		);
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ), $where );
		}
		/* translators: %s: what was set, such as "One member in a day". */
		$this->back( 'success', sprintf( __( 'Set: %s. It counts from the next call on.', 'trading-robot-service' ), (string) ( $answer['data']['label'] ?? $name ) ), $where );
	}

	/**
	 * Has a model asked one word.
	 *
	 * @param string $model Model.
	 */
	private function check( string $model ): void {
		$where  = array( 'part' => 'health' );
		$answer = $this->service->send( 'POST', '/ai/models/' . rawurlencode( $model ) . '/check' );
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ), $where );
		}
		$this->back( 'success', __( 'The model is being asked. Look again in a few seconds.', 'trading-robot-service' ), $where );
	}

	/**
	 * Writes, chooses or tries a version of a prompt.
	 *
	 * @param string $step One of Prompts::STEPS.
	 */
	private function change_prompt( string $step ): void {
		// save() has checked right and nonce; Prompts takes from it what each field may hold.
		$form   = map_deep( wp_unslash( $_POST ), 'wp_check_invalid_utf8' ); // phpcs:ignore WordPress.Security.NonceVerification
		$answer = ( new Prompts( $this->service ) )->send( $step, $form );
		if ( 'ok' !== $answer['state'] ) {
			$this->back( 'error', self::refusal( $answer ), Prompts::where( $form ) );
		}
		$this->back( 'success', Prompts::said( $step ), Prompts::where( $form, $answer['data'] ) );
	}

	/**
	 * Sends the requests behind a figure as a file.
	 */
	public function send_file(): void {
		if ( ! current_user_can( Capabilities::MANAGE ) ) {
			wp_die( esc_html__( 'You may not see what was asked of models.', 'trading-robot-service' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::FILE );
		$period = self::period();
		$this->send_csv( '/ai/runs/file', array( 'period' => $period ) + self::filters(), 'ai-' . $period );
	}
}
