<?php
/**
 * How the owner's figures look: money, ratios, and bars on top of one another.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Texts and places of rectangles; nothing here asks anybody.
 */
final class Figures {

	// The drawing's own measures; the style gives it its size on the screen.
	const WIDTH = 600;

	const HEIGHT = 160;

	/**
	 * Says an amount with its currency, or a dash.
	 *
	 * @param mixed  $minor    Minor units, null for no answer.
	 * @param string $currency Currency.
	 * @param int    $digits   Decimals of the currency.
	 */
	public static function money( $minor, string $currency, int $digits ): string {
		if ( ! is_int( $minor ) ) {
			return '–';
		}
		$text = number_format_i18n( abs( $minor ) / pow( 10, $digits ), $digits );
		return ( $minor < 0 ? "\u{2212}" : '' ) . $text . "\u{00A0}" . $currency;
	}

	/**
	 * Says US dollars that come as a decimal text; small ones with more decimals.
	 *
	 * @param mixed $amount An amount such as "0.0123", null for no answer.
	 */
	public static function dollars( $amount ): string {
		if ( ! is_string( $amount ) || ! is_numeric( $amount ) ) {
			return '–';
		}
		$size   = abs( (float) $amount );
		$digits = 0.0 === $size || $size >= 10 ? 2 : ( $size >= 0.01 ? 4 : 6 );
		return number_format_i18n( (float) $amount, $digits ) . "\u{00A0}USD";
	}

	/**
	 * Says a change with its sign, or a dash.
	 *
	 * @param mixed  $minor    Minor units, null for no answer.
	 * @param string $currency Currency.
	 * @param int    $digits   Decimals of the currency.
	 */
	public static function change( $minor, string $currency, int $digits ): string {
		return ( is_int( $minor ) && $minor > 0 ? '+' : '' ) . self::money( $minor, $currency, $digits );
	}

	/**
	 * Says a ratio as percent, or a dash.
	 *
	 * @param mixed $ratio A ratio, null for no answer.
	 */
	public static function percent( $ratio ): string {
		if ( ! is_int( $ratio ) && ! is_float( $ratio ) ) {
			return '–';
		}
		return ( $ratio < 0 ? "\u{2212}" : '' ) . number_format_i18n( abs( 100 * $ratio ), 1 ) . '%';
	}

	/**
	 * Says how many got as far as a step, of how many, with the share and its interval.
	 *
	 * @param array{count:int,of:int,ratio:mixed,low:mixed,high:mixed} $step What the service counted.
	 */
	public static function reached( array $step ): string {
		if ( null === $step['ratio'] ) {
			return 0 === $step['count'] ? '–' : number_format_i18n( $step['count'] );
		}
		/* translators: 1: a number, 2: a number, 3: a percentage, 4: a percentage, 5: a percentage. */
		return sprintf( __( '%1$s of %2$s: %3$s (%4$s to %5$s)', 'trading-robot-service' ), number_format_i18n( $step['count'] ), number_format_i18n( $step['of'] ), self::percent( $step['ratio'] ), self::percent( $step['low'] ), self::percent( $step['high'] ) );
	}

	/**
	 * Places bars on top of one another, those above zero upwards and those below downwards.
	 *
	 * @param array<int,array<int,int>> $columns Amounts of each column, in one order.
	 * @return array{zero:float,bars:array<int,array{x:float,y:float,width:float,height:float,colour:int}>}
	 */
	public static function stack( array $columns ): array {
		$most  = 0;
		$least = 0;
		foreach ( $columns as $column ) {
			$most  = max( $most, (int) array_sum( array_filter( $column, array( self::class, 'is_up' ) ) ) );
			$least = min( $least, (int) array_sum( array_filter( $column, array( self::class, 'is_down' ) ) ) );
		}
		$scale = ( self::HEIGHT - 2 ) / max( 1, $most - $least );
		$zero  = 1 + $most * $scale;
		$step  = self::WIDTH / max( 1, count( $columns ) );
		$bars  = array();
		foreach ( array_values( $columns ) as $place => $column ) {
			$up   = $zero;
			$down = $zero;
			foreach ( array_values( $column ) as $colour => $amount ) {
				$height = abs( $amount ) * $scale;
				if ( 0 === $amount ) {
					continue;
				}
				$top = $amount > 0 ? $up - $height : $down;
				if ( $amount > 0 ) {
					$up -= $height;
				} else {
					$down += $height;
				}
				$bars[] = array(
					'x'      => $place * $step + 0.1 * $step,
					'y'      => $top,
					'width'  => 0.8 * $step,
					'height' => $height,
					'colour' => $colour % 6,
				);
			}
		}
		return array(
			'zero' => $zero,
			'bars' => $bars,
		);
	}

	/**
	 * Tells whether an amount goes up.
	 *
	 * @param int $amount Amount.
	 */
	private static function is_up( int $amount ): bool {
		return $amount > 0;
	}

	/**
	 * Tells whether an amount goes down.
	 *
	 * @param int $amount Amount.
	 */
	private static function is_down( int $amount ): bool {
		return $amount < 0;
	}
}
