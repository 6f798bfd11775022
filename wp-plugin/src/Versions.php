<?php
/**
 * Whether the plugin and the service still fit.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Each of the two says the oldest version of the other with which everything works. Nothing is
 * switched off when they do not fit: what an older one knows, it goes on doing.
 */
final class Versions {

	const OLDEST_SERVICE = '0.1.0';

	/**
	 * Returns what should be updated and by whom; empty when nothing should.
	 *
	 * @param string $service       Version of the service; empty when it did not say.
	 * @param string $oldest_plugin Oldest plugin that the service serves in full; empty when it did not say.
	 */
	public static function advice( string $service, string $oldest_plugin ): string {
		if ( self::is_version( $oldest_plugin ) && version_compare( VERSION, $oldest_plugin, '<' ) ) {
			/* translators: 1: version of the plugin, 2: version that the service asks for. */
			return sprintf( __( 'Update the plugin: this is version %1$s, and the service serves %2$s and later in full.', 'trading-robot-service' ), VERSION, $oldest_plugin );
		}
		if ( self::is_version( $service ) && version_compare( $service, self::OLDEST_SERVICE, '<' ) ) {
			/* translators: 1: version of the service, 2: version that the plugin needs. */
			return sprintf( __( 'Ask the operator to update the service: it runs version %1$s, and this plugin needs %2$s or later for all it shows.', 'trading-robot-service' ), $service, self::OLDEST_SERVICE );
		}
		return '';
	}

	/**
	 * Is this a version, and not whatever a service may say?
	 *
	 * @param string $text What was said.
	 */
	private static function is_version( string $text ): bool {
		return 1 === preg_match( '/^\d{1,4}(\.\d{1,4}){1,2}$/', $text );
	}
}
