<?php
/**
 * The plans.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the plans that members subscribe to.
 */
final class SubscriptionManager extends PublicScreen {

	/**
	 * Returns the fragment's path after /embed/.
	 *
	 * @param array<string,string> $attributes Attributes as written.
	 */
	public function route( array $attributes ): string {
		unset( $attributes );
		return 'pricing';
	}

	/**
	 * Returns the plans, and for who is signed in a place that loads what they have now.
	 *
	 * The plans are the same for everybody and come out of caches; what is a member's is loaded by the
	 * browser alone, so that no cache can hold it.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		$plans = parent::render( $route, $query );
		return is_user_logged_in() ? $this->templates->render( 'plan-now', array() ) . $plans : $plans;
	}
}
