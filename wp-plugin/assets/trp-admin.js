/* Trading Robot Service, wp-admin: copies the text for support. GPL-3.0-or-later. */
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
} )();
