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
			'prompt_try'    => __( 'It is being tried. The answer comes below.', 'trading-robot-service' ),
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
			'bars'   => __( 'The symbol has too few prices for a chart.', 'trading-robot-service' ),
			'lost'   => __( 'The worker was cut off. Ask again.', 'trading-robot-service' ),
		);
		return $texts[ $reason ] ?? __( 'It failed. The log says why.', 'trading-robot-service' );
	}

	/**
	 * Says on what a task's prompt is tried.
	 *
	 * @param string $kind In a word of the service.
	 */
	public static function tried( string $kind ): string {
		$texts = array(
			'question' => __( 'A worker answers a question by this version, whether it is in use or not. It looks things up in your own account.', 'trading-robot-service' ),
			'chart'    => __( 'A worker analyses a plain chart by this version, whether it is in use or not. It is no prediction of anybody.', 'trading-robot-service' ),
			'picture'  => __( 'A worker reads a picture by this version, whether it is in use or not: a look-alike of a broker’s page with invented positions, of which it is known what it shows.', 'trading-robot-service' ),
			'word'     => __( 'A worker asks the first model that answers for one word by this version, whether it is in use or not.', 'trading-robot-service' ),
		);
		return $texts[ $kind ] ?? '';
	}

	/**
	 * Says what a dry run was asked.
	 *
	 * @param array<string,mixed> $trial Dry run.
	 */
	public static function asked_of( array $trial ): string {
		$symbol = (string) $trial['symbol'];
		if ( '' === $trial['question'] ) {
			return '' === $symbol ? Screen::when( $trial['asked_at'] ) : $symbol . ', ' . Screen::when( $trial['asked_at'] );
		}
		return '' === $symbol ? $trial['question'] : $trial['question'] . ' (' . $symbol . ')';
	}

	/**
	 * Tells whether one of the dry runs is still to come.
	 *
	 * @param array<int,array<string,mixed>> $trials Dry runs.
	 */
	public static function are_open( array $trials ): bool {
		return array() !== array_intersect( array( 'waiting', 'writing' ), array_column( $trials, 'state' ) );
	}

	/**
	 * Says how far a dry run without an answer is, or why there is none.
	 *
	 * @param array<string,mixed> $trial Dry run.
	 */
	public static function standing( array $trial ): string {
		if ( ! self::are_open( array( $trial ) ) ) {
			return self::why( (string) $trial['reason'] );
		}
		if ( 'waiting' === $trial['state'] ) {
			if ( (int) $trial['ahead'] < 1 ) {
				return __( 'It waits for a worker.', 'trading-robot-service' );
			}
			/* translators: %s: a number of jobs. */
			return sprintf( _n( 'It waits for a worker: %s job is before it.', 'It waits for a worker: %s jobs are before it.', (int) $trial['ahead'], 'trading-robot-service' ), number_format_i18n( (int) $trial['ahead'] ) );
		}
		if ( '' !== $trial['doing'] ) {
			/* translators: %s: the name of a look-up, such as "get_bars". */
			return sprintf( __( 'It is being answered: %s.', 'trading-robot-service' ), $trial['doing'] );
		}
		if ( $trial['characters'] > 0 ) {
			/* translators: %s: a number of characters. */
			return sprintf( _n( 'It is being answered: %s character so far.', 'It is being answered: %s characters so far.', (int) $trial['characters'], 'trading-robot-service' ), number_format_i18n( (int) $trial['characters'] ) );
		}
		return __( 'It is being answered.', 'trading-robot-service' );
	}

	/**
	 * Says a field of an answer in words.
	 *
	 * @param string $name In a word of the service.
	 */
	public static function field( string $name ): string {
		$texts = array(
			'bias'          => __( 'Bias', 'trading-robot-service' ),
			'entry'         => __( 'Entry', 'trading-robot-service' ),
			'target'        => __( 'Target', 'trading-robot-service' ),
			'stop'          => __( 'Stop', 'trading-robot-service' ),
			'confidence'    => __( 'Confidence', 'trading-robot-service' ),
			'horizon_bars'  => __( 'Bars that it has', 'trading-robot-service' ),
			'drawings'      => __( 'Drawings', 'trading-robot-service' ),
			'ticker'        => __( 'Symbol', 'trading-robot-service' ),
			'right'         => __( 'Kind', 'trading-robot-service' ),
			'strike'        => __( 'Strike', 'trading-robot-service' ),
			'expiry'        => __( 'Expiry', 'trading-robot-service' ),
			'quantity'      => __( 'Quantity', 'trading-robot-service' ),
			'entry_price'   => __( 'Entry price', 'trading-robot-service' ),
			'current_price' => __( 'Current price', 'trading-robot-service' ),
		);
		return $texts[ $name ] ?? $name;
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
