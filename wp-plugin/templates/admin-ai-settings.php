<?php
/**
 * What may be spent, and which models are asked.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, part, url, action.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_groups = array(
	'money'  => array( __( 'Limits of money', 'trading-robot-service' ), __( 'US dollars. A day begins at midnight UTC. Money is held back before each call and settled after it, so a limit is never passed; 0 stops every call.', 'trading-robot-service' ) ),
	'share'  => array( __( 'Alarm', 'trading-robot-service' ), __( 'You are told once a day and limit, on this screen, in the log and in the metrics.', 'trading-robot-service' ) ),
	'order'  => array( __( 'Order of models', 'trading-robot-service' ), __( 'The first one that has a key and is well is asked, the next one where it fails. Names with commas between them.', 'trading-robot-service' ) ),
	'switch' => array( __( 'Models', 'trading-robot-service' ), __( 'A model that is switched off is asked by nobody, not even with an own key.', 'trading-robot-service' ) ),
);
require __DIR__ . '/admin-ai-tabs.php';
?>
<?php if ( ! $data['said']['is_operators'] ) : ?>
<p class="trp-empty"><?php esc_html_e( 'You set how much members of this site may spend in a day, at most what the operator of the service allows. The rest is set on the operator’s own site.', 'trading-robot-service' ); ?></p>
<?php endif; ?>
<?php foreach ( $trading_robot_service_groups as $trading_robot_service_kind => $trading_robot_service_group ) : ?>
	<?php
	$trading_robot_service_items = array_filter(
		$data['said']['items'],
		static function ( array $item ) use ( $trading_robot_service_kind ): bool {
			return $item['kind'] === $trading_robot_service_kind;
		}
	);
	if ( array() === $trading_robot_service_items ) {
		continue;
	}
	?>
<section class="trp-panel" aria-labelledby="<?php echo esc_attr( 'trp-ai-' . $trading_robot_service_kind ); ?>">
<h2 id="<?php echo esc_attr( 'trp-ai-' . $trading_robot_service_kind ); ?>"><?php echo esc_html( $trading_robot_service_group[0] ); ?></h2>
<p class="description"><?php echo esc_html( $trading_robot_service_group[1] ); ?></p>
	<?php foreach ( $trading_robot_service_items as $trading_robot_service_item ) : ?>
		<?php $trading_robot_service_id = 'trp-set-' . sanitize_html_class( str_replace( array( ':', '.' ), '-', $trading_robot_service_item['name'] ) ); ?>
<form class="trp-field" method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
		<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="name" value="<?php echo esc_attr( $trading_robot_service_item['name'] ); ?>">
		<?php if ( 'switch' === $trading_robot_service_kind ) : ?>
	<input type="hidden" name="value" value="<?php echo esc_attr( 'true' === $trading_robot_service_item['value'] ? 'false' : 'true' ); ?>">
	<strong><?php echo esc_html( $trading_robot_service_item['of'] ); ?></strong>
			<?php echo esc_html( 'true' === $trading_robot_service_item['value'] ? __( 'switched off', 'trading-robot-service' ) : __( 'on', 'trading-robot-service' ) ); ?>
	<button type="submit" name="step" value="set" class="button" aria-label="<?php echo esc_attr( $trading_robot_service_item['of'] . ': ' . ( 'true' === $trading_robot_service_item['value'] ? __( 'Switch on', 'trading-robot-service' ) : __( 'Switch off', 'trading-robot-service' ) ) ); ?>"><?php echo esc_html( 'true' === $trading_robot_service_item['value'] ? __( 'Switch on', 'trading-robot-service' ) : __( 'Switch off', 'trading-robot-service' ) ); ?></button>
		<?php else : ?>
	<label for="<?php echo esc_attr( $trading_robot_service_id ); ?>"><?php echo esc_html( $trading_robot_service_item['label'] ); ?></label>
	<input type="text" id="<?php echo esc_attr( $trading_robot_service_id ); ?>" name="value" required maxlength="500" autocomplete="off" value="<?php echo esc_attr( $trading_robot_service_item['value'] ); ?>" aria-describedby="<?php echo esc_attr( $trading_robot_service_id . '-help' ); ?>">
	<span class="description" id="<?php echo esc_attr( $trading_robot_service_id . '-help' ); ?>">
			<?php
			echo esc_html(
				$trading_robot_service_item['is_changed']
				/* translators: 1: a value, 2: a time. */
				? sprintf( __( 'Usually %1$s; set on %2$s.', 'trading-robot-service' ), $trading_robot_service_item['usual'], Screen::when( $trading_robot_service_item['changed_at'] ) )
				: __( 'The usual value.', 'trading-robot-service' )
			);
			?>
	</span>
	<button type="submit" name="step" value="set" class="button" aria-label="<?php echo esc_attr( $trading_robot_service_item['label'] . ': ' . __( 'Set', 'trading-robot-service' ) ); ?>"><?php esc_html_e( 'Set', 'trading-robot-service' ); ?></button>
			<?php if ( $trading_robot_service_item['is_changed'] ) : ?>
	<button type="submit" name="step" value="usual" formnovalidate class="button" aria-label="<?php echo esc_attr( $trading_robot_service_item['label'] . ': ' . __( 'Back to the usual value', 'trading-robot-service' ) ); ?>"><?php esc_html_e( 'Back to the usual value', 'trading-robot-service' ); ?></button>
			<?php endif; ?>
		<?php endif; ?>
</form>
	<?php endforeach; ?>
</section>
<?php endforeach; ?>
<?php if ( array() !== $data['said']['models'] ) : ?>
<p class="description">
	<?php
	/* translators: %s: names of models. */
	echo esc_html( sprintf( __( 'Known models: %s.', 'trading-robot-service' ), implode( ', ', $data['said']['models'] ) ) );
	?>
</p>
<?php endif; ?>
