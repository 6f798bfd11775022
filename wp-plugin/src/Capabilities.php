<?php
/**
 * Who may do what.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * The plugin's own capabilities.
 */
final class Capabilities {

	// To see the members' dashboard.
	const VIEW = 'trading_robot_service_view_dashboard';

	// To use the administrator's screens: members, robots, moderation, logs.
	const MANAGE = 'trading_robot_service_manage';

	// To connect, rotate, disconnect and make pages.
	const CONNECT = 'trading_robot_service_connect';

	const ALL = array( self::VIEW, self::MANAGE, self::CONNECT );
}
