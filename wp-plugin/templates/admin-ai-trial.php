<?php
/**
 * What a version of a prompt was tried on, and what came of it.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $trading_robot_service_trial Dry run.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Prompts;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_answer = $trading_robot_service_trial['answer'];
$trading_robot_service_asked  = Prompts::asked_of( $trading_robot_service_trial );
?>
<article class="trp-trial">
<h3><?php echo esc_html( $trading_robot_service_asked ); ?></h3>
<?php if ( null === $trading_robot_service_answer ) : ?>
<p role="status"><?php echo esc_html( Prompts::standing( $trading_robot_service_trial ) ); ?></p>
<?php else : ?>
	<?php if ( array() !== $trading_robot_service_answer['pieces'] ) : ?>
<p class="trp-answer" lang="en"><?php
	foreach ( $trading_robot_service_answer['pieces'] as $trading_robot_service_piece ) {
		echo esc_html( $trading_robot_service_piece['text'] );
		if ( $trading_robot_service_piece['source'] > 0 ) {
			printf( '<sup>[%d]</sup>', (int) $trading_robot_service_piece['source'] );
		}
	}
?></p>
	<?php endif; ?>
	<?php foreach ( $trading_robot_service_answer['groups'] as $trading_robot_service_group ) : ?>
<table class="widefat striped trp-table">
	<caption><?php echo esc_html( $trading_robot_service_group['title'] ); ?></caption>
	<thead><tr><th scope="col"><?php esc_html_e( 'Field', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Said', 'trading-robot-service' ); ?></th><?php if ( $trading_robot_service_group['is_compared'] ) : ?><th scope="col" class="trp-end"><?php esc_html_e( 'Confidence', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'It is', 'trading-robot-service' ); ?></th><?php endif; ?></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_group['fields'] as $trading_robot_service_field ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( Prompts::field( $trading_robot_service_field['name'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Said', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === $trading_robot_service_field['value'] ? '–' : $trading_robot_service_field['value'] ); ?></td>
			<?php if ( $trading_robot_service_group['is_compared'] ) : ?>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Confidence', 'trading-robot-service' ); ?>"><?php echo esc_html( null === $trading_robot_service_field['confidence'] ? '–' : Figures::percent( $trading_robot_service_field['confidence'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'It is', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_field['value'] === $trading_robot_service_field['expected'] ? __( 'right', 'trading-robot-service' ) : ( '' === $trading_robot_service_field['expected'] ? '–' : $trading_robot_service_field['expected'] ) ); ?></td>
			<?php endif; ?>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
	<?php endforeach; ?>
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
