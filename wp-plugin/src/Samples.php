<?php
/**
 * What the editor shows in place of a screen.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Appearance;
use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Samples of the plugin's own, with made-up figures that say so: no call, and nobody's account.
 */
final class Samples {

	// Name, result in percent, win rate with its interval, closed trades, profit factor, drawdown in percent, ends of the profit factor’s interval.
	const ROBOTS = array(
		array( 'A', 12.4, 56.2, 50.1, 62.1, 260, 1.31, -8.2, 0.98, 1.75 ),
		array( 'B', 4.9, 44.0, 38.3, 49.9, 284, 1.12, -11.6, 0.84, 1.49 ),
		array( 'C', 0.7, 51.3, 44.2, 58.3, 187, 1.02, -6.4, 0.72, 1.44 ),
		array( 'D', -3.8, 47.5, 41.0, 54.1, 223, 0.91, -14.9, 0.66, 1.26 ),
		array( 'E', -9.1, 38.9, 32.6, 45.6, 211, 0.78, -19.3, 0.55, 1.11 ),
	);

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	private $templates;

	/**
	 * Keeps its part.
	 *
	 * @param Templates $templates Own templates.
	 */
	public function __construct( Templates $templates ) {
		$this->templates = $templates;
	}

	/**
	 * Renders the sample of a screen, with what it was told to show and what was written wrong.
	 *
	 * @param string       $screen  Screen.
	 * @param array<mixed> $written Attributes as written.
	 */
	public function render( string $screen, array $written ): string {
		$clean = Attributes::clean( $screen, $written );
		$data  = array(
			'clean'  => $clean,
			'robots' => self::robots(),
		);
		return $this->templates->render(
			'sample',
			array(
				'theme'  => Appearance::theme( $clean['theme'] ?? '' ),
				'said'   => Attributes::said( $screen, $clean ),
				'faults' => Attributes::faults( $screen, $written ),
				'inner'  => $this->templates->render( 'samples/' . $screen, $data ),
			)
		);
	}

	/**
	 * Returns the made-up robots, ready to print.
	 *
	 * @return array<int,array<string,string>>
	 */
	private static function robots(): array {
		$robots = array();
		foreach ( self::ROBOTS as $index => $row ) {
			$robots[] = array(
				/* translators: %s: a letter. */
				'name'     => sprintf( __( 'Sample robot %s', 'trading-robot-service' ), $row[0] ),
				'result'   => self::signed( $row[1] ),
				'sign'     => $row[1] < 0 ? 'down' : 'up',
				'win'      => number_format_i18n( $row[2], 1 ) . '%',
				'interval' => number_format_i18n( $row[3] ) . '–' . number_format_i18n( $row[4] ),
				'trades'   => number_format_i18n( $row[5] ),
				'factor'   => number_format_i18n( $row[6], 2 ),
				'range'    => number_format_i18n( $row[8], 2 ) . '–' . number_format_i18n( $row[9], 2 ),
				'drawdown' => self::signed( $row[7] ),
				'path'     => self::path( $index, $row[1] ),
			);
		}
		return $robots;
	}

	/**
	 * Writes a percentage with its sign.
	 *
	 * @param float $value Percent.
	 */
	private static function signed( float $value ): string {
		return ( $value < 0 ? '−' : '+' ) . number_format_i18n( abs( $value ), 1 ) . '%';
	}

	/**
	 * Draws a made-up curve from the middle to its end, the same each time.
	 *
	 * @param int   $seed  Number of the robot.
	 * @param float $value Result in percent.
	 */
	private static function path( int $seed, float $value ): string {
		$path = '';
		for ( $x = 0; $x <= 100; $x += 5 ) {
			$sway  = 3 * sin( ( $x + 37 * $seed ) / 9 ) * sin( M_PI * $x / 100 );
			$path .= sprintf( '%s%d %.1F', '' === $path ? 'M' : 'L', $x, 14 - $value * $x / 100 - $sway );
		}
		return $path;
	}
}
