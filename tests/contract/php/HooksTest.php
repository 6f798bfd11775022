<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';

use TradingRobotService\Admin\Settings;
use TradingRobotService\Plugin;

/** Hooks that other tests do not meet. */
final class HooksTest extends ServiceCase {

	public function test_others_add_sections_to_the_settings(): void {
		$show = static function () {
			echo '<p>A section of another plugin</p>';
		};
		add_action( 'trading_robot_service_settings', $show );
		wp_set_current_user( 1 );
		ob_start();
		( new Settings( Plugin::instance()->connection ) )->show();
		$html = (string) ob_get_clean();
		remove_action( 'trading_robot_service_settings', $show );
		$this->assertStringContainsString( 'A section of another plugin', $html );
	}
}
