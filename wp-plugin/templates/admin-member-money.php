<?php
/**
 * A member's plans and invoices, and what may be decided of them.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, money, action, page, list.
 */

use TradingRobotService\Admin\Figures;
use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_money   = $data['money'];
$trading_robot_service_number  = (string) $data['said']['member']['id'];
$trading_robot_service_reasons = array(
	'requested_by_customer' => __( 'The member asked for it', 'trading-robot-service' ),
	'duplicate'             => __( 'Paid twice', 'trading-robot-service' ),
	'fraudulent'            => __( 'Fraud', 'trading-robot-service' ),
);
?>
<h3><?php esc_html_e( 'Plans', 'trading-robot-service' ); ?></h3>
<?php if ( array() === $trading_robot_service_money['plans'] ) : ?>
<p><?php esc_html_e( 'This member never had a plan.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Ladder', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Since', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Until', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Cancel or change', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_money['plans'] as $trading_robot_service_at => $trading_robot_service_plan ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( $trading_robot_service_plan['ladder'] ); ?></th>
		<td data-label="<?php esc_attr_e( 'Plan', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_plan['plan'] . ' (' . $trading_robot_service_plan['source'] . ')' ); ?></td>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_plan['status'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Since', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_plan['started_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Until', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_plan['ends_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Reason', 'trading-robot-service' ); ?>"><?php echo esc_html( '' === (string) $trading_robot_service_plan['reason'] ? '–' : $trading_robot_service_plan['reason'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Cancel or change', 'trading-robot-service' ); ?>">
		<?php if ( $trading_robot_service_plan['is_paid'] && 'offers' !== $trading_robot_service_plan['ladder'] ) : ?>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
				<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
				<input type="hidden" name="member" value="<?php echo esc_attr( $trading_robot_service_number ); ?>">
				<input type="hidden" name="place" value="<?php echo esc_attr( $trading_robot_service_plan['ladder'] . ':' ); ?>">
				<p><label><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?> <input type="text" name="reason" required minlength="3" maxlength="300"></label></p>
				<p><label><input type="checkbox" name="at_once" value="1"> <?php esc_html_e( 'At once, not when what is paid is used up', 'trading-robot-service' ); ?></label></p>
				<button type="submit" name="step" value="cancel" class="button"><?php esc_html_e( 'Cancel this plan', 'trading-robot-service' ); ?></button>
			</form>
			<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>">
				<input type="hidden" name="page" value="<?php echo esc_attr( $data['page'] ); ?>">
				<input type="hidden" name="member" value="<?php echo esc_attr( $trading_robot_service_number ); ?>">
				<p><label><?php esc_html_e( 'Another plan', 'trading-robot-service' ); ?> <select name="place">
				<?php foreach ( $trading_robot_service_money['choices'] as $trading_robot_service_choice ) : ?>
					<?php if ( $trading_robot_service_choice['ladder'] === $trading_robot_service_plan['ladder'] && empty( $trading_robot_service_choice['is_free'] ) ) : ?>
					<option value="<?php echo esc_attr( $trading_robot_service_choice['ladder'] . ':' . $trading_robot_service_choice['plan'] ); ?>"<?php selected( $trading_robot_service_choice['plan'], $trading_robot_service_plan['plan'] ); ?>><?php echo esc_html( $trading_robot_service_choice['name'] ); ?></option>
					<?php endif; ?>
				<?php endforeach; ?>
				</select></label></p>
				<p><label><?php esc_html_e( 'Paid', 'trading-robot-service' ); ?> <select name="interval">
					<option value="month"><?php esc_html_e( 'by the month', 'trading-robot-service' ); ?></option>
					<option value="year"<?php selected( 'year', $trading_robot_service_plan['interval'] ); ?>><?php esc_html_e( 'by the year', 'trading-robot-service' ); ?></option>
				</select></label></p>
				<button type="submit" class="button"><?php esc_html_e( 'See what a change costs', 'trading-robot-service' ); ?></button>
			</form>
		<?php else : ?>
			–
		<?php endif; ?>
		</td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>

<h3><?php esc_html_e( 'Give a plan', 'trading-robot-service' ); ?></h3>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
	<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
	<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
	<input type="hidden" name="member" value="<?php echo esc_attr( $trading_robot_service_number ); ?>">
	<div class="trp-field"><label for="trp-plan"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></label>
		<select id="trp-plan" name="place">
		<?php foreach ( $trading_robot_service_money['choices'] as $trading_robot_service_choice ) : ?>
			<option value="<?php echo esc_attr( $trading_robot_service_choice['ladder'] . ':' . $trading_robot_service_choice['plan'] ); ?>"><?php echo esc_html( $trading_robot_service_choice['name'] ); ?></option>
		<?php endforeach; ?>
		</select></div>
	<div class="trp-field"><label for="trp-until"><?php esc_html_e( 'Last day, in UTC; empty: until it is changed', 'trading-robot-service' ); ?></label><input type="date" id="trp-until" name="until"></div>
	<div class="trp-field"><label for="trp-reason"><?php esc_html_e( 'Why (the member may be told)', 'trading-robot-service' ); ?></label><input type="text" id="trp-reason" name="reason" required minlength="3" maxlength="300"></div>
	<p><button type="submit" name="step" value="plan" class="button"><?php esc_html_e( 'Give this plan for nothing', 'trading-robot-service' ); ?></button></p>
	<p class="description"><?php esc_html_e( 'It counts at once and brings no revenue. A member who pays on the ladder keeps what is paid: cancel that first.', 'trading-robot-service' ); ?></p>
</form>

<h3><?php esc_html_e( 'Invoices', 'trading-robot-service' ); ?></h3>
<?php if ( array() === $trading_robot_service_money['invoices'] ) : ?>
<p><?php esc_html_e( 'None yet.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<table class="widefat striped trp-table">
	<thead><tr><th scope="col"><?php esc_html_e( 'Invoice', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Of', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th><th scope="col" class="trp-end"><?php esc_html_e( 'Paid', 'trading-robot-service' ); ?></th><th scope="col"><?php esc_html_e( 'Give back', 'trading-robot-service' ); ?></th></tr></thead>
	<tbody>
	<?php foreach ( $trading_robot_service_money['invoices'] as $trading_robot_service_invoice ) : ?>
	<tr>
		<th scope="row"><?php echo esc_html( (string) ( $trading_robot_service_invoice['number'] ?? '#' . $trading_robot_service_invoice['id'] ) ); ?></th>
		<td data-label="<?php esc_attr_e( 'Of', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_invoice['created_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_invoice['status'] ); ?></td>
		<td class="trp-end" data-label="<?php esc_attr_e( 'Paid', 'trading-robot-service' ); ?>"><?php echo esc_html( Figures::money( $trading_robot_service_invoice['paid_minor'], $trading_robot_service_invoice['currency'], (int) $trading_robot_service_invoice['digits'] ) ); ?>
			<?php if ( ( $trading_robot_service_invoice['refunded_minor'] ?? 0 ) > 0 ) : ?>
				<br><?php echo esc_html( sprintf( /* translators: %s: an amount of money. */ __( 'Given back: %s', 'trading-robot-service' ), Figures::money( $trading_robot_service_invoice['refunded_minor'], $trading_robot_service_invoice['currency'], (int) $trading_robot_service_invoice['digits'] ) ) ); ?>
			<?php endif; ?>
		</td>
		<td data-label="<?php esc_attr_e( 'Give back', 'trading-robot-service' ); ?>">
		<?php if ( 'paid' === $trading_robot_service_invoice['status'] && $trading_robot_service_invoice['paid_minor'] > 0 ) : ?>
			<details><summary><?php esc_html_e( 'Give money back', 'trading-robot-service' ); ?></summary>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<?php wp_nonce_field( $data['action'], '_wpnonce', false ); ?>
				<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
				<input type="hidden" name="member" value="<?php echo esc_attr( $trading_robot_service_number ); ?>">
				<input type="hidden" name="invoice" value="<?php echo esc_attr( (string) $trading_robot_service_invoice['id'] ); ?>">
				<input type="hidden" name="refunded" value="<?php echo esc_attr( (string) ( $trading_robot_service_invoice['refunded_minor'] ?? 0 ) ); ?>">
				<input type="hidden" name="digits" value="<?php echo esc_attr( (string) $trading_robot_service_invoice['digits'] ); ?>">
				<p><label><?php esc_html_e( 'Amount; empty: all that is left', 'trading-robot-service' ); ?> <input type="text" inputmode="decimal" name="amount" pattern="[0-9]+([.,][0-9]{1,3})?"></label></p>
				<p><label><?php esc_html_e( 'Reason', 'trading-robot-service' ); ?> <select name="reason">
				<?php foreach ( $trading_robot_service_reasons as $trading_robot_service_key => $trading_robot_service_label ) : ?>
					<option value="<?php echo esc_attr( $trading_robot_service_key ); ?>"><?php echo esc_html( $trading_robot_service_label ); ?></option>
				<?php endforeach; ?>
				</select></label></p>
				<p><label><input type="checkbox" name="at_once" value="1"> <?php esc_html_e( 'And end the plan at once', 'trading-robot-service' ); ?></label></p>
				<button type="submit" name="step" value="refund" class="button"><?php esc_html_e( 'Give back', 'trading-robot-service' ); ?></button>
			</form></details>
		<?php else : ?>
			–
		<?php endif; ?>
		</td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
