<?php
/**
 * The pages that the plugin offers, and what became of them.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data is_done, rows, note, action, has_menu, has_other, has_front, is_front.
 */

defined( 'ABSPATH' ) || exit;

$trading_robot_service_states = array(
	'missing'   => __( 'Not made', 'trading-robot-service' ),
	'published' => __( 'Made', 'trading-robot-service' ),
	'draft'     => __( 'Made, not published', 'trading-robot-service' ),
	'trashed'   => __( 'In the trash', 'trading-robot-service' ),
);
?>
<div class="wrap trp-admin">
<h1><?php esc_html_e( 'Pages', 'trading-robot-service' ); ?></h1>
<?php if ( null !== $data['note'] ) : ?>
<div class="notice notice-<?php echo esc_attr( $data['note'][0] ); ?>" role="status"><p><?php echo esc_html( $data['note'][1] ); ?></p></div>
<?php endif; ?>
<p><?php esc_html_e( 'Tick what you want and make it. What is there already stays as it is, whatever you have changed in it; nothing is made twice.', 'trading-robot-service' ); ?></p>
<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
<?php wp_nonce_field( $data['action'] ); ?>
<input type="hidden" name="action" value="<?php echo esc_attr( $data['action'] ); ?>">
<table class="widefat striped trp-table">
<thead><tr>
<th scope="col"><?php esc_html_e( 'Page', 'trading-robot-service' ); ?></th>
<th scope="col"><?php esc_html_e( 'What it holds', 'trading-robot-service' ); ?></th>
<th scope="col"><?php esc_html_e( 'State', 'trading-robot-service' ); ?></th>
<th scope="col"><?php esc_html_e( 'Open', 'trading-robot-service' ); ?></th>
</tr></thead>
<tbody>
<?php foreach ( $data['rows'] as $trading_robot_service_name => $trading_robot_service_row ) : ?>
<tr>
<th scope="row">
	<?php if ( in_array( $trading_robot_service_row['state'], array( 'missing', 'trashed' ), true ) ) : ?>
<label><input type="checkbox" name="pages[]" value="<?php echo esc_attr( $trading_robot_service_name ); ?>" <?php checked( 'missing', $trading_robot_service_row['state'] ); ?>> <?php echo esc_html( $trading_robot_service_row['title'] ); ?></label>
	<?php else : ?>
		<?php echo esc_html( $trading_robot_service_row['title'] ); ?>
	<?php endif; ?>
</th>
<td data-label="<?php esc_attr_e( 'What it holds', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_row['about'] ); ?></td>
<td data-label="<?php esc_attr_e( 'State', 'trading-robot-service' ); ?>"><?php echo esc_html( $trading_robot_service_states[ $trading_robot_service_row['state'] ] ); ?>
	<?php if ( $trading_robot_service_row['changed'] && 'missing' !== $trading_robot_service_row['state'] ) : ?>
<br><span class="description"><?php esc_html_e( 'changed by you', 'trading-robot-service' ); ?></span>
	<?php endif; ?>
	<?php if ( 'trashed' === $trading_robot_service_row['state'] ) : ?>
<br><span class="description"><?php esc_html_e( 'tick it to take it back as it was', 'trading-robot-service' ); ?></span>
	<?php endif; ?>
</td>
<td data-label="<?php esc_attr_e( 'Open', 'trading-robot-service' ); ?>">
	<?php if ( in_array( $trading_robot_service_row['state'], array( 'published', 'draft' ), true ) ) : ?>
<a href="<?php echo esc_url( (string) get_permalink( $trading_robot_service_row['id'] ) ); ?>" aria-label="<?php /* translators: %s: title of a page. */ echo esc_attr( sprintf( __( 'View %s', 'trading-robot-service' ), $trading_robot_service_row['title'] ) ); ?>"><?php esc_html_e( 'View', 'trading-robot-service' ); ?></a>
		<?php if ( current_user_can( 'edit_post', $trading_robot_service_row['id'] ) ) : ?>
| <a href="<?php echo esc_url( (string) get_edit_post_link( $trading_robot_service_row['id'] ) ); ?>" aria-label="<?php /* translators: %s: title of a page. */ echo esc_attr( sprintf( __( 'Edit %s', 'trading-robot-service' ), $trading_robot_service_row['title'] ) ); ?>"><?php esc_html_e( 'Edit', 'trading-robot-service' ); ?></a>
		<?php endif; ?>
	<?php else : ?>
–
	<?php endif; ?>
</td>
</tr>
<?php endforeach; ?>
</tbody>
</table>
<?php if ( $data['has_menu'] ) : ?>
<p><?php esc_html_e( 'The menu is made. Change it where your theme keeps its menus.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p><label><input type="checkbox" name="menu" value="1" <?php checked( ! $data['has_other'] ); ?>> <?php esc_html_e( 'Make a menu with links to these pages', 'trading-robot-service' ); ?></label>
	<?php if ( $data['has_other'] ) : ?>
<br><span class="description"><?php esc_html_e( 'This site has a menu of its own. A block theme shows the newest one, so this would take its place; nothing is deleted.', 'trading-robot-service' ); ?></span>
	<?php endif; ?>
</p>
<?php endif; ?>
<?php if ( $data['is_front'] ) : ?>
<p><?php esc_html_e( 'Home is the front page of this site.', 'trading-robot-service' ); ?></p>
<?php else : ?>
<p><label><input type="checkbox" name="front" value="1" <?php checked( ! $data['has_front'] ); ?>> <?php esc_html_e( 'Show Home as the front page of this site', 'trading-robot-service' ); ?></label></p>
<?php endif; ?>
<?php if ( ! $data['is_done'] || ! $data['has_menu'] || ! $data['is_front'] ) : ?>
<p><button type="submit" class="button button-primary"><?php esc_html_e( 'Make what is ticked', 'trading-robot-service' ); ?></button></p>
<?php endif; ?>
</form>
<p class="description"><?php esc_html_e( 'The same pages stand as patterns in the editor, under Trading robots, and each screen as a block and as a shortcode.', 'trading-robot-service' ); ?></p>
</div>
