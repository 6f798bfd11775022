<?php
/**
 * The command for WP-CLI that clears the copies.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Cli;

use TradingRobotService\Cache;

defined( 'ABSPATH' ) || exit;

/**
 * Looks after the copies of public fragments.
 */
final class CacheCommand {

	/**
	 * Deletes all copies of public fragments: the next visitor asks the service anew.
	 */
	public function clear(): void {
		\WP_CLI::success( sprintf( '%d copies deleted.', Cache::clear() ) );
	}
}
