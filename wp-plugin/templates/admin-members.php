<?php
/**
 * The members of this site.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data said, query, users, page, url.
 */

use TradingRobotService\Admin\Screen;

defined( 'ABSPATH' ) || exit;

$trading_robot_service_query  = $data['query'];
$trading_robot_service_states = array(
	''         => __( 'All', 'trading-robot-service' ),
	'active'   => __( 'Active', 'trading-robot-service' ),
	'disabled' => __( 'Disabled', 'trading-robot-service' ),
);
// What stays when something else of the list is chosen.
$trading_robot_service_keep    = array_filter( array_intersect_key( $trading_robot_service_query, array_flip( array( 'state', 'plan', 'ladder', 'standing' ) ) ), 'strlen' );
$trading_robot_service_choices = array(
	'ladder'   => array(
		''           => __( 'All ladders', 'trading-robot-service' ),
		'robots'     => __( 'Robots', 'trading-robot-service' ),
		'ai_traders' => __( 'AI traders', 'trading-robot-service' ),
		'signals'    => __( 'Signals', 'trading-robot-service' ),
		'coach'      => __( 'Coach', 'trading-robot-service' ),
		'creator'    => __( 'Creators', 'trading-robot-service' ),
	),
	'standing' => array(
		''           => __( 'However the plan stands', 'trading-robot-service' ),
		'active'     => __( 'Paid', 'trading-robot-service' ),
		'trialing'   => __( 'On trial', 'trading-robot-service' ),
		'past_due'   => __( 'Payment open', 'trading-robot-service' ),
		'paused'     => __( 'Paused', 'trading-robot-service' ),
		'cancelling' => __( 'Cancelled', 'trading-robot-service' ),
		'ended'      => __( 'Ended', 'trading-robot-service' ),
		'gift'       => __( 'Given', 'trading-robot-service' ),
		'none'       => __( 'Never had one', 'trading-robot-service' ),
	),
);
?>
<ul class="subsubsub">
<?php foreach ( $trading_robot_service_states as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<li><a href="<?php echo esc_url( $data['url']( array_filter( array_merge( $trading_robot_service_keep, array( 'state' => $trading_robot_service_key ) ), 'strlen' ) ) ); ?>"
		<?php if ( $trading_robot_service_key === $trading_robot_service_query['state'] ) : ?>
		class="current" aria-current="page"
		<?php endif; ?>
	><?php echo esc_html( $trading_robot_service_label ); ?></a></li>
<?php endforeach; ?>
</ul>
<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>" class="search-box" role="search">
	<input type="hidden" name="page" value="<?php echo esc_attr( $data['page'] ); ?>">
	<?php if ( '' !== $trading_robot_service_query['state'] ) : ?>
	<input type="hidden" name="state" value="<?php echo esc_attr( $trading_robot_service_query['state'] ); ?>">
	<?php endif; ?>
	<label class="screen-reader-text" for="trp-plan-of"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></label>
	<select id="trp-plan-of" name="plan">
		<option value=""><?php esc_html_e( 'All plans', 'trading-robot-service' ); ?></option>
		<?php foreach ( array( 'free', 'low', 'mid', 'premium' ) as $trading_robot_service_plan ) : ?>
		<option value="<?php echo esc_attr( $trading_robot_service_plan ); ?>"<?php selected( $trading_robot_service_plan, $trading_robot_service_query['plan'] ); ?>><?php echo esc_html( $trading_robot_service_plan ); ?></option>
		<?php endforeach; ?>
	</select>
	<?php foreach ( $trading_robot_service_choices as $trading_robot_service_name => $trading_robot_service_choice ) : ?>
	<label class="screen-reader-text" for="<?php echo esc_attr( 'trp-' . $trading_robot_service_name . '-of' ); ?>"><?php echo esc_html( $trading_robot_service_choice[''] ); ?></label>
	<select id="<?php echo esc_attr( 'trp-' . $trading_robot_service_name . '-of' ); ?>" name="<?php echo esc_attr( $trading_robot_service_name ); ?>">
		<?php foreach ( $trading_robot_service_choice as $trading_robot_service_key => $trading_robot_service_label ) : ?>
		<option value="<?php echo esc_attr( $trading_robot_service_key ); ?>"<?php selected( $trading_robot_service_key, $trading_robot_service_query[ $trading_robot_service_name ] ); ?>><?php echo esc_html( $trading_robot_service_label ); ?></option>
		<?php endforeach; ?>
	</select>
	<?php endforeach; ?>
	<label class="screen-reader-text" for="trp-search"><?php esc_html_e( 'Search members by name, pseudonym or e-mail', 'trading-robot-service' ); ?></label>
	<input type="search" id="trp-search" name="s" maxlength="100" value="<?php echo esc_attr( $trading_robot_service_query['search'] ); ?>">
	<button type="submit" class="button"><?php esc_html_e( 'Search members', 'trading-robot-service' ); ?></button>
</form>
<?php if ( array() === $data['said']['items'] ) : ?>
<p class="trp-empty" role="status">
	<?php
	if ( '' !== $trading_robot_service_query['search'] || array() !== $trading_robot_service_keep ) {
		esc_html_e( 'No member fits. Search for a part of the name, of the pseudonym or of the e-mail address.', 'trading-robot-service' );
	} else {
		esc_html_e( 'No member yet. Whoever signs in here and opens the dashboard becomes one.', 'trading-robot-service' );
	}
	?>
</p>
<?php else : ?>
<table class="wp-list-table widefat striped trp-table">
	<caption class="screen-reader-text"><?php esc_html_e( 'Members, those who joined last first', 'trading-robot-service' ); ?></caption>
	<thead><tr>
		<th scope="col"><?php esc_html_e( 'Member', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Pseudonym', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Plan', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Joined', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'Last here', 'trading-robot-service' ); ?></th>
		<th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th>
	</tr></thead>
	<tbody>
	<?php foreach ( $data['said']['items'] as $trading_robot_service_item ) : ?>
		<?php $trading_robot_service_user = $data['users'][ (int) $trading_robot_service_item['wp_user_id'] ] ?? null; ?>
	<tr>
		<th scope="row">
			<a class="row-title" href="<?php echo esc_url( $data['url']( array( 'member' => (string) $trading_robot_service_item['id'] ) ) ); ?>"><?php echo esc_html( null === $trading_robot_service_user ? $trading_robot_service_item['username'] : $trading_robot_service_user->display_name ); ?></a>
			<br><span class="description"><?php echo esc_html( null === $trading_robot_service_user ? __( 'no longer a user of this site', 'trading-robot-service' ) : $trading_robot_service_user->user_email ); ?></span>
		</th>
		<td data-label="<?php esc_attr_e( 'Pseudonym', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['pseudonym'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Plan', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['tier'] ); ?></td>
		<td data-label="<?php esc_attr_e( 'Joined', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::when( $trading_robot_service_item['joined_at'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'Last here', 'trading-robot-service' ); ?>"><?php echo esc_html( Screen::day( $trading_robot_service_item['last_seen_on'] ) ); ?></td>
		<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_item['is_disabled'] ? __( 'Disabled here', 'trading-robot-service' ) : __( 'Active', 'trading-robot-service' ) ); ?></td>
	</tr>
	<?php endforeach; ?>
	</tbody>
</table>
<?php endif; ?>
<?php
$trading_robot_service_pager = array(
	'cursor' => $trading_robot_service_query['cursor'],
	'next'   => $data['said']['next_cursor'],
	'keep'   => array_filter( array_merge( array( 's' => $trading_robot_service_query['search'] ), $trading_robot_service_keep ), 'strlen' ),
	'url'    => $data['url'],
);
require __DIR__ . '/admin-pager.php';
