<?php
/**
 * A part of a page that anybody may see.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Templates;

defined( 'ABSPATH' ) || exit;

/**
 * Prints a public fragment on the server; a child says which.
 */
abstract class PublicScreen implements Screen {

	/**
	 * Public fragments.
	 *
	 * @var Fragments
	 */
	private $fragments;

	/**
	 * Own templates.
	 *
	 * @var Templates
	 */
	protected $templates;

	/**
	 * An answer that the head of the page needed, until its place in the page takes it.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	private $ready = array();

	/**
	 * Keeps its parts.
	 *
	 * @param Fragments $fragments Public fragments.
	 * @param Templates $templates Own templates.
	 */
	public function __construct( Fragments $fragments, Templates $templates ) {
		$this->fragments = $fragments;
		$this->templates = $templates;
	}

	/**
	 * Returns the fragment, the last known copy with its time, or a polite message.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 */
	public function render( string $route, array $query ): string {
		$key    = ApiClient::target( $route, $query );
		$answer = $this->ready[ $key ] ?? $this->fragments->for_page( '/embed/' . $route, $query );
		unset( $this->ready[ $key ] );
		return $this->templates->fragment( $answer, $route, $query );
	}

	/**
	 * Returns the service's answer ahead of its place in the page, so that it is asked for once.
	 *
	 * @param string               $route Path after /embed/.
	 * @param array<string,string> $query Clean query.
	 * @return array{status:int,html:string,etag:string,at:int,stale:bool,lost:bool}
	 */
	public function answer( string $route, array $query ): array {
		$answer = $this->fragments->for_page( '/embed/' . $route, $query );

		$this->ready[ ApiClient::target( $route, $query ) ] = $answer;
		return $answer;
	}
}
