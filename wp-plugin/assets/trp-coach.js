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
	document.addEventListener( 'htmx:afterSettle', scan );
	document.addEventListener( 'DOMContentLoaded', scan );
} )();
