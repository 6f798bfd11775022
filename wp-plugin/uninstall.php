<?php
/**
 * Removes what the plugin keeps in the database; pages stay, they belong to the owner.
 *
 * @package TradingRobotService
 */

defined( 'ABSPATH' ) || exit;
defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/trading-robot-service.php';

( new TradingRobotService\Uninstall() )->run();
