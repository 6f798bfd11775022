<?php
/**
 * Single rows that several requests fight for.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Insert, compare-and-swap and remove on the options table, each in one statement.
 *
 * The functions of WordPress cannot do this: add_option() overwrites a row that another request
 * has just made, update_option() writes whatever is there now, and both believe a cache that may
 * be out of date. The database decides here, with or without an object cache, on one web server
 * or several. A statement that fails counts as lost.
 */
final class Row {

	/**
	 * Full name of the row.
	 *
	 * @var string
	 */
	private $name;

	/**
	 * Keeps the name.
	 *
	 * @param string $name Name of the row, with our prefix.
	 */
	public function __construct( string $name ) {
		$this->name = $name;
	}

	/**
	 * Returns what is there now, or null.
	 */
	public function read(): ?string {
		global $wpdb;
		// Past the caches on purpose.
		return $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s LIMIT 1", $this->name ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}

	/**
	 * Makes the row; false when it is there already.
	 *
	 * @param string $value What it holds.
	 */
	public function insert( string $value ): bool {
		global $wpdb;
		return $this->won( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} ( option_name, option_value, autoload ) VALUES ( %s, %s, 'no' )", $this->name, $value ) );
	}

	/**
	 * Replaces the value; false when it is no longer the one that was read.
	 *
	 * @param string $old Value that was read.
	 * @param string $new Value to write; differs from the old one.
	 */
	public function swap( string $old, string $new ): bool {
		global $wpdb;
		return $this->won( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", $new, $this->name, $old ) );
	}

	/**
	 * Removes the row; false when it no longer holds the value that was read.
	 *
	 * @param string $old Value that was read.
	 */
	public function remove( string $old ): bool {
		global $wpdb;
		return $this->won( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s AND option_value = %s", $this->name, $old ) );
	}

	/**
	 * Returns a value that no other request writes, good until a moment.
	 *
	 * @param float $until Unix time.
	 */
	public static function until( float $until ): string {
		return sprintf( '%.3F %s', $until, bin2hex( random_bytes( 8 ) ) );
	}

	/**
	 * Runs a statement and tells whether it changed the row.
	 *
	 * @param string $statement Prepared statement.
	 */
	private function won( string $statement ): bool {
		global $wpdb;
		$shows = $wpdb->suppress_errors();
		$count = $wpdb->query( $statement ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- prepared by every caller above.
		$wpdb->suppress_errors( $shows );
		return 1 === $count;
	}
}
