<?php
/**
 * The plugin's own pieces of HTML.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Frontend;

use TradingRobotService\ApiClient;
use TradingRobotService\Pages;
use TradingRobotService\Plugin;

use const TradingRobotService\PLUGIN_DIR;

defined( 'ABSPATH' ) || exit;

/**
 * Renders the files in templates/, each of which escapes what it prints.
 */
final class Templates {

	// A copy older than this is shown with its date, not only with the time of day.
	const SAME_DAY = 43200;

	/**
	 * Renders one file.
	 *
	 * @param string              $name Name of the file, given by the code, never by a request.
	 * @param array<string,mixed> $data What the file may use, as $data.
	 */
	public function render( string $name, array $data = array() ): string {
		ob_start();
		require PLUGIN_DIR . '/templates/' . $name . '.php';
		return trim( (string) ob_get_clean() );
	}

	/**
	 * Renders a public fragment, with the time of the copy when it is not fresh.
	 *
	 * @param array<string,mixed>  $answer What Fragments returned.
	 * @param string               $route  Path after /embed/.
	 * @param array<string,string> $query  Clean query.
	 */
	public function fragment( array $answer, string $route, array $query ): string {
		if ( 404 === $answer['status'] ) {
			return $this->render( 'absent', array( 'html' => $answer['html'], 'back' => self::back_of( $route ) ) );
		}
		if ( 200 !== $answer['status'] ) {
			$data = array(
				'src'       => ApiClient::target( '/embed/' . $route, $query ),
				'connected' => '' !== Plugin::instance()->client->site_id(),
				'part'      => self::part_of( $route ),
			);
			return $this->render( 'missing', $data );
		}
		$data = array(
			'html'  => $answer['html'],
			'known' => $answer['stale'] ? self::time_of( (int) $answer['at'] ) : '',
			'lost'  => $answer['lost'],
			'part'  => self::part_of( $route ),
		);
		return $this->render( 'fragment', $data );
	}

	/**
	 * Says what a fragment needs around it: whole screens bring their own root.
	 *
	 * @param string $route Path after /embed/.
	 */
	private static function part_of( string $route ): string {
		if ( 'leaderboard-table' === $route ) {
			return 'section';
		}
		return 0 === strpos( $route, 'robot/' ) ? 'root' : '';
	}

	/**
	 * Returns where the robots are listed: on this page, or where a single robot was shown, on the marketplace's.
	 *
	 * @param string $route Path after /embed/.
	 */
	private static function back_of( string $route ): string {
		$pages = 0 === strpos( $route, 'robot/' ) ? ( new Pages() )->urls() : array();
		return (string) ( $pages['marketplace'] ?? get_permalink() );
	}

	/**
	 * Renders what an author should know of the attributes.
	 *
	 * @param string[] $faults Sentences.
	 */
	public function hints( array $faults ): string {
		return array() === $faults ? '' : $this->render( 'hints', array( 'faults' => $faults ) );
	}

	/**
	 * Says when, in the site's own zone.
	 *
	 * @param int $at Unix time.
	 */
	public static function time_of( int $at ): string {
		$zone   = (string) wp_date( 'T', $at );
		$format = (string) get_option( 'time_format', 'H:i' );
		// A site that has set an offset in place of a city has no name for its zone.
		if ( 1 === preg_match( '/\d/', $zone ) ) {
			$zone = rtrim( 'UTC ' . str_replace( '+00:00', '', (string) wp_date( 'P', $at ) ) );
		}
		if ( time() - $at > self::SAME_DAY ) {
			$format = (string) get_option( 'date_format', 'Y-m-d' ) . ' ' . $format;
		}
		return wp_date( $format, $at ) . ' ' . $zone;
	}
}
