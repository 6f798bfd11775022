/* Trading Robot Service: live updates of a member's dashboard. GPL-3.0-or-later. */
( function () {
	'use strict';
	var htmx = window.htmx, trp = window.tradingRobotService;
	if ( ! trp || trp.live || ! window.EventSource ) { return; }
	trp.live = { clean: clean, wait: wait };

	var SILENCE = 40000, HIDDEN = 60000, LONGEST = 60000, NONE = 600000;
	// The first dashboard of a page; a second one polls.
	var PANEL = '[data-trp-member]:not([data-trp-n]) [hx-get^="/embed/dashboard-overview"][hx-trigger]';
	var source = null, root = null, names = null, path = '', known = '', began = 0, failures = 0, turn = 0, timers = {};

	function panel() { return document.querySelector( PANEL ); }
	function later( name, act, wait, argument ) {
		clearTimeout( timers[ name ] );
		timers[ name ] = act ? setTimeout( act, wait, argument ) : 0;
	}
	/* From 1 to 60 seconds, doubling, half by chance: not all at once. */
	function wait( count, chance ) { return Math.min( LONGEST, 1000 * Math.pow( 2, count ) ) * ( 0.5 + chance / 2 ); }

	/* A ticket through WordPress, which looks at the sign-in again; null: there are no streams here. */
	function ticket( shown, isAgain ) {
		var asked = { known: known }, query = new URLSearchParams( path.split( '?' )[ 1 ] || '' );
		query.forEach( function ( value, name ) { asked[ name ] = value; } );
		return fetch( root.dataset.trpRest.replace( /fragment\/$/, 'live' ), {
			method: 'POST', credentials: 'same-origin', cache: 'no-store', body: JSON.stringify( asked ),
			headers: { 'Content-Type': 'application/json', 'X-WP-Nonce': root.trpNonce || '', 'X-TRP-Who': root.trpWho || '' },
		} ).then( function ( answer ) {
			if ( answer.status === 204 ) { return null; }
			if ( answer.ok ) { return answer.json(); }
			if ( isAgain || answer.status > 403 ) { throw answer; }
			return fetch( root.dataset.trpMember, { credentials: 'same-origin', cache: 'no-store' } ).then( function ( fresh ) {
				return fresh.ok ? fresh.text() : Promise.reject( fresh );
			} ).then( function ( nonce ) {
				root.trpNonce = nonce;
				return ticket( shown, true );
			} );
		} );
	}
	function open() {
		var shown = panel(), mine = ++turn;
		if ( ! shown ) { return; }
		root = trp.rootOf( shown );
		ticket( shown ).then( function ( given ) {
			if ( mine !== turn ) { return; }
			if ( ! given ) { return later( 'open', open, NONE * ( 0.5 + Math.random() ) ); }
			names = given.names;
			began = Date.now();
			source = new EventSource( given.url );
			source.addEventListener( 'beat', alive );
			source.addEventListener( 'overview', show );
			source.addEventListener( 'end', function ( event ) { over( event.data ); } );
			source.onerror = dead;
			later( 'silence', dead, SILENCE );
		} ).catch( function ( answer ) {
			if ( mine !== turn ) { return; }
			// Signed out: nobody is asked until the page shows something new or is looked at.
			if ( answer && answer.status < 500 && answer.status !== 429 ) { forget(); } else { dead(); }
		} );
	}
	/* While root.trpLive is true, trp.js sends no polls; from then on they go on by themselves. */
	function alive() {
		root.trpLive = true;
		later( 'silence', dead, SILENCE );
	}
	function stop() {
		turn++;
		[ 'open', 'silence', 'show' ].forEach( function ( name ) { later( name ); } );
		if ( source ) { source.close(); }
		source = null;
		if ( root ) { root.trpLive = false; }
	}
	function over( why ) {
		var isRenewed = why === 'renew';
		stop();
		if ( /^(signed-out|refused)$/.test( why ) ) { trp.ask( root ); } // WordPress says why
		failures = isRenewed || Date.now() - began > LONGEST ? 0 : failures;
		later( 'open', open, isRenewed ? 2000 * Math.random() : wait( ++failures, Math.random() ) );
	}
	function dead() { over( '' ); }

	/* What is shown decides: another range is another stream, another tab needs none. */
	function watch() {
		var shown = panel(), now = shown ? shown.getAttribute( 'hx-get' ) : '';
		if ( now === path || document.hidden ) { return; }
		forget();
		path = now;
		if ( now ) { later( 'open', open, 300 + 700 * Math.random() ); }
	}
	function forget() {
		stop();
		path = known = '';
		failures = began = 0;
	}
	trp.on( 'afterSettle', watch );
	trp.on( 'afterSwap', function ( event, detail ) {
		var tag = /[0-9a-f]{32}/.exec( detail.xhr.getResponseHeader( 'ETag' ) || '' ), shown = panel();
		if ( tag && shown && shown.getAttribute( 'hx-get' ) === path ) { known = tag[ 0 ]; }
	} );
	document.addEventListener( 'visibilitychange', function () {
		later( 'hidden', document.hidden ? forget : null, HIDDEN );
		watch();
	} );
	window.addEventListener( 'pagehide', forget );
	window.addEventListener( 'pageshow', watch );
	window.addEventListener( 'online', function () {
		forget();
		watch();
	} );

	/* As a poll would: focus, open details and charts stay. */
	function show( event ) {
		alive();
		var old = panel(), rest = root.dataset.trpRest, asked = path.slice( 7 );
		if ( ! old || old.getAttribute( 'hx-get' ) !== path ) { return; }
		// What the member asked for first.
		if ( old.querySelector( '.htmx-request' ) ) { return later( 'show', show, 200, event ); }
		var fresh = clean( event.data, names );
		if ( ! fresh.firstElementChild ) { return; }
		known = event.lastEventId;
		var info = {
			target: old, shouldSwap: true, isError: false, serverResponse: event.data,
			xhr: {
				status: 200, responseText: event.data,
				getResponseHeader: function ( name ) { return name === 'ETag' ? '"' + known + '"' : null; },
			},
			requestConfig: { elt: old, verb: 'get', trpKey: rest + ( rest.indexOf( '?' ) < 0 ? asked : asked.replace( '?', '&' ) ) + ' ' },
		};
		htmx.trigger( old, 'htmx:beforeSwap', info );
		htmx.swap( old, fresh, { swapStyle: 'outerHTML', swapDelay: 0, settleDelay: 20 }, { eventInfo: info, contextElement: old } );
	}

	/* What a stream brings did not pass through PHP: cleaned by Html.php's list. */
	var SVG = /^(?:svg|g|path|line|rect|circle|ellipse|polyline|polygon|text|tspan|title|desc)$/;
	var NEVER = /^(?:script|style|template|i?frame|object|embed|applet|base|link|meta|noscript|math|foreignobject|use|animate|set)$/;
	var VALUES = {
		'hx-get': isFragment, 'hx-post': isFragment, href: isAddress, src: isAddress, action: isAddress, cite: isAddress,
		'hx-trigger': function ( value ) { return ! /[[\]{}]/.test( value ); },
		'hx-vals': function ( value ) {
			try { return JSON.parse( value ) instanceof Object; } catch ( e ) { return false; }
		},
	};
	function isFragment( value ) { return /^\/embed\/[a-z0-9_/-]+(?:\?[^\s"'<>]*)?$/.test( value ); }
	function isAddress( value ) {
		return /^(?:https?:|mailto:|[^a-z]|[a-z0-9+.-]*(?:[^a-z0-9+.:-]|$))/i.test( value.replace( /[\0-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]/g, '' ) );
	}
	function may( list, name, value ) {
		var known = / data-\* /.test( list ) && /^data-(?!hx-)[a-z0-9_-]+$/.test( name ) || list.indexOf( ' ' + name + ' ' ) >= 0;
		return known && ! /^(?:on|style$)/.test( name ) && ( ! VALUES[ name ] || VALUES[ name ]( value ) );
	}
	function tidy( parent, list ) {
		Array.from( parent.childNodes ).forEach( function ( node ) {
			if ( node.nodeType === 3 ) { return; }
			var name = node.localName, kind = /[^/]*$/.exec( node.namespaceURI || '' )[ 0 ];
			if ( node.nodeType !== 1 || NEVER.test( name.toLowerCase() ) ) {
				node.remove();
				return;
			}
			tidy( node, list );
			if ( ! list.hasOwnProperty( name ) || kind !== ( SVG.test( name ) ? 'svg' : 'xhtml' ) ) {
				node.replaceWith.apply( node, Array.from( node.childNodes ) );
				return;
			}
			Array.from( node.attributes ).forEach( function ( one ) {
				if ( ! may( ' ' + list[ '' ] + ' ' + list[ name ] + ' ', one.name.toLowerCase(), one.value ) ) { node.removeAttributeNode( one ); }
			} );
		} );
	}
	/* Nodes, never text again; nothing where a field hides form parts. */
	function clean( html, list ) {
		var body = new DOMParser().parseFromString( html, 'text/html' ).body, fresh = document.createDocumentFragment();
		if ( body.querySelector( '[name=childNodes],[id=childNodes],[name=attributes],[id=attributes]' ) ) { return fresh; }
		tidy( body, list );
		while ( body.firstChild ) { fresh.append( document.adoptNode( body.firstChild ) ); }
		return fresh;
	}
} )();
