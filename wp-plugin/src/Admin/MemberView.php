<?php
/**
 * A member's dashboard, as the member sees it, for an administrator who only reads.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService\Admin;

use TradingRobotService\Capabilities;
use TradingRobotService\Html;
use TradingRobotService\Routes;

defined( 'ABSPATH' ) || exit;

/**
 * Asks for the dashboard in a running view, and takes out of it whatever could send something.
 */
final class MemberView {

	const TABS = array( 'overview', 'robots', 'journal', 'accounts', 'plan' );

	/**
	 * What the service answers.
	 *
	 * @var Service
	 */
	private $service;

	/**
	 * Keeps its part.
	 *
	 * @param Service $service What the service answers.
	 */
	public function __construct( Service $service ) {
		$this->service = $service;
	}

	/**
	 * Tells whether a view of a WordPress user may be opened by the current one: never of an administrator's dashboard, nor of one's own.
	 *
	 * @param \WP_User|false $user The member.
	 */
	public static function may_open( $user ): bool {
		return false !== $user && (int) $user->ID !== get_current_user_id() && ! user_can( $user, Capabilities::MANAGE );
	}

	/**
	 * Returns what a member may do here, for the service to refuse; of whom this site does not know, what may not be looked at.
	 *
	 * @param \WP_User|false $user The member.
	 * @return string[]
	 */
	public static function caps_of( $user ): array {
		return self::may_open( $user ) ? Capabilities::words( $user ) : array( 'manage' );
	}

	/**
	 * Returns the dashboard of the view that is open, with the answer that it stands on.
	 *
	 * @param string   $member Number of the member.
	 * @param callable $url    Makes the address of this screen from a query.
	 * @return array{template:string,answer:array<string,mixed>,data:array<string,mixed>}
	 */
	public function content( string $member, callable $url ): array {
		$answer = $this->service->get( '/members/' . $member . '/view' );
		$data   = array(
			'view'   => 'ok' === $answer['state'] ? $answer['data'] : null,
			'html'   => '',
			'member' => $member,
			'action' => Members::ACTION,
			'back'   => $url( array( 'member' => $member ) ),
		);
		if ( 'absent' === $answer['state'] ) {
			// It has ended, which is worth a sentence and a way back.
			$answer['state'] = 'ok';
		}
		$user = null === $data['view'] ? false : get_userdata( (int) $data['view']['wp_user_id'] );
		if ( self::may_open( $user ) ) {
			$data['name'] = $user->display_name;
			$data['html'] = $this->fragment( (int) $data['view']['id'], $member, $url );
		} else {
			$data['view'] = null;
		}
		return array( 'template' => 'admin-member-view', 'answer' => $answer, 'data' => $data );
	}

	/**
	 * Returns the part of the dashboard that the address names, empty when it cannot be shown.
	 *
	 * @param int      $view   Number of the view.
	 * @param string   $member Number of the member.
	 * @param callable $url    Makes the address of this screen from a query.
	 */
	private function fragment( int $view, string $member, callable $url ): string {
		$route = Routes::find( 'GET', 'dashboard' );
		$asked = array_map( 'sanitize_text_field', wp_unslash( array_filter( $_GET, 'is_string' ) ) ); // phpcs:ignore WordPress.Security.NonceVerification -- reading changes nothing.
		$query = null === $route ? array() : Routes::clean( $route['query'], $asked );
		if ( ! in_array( $query['tab'] ?? 'overview', self::TABS, true ) ) {
			$query = array( 'tab' => 'overview' );
		}
		$reply = $this->service->view( $view, '/embed/dashboard', $query );
		if ( 200 !== $reply->status || ! $reply->is_fragment() ) {
			return '';
		}
		return self::still( Html::clean( $reply->body ), $member, $url );
	}

	/**
	 * Returns a fragment in which nothing sends or loads anything: links lead to this screen, or nowhere.
	 *
	 * @param string   $html   Clean fragment.
	 * @param string   $member Number of the member.
	 * @param callable $url    Makes the address of this screen from a query.
	 */
	public static function still( string $html, string $member, callable $url ): string {
		$route = Routes::find( 'GET', 'dashboard' );
		$tags  = new \WP_HTML_Tag_Processor( $html );
		while ( $tags->next_tag() ) {
			$tag = (string) $tags->get_tag();
			foreach ( array_merge( (array) $tags->get_attribute_names_with_prefix( 'hx-' ), array( 'action', 'aria-busy', 'download', 'target' ) ) as $name ) {
				$tags->remove_attribute( (string) $name );
			}
			if ( in_array( $tag, array( 'BUTTON', 'INPUT', 'SELECT', 'TEXTAREA', 'FIELDSET' ), true ) ) {
				$tags->set_attribute( 'disabled', true );
			}
			if ( 'A' !== $tag ) {
				continue;
			}
			$values = array();
			wp_parse_str( (string) wp_parse_url( (string) $tags->get_attribute( 'href' ), PHP_URL_QUERY ), $values );
			$query = null === $route ? array() : Routes::clean( $route['query'], $values );
			// The last of these is what makes it an address of the dashboard and not of another page.
			if ( in_array( $query['tab'] ?? '', self::TABS, true ) || isset( $query['range'] ) ) {
				$place = array( 'member' => $member, 'view' => '1' );
				foreach ( $query as $name => $value ) {
					$place[ 'trp_' . $name ] = $value;
				}
				$tags->set_attribute( 'href', $url( $place ) );
			} else {
				$tags->remove_attribute( 'href' );
			}
		}
		return $tags->get_updated_html();
	}
}
