<?php
/**
 * A WP-CLI that writes down what it is told.
 *
 * @package TradingRobotService
 */

namespace {
	/** What ends a command. */
	class WP_CLI_Ended extends Exception {}

	/** The part of WP-CLI that the commands use. */
	class WP_CLI {

		/** @var array<string,string> Commands by name. */
		public static $commands = array();

		/** @var array<int,array> What was said: kind and text. */
		public static $said = array();

		public static function add_command( $name, $command ): void {
			self::$commands[ $name ] = $command;
		}

		public static function success( $text ): void {
			self::$said[] = array( 'success', $text );
		}

		public static function warning( $text ): void {
			self::$said[] = array( 'warning', $text );
		}

		public static function error( $text ): void {
			self::$said[] = array( 'error', $text );
			throw new WP_CLI_Ended();
		}

		public static function halt( $code ): void {
			self::$said[] = array( 'halt', $code );
			throw new WP_CLI_Ended();
		}
	}
}

namespace WP_CLI\Utils {
	function format_items( $format, $items, $fields ): void {
		unset( $fields );
		\WP_CLI::$said[] = array( $format, (string) wp_json_encode( $items ) );
	}
}
