<?php
/**
 * The attributes of shortcodes and blocks.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * The one validator: what an author writes, what the editor offers and what the proxy lets through
 * stand on the patterns of Routes.
 */
final class Attributes {

	// Screen => route whose query names are attributes.
	const ROUTES = array(
		'performance'    => 'performance',
		'marketplace'    => 'marketplace',
		'pricing'        => 'pricing',
		'user-dashboard' => 'dashboard',
		'robot'          => 'robot/a',
		'desk'           => 'desk',
		'coach'          => 'coach',
	);

	// What only an address may ask for: it says what a reader looks at, not what an author shows.
	const OF_ADDRESS = array( 'robot', 'look', 'report', 'choose', 'activate', 'test', 'deployment', 'run', 'chart', 'replay', 'marks', 'buy', 'step', 'paid', 'source' );

	// What the screens have beyond their routes.
	const OWN = array(
		'performance' => array( 'part' => 'all|leaderboard' ),
		'robot'       => array( 'robot' => Routes::ROBOT ),
	);

	const THEME = array( 'theme' => 'dark|light|auto' );

	/**
	 * Returns the attributes of a screen with their patterns.
	 *
	 * @param string $screen Screen.
	 * @return array<string,string>
	 */
	public static function patterns( string $screen ): array {
		$route = Routes::find( 'GET', self::ROUTES[ $screen ] ?? '' );
		$query = null === $route ? array() : array_diff_key( $route['query'], array_flip( self::OF_ADDRESS ) );
		if ( 'user-dashboard' === $screen ) {
			// What its tabs "Plan", "Options" and "Coach" show is for who looks at them to say.
			$query = array_diff_key( $query, Routes::PLANS, array_diff_key( Routes::OPTIONS + Routes::COACH, Routes::TABS ) );
		}
		if ( 'coach' === $screen ) {
			$query = array();
		}
		return ( self::OWN[ $screen ] ?? array() ) + $query + self::THEME;
	}

	/**
	 * Keeps the well-formed ones.
	 *
	 * @param string       $screen  Screen.
	 * @param array<mixed> $written Attributes as written.
	 * @return array<string,string>
	 */
	public static function clean( string $screen, array $written ): array {
		$patterns = self::patterns( $screen );
		$clean    = Routes::clean( $patterns, $written );
		/**
		 * Filters the attributes of a shortcode or block; what is returned is checked again.
		 *
		 * @param array<string,string> $clean   Well-formed attributes.
		 * @param string               $screen  performance, marketplace, pricing, user-dashboard, robot, desk or coach.
		 * @param array<mixed>         $written Attributes as written.
		 */
		$changed = apply_filters( 'trading_robot_service_block_attributes', $clean, $screen, $written );
		return is_array( $changed ) ? Routes::clean( $patterns, $changed ) : $clean;
	}

	/**
	 * Returns what an author should know of what was written: one sentence for each fault.
	 *
	 * @param string       $screen  Screen.
	 * @param array<mixed> $written Attributes as written.
	 * @return string[] Plain text.
	 */
	public static function faults( string $screen, array $written ): array {
		$patterns = self::patterns( $screen );
		$good     = Routes::clean( $patterns, $written );
		$faults   = array();
		foreach ( $written as $name => $value ) {
			if ( '' === $value || isset( $good[ $name ] ) ) {
				continue;
			}
			if ( is_int( $name ) || ! isset( $patterns[ $name ] ) ) {
				/* translators: 1: what was written, 2: list of names. */
				$faults[] = sprintf( __( 'There is no attribute “%1$s”. There are: %2$s.', 'trading-robot-service' ), is_int( $name ) ? self::shown( $value ) : $name, implode( ', ', array_keys( $patterns ) ) );
				continue;
			}
			/* translators: 1: name of an attribute, 2: what was written, 3: what may be written. */
			$faults[] = sprintf( __( '%1$s="%2$s" is not known and was left out. It may be: %3$s.', 'trading-robot-service' ), $name, self::shown( $value ), self::allowed( $patterns[ $name ] ) );
		}
		if ( 'robot' === $screen && ! isset( $good['robot'] ) ) {
			$faults[] = __( 'Say which robot: robot="…". Its id is in the address of its page, after trp_robot=.', 'trading-robot-service' );
		}
		return $faults;
	}

	/**
	 * Describes the attributes for the editor.
	 *
	 * @param string $screen Screen.
	 * @return array<int,array{name:string,label:string,options:array<int,array{value:string,label:string}>}>
	 */
	public static function controls( string $screen ): array {
		$controls = array();
		$labels   = self::labels();
		foreach ( self::patterns( $screen ) as $name => $pattern ) {
			$choices = self::choices( $name, $pattern );
			$options = array();
			foreach ( $choices as $value ) {
				$options[] = array(
					'value' => $value,
					'label' => $labels[ $name ][ $value ] ?? $value,
				);
			}
			$controls[] = array(
				'name'    => $name,
				'label'   => $labels[ $name ][''] ?? $name,
				'options' => $options,
			);
		}
		return $controls;
	}

	/**
	 * Says in words what a screen was told to show, for its preview.
	 *
	 * @param string               $screen Screen.
	 * @param array<string,string> $clean  Well-formed attributes.
	 */
	public static function said( string $screen, array $clean ): string {
		$labels = self::labels();
		$said   = array();
		foreach ( array_intersect_key( $clean, self::patterns( $screen ) ) as $name => $value ) {
			/* translators: 1: name of a setting, 2: its value. */
			$said[] = sprintf( __( '%1$s: %2$s', 'trading-robot-service' ), $labels[ $name ][''] ?? $name, $labels[ $name ][ $value ] ?? $value );
		}
		return implode( ', ', $said );
	}

	/**
	 * Returns the values that a pattern or a list of ours names; none where any word will do.
	 *
	 * @param string $name    Attribute.
	 * @param string $pattern Its pattern.
	 * @return string[]
	 */
	private static function choices( string $name, string $pattern ): array {
		if ( 1 === preg_match( '/\A[A-Za-z0-9_]+(?:\|[A-Za-z0-9_]+)+\z/', $pattern ) ) {
			return explode( '|', $pattern );
		}
		// The catalogue may know more than these; the editor keeps another value that was written.
		return in_array( $name, array( 'strategy', 'plan' ), true ) ? array_values( array_diff( array_map( 'strval', array_keys( self::labels()[ $name ] ) ), array( '' ) ) ) : array();
	}

	/**
	 * Says what may be written.
	 *
	 * @param string $pattern Pattern of an attribute.
	 */
	private static function allowed( string $pattern ): string {
		if ( Routes::ROBOT === $pattern ) {
			return __( 'small letters, digits, _ and -', 'trading-robot-service' );
		}
		if ( Routes::SYMBOL === $pattern ) {
			return __( 'a symbol such as SPY', 'trading-robot-service' );
		}
		if ( Routes::TEXT === $pattern ) {
			return __( 'one word of letters, digits, _, . and -', 'trading-robot-service' );
		}
		return implode( ', ', explode( '|', $pattern ) );
	}

	/**
	 * Returns what was written, short enough for a sentence.
	 *
	 * @param mixed $value Anything.
	 */
	private static function shown( $value ): string {
		return is_scalar( $value ) ? mb_substr( (string) $value, 0, 40 ) : '…';
	}

	/**
	 * Returns the words for names (under the empty key) and values.
	 *
	 * @return array<string,array<array-key,string>>
	 */
	private static function labels(): array {
		return array(
			'part'       => array(
				''            => __( 'Part', 'trading-robot-service' ),
				'all'         => __( 'All of the record', 'trading-robot-service' ),
				'leaderboard' => __( 'Leaderboard alone', 'trading-robot-service' ),
			),
			'period'     => array(
				''      => __( 'Period', 'trading-robot-service' ),
				'day'   => __( 'Day', 'trading-robot-service' ),
				'week'  => __( 'Week', 'trading-robot-service' ),
				'month' => __( 'Month', 'trading-robot-service' ),
				'all'   => __( 'All time', 'trading-robot-service' ),
			),
			'kind'       => array(
				''      => __( 'Accounts', 'trading-robot-service' ),
				'all'   => __( 'Live and paper', 'trading-robot-service' ),
				'live'  => __( 'Live only', 'trading-robot-service' ),
				'paper' => __( 'Paper only', 'trading-robot-service' ),
			),
			'strategy'   => array(
				''              => __( 'Strategy', 'trading-robot-service' ),
				'trend'         => __( 'Trend', 'trading-robot-service' ),
				'reversion'     => __( 'Mean reversion', 'trading-robot-service' ),
				'breakout'      => __( 'Breakout', 'trading-robot-service' ),
				'pairs'         => __( 'Pairs', 'trading-robot-service' ),
				'arbitrage'     => __( 'Arbitrage', 'trading-robot-service' ),
				'market_making' => __( 'Market making', 'trading-robot-service' ),
				'options'       => __( 'Options', 'trading-robot-service' ),
				'null'          => __( 'Null (random)', 'trading-robot-service' ),
			),
			'min_trades' => array(
				''    => __( 'Minimum of closed trades', 'trading-robot-service' ),
				'30'  => '30',
				'100' => '100',
				'250' => '250',
			),
			'sort'       => array(
				''              => __( 'Sort by', 'trading-robot-service' ),
				'rank'          => __( 'Rank', 'trading-robot-service' ),
				'pnl'           => __( 'Net profit and loss', 'trading-robot-service' ),
				'profit_factor' => __( 'Profit factor', 'trading-robot-service' ),
				'sharpe'        => __( 'Sharpe', 'trading-robot-service' ),
				'drawdown'      => __( 'Drawdown', 'trading-robot-service' ),
				'trades'        => __( 'Trades', 'trading-robot-service' ),
				'return'        => __( 'Net return', 'trading-robot-service' ),
				'win_rate'      => __( 'Win rate', 'trading-robot-service' ),
				'name'          => __( 'Name', 'trading-robot-service' ),
			),
			'rows'       => array(
				''    => __( 'Rows', 'trading-robot-service' ),
				'5'   => __( 'The first 5, without filters', 'trading-robot-service' ),
				'25'  => __( '25 and the rest on request', 'trading-robot-service' ),
				'all' => __( 'All', 'trading-robot-service' ),
			),
		) + self::further_labels();
	}

	/**
	 * Returns the words of the marketplace, the dashboard and a robot.
	 *
	 * @return array<string,array<array-key,string>>
	 */
	private static function further_labels(): array {
		return array(
			'result'   => array(
				''       => __( 'Result', 'trading-robot-service' ),
				'any'    => __( 'Any result', 'trading-robot-service' ),
				'profit' => __( 'In profit', 'trading-robot-service' ),
				'loss'   => __( 'In loss', 'trading-robot-service' ),
			),
			'evidence' => array(
				''      => __( 'Evidence', 'trading-robot-service' ),
				'any'   => __( 'Any', 'trading-robot-service' ),
				'live'  => __( 'Live', 'trading-robot-service' ),
				'paper' => __( 'Paper', 'trading-robot-service' ),
				'none'  => __( 'No record yet', 'trading-robot-service' ),
			),
			'plan'     => array(
				''        => __( 'Plan', 'trading-robot-service' ),
				'free'    => __( 'Free', 'trading-robot-service' ),
				'low'     => __( 'Low', 'trading-robot-service' ),
				'mid'     => __( 'Mid', 'trading-robot-service' ),
				'premium' => __( 'Premium', 'trading-robot-service' ),
			),
			'ladder'   => array(
				''           => __( 'Plans for', 'trading-robot-service' ),
				'robots'     => __( 'Trading robots', 'trading-robot-service' ),
				'ai_traders' => __( 'AI traders', 'trading-robot-service' ),
				'signals'    => __( 'Signals', 'trading-robot-service' ),
				'coach'      => __( 'Coach', 'trading-robot-service' ),
				'creator'    => __( 'Creators', 'trading-robot-service' ),
			),
			'interval' => array(
				''      => __( 'Prices by', 'trading-robot-service' ),
				'month' => __( 'Month', 'trading-robot-service' ),
				'year'  => __( 'Year', 'trading-robot-service' ),
			),
			'view'     => array(
				''     => __( 'View', 'trading-robot-service' ),
				'grid' => __( 'Grid', 'trading-robot-service' ),
				'list' => __( 'List', 'trading-robot-service' ),
			),
			'tab'      => array(
				''         => __( 'Opens with', 'trading-robot-service' ),
				'overview' => __( 'Overview', 'trading-robot-service' ),
				'robots'   => __( 'Robots', 'trading-robot-service' ),
				'journal'  => __( 'Journal', 'trading-robot-service' ),
				'accounts' => __( 'Accounts', 'trading-robot-service' ),
				'options'  => __( 'Options', 'trading-robot-service' ),
				'coach'    => __( 'Coach', 'trading-robot-service' ),
				'settings' => __( 'Settings', 'trading-robot-service' ),
			),
			'range'    => array(
				''    => __( 'Range of the curve', 'trading-robot-service' ),
				'1m'  => __( '1 month', 'trading-robot-service' ),
				'3m'  => __( '3 months', 'trading-robot-service' ),
				'6m'  => __( '6 months', 'trading-robot-service' ),
				'all' => __( 'All time', 'trading-robot-service' ),
			),
			'symbol'    => array(
				'' => __( 'Symbol', 'trading-robot-service' ),
			),
			'timeframe' => array(
				''    => __( 'Length of a bar', 'trading-robot-service' ),
				'M1'  => __( '1 minute', 'trading-robot-service' ),
				'M5'  => __( '5 minutes', 'trading-robot-service' ),
				'M15' => __( '15 minutes', 'trading-robot-service' ),
				'H1'  => __( '1 hour', 'trading-robot-service' ),
				'H4'  => __( '4 hours', 'trading-robot-service' ),
				'D1'  => __( 'Daily', 'trading-robot-service' ),
				'W1'  => __( 'Weekly', 'trading-robot-service' ),
				'MN'  => __( 'Monthly', 'trading-robot-service' ),
			),
			'robot'    => array(
				'' => __( 'Robot', 'trading-robot-service' ),
			),
			'theme'    => array(
				''      => __( 'Colours', 'trading-robot-service' ),
				'dark'  => __( 'Dark', 'trading-robot-service' ),
				'light' => __( 'Light', 'trading-robot-service' ),
				'auto'  => __( 'As the visitor’s system', 'trading-robot-service' ),
			),
		);
	}
}
