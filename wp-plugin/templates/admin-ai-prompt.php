<?php
/**
 * One version of what a task's models are told.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, action.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Prompts;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_said    = $data['said'];
$trading_robot_service_version = $trading_robot_service_said['version'];
$trading_robot_service_tags    = array(
	'+' => 'ins',
	'-' => 'del',
);
$trading_robot_service_begin   = static function () use ( $data, $trading_robot_service_said, $trading_robot_service_version ): void {
	wp_nonce_field( $data['action'], '_wpnonce', false );
	$fields = array(
		'action' => $data['action'],
		'task'   => $trading_robot_service_said['task'],
		'number' => $trading_robot_service_version['number'],
	);
	foreach ( $fields as $name => $value ) {
		printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( (string) $value ) );
	}
};
require __DIR__ . '/admin-ai-tabs.php';
?>
<p><a href="<?php echo esc_url( $data['url']( array( 'part' => 'prompts' ) ) ); ?>"><?php esc_html_e( 'Back to all prompts', 'trading-robot-service' ); ?></a></p>
<h2>
	<?php
	/* translators: 1: a task such as "Coach", 2: a number. */
	echo esc_html( sprintf( __( '%1$s: version %2$s', 'trading-robot-service' ), $trading_robot_service_said['label'], $trading_robot_service_version['number'] ) );
	?>
</h2>
<p>
	<?php
	echo esc_html( implode( ', ', array_filter( array( Screen::when( $trading_robot_service_version['made_at'] ), Prompts::by( $trading_robot_service_version ), $trading_robot_service_version['note'] ), 'strlen' ) ) );
	?>
</p>
<?php if ( $trading_robot_service_version['is_used'] ) : ?>
<p><strong><?php esc_html_e( 'Models are told this version now.', 'trading-robot-service' ); ?></strong></p>
<?php else : ?>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php $trading_robot_service_begin(); ?>
	<p><button type="submit" name="step" value="prompt_choose" class="button button-primary"><?php esc_html_e( 'Use this version', 'trading-robot-service' ); ?></button></p>
</form>
<?php endif; ?>

<section class="trp-panel" aria-labelledby="trp-prompt-diff">
<h2 id="trp-prompt-diff"><?php esc_html_e( 'What it changed', 'trading-robot-service' ); ?></h2>
<?php if ( null === $trading_robot_service_said['before'] ) : ?>
<p><?php esc_html_e( 'It is the first version.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p class="description">
	<?php
	/* translators: %s: a number. */
	echo esc_html( sprintf( __( 'Against version %s: lines with + are new, lines with - are gone.', 'trading-robot-service' ), $trading_robot_service_said['before'] ) );
	?>
</p>
<pre class="trp-diff" tabindex="0" role="region" aria-labelledby="trp-prompt-diff"><?php
foreach ( $trading_robot_service_said['diff'] as $trading_robot_service_line ) {
	$trading_robot_service_tag = $trading_robot_service_tags[ substr( $trading_robot_service_line, 0, 1 ) ] ?? 'span';
	printf( "<%1\$s>%2\$s</%1\$s>\n", tag_escape( $trading_robot_service_tag ), esc_html( $trading_robot_service_line ) );
}
?></pre>
<?php endif; ?>
</section>

<?php if ( $trading_robot_service_said['can_try'] ) : ?>
<section class="trp-panel" aria-labelledby="trp-prompt-try">
<h2 id="trp-prompt-try"><?php esc_html_e( 'Dry run', 'trading-robot-service' ); ?></h2>
<p class="description">
	<?php
	echo esc_html( Prompts::tried( (string) $trading_robot_service_said['tries'] ) . ' ' . __( 'No member sees it, and the answer is shown to you alone.', 'trading-robot-service' ) );
	/* translators: %s: an amount of money, such as "0.05 USD". */
	echo ' ' . esc_html( sprintf( __( 'It counts as any request does: at most %s is held back before, and what it has cost is told after.', 'trading-robot-service' ), Figures::dollars( $trading_robot_service_said['most'] ) ) );
	?>
</p>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php $trading_robot_service_begin(); ?>
	<input type="hidden" name="key" value="<?php echo esc_attr( wp_generate_uuid4() ); ?>">
	<?php if ( 'question' === $trading_robot_service_said['tries'] ) : ?>
	<p class="trp-field"><label for="trp-try-question"><?php esc_html_e( 'Question', 'trading-robot-service' ); ?></label>
	<textarea id="trp-try-question" name="question" rows="3" required maxlength="2000"></textarea></p>
	<p class="trp-field"><label for="trp-try-symbol"><?php esc_html_e( 'Symbol of the chart that is open', 'trading-robot-service' ); ?></label>
	<input type="text" id="trp-try-symbol" name="symbol" maxlength="40" autocomplete="off"></p>
	<?php elseif ( 'chart' === $trading_robot_service_said['tries'] ) : ?>
	<p class="trp-field"><label for="trp-try-symbol"><?php esc_html_e( 'Symbol of the chart (empty: SPY, or another one that has prices)', 'trading-robot-service' ); ?></label>
	<input type="text" id="trp-try-symbol" name="symbol" maxlength="40" autocomplete="off"></p>
	<?php endif; ?>
	<p><button type="submit" name="step" value="prompt_try" class="button"><?php esc_html_e( 'Try it', 'trading-robot-service' ); ?></button></p>
</form>
	<?php $trading_robot_service_open = Prompts::are_open( $trading_robot_service_said['trials'] ); ?>
<div id="trp-trials"<?php echo $trading_robot_service_open ? ' data-trp-again="3"' : ''; ?>>
	<?php if ( $trading_robot_service_open ) : ?>
<p><a href="<?php echo esc_url( $data['url']( Prompts::where( array( 'task' => $trading_robot_service_said['task'], 'number' => (string) $trading_robot_service_version['number'] ) ) ) . '#trp-trials' ); ?>"><?php esc_html_e( 'Look again', 'trading-robot-service' ); ?></a></p>
	<?php endif; ?>
	<?php
	foreach ( $trading_robot_service_said['trials'] as $trading_robot_service_trial ) {
		require __DIR__ . '/admin-ai-trial.php';
	}
	?>
</div>
</section>
<?php endif; ?>

<section class="trp-panel" aria-labelledby="trp-prompt-text">
<h2 id="trp-prompt-text"><?php esc_html_e( 'Text', 'trading-robot-service' ); ?></h2>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php $trading_robot_service_begin(); ?>
	<p class="trp-field"><label for="trp-prompt-field"><?php esc_html_e( 'Change it and keep it as a new version', 'trading-robot-service' ); ?></label>
	<textarea id="trp-prompt-field" name="text" rows="24" required maxlength="20000" lang="en" spellcheck="true"><?php echo esc_textarea( "\n" . $trading_robot_service_said['text'] ); ?></textarea></p>
	<p class="trp-field"><label for="trp-prompt-note"><?php esc_html_e( 'What is new about it', 'trading-robot-service' ); ?></label>
	<input type="text" id="trp-prompt-note" name="note" required maxlength="200" autocomplete="off"></p>
	<p><button type="submit" name="step" value="prompt_add" class="button button-primary"><?php esc_html_e( 'Keep as a new version', 'trading-robot-service' ); ?></button></p>
</form>
</section>
