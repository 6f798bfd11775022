<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

/** Every REST route of the plugin with what each kind of person gets from it. */
final class RoutesTest extends ServiceCase {

	const SPACE = 'trading-robot-service/v1';

	// A path that the route takes, method, and the answer's status for visitor, subscriber, contributor, author, editor, administrator.
	const TABLE = array(
		array( '/fragment/pricing', 'GET', 200, 200, 200, 200, 200, 200 ),
		array( '/fragment/leaderboard-table', 'GET', 200, 200, 200, 200, 200, 200 ),
		array( '/fragment/dashboard', 'GET', 401, 200, 200, 200, 200, 200 ),
		array( '/fragment/dashboard-settings', 'GET', 401, 200, 200, 200, 200, 200 ),
		array( '/fragment/api-keys', 'POST', 401, 200, 200, 200, 200, 200 ),
		array( '/fragment/pricing', 'POST', 404, 404, 404, 404, 404, 404 ),
		array( '/fragment/admin/members', 'GET', 404, 404, 404, 404, 404, 404 ),
		array( '/live', 'POST', 401, 201, 201, 201, 201, 201 ),
		// Open to all; what is counted has to be named.
		array( '/clicks', 'POST', 400, 400, 400, 400, 400, 400 ),
		array( '/health/service', 'GET', 401, 403, 403, 403, 403, 200 ),
		array( '/health/clock', 'GET', 401, 403, 403, 403, 403, 200 ),
	);

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
		$this->service = static function ( $method, $target ) {
			return '/api/live/tickets' === $target
				? array( 201, '{"ticket":"t","url":"http://127.0.0.1:5999/live"}', array( 'content-type' => 'application/json' ) )
				: array( 200, '<section class="trp"><h2>x</h2></section>' );
		};
	}

	/** @return array<string,int> Ids of one person of each kind. */
	private static function people(): array {
		$ids = array( 'visitor' => 0 );
		foreach ( array( 'subscriber', 'contributor', 'author', 'editor', 'administrator' ) as $role ) {
			$user         = get_user_by( 'login', "a-$role" );
			$ids[ $role ] = $user ? $user->ID : wp_insert_user( array( 'user_login' => "a-$role", 'user_pass' => 'x', 'user_email' => "$role@site.example", 'role' => $role ) );
		}
		return $ids;
	}

	public function test_each_kind_of_person_gets_what_the_table_says(): void {
		$people = self::people();
		foreach ( self::TABLE as $row ) {
			list( $path, $method ) = $row;
			foreach ( array_values( $people ) as $number => $id ) {
				wp_set_current_user( $id );
				$request = new WP_REST_Request( $method, '/' . self::SPACE . $path );
				$request->set_header( 'content-type', 'application/x-www-form-urlencoded' );
				$status = rest_get_server()->dispatch( $request )->get_status();
				$this->assertSame( $row[ 2 + $number ], $status, "$method $path as " . array_keys( $people )[ $number ] );
			}
		}
	}

	public function test_the_table_has_a_row_for_every_route_and_method(): void {
		$asked = array();
		$index = '/' . self::SPACE;
		foreach ( rest_get_server()->get_routes( self::SPACE ) as $route => $handlers ) {
			foreach ( $route === $index ? array() : $handlers as $handler ) {
				$this->assertNotSame( '__return_true', $handler['permission_callback'] ?? '__return_true', $route );
				foreach ( array_keys( array_filter( $handler['methods'] ) ) as $method ) {
					$rows = array_filter(
						self::TABLE,
						static function ( $row ) use ( $route, $method, $index ) {
							return $row[1] === $method && 1 === preg_match( '@^' . $route . '$@i', $index . $row[0] );
						}
					);
					$this->assertNotSame( array(), $rows, "no row for $method $route" );
					$asked[] = $route;
				}
			}
		}
		$this->assertNotSame( array(), $asked );
	}

	public function test_no_page_without_a_screen_loads_anything_of_ours(): void {
		$GLOBALS['wp_query'] = new WP_Query( array( 'p' => wp_insert_post( array( 'post_title' => 'Plain', 'post_content' => 'Nothing of ours', 'post_status' => 'publish' ) ) ) );
		$GLOBALS['post']     = $GLOBALS['wp_query']->post;
		wp_scripts()->queue  = array();
		wp_styles()->queue   = array();
		do_action( 'wp_enqueue_scripts' );
		$ours = preg_grep( '/^trading-robot-service/', array_merge( wp_scripts()->queue, wp_styles()->queue ) );
		$this->assertSame( array(), $ours );
	}

	public function test_options_that_load_on_every_page_are_small(): void {
		$size = 0;
		foreach ( wp_load_alloptions( true ) as $name => $value ) {
			$size += false === strpos( $name, 'trading_robot_service' ) ? 0 : strlen( $value );
		}
		$this->assertLessThan( 1024, $size );
	}
}
