/* Trading Robot Service, wp-admin: copies the text for support, and looks again for what is still to come. GPL-3.0-or-later. */
( function () {
	'use strict';
	function said( button, text ) {
		var place = button.parentNode.querySelector( '[role="status"]' );
		if ( place ) { place.textContent = text; }
	}
	function selectAll( area ) {
		area.focus();
		area.select();
		area.setSelectionRange( 0, area.value.length );
	}
	document.addEventListener( 'click', function ( event ) {
		var button = event.target.closest( '[data-trp-copy]' );
		var area = button && document.getElementById( button.dataset.trpCopy );
		if ( ! area ) { return; }
		function done() { said( button, button.dataset.trpCopied ); }
		/* The clipboard needs https; the older way works wherever something is selected. */
		function byHand() {
			selectAll( area );
			var copied = false;
			try { copied = document.execCommand( 'copy' ); } catch ( error ) { copied = false; }
			if ( copied ) {
				button.focus();
				done();
			} else {
				said( button, button.dataset.trpFailed );
			}
		}
		said( button, '' );
		if ( navigator.clipboard && window.isSecureContext ) {
			navigator.clipboard.writeText( area.value ).then( done, byHand );
		} else {
			byHand();
		}
	} );
	/* A part that waits for an answer is put anew, every few seconds, until it says that nothing is to come. */
	var LOOKS = 200;
	function again( part, left ) {
		if ( ! part || ! part.dataset.trpAgain || left < 1 ) { return; }
		setTimeout( function () {
			if ( document.hidden ) {
				again( part, left );
				return;
			}
			fetch( location.href.split( '#' )[ 0 ], { credentials: 'same-origin', cache: 'no-store' } ).then( function ( answer ) {
				return answer.ok ? answer.text() : '';
			} ).then( function ( html ) {
				var fresh = html && new DOMParser().parseFromString( html, 'text/html' ).getElementById( part.id );
				/* What somebody reads or has marked stays in place while nothing has changed. */
				if ( fresh && fresh.innerHTML !== part.innerHTML ) {
					part.replaceWith( fresh );
					part = fresh;
				}
				again( part, left - 1 );
			} ).catch( function () { again( part, left - 1 ); } );
		}, part.dataset.trpAgain * 1000 );
	}
	document.querySelectorAll( '[data-trp-again]' ).forEach( function ( part ) { again( part, LOOKS ); } );
} )();
