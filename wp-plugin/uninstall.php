<?php
/**
 * Removes what the plugin keeps in the database; pages stay, they belong to the owner.
 *
 * @package TradingRobotService
 */

defined( 'ABSPATH' ) || exit;
defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Removes options, copies and locks of the current site.
 */
function trading_robot_service_remove_all() {
	global $wpdb;
	$likes = array( 'trading_robot_service_', '_transient_trading_robot_service_', '_transient_timeout_trading_robot_service_' );
	foreach ( $likes as $like ) {
		$names = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s", $wpdb->esc_like( $like ) . '%' ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- no function lists options by prefix.
		array_map( 'delete_option', $names );
	}
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $trading_robot_service_site ) {
		switch_to_blog( $trading_robot_service_site );
		trading_robot_service_remove_all();
		restore_current_blog();
	}
} else {
	trading_robot_service_remove_all();
}
