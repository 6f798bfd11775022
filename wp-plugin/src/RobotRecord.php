<?php
/**
 * One robot.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the public record of the one robot that an author chose.
 */
final class RobotRecord extends PublicScreen {

	/**
	 * Returns the fragment's path after /embed/, empty while no robot is chosen.
	 *
	 * @param array<string,string> $attributes Well-formed attributes.
	 */
	public function route( array $attributes ): string {
		return isset( $attributes['robot'] ) ? 'robot/' . $attributes['robot'] : '';
	}

	/**
	 * Returns the record, or says that none was chosen.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		if ( '' === $route ) {
			return $this->templates->render( 'choose', array( 'href' => (string) ( ( new Pages() )->urls()['marketplace'] ?? '' ) ) );
		}
		return parent::render( $route, $query );
	}
}
