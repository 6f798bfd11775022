/* Trading Robot Service: beside the coach's conversation: the desk's chart when one opens, copying. GPL-3.0-or-later. */
( function () {
	'use strict';
	var trp = window.tradingRobotService;
	if ( ! trp || trp.coach ) { return; }
	trp.coach = true;

	/* The desk's scripts are fetched once, in their order, when the first chart of it is shown. */
	var fetched = false;
	function load( urls ) {
		if ( ! urls.length ) {
			// Each of them looks for its chart when something on the page has settled.
			document.dispatchEvent( new CustomEvent( 'htmx:afterSettle', { detail: {} } ) );
			return;
		}
		var script = document.createElement( 'script' );
		script.src = urls[ 0 ];
		script.onload = function () { load( urls.slice( 1 ) ); };
		document.head.append( script );
	}
	function scan() {
		var figure = document.querySelector( '[data-trp-parts] [data-trp-desk]' );
		if ( figure && ! fetched && ! trp.desk ) {
			fetched = true;
			load( figure.closest( '[data-trp-parts]' ).dataset.trpParts.split( ' ' ).filter( function ( url ) {
				return ! ( window.LightweightCharts && /lightweight-charts/.test( url ) );
			} ) );
		}
		// A button that needs the clipboard shows where there is one.
		if ( navigator.clipboard ) {
			document.querySelectorAll( '[data-copy][hidden]' ).forEach( function ( button ) { button.hidden = false; } );
		}
	}
	document.addEventListener( 'click', function ( event ) {
		var button = event.target.closest( '[data-copy]' );
		if ( ! button || ! navigator.clipboard ) { return; }
		var said = button.querySelector( '[data-copied]' );
		navigator.clipboard.writeText( button.dataset.copy ).then( function () {
			var voice = button.parentNode.querySelector( '[data-copy-said]' );
			said.textContent = voice.textContent = said.dataset.copied;
			setTimeout( function () {
				said.textContent = said.dataset.rest;
				voice.textContent = '';
			}, 2000 );
		} ).catch( function () {} );
	} );
	/* Where the panel has no place beside the conversation it lies over it, until it is closed. */
	var opener = '';
	function panel() { return document.getElementById( 'coach-panel' ); }
	function isNarrow( open ) { return getComputedStyle( open ).position !== 'sticky'; }
	function chat( isAway ) {
		var log = document.querySelector( '.trp-coach > .trp-chat' );
		if ( log ) { log.inert = isAway; }
	}
	document.addEventListener( 'htmx:beforeRequest', function ( event ) {
		var elt = event.detail.elt, target = event.detail.target;
		if ( target && target.id === 'coach-panel' && ! target.contains( elt ) ) { opener = elt.id; }
	} );
	document.addEventListener( 'htmx:afterSettle', function ( event ) {
		var open = panel();
		if ( ! open || ! event.detail.target || event.detail.target.id !== 'coach-panel' || ! open.showPopover ) { return; }
		if ( open.hasAttribute( 'data-empty' ) ) {
			chat( false );
			var back = opener && document.getElementById( opener );
			if ( back ) { back.focus(); }
			opener = '';
		} else if ( open.hasAttribute( 'tabindex' ) && isNarrow( open ) ) {
			open.setAttribute( 'role', 'dialog' );
			open.setAttribute( 'popover', 'manual' );
			open.showPopover();
			chat( true );
			document.getElementById( 'coach-panel-close' ).focus();
		}
	} );
	document.addEventListener( 'keydown', function ( event ) {
		var open = panel(), close = document.getElementById( 'coach-panel-close' );
		if ( event.key === 'Escape' && open && close && open.hasAttribute( 'popover' ) ) {
			event.preventDefault();
			close.click();
		}
	} );
	/* A page that has become wide has a place for it again. */
	window.addEventListener( 'resize', function () {
		var open = panel();
		if ( open && open.hasAttribute( 'popover' ) && matchMedia( '(min-width: 75em)' ).matches ) {
			open.removeAttribute( 'popover' );
			chat( false );
		}
	} );
	document.addEventListener( 'htmx:afterSettle', scan );
	document.addEventListener( 'DOMContentLoaded', scan );
} )();
