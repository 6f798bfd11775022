/* Trading Robot Service: tells the site which plan's button was pressed, and nothing of who did. GPL-3.0-or-later. */
( function () {
	'use strict';
	if ( window.tradingRobotClicks ) { return; }
	window.tradingRobotClicks = true;

	/* Of each button once, while this page is open. */
	var told = new Set();
	/* A number of this page, so that what arrives twice counts once. It is kept nowhere and ends with the page. */
	var view = Array.from( crypto.getRandomValues( new Uint8Array( 16 ) ), function ( byte ) {
		return ( '0' + byte.toString( 16 ) ).slice( -2 );
	} ).join( '' );

	function wantsNone() {
		return navigator.globalPrivacyControl === true || [ '1', 'yes' ].indexOf( navigator.doNotTrack || window.doNotTrack ) >= 0;
	}
	function tell( event ) {
		// The middle button opens a page too, the right one does not.
		if ( ! event.isTrusted || event.button > 1 || ! event.target.closest ) { return; }
		var link = event.target.closest( 'a[data-trp-call]' ), root = link && link.closest( '[data-trp-clicks]' );
		var call = link ? link.dataset.trpCall.split( '.' ) : [], key = call.join( '.' );
		if ( ! root || told.has( key ) || wantsNone() || ! navigator.sendBeacon ) { return; }
		told.add( key );
		// The browser sends it by itself, after the click has led on.
		navigator.sendBeacon( root.dataset.trpClicks, new URLSearchParams( {
			ladder: call[ 0 ], plan: call[ 1 ], place: root.dataset.trpPage, view: view,
		} ) );
	}
	/* First of all, so that no theme's own handler keeps it away. */
	document.addEventListener( 'click', tell, true );
	document.addEventListener( 'auxclick', tell, true );
} )();
