<?php
/**
 * The fixed table of what may be asked of the service.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

defined( 'ABSPATH' ) || exit;

/**
 * Method, path pattern, audience and query names of every fragment.
 *
 * No path is ever built from what a browser sends: it is looked up here, and what a
 * pattern captures is a number or a robot id.
 */
final class Routes {

	const NUMBER = '[1-9][0-9]{0,18}';

	const ROBOT = '[a-z0-9][a-z0-9_-]{0,63}';

	const NOTED = 'hand-[0-9a-f]{16}';

	const DAY = '20[0-9]{2}-[01][0-9]-[0-3][0-9]';

	const STRIKE = '[0-9]{1,6}(?:\.[0-9]{1,3})?';

	const SHIFT = '-?[0-9]{1,3}';

	const TEXT = '[A-Za-z0-9_.-]{1,64}';

	// Also of futures (/ESZ6), pairs (BTC/USD), indices (^SPX) and options.
	const SYMBOL = '[A-Za-z0-9^\/][A-Za-z0-9 .\/:-]{0,39}';

	const TIMEFRAME = 'M1|M5|M15|H1|H4|D1|W1|MN';

	// Names of levels with dots between.
	const LEVELS = '[a-z][a-z0-9]{1,4}(?:\.[a-z][a-z0-9]{1,4}){0,20}';

	const PERIOD = array(
		'period'     => 'day|week|month|all',
		'kind'       => 'all|live|paper',
		'strategy'   => self::TEXT,
		'min_trades' => '30|100|250',
		'sort'       => 'rank|pnl|profit_factor|sharpe|drawdown|trades',
		'rows'       => '5|25|all',
	);

	const CATALOGUE = array(
		'strategy' => self::TEXT,
		'result'   => 'any|profit|loss',
		'evidence' => 'any|live|paper|none',
		'plan'     => self::TEXT,
		'sort'     => 'return|win_rate|profit_factor|drawdown|name',
		'view'     => 'grid|list',
	);

	const PLANS = array(
		'ladder'   => 'robots|ai_traders|signals|coach|creator',
		'interval' => 'month|year',
	);

	const TABS = array(
		'tab'        => 'overview|robots|journal|accounts|options|coach|plan|settings',
		'look'       => self::ROBOT,
		'report'     => self::ROBOT,
		'choose'     => '1',
		'activate'   => self::ROBOT,
		'test'       => self::ROBOT,
		'deployment' => self::NUMBER,
		'run'        => self::NUMBER,
	);

	const PLAN = array(
		'tab'    => 'plan',
		'buy'    => '[a-z_]{1,20}',
		'step'   => 'cancel|pause',
		'paid'   => '[A-Za-z0-9_]{1,100}',
		'source' => '[a-z0-9][a-z0-9._-]{0,39}',
	);

	const STEPS = array(
		'look'     => self::ROBOT,
		'activate' => self::ROBOT,
	);

	const OPTIONS = array(
		'tab'        => 'options',
		'part'       => 'positions|screenshots|chain|curves|leaps|macro',
		'shot'       => self::NUMBER,
		'importance' => 'all|high',
		'kind'       => 'live|journal|copy|paper',
		'edit'       => self::NOTED,
		'underlying' => '[A-Za-z0-9-]{1,12}',
		'expiry'     => self::DAY,
		'right'      => 'C|P',
		'low'        => self::STRIKE,
		'high'       => self::STRIKE,
		'legs'       => '[0-9CPS.@_-]{1,300}',
		'move'       => self::SHIFT,
		'points'     => self::SHIFT,
		'later'      => self::SHIFT,
		'leg'        => '[A-Z]{1,6}[0-9]{6}[CP][0-9]{8}',
	);

	const COACH = array(
		'tab'   => 'coach',
		'talk'  => self::NUMBER,
		'new'   => '1',
		'find'  => '[^<>]{1,100}',
		'show'  => 'chart|levels|positions|pnl|alerts|performance|robot',
		'of'    => '[A-Za-z0-9^\/][A-Za-z0-9 .\/:_-]{0,63}',
		'marks' => self::LEVELS,
	);

	// The panel opens by itself: whoever is writing keeps the focus.
	const QUIET = array( 'quiet' => '1' );

	const TRADES = array(
		'page'  => self::NUMBER,
		'chart' => self::NUMBER,
	);

	const PAGES = array( 'cursor' => '[A-Za-z0-9_=-]{1,200}' );

	const MOMENT = '[1-9][0-9]{0,10}';

	const DESK = array(
		'symbol'    => self::SYMBOL,
		'timeframe' => self::TIMEFRAME,
		'chart'     => self::NUMBER,
		'replay'    => self::MOMENT . '|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}',
		'marks'     => self::LEVELS,
	);

	const ANALYSES = array(
		'symbol'    => self::SYMBOL,
		'timeframe' => self::TIMEFRAME,
		'chart'     => self::NUMBER,
		'analysis'  => self::NUMBER,
		'known'     => '[0-9a-f]{16}',
		'find'      => '[^<>]{1,100}',
		'ids'       => '[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,3}',
		'of'        => 'own|all',
	);

	const BARS = array(
		'before' => self::NUMBER,
		'after'  => self::NUMBER,
		'count'  => '1|5|20',
	);

	const RANGES = array( 'range' => '1m|3m|6m|all' );

	// What values a member's options: the first after a start takes longer than the rest.
	const PATIENT = array( 'coach', 'coach-panel', 'dashboard', 'dashboard-coach', 'dashboard-options', 'positions', 'screenshots' );

	/**
	 * Rows: method, pattern after /embed/, audience, query names with patterns.
	 */
	const TABLE = array(
		array( 'GET', 'pricing', 'public', self::PLANS ),
		array( 'GET', 'performance', 'public', self::PERIOD ),
		array( 'GET', 'leaderboard-table', 'public', self::PERIOD ),
		array( 'GET', 'marketplace', 'public', self::CATALOGUE + array( 'robot' => self::ROBOT ) ),
		array( 'GET', 'robot-cards', 'public', self::CATALOGUE ),
		array( 'GET', 'robot/' . self::ROBOT, 'public', array() ),
		array( 'GET', 'desk', 'member', self::DESK ),
		array( 'GET', 'desk-now', 'member', self::DESK + self::BARS ),
		array( 'GET', 'desk-bars', 'member', self::DESK + self::BARS ),
		array( 'GET', 'desk-step', 'member', self::DESK + self::BARS ),
		array( 'GET', 'desk-chart/' . self::NUMBER, 'member', self::DESK ),
		array( 'POST', 'desk-chart/' . self::NUMBER . '/undo', 'member', array() ),
		array( 'POST', 'desk-chart/' . self::NUMBER . '/title', 'member', array() ),
		array( 'POST', 'desk-chart/' . self::NUMBER . '/delete', 'member', array() ),
		array( 'POST', 'desk-chart/' . self::NUMBER . '/share', 'member', array() ),
		array( 'POST', 'desk-chart/' . self::NUMBER . '/unshare', 'member', array() ),
		array( 'GET', 'desk-picture/' . self::NUMBER, 'member', array( 'replay' => self::MOMENT ) ),
		array( 'GET', 'desk-csv/' . self::NUMBER, 'member', array( 'replay' => self::MOMENT ) ),
		array( 'POST', 'desk-charts', 'member', array() ),
		array( 'POST', 'desk-operations', 'member', array() ),
		array( 'GET', 'desk-analysis', 'member', self::ANALYSES ),
		array( 'POST', 'desk-analysis', 'member', array() ),
		array( 'POST', 'desk-analysis/' . self::NUMBER . '/stop', 'member', array() ),
		array( 'POST', 'desk-analysis/' . self::NUMBER . '/apply', 'member', array() ),
		array( 'POST', 'desk-analysis/' . self::NUMBER . '/undo', 'member', array() ),
		array( 'POST', 'desk-analysis/' . self::NUMBER . '/dismiss', 'member', array() ),
		array( 'GET', 'desk-analyses', 'member', self::ANALYSES ),
		array( 'GET', 'desk-levels', 'member', self::DESK ),
		array( 'GET', 'desk-symbols', 'member', array( 'symbol' => self::SYMBOL ) ),
		array( 'GET', 'dashboard', 'member', self::TABS + self::RANGES + self::PLANS + self::PLAN + self::OPTIONS + self::COACH ),
		array( 'GET', 'dashboard-overview', 'member', self::RANGES ),
		array( 'GET', 'dashboard-robots', 'member', array() ),
		array( 'GET', 'robot-choice', 'member', array() ),
		array( 'GET', 'robot-settings/' . self::ROBOT, 'member', array() ),
		array( 'GET', 'deployments', 'member', array() ),
		array( 'POST', 'deployments', 'member', array() ),
		array( 'GET', 'deployments/' . self::NUMBER, 'member', array() ),
		array( 'GET', 'deployments/' . self::NUMBER . '/now', 'member', array() ),
		array( 'POST', 'deployments/' . self::NUMBER . '/pause', 'member', array() ),
		array( 'POST', 'deployments/' . self::NUMBER . '/resume', 'member', array() ),
		array( 'POST', 'deployments/' . self::NUMBER . '/stop', 'member', array() ),
		array( 'POST', 'deployments/' . self::NUMBER . '/parameters', 'member', array() ),
		array( 'GET', 'backtests', 'member', array() ),
		array( 'POST', 'backtests', 'member', array() ),
		array( 'GET', 'backtests/' . self::NUMBER, 'member', array() ),
		array( 'POST', 'backtests/' . self::NUMBER . '/cancel', 'member', array() ),
		array( 'GET', 'backtest-form/' . self::ROBOT, 'member', array() ),
		array( 'GET', 'backtest-trades/' . self::NUMBER, 'member', self::TRADES ),
		array( 'GET', 'backtest-csv/' . self::NUMBER, 'member', array() ),
		array( 'GET', 'dashboard-journal', 'member', self::PAGES ),
		array( 'GET', 'dashboard-accounts', 'member', array() ),
		array( 'POST', 'accounts/' . self::NUMBER . '/opening', 'member', array() ),
		array( 'GET', 'dashboard-settings', 'member', array() ),
		array( 'GET', 'dashboard-options', 'member', self::OPTIONS ),
		array( 'GET', 'dashboard-coach', 'member', self::COACH ),
		array( 'GET', 'coach', 'member', self::COACH ),
		array( 'GET', 'coach-panel', 'member', self::COACH + self::QUIET ),
		array( 'GET', 'coach-card', 'member', self::COACH ),
		array( 'POST', 'coach', 'member', array() ),
		array( 'POST', 'coach/' . self::NUMBER . '/delete', 'member', array() ),
		array( 'GET', 'coach-text/' . self::NUMBER, 'member', array() ),
		array( 'GET', 'coach-messages/' . self::NUMBER, 'member', array( 'known' => '[0-9a-f]{16}' ) ),
		array( 'POST', 'coach-messages/' . self::NUMBER . '/stop', 'member', array() ),
		array( 'POST', 'coach-messages/' . self::NUMBER . '/again', 'member', array() ),
		array( 'POST', 'coach-messages/' . self::NUMBER . '/feedback', 'member', array() ),
		array( 'POST', 'coach-messages/' . self::NUMBER . '/draw', 'member', array() ),
		array( 'GET', 'macro', 'member', self::OPTIONS ),
		array( 'POST', 'positions', 'member', array() ),
		array( 'POST', 'positions/' . self::NOTED, 'member', array() ),
		array( 'POST', 'positions/' . self::NOTED . '/delete', 'member', array() ),
		array( 'POST', 'screenshots', 'member', array() ),
		array( 'GET', 'screenshot/' . self::NUMBER, 'member', array() ),
		array( 'GET', 'screenshot-picture/' . self::NUMBER, 'member', array() ),
		array( 'POST', 'screenshot/' . self::NUMBER . '/confirm', 'member', array() ),
		array( 'POST', 'screenshot/' . self::NUMBER . '/again', 'member', array() ),
		array( 'POST', 'screenshot/' . self::NUMBER . '/delete', 'member', array() ),
		array( 'GET', 'dashboard-plan', 'member', self::PLANS + self::PLAN ),
		array( 'GET', 'plan', 'member', self::PLANS + self::PLAN ),
		array( 'GET', 'plan-now', 'member', array() ),
		array( 'POST', 'seen', 'member', array() ),
		array( 'GET', 'missing', 'member', array() ),
		array( 'GET', 'first-steps', 'member', self::STEPS ),
		array( 'POST', 'first-steps/dismiss', 'member', array() ),
		array( 'POST', 'plan/checkout', 'member', array() ),
		array( 'POST', 'plan/portal', 'member', array() ),
		array( 'POST', 'plan/change', 'member', array() ),
		array( 'POST', 'plan/cancel', 'member', array() ),
		array( 'POST', 'plan/pause', 'member', array() ),
		array( 'POST', 'plan/resume', 'member', array() ),
		array( 'POST', 'plan/keep', 'member', array() ),
		array( 'GET', 'import-form', 'member', array() ),
		array( 'POST', 'imports', 'member', array() ),
		array( 'GET', 'imports/' . self::NUMBER, 'member', array() ),
		array( 'POST', 'imports/' . self::NUMBER . '/start', 'member', array() ),
		array( 'POST', 'imports/' . self::NUMBER . '/cancel', 'member', array() ),
		array( 'GET', 'api-keys', 'member', array() ),
		array( 'POST', 'api-keys', 'member', array() ),
		array( 'POST', 'api-keys/' . self::NUMBER . '/rotate', 'member', array() ),
		array( 'POST', 'api-keys/' . self::NUMBER . '/revoke', 'member', array() ),
		array( 'GET', 'model-keys', 'member', array() ),
		array( 'POST', 'model-keys', 'member', array() ),
		array( 'POST', 'model-keys/check', 'member', array() ),
		array( 'POST', 'model-keys/limits', 'member', array() ),
		array( 'POST', 'model-keys/delete', 'member', array() ),
		array( 'GET', 'webhooks', 'member', array() ),
		array( 'POST', 'webhooks', 'member', array() ),
		array( 'GET', 'webhooks/' . self::NUMBER, 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/test', 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/rotate', 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/disable', 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/enable', 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/deliveries/' . self::NUMBER . '/replay', 'member', array() ),
		array( 'POST', 'webhooks/' . self::NUMBER . '/delete', 'member', array() ),
		array( 'GET', 'public-name', 'member', array() ),
		array( 'POST', 'public-name', 'member', array() ),
		array( 'POST', 'public-name/withdraw', 'member', array() ),
		array( 'GET', 'reports', 'member', array() ),
		array( 'POST', 'reports', 'member', array() ),
		array( 'GET', 'broker-accounts', 'member', array() ),
		array( 'POST', 'broker-accounts', 'member', array() ),
		array( 'POST', 'broker-accounts/' . self::NUMBER . '/off', 'member', array() ),
		array( 'POST', 'broker-accounts/' . self::NUMBER . '/on', 'member', array() ),
		array( 'POST', 'broker-accounts/' . self::NUMBER . '/delete', 'member', array() ),
		array( 'GET', 'mail-settings', 'member', array() ),
		array( 'POST', 'mail-settings', 'member', array() ),
		array( 'GET', 'own-data', 'member', array() ),
		array( 'POST', 'own-data/copy', 'member', array() ),
		array( 'POST', 'own-data/link', 'member', array() ),
		array( 'POST', 'own-data/erasure', 'member', array() ),
		array( 'POST', 'own-data/erasure/cancel', 'member', array() ),
	);

	/**
	 * Finds the row for a request, or null.
	 *
	 * @param string $method HTTP method, upper case.
	 * @param string $path   Path after /embed/.
	 * @return array{path:string,audience:string,query:array<string,string>,patient:bool}|null
	 */
	public static function find( string $method, string $path ): ?array {
		foreach ( self::TABLE as $row ) {
			if ( $row[0] === $method && 1 === preg_match( '#\A' . $row[1] . '\z#', $path ) ) {
				return array(
					'path'     => '/embed/' . $path,
					'audience' => $row[2],
					'query'    => $row[3],
					'patient'  => in_array( $path, self::PATIENT, true ),
				);
			}
		}
		return null;
	}

	/**
	 * Returns the options of a member's call.
	 *
	 * @param array<string,mixed> $route What find() returned.
	 * @return array{headers:array<string,string>,timeout:float}
	 */
	public static function options( array $route ): array {
		return array(
			'headers' => array(),
			'timeout' => $route['patient'] ? ApiClient::PATIENT_TIMEOUT : ApiClient::TIMEOUT,
		);
	}

	/**
	 * Keeps the known names with well-formed values; a name may carry the prefix trp_.
	 *
	 * @param array<string,string> $known  Names with patterns, from the table.
	 * @param array<mixed>         $values What came in.
	 * @return array<string,string> In the order of the table, so that equal questions look equal.
	 */
	public static function clean( array $known, array $values ): array {
		$clean = array();
		foreach ( $known as $name => $pattern ) {
			$value = $values[ $name ] ?? ( $values[ 'trp_' . $name ] ?? '' );
			if ( is_string( $value ) && 1 === preg_match( '#\A(?:' . $pattern . ')\z#', $value ) ) {
				$clean[ $name ] = $value;
			}
		}
		return $clean;
	}
}
