<?php
/**
 * Tasks of models and the versions of what they are told.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, action.
 */

use TradingRobotService\Admin\Prompts;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

require __DIR__ . '/admin-ai-tabs.php';
?>
<?php if ( ! isset( $data['said']['items'] ) ) : ?>
<p class="trp-empty"><?php esc_html_e( 'The operator of the service sees this on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p class="description"><?php esc_html_e( 'What models are told before a question. Versions are added and never changed; open one to read it, to see what it changed, to try it, or to write the next one.', 'trading-robot-service' ); ?></p>
	<?php foreach ( $data['said']['items'] as $trading_robot_service_task ) : ?>
		<?php $trading_robot_service_id = 'trp-prompt-' . sanitize_html_class( $trading_robot_service_task['task'] ); ?>
<section class="trp-panel" aria-labelledby="<?php echo esc_attr( $trading_robot_service_id ); ?>">
<h2 id="<?php echo esc_attr( $trading_robot_service_id ); ?>"><?php echo esc_html( $trading_robot_service_task['label'] ); ?></h2>
<table class="widefat striped trp-table">
	<caption class="screen-reader-text"><?php echo esc_html( $trading_robot_service_task['label'] ); ?></caption>
	<thead><tr><th scope="col"><?php esc_html_e( 'Version', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'When', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'By', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Note', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Characters', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
		<?php foreach ( $trading_robot_service_task['versions'] as $trading_robot_service_version ) : ?>
			<?php
			$trading_robot_service_open = $data['url'](
				array(
					'part'   => 'prompt',
					'task'   => $trading_robot_service_task['task'],
					'number' => (string) $trading_robot_service_version['number'],
				)
			);
			$trading_robot_service_marks = array_filter(
				array(
					$trading_robot_service_version['is_used'] ? __( 'in use', 'trading-robot-service' ) : '',
					$trading_robot_service_version['is_own'] ? __( 'the program’s own', 'trading-robot-service' ) : '',
				),
				'strlen'
			);
			?>
	<tr>
		<th scope="row"><a href="<?php echo esc_url( $trading_robot_service_open ); ?>" aria-label="<?php echo esc_attr( $trading_robot_service_task['label'] . ' ' . $trading_robot_service_version['number'] ); ?>"><?php echo esc_html( (string) $trading_robot_service_version['number'] ); ?></a></th>
		<td data-label="<?php esc_attr_e( 'When', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_version['made_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'By', 'trading-robot-service' ); ?>"><?php echo esc_html( Prompts::by( $trading_robot_service_version ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Note', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === $trading_robot_service_version['note'] ? '–' : $trading_robot_service_version['note'] ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Characters', 'trading-robot-service' ); ?>"><?php echo esc_html( number_format_i18n( $trading_robot_service_version['characters'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( array() === $trading_robot_service_marks ? '–' : implode( ', ', $trading_robot_service_marks ) ); ?></td>
	</tr>
		<?php endforeach; ?>
	</tbody>
</table>
		<?php if ( null !== $trading_robot_service_task['chosen'] ) : ?>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
			<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="task" value="<?php echo esc_attr( $trading_robot_service_task['task'] ); ?>">
	<p><button type="submit" name="step" value="prompt_own" class="button" aria-describedby="<?php echo esc_attr( $trading_robot_service_id ); ?>"><?php esc_html_e( 'Go back to the program’s own text', 'trading-robot-service' ); ?></button></p>
</form>
		<?php endif; ?>
</section>
	<?php endforeach; ?>
<p class="description"><?php esc_html_e( 'Whatever a version says, this is appended to it:', 'trading-robot-service' ); ?></p>
<blockquote lang="en"><?php echo esc_html( $data['said']['appended'] ); ?></blockquote>
<?php endif; ?>
