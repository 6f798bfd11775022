<?php
/**
 * What models are told before a question.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * The part "Prompts" of the screen "AI": versions, what they changed, dry runs, and which one counts.
 */
final class Prompts {

	const TASK = '[a-z0-9][a-z0-9._-]{0,59}';

	const NUMBER = '[1-9][0-9]{0,5}';

	const STEPS = array( 'prompt_add', 'prompt_choose', 'prompt_own', 'prompt_try' );

	/**
	 * What the service answers.
	 *
	 * @var Service
	 */
	private $service;

	/**
	 * Keeps its part.
	 *
	 * @param Service $service What the service answers.
	 */
	public function __construct( Service $service ) {
		$this->service = $service;
	}

	/**
	 * Asks for all tasks, or for one version.
	 *
	 * @param string $task   Task, empty for all.
	 * @param string $number Version.
	 * @return array{template:string,answer:array<string,mixed>}
	 */
	public function content( string $task, string $number ): array {
		if ( '' === $task || '' === $number ) {
			$answer = $this->service->get( '/ai/prompts' );
			// A site that is not the operator's is told so.
			$answer = 'absent' === $answer['state'] ? array_merge( $answer, array( 'state' => 'ok', 'data' => array() ) ) : $answer;
			return self::shown( 'admin-ai-prompts', $answer );
		}
		return self::shown( 'admin-ai-prompt', $this->service->get( self::path( $task, $number ) ) );
	}

	/**
	 * Returns which template shows an answer.
	 *
	 * @param string              $template Template.
	 * @param array<string,mixed> $answer   What the service answered.
	 * @return array{template:string,answer:array<string,mixed>}
	 */
	private static function shown( string $template, array $answer ): array {
		return compact( 'template', 'answer' );
	}

	/**
	 * Sends what a form asks for.
	 *
	 * @param string              $step One of STEPS.
	 * @param array<string,mixed> $form The form, as it was typed.
	 * @return array<string,mixed>
	 */
	public function send( string $step, array $form ): array {
		$task   = self::word( $form, 'task', self::TASK );
		$number = self::word( $form, 'number', self::NUMBER );
		if ( 'prompt_add' === $step ) {
			// A prompt is sent as it was typed: it may hold what looks like markup. It is escaped where it is shown.
			$data = array(
				'text' => self::typed( $form, 'text' ),
				'note' => sanitize_text_field( self::typed( $form, 'note' ) ),
			);
			return $this->service->send( 'POST', self::path( $task ), $data );
		}
		if ( 'prompt_try' === $step ) {
			$data = array(
				'question' => sanitize_textarea_field( self::typed( $form, 'question' ) ),
				'symbol'   => sanitize_text_field( self::typed( $form, 'symbol' ) ),
			);
			// A form that is sent twice is asked once.
			$key = self::word( $form, 'key', '[A-Za-z0-9-]{8,60}' );
			return $this->service->send( 'POST', self::path( $task, $number ) . '/trials', $data, '' === $key ? array() : array( 'Idempotency-Key' => $key ) );
		}
		return $this->service->send( 'POST', self::path( $task ) . '/choice', array( 'number' => 'prompt_own' === $step ? null : (int) $number ) );
	}

	/**
	 * Says what a form has done.
	 *
	 * @param string $step One of STEPS.
	 */
	public static function said( string $step ): string {
		$texts = array(
			'prompt_add'    => __( 'Kept as a version. It is not used before you choose it.', 'trading-robot-service' ),
			'prompt_choose' => __( 'Chosen. It counts from the next request on.', 'trading-robot-service' ),
			'prompt_own'    => __( 'The program’s own text counts from the next request on.', 'trading-robot-service' ),
			'prompt_try'    => __( 'The question is being answered. Look again in a few seconds.', 'trading-robot-service' ),
		);
		return $texts[ $step ];
	}

	/**
	 * Returns where a form leads: to the version that it is about.
	 *
	 * @param array<string,mixed> $form The form.
	 * @param array<string,mixed> $made What the service answered.
	 * @return array<string,string>
	 */
	public static function where( array $form, array $made = array() ): array {
		$task   = self::word( $form, 'task', self::TASK );
		$number = (string) ( $made['version']['number'] ?? self::word( $form, 'number', self::NUMBER ) );
		if ( '' === $task || '' === $number ) {
			return array( 'part' => 'prompts' );
		}
		return array(
			'part'   => 'prompt',
			'task'   => $task,
			'number' => $number,
		);
	}

	/**
	 * Says who wrote a version.
	 *
	 * @param array<string,mixed> $version Version.
	 */
	public static function by( array $version ): string {
		$user = null === $version['wp_user'] ? false : get_userdata( (int) $version['wp_user'] );
		if ( false !== $user ) {
			return (string) $user->display_name;
		}
		if ( '' !== $version['made_by'] ) {
			return $version['made_by'];
		}
		return $version['is_own'] ? __( 'the program', 'trading-robot-service' ) : __( 'unknown, or by a command', 'trading-robot-service' );
	}

	/**
	 * Says why a dry run has no answer.
	 *
	 * @param string $reason In a word of the service.
	 */
	public static function why( string $reason ): string {
		$texts = array(
			'budget' => __( 'A limit of money is reached.', 'trading-robot-service' ),
			'away'   => __( 'No model could answer.', 'trading-robot-service' ),
			'answer' => __( 'What the model answered cannot be used.', 'trading-robot-service' ),
			'lost'   => __( 'The worker was cut off. Ask again.', 'trading-robot-service' ),
		);
		return $texts[ $reason ] ?? __( 'It failed. The log says why.', 'trading-robot-service' );
	}

	/**
	 * Returns the path of a task or of one version.
	 *
	 * @param string $task   Task.
	 * @param string $number Version.
	 */
	private static function path( string $task, string $number = '' ): string {
		return '/ai/prompts/' . rawurlencode( $task ) . ( '' === $number ? '' : '/' . $number );
	}

	/**
	 * Returns a field as it was typed; a list in place of a text is none.
	 *
	 * @param array<string,mixed> $form The form.
	 * @param string              $name Field.
	 */
	private static function typed( array $form, string $name ): string {
		return is_string( $form[ $name ] ?? null ) ? $form[ $name ] : '';
	}

	/**
	 * Returns one word of a form, empty when it has another form.
	 *
	 * @param array<string,mixed> $form    The form.
	 * @param string              $name    Field.
	 * @param string              $pattern Regular expression for all of it.
	 */
	private static function word( array $form, string $name, string $pattern ): string {
		$value = self::typed( $form, $name );
		return 1 === preg_match( '#\A(?:' . $pattern . ')\z#', $value ) ? $value : '';
	}
}
