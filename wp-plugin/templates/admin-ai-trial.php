<?php
/**
 * A question with which a version of a prompt was tried.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $trading_robot_service_trial Dry run.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Prompts;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_answer = $trading_robot_service_trial['answer'];
$trading_robot_service_asked  = '' === $trading_robot_service_trial['symbol'] ? $trading_robot_service_trial['question'] : $trading_robot_service_trial['question'] . ' (' . $trading_robot_service_trial['symbol'] . ')';
?>
<article class="trp-trial">
<h3><?php echo esc_html( $trading_robot_service_asked ); ?></h3>
<?php if ( null === $trading_robot_service_answer ) : ?>
<p role="status"><?php echo esc_html( in_array( $trading_robot_service_trial['state'], array( 'waiting', 'writing' ), true ) ? __( 'It is being answered. Load the page again in a few seconds.', 'trading-robot-service' ) : Prompts::why( $trading_robot_service_trial['reason'] ) ); ?></p>
<?php else : ?>
<p class="trp-answer" lang="en"><?php
	foreach ( $trading_robot_service_answer['pieces'] as $trading_robot_service_piece ) {
		echo esc_html( $trading_robot_service_piece['text'] );
		if ( $trading_robot_service_piece['source'] > 0 ) {
			printf( '<sup>[%d]</sup>', (int) $trading_robot_service_piece['source'] );
		}
	}
?></p>
	<?php if ( array() !== $trading_robot_service_answer['sources'] ) : ?>
<h4><?php esc_html_e( 'Sources', 'trading-robot-service' ); ?></h4>
<ol lang="en">
		<?php foreach ( $trading_robot_service_answer['sources'] as $trading_robot_service_source ) : ?>
	<li><?php echo esc_html( trim( $trading_robot_service_source['label'] . ' ' . $trading_robot_service_source['symbol'] ) . ': ' . $trading_robot_service_source['value'] . '. ' . $trading_robot_service_source['source'] . ( null === $trading_robot_service_source['n'] ? '' : ', n ' . number_format_i18n( $trading_robot_service_source['n'] ) ) ); ?></li>
		<?php endforeach; ?>
</ol>
	<?php endif; ?>
	<?php if ( array() !== $trading_robot_service_answer['removed'] ) : ?>
<h4><?php esc_html_e( 'Removed: numbers in them could not be proven', 'trading-robot-service' ); ?></h4>
<ul class="ul-disc" lang="en">
		<?php foreach ( $trading_robot_service_answer['removed'] as $trading_robot_service_sentence ) : ?>
	<li><?php echo esc_html( $trading_robot_service_sentence ); ?></li>
		<?php endforeach; ?>
</ul>
	<?php endif; ?>
<p class="description">
	<?php
	$trading_robot_service_by = $trading_robot_service_answer['is_offline'] ? __( 'Answered by plain rules: no model has read the prompt', 'trading-robot-service' ) : $trading_robot_service_answer['model'];
	echo esc_html( implode( ', ', array_filter( array( Screen::when( $trading_robot_service_trial['ended_at'] ), $trading_robot_service_by, Figures::dollars( $trading_robot_service_answer['cost'] ), implode( ' → ', $trading_robot_service_answer['tools'] ) ), 'strlen' ) ) );
	?>
</p>
<?php endif; ?>
</article>
