/* Trading Robot Service: what stays in place when a part of the page is swapped. GPL-3.0-or-later. */
( function () {
	'use strict';
	var htmx = window.htmx, trp = window.tradingRobotService;
	if ( ! trp || trp.page ) { return; }
	trp.page = true;

	/* What is said stands above what is shown, and only once; the stand-in of a page that never came says it itself. */
	trp.say = function ( root, html ) {
		var box = root.querySelector( ':scope > [data-trp-said]' );
		if ( ! html || root.querySelector( ':scope > [data-trp-missing]' ) ) {
			if ( box ) { box.remove(); }
			return;
		}
		if ( ! box ) {
			box = document.createElement( 'div' );
			box.className = 'trp';
			box.dataset.trpSaid = '';
			root.prepend( box );
		}
		if ( box.trpHtml !== html ) { box.innerHTML = box.trpHtml = html; }
	};
	trp.unsay = function ( root, html ) {
		var box = root.querySelector( ':scope > [data-trp-said]' );
		if ( box && box.trpHtml === html ) { box.remove(); }
	};
	trp.alert = function ( words ) {
		var box = document.createElement( 'div' ), text = document.createElement( 'span' );
		box.className = 'trp-alert';
		box.dataset.tone = 'bad';
		box.setAttribute( 'role', 'alert' );
		text.textContent = words;
		box.append( text );
		return box.outerHTML;
	};

	/* A poll does not take away what the member has just pressed: that answer comes first. */
	trp.on( 'beforeSwap', function ( event, detail ) {
		if ( trp.isPoll( detail.requestConfig ) && detail.target.querySelector( '.htmx-request' ) ) { detail.shouldSwap = false; }
	} );

	/* Two of the same on a page, or a copy that a page builder made: each swaps its own. */
	trp.on( 'beforeSwap', function ( event, detail, root ) {
		var id = detail.target.id;
		if ( ! id || root.contains( detail.target ) ) { return; }
		detail.target = root.querySelector( '#' + CSS.escape( id ) ) || detail.target;
	} );
	/* Pages that a theme loads without leaving the page, and copies, are new to htmx. */
	new MutationObserver( function ( changes ) {
		changes.forEach( function ( change ) {
			change.addedNodes.forEach( function ( node ) {
				if ( node.nodeType === 1 && ( node.matches( '[data-trp-rest]' ) || node.querySelector( '[data-trp-rest]' ) ) ) { htmx.process( node ); }
			} );
		} );
	} ).observe( document.body, { childList: true, subtree: true } );

	/* An open details stays open, and the focus where it was. */
	var open = [], held = false;
	function shownBy( detail ) { return detail.target.isConnected ? detail.target : detail.elt; }
	trp.on( 'beforeSwap', function ( event, detail ) {
		held = detail.target.contains( document.activeElement );
		open = Array.from( detail.target.querySelectorAll( 'details' ), function ( one ) { return one.open; } );
	} );
	trp.on( 'afterSwap', function ( event, detail, root ) {
		if ( ! trp.isPoll( detail.requestConfig ) ) { return; }
		var shown = shownBy( detail );
		shown.querySelectorAll( 'details' ).forEach( function ( one, index ) { if ( open[ index ] ) { one.open = true; } } );
	} );
	/* Only once it is settled: before, its buttons do nothing. */
	trp.on( 'afterSettle', function ( event, detail ) {
		var shown = shownBy( detail ), asked = ! trp.isPoll( detail.requestConfig );
		var gone = ! document.activeElement || document.activeElement === document.body;
		// htmx finds the same id again; where there is none, the new part itself.
		if ( ( asked && shown.matches( '[tabindex="-1"]' ) ) || ( gone && ( held || ( asked && detail.requestConfig.triggeringEvent ) ) ) ) {
			if ( ! shown.hasAttribute( 'tabindex' ) ) { shown.tabIndex = -1; }
			shown.focus( { preventScroll: true } );
		}
	} );

	/* New values are read out, the newest of them at most every 15 seconds. */
	var QUIET = 15050; // fifteen seconds, and what timers round away
	function voiceOf( root, text ) {
		var box = document.createElement( 'p' );
		box.className = 'trp-vh';
		box.setAttribute( 'aria-live', 'polite' );
		root.append( box );
		return { box: box, said: text, at: 0 }; // what the page opens with is read there
	}
	trp.on( 'afterSwap', function ( event, detail, root ) {
		var news = root.querySelector( '[data-trp-news]' ), text = news ? news.textContent.trim() : '';
		var voice = root.trpVoice = root.trpVoice || ( text ? voiceOf( root, text ) : null );
		if ( ! voice || ! text ) { return; }
		voice.next = text;
		if ( voice.timer || text === voice.said ) { return; }
		voice.timer = setTimeout( function () {
			voice.timer = 0;
			if ( voice.next === voice.said ) { return; }
			voice.at = Date.now();
			voice.said = voice.box.textContent = voice.next;
		}, Math.max( 0, voice.at + QUIET - Date.now() ) );
	} );

	/* A fragment may bring a file along as text: it is saved, and its text goes. */
	trp.on( 'afterSwap', function ( event, detail ) {
		var shown = shownBy( detail ), text = shown.querySelector( '[data-trp-file]' );
		if ( ! text ) { return; }
		var link = document.createElement( 'a' );
		link.href = URL.createObjectURL( new Blob( [ text.textContent ], { type: 'text/csv' } ) );
		link.download = text.dataset.trpFile.replace( /[^\w.-]/g, '_' );
		text.remove();
		link.click();
		setTimeout( URL.revokeObjectURL, 60000, link.href );
	} );

	/* The way to the payment provider: the link that is shown is followed. */
	trp.on( 'afterSwap', function ( event, detail ) {
		var way = shownBy( detail ).querySelector( 'a[data-trp-go]' );
		if ( way && /^https?:$/.test( way.protocol ) ) { way.click(); }
	} );

	/* History: the page with its filter, never the proxy's address. */
	document.addEventListener( 'htmx:beforeHistoryUpdate', function ( event ) {
		var detail = event.detail, root = trp.rootOf( detail.requestConfig.elt ) || trp.rootOf( detail.target );
		if ( ! root ) { return; }
		var page = new URL( location.href ), asked = new URL( detail.pathInfo.finalRequestPath, location.href );
		Array.from( page.searchParams.keys() ).forEach( function ( name ) { if ( /^trp_/.test( name ) ) { page.searchParams.delete( name ); } } );
		asked.searchParams.forEach( function ( value, name ) {
			if ( value && name !== 'rest_route' ) { page.searchParams.set( 'trp_' + name.replace( /^trp_/, '' ), value ); }
		} );
		detail.history.path = page.pathname + page.search;
	} );
} )();
