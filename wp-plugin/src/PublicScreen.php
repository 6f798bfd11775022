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
	private $templates;

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
		return $this->templates->fragment( $this->fragments->for_page( '/embed/' . $route, $query ), $route, $query );
	}
}
