<?php
/** @package TradingRobotService */

require_once __DIR__ . '/ServiceCase.php';

use TradingRobotService\Html;
use TradingRobotService\Strict;

/** The short way past wp_kses(): it may say no to anything, and yes only to what kses leaves alone. */
final class StrictTest extends ServiceCase {

	const GOOD = '<section class="trp" id="performance" aria-label="Record &amp; risk"><figure class="trp-chart" data-trp-chart="{&quot;a&quot;:[1]}" ><svg class="trp-plot" role="img" viewBox="0 0 10 10" preserveAspectRatio="none"><path class="live" vector-effect="non-scaling-stroke" d="M0,0 1,1" /><text x="8" y="1%" dy="4">$50k</text></svg></figure><form class="trp-filters" method="get" action="?x=1&amp;y=2#a" hx-get="/embed/leaderboard-table?period=week" hx-target="#leaderboard-table" hx-trigger="change, submit" hx-vals="{&quot;a&quot;:1}"><label for="p">Period</label><select id="p" name="trp_period"><option value="day" selected>Day</option></select><input type="number" name="n" min="1" required></form><a href="https://site.example/x?a=b" rel="noopener">W</a><a href="/y">Y</a><details open><summary>Table</summary><table><tr data-you><td data-label="P&amp;L">−$1&nbsp;x &#39;y&#x2c;</td></tr></table></details></section>';

	const PIECES = array(
		'<script>x()</script>', '<script', '<img src=x onerror=x()>', ' onclick="x()"', " onclick='x()'", ' onclick=x', ' hx-on:click="x()"', ' data-hx-on-click="x()"', ' data-hx-get="/x"',
		' style="a:b"', 'javascript:x()', ' href="javascript:x()"', ' href="java&#115;cript:x()"', ' href="//evil.example"', ' href=" javascript:x()"', ' href="\\\\evil"', ' hx-get="https://evil.example"',
		' hx-get="/wp-json/x"', ' hx-vals="js:{a:x()}"', ' hx-trigger="click[x()]"', ' hx-trigger="click&#91;x()&#93;"', '<style>*{}</style>', '<iframe srcdoc="x">', '<!-- x -->', '<!--', '-->', '<![CDATA[x]]>',
		'<svg/onload=x()>', '<use href="#x"/>', '<math><mtext>', '<textarea>', '</textarea>', '<title>', '<template>', '<base href="//evil">', '<', '>', '"', "'", '&', '&lt;', '&#0;', '&bogus;', '`', "\0", "\x0b", "\xff",
		'<A HREF="/x">', '<P>', '<p/>', '<p x="1" x="2">', ' class="a" class="b"', '<a\thref="/x">', "<a\nhref=\"/x\">", ' formaction="x"', '<button formaction="javascript:x()">', '<form action="javascript:x()">', '=', '/>', '</', '<//p>', '<p =x>',
	);

	/** What kses changes and nobody sees: blanks inside a tag, the zero of an entity. */
	private static function plain( string $html ): string {
		return (string) preg_replace_callback(
			'/<[^<>]*>/',
			static function ( $tag ) {
				return preg_replace( array( '/\s+/', '#\s*(/?)>#' ), array( ' ', '$1>' ), $tag[0] );
			},
			(string) preg_replace( '/&#0+(?=[1-9])/', '&#', $html )
		);
	}

	public function test_it_knows_the_form_of_the_service(): void {
		$html = str_replace( '&#x2c;', '', self::GOOD );
		$this->assertTrue( Strict::accepts( $html, Html::allowed() ) );
		$this->assertSame( self::plain( Html::cleaned( $html ) ), self::plain( $html ) );
		$this->assertSame( $html, Html::clean( $html ) );
	}

	public function test_whatever_it_accepts_kses_leaves_alone(): void {
		mt_srand( 20261121 );
		$good     = str_replace( '&#x2c;', '', self::GOOD );
		$accepted = 0;
		for ( $round = 0; $round < 20000; $round++ ) {
			$html = $good;
			for ( $change = mt_rand( 1, 3 ); $change > 0; $change-- ) {
				$at   = mt_rand( 0, strlen( $html ) );
				$cut  = 0 === mt_rand( 0, 2 ) ? mt_rand( 1, 12 ) : 0;
				$html = substr( $html, 0, $at ) . ( 0 === mt_rand( 0, 5 ) ? '' : self::PIECES[ array_rand( self::PIECES ) ] ) . substr( $html, min( strlen( $html ), $at + $cut ) );
			}
			if ( Strict::accepts( $html, Html::allowed() ) ) {
				++$accepted;
				$this->assertSame( self::plain( Html::cleaned( $html ) ), self::plain( $html ), $html );
			}
		}
		// Else the test would say nothing.
		$this->assertGreaterThan( 500, $accepted );
	}

	/** @dataProvider pieces */
	public function test_it_refuses_every_way_to_run_code( string $html ): void {
		$this->assertFalse( Strict::accepts( $html, Html::allowed() ), $html );
	}

	public function pieces(): array {
		$all = array();
		foreach ( array_slice( self::PIECES, 0, 30 ) as $piece ) {
			$all[] = array( ' ' === $piece[0] ? '<a' . $piece . '>x</a>' : ( 'j' === $piece[0] ? '<a href="' . $piece . '">x</a>' : '<p>' . $piece ) );
		}
		return $all;
	}
}
