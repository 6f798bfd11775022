<?php
/**
 * Cases that wait, and cases that are decided.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, query, action, reasons, states, url.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_query   = $data['query'];
$trading_robot_service_decided = 'decided' === $trading_robot_service_query['state'];
$trading_robot_service_tabs    = array(
	/* translators: %s: a number. */
	''        => sprintf( __( 'Waiting (%s)', 'trading-robot-service' ), number_format_i18n( $data['said']['open_cases'] ) ),
	'decided' => __( 'Decided', 'trading-robot-service' ),
);
$trading_robot_service_labels  = array(
	'approve' => __( 'Approve the name', 'trading-robot-service' ),
	'reject'  => $trading_robot_service_decided ? __( 'Take the name back', 'trading-robot-service' ) : __( 'Reject', 'trading-robot-service' ),
	'resolve' => __( 'Mark as resolved', 'trading-robot-service' ),
	'dismiss' => __( 'Dismiss', 'trading-robot-service' ),
);
?>
<p><?php esc_html_e( 'Members are pseudonymous on public boards. Who asks for a name of their own appears here first; make sure that the name is theirs. Reports of robots appear here too.', 'trading-robot-service' ); ?></p>
<ul class="subsubsub">
<?php foreach ( $trading_robot_service_tabs as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<li><a href="<?php echo esc_url( $data['url']( '' === $trading_robot_service_key ? array() : array( 'state' => $trading_robot_service_key ) ) ); ?>"
		<?php if ( $trading_robot_service_decided === ( 'decided' === $trading_robot_service_key ) ) : ?>
		class="current" aria-current="page"
		<?php endif; ?>
	><?php echo esc_html( $trading_robot_service_label ); ?></a></li>
<?php endforeach; ?>
</ul>
<div class="clear"></div>
<?php if ( array() === $data['said']['items'] ) : ?>
<p class="trp-empty" role="status"><?php echo esc_html( $trading_robot_service_decided ? __( 'Nothing has been decided yet.', 'trading-robot-service' ) : __( 'Nothing waits for a decision.', 'trading-robot-service' ) ); ?></p>
<?php endif; ?>
<?php foreach ( $data['said']['items'] as $trading_robot_service_item ) : ?>
	<?php
	$trading_robot_service_case    = $trading_robot_service_item['case'];
	$trading_robot_service_is_name = 'public_name' === $trading_robot_service_case['kind'];
	$trading_robot_service_user    = null === $trading_robot_service_item['member'] ? false : get_userdata( (int) $trading_robot_service_item['member']['wp_user_id'] );
	$trading_robot_service_by      = null === $trading_robot_service_case['decided_by'] ? false : get_userdata( (int) $trading_robot_service_case['decided_by'] );
	$trading_robot_service_choices = $trading_robot_service_is_name ? array( 'approve', 'reject' ) : array( 'resolve', 'dismiss' );
	if ( $trading_robot_service_decided ) {
		$trading_robot_service_choices = 'approved' === $trading_robot_service_case['state'] ? array( 'reject' ) : array();
	}
	$trading_robot_service_number = (string) $trading_robot_service_case['id'];
	/* translators: 1: a name or a robot. */
	$trading_robot_service_title = sprintf( $trading_robot_service_is_name ? __( 'Public name: %1$s', 'trading-robot-service' ) : __( 'Report of %1$s', 'trading-robot-service' ), $trading_robot_service_is_name ? $trading_robot_service_case['subject'] : $trading_robot_service_item['robot_name'] );
	?>
<section class="trp-case" aria-labelledby="trp-case-<?php echo esc_attr( $trading_robot_service_number ); ?>">
	<h2 id="trp-case-<?php echo esc_attr( $trading_robot_service_number ); ?>"><?php echo esc_html( $trading_robot_service_title ); ?></h2>
	<p class="description">
		<?php
		if ( null !== $trading_robot_service_item['member'] ) {
			/* translators: 1: a user's name, 2: login name, 3: pseudonym, 4: date and time. */
			echo esc_html( sprintf( __( '%1$s (%2$s), on boards “%3$s”, asked %4$s', 'trading-robot-service' ), false === $trading_robot_service_user ? $trading_robot_service_item['member']['username'] : $trading_robot_service_user->display_name, false === $trading_robot_service_user ? '–' : $trading_robot_service_user->user_login, $trading_robot_service_item['member']['pseudonym'], Screen::when( $trading_robot_service_case['created_at'] ) ) );
		} else {
			/* translators: %s: date and time. */
			echo esc_html( sprintf( __( 'A member who has left this site, asked %s', 'trading-robot-service' ), Screen::when( $trading_robot_service_case['created_at'] ) ) );
		}
		?>
	</p>
	<?php if ( ! $trading_robot_service_is_name ) : ?>
	<p><strong><?php echo esc_html( $data['reasons'][ $trading_robot_service_case['reason'] ] ?? $trading_robot_service_case['reason'] ); ?></strong></p>
	<blockquote class="trp-quote"><?php echo esc_html( $trading_robot_service_case['body'] ); ?></blockquote>
	<?php endif; ?>
	<?php if ( $trading_robot_service_decided ) : ?>
	<p>
		<strong><?php echo esc_html( $data['states'][ $trading_robot_service_case['state'] ] ?? $trading_robot_service_case['state'] ); ?></strong>
		<?php
		/* translators: 1: date and time, 2: a user's name or a dash. */
		echo esc_html( sprintf( __( '%1$s, by %2$s', 'trading-robot-service' ), Screen::when( $trading_robot_service_case['decided_at'] ), false === $trading_robot_service_by ? '–' : $trading_robot_service_by->display_name ) );
		?>
	</p>
		<?php if ( '' !== $trading_robot_service_case['note'] ) : ?>
	<blockquote class="trp-quote"><?php echo esc_html( $trading_robot_service_case['note'] ); ?></blockquote>
		<?php endif; ?>
	<?php endif; ?>
	<?php if ( array() !== $trading_robot_service_choices ) : ?>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
		<?php wp_nonce_field( $data['action'], '_wpnonce', true, true ); ?>
		<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
		<input type="hidden" name="case" value="<?php echo esc_attr( $trading_robot_service_number ); ?>">
		<?php if ( $trading_robot_service_decided ) : ?>
		<input type="hidden" name="decided" value="1">
		<?php endif; ?>
		<p class="trp-field">
			<label for="trp-note-<?php echo esc_attr( $trading_robot_service_number ); ?>"><?php esc_html_e( 'Answer to the member (may stay empty)', 'trading-robot-service' ); ?></label>
			<textarea id="trp-note-<?php echo esc_attr( $trading_robot_service_number ); ?>" name="note" rows="2" maxlength="500"></textarea>
		</p>
		<p class="trp-actions">
		<?php foreach ( $trading_robot_service_choices as $trading_robot_service_at => $trading_robot_service_choice ) : ?>
			<button type="submit" name="decision" value="<?php echo esc_attr( $trading_robot_service_choice ); ?>" class="button<?php echo esc_attr( 0 === $trading_robot_service_at && ! $trading_robot_service_decided ? ' button-primary' : '' ); ?>" aria-describedby="trp-case-<?php echo esc_attr( $trading_robot_service_number ); ?>"><?php echo esc_html( $trading_robot_service_labels[ $trading_robot_service_choice ] ); ?></button>
		<?php endforeach; ?>
		</p>
	</form>
	<?php endif; ?>
</section>
<?php endforeach; ?>
<?php
$trading_robot_service_pager = array(
	'cursor' => $trading_robot_service_query['cursor'],
	'next'   => $data['said']['next_cursor'],
	'keep'   => array_filter( array( 'state' => $trading_robot_service_query['state'], 'kind' => $trading_robot_service_query['kind'] ), 'strlen' ),
	'url'    => $data['url'],
);
require __DIR__ . '/admin-pager.php';
