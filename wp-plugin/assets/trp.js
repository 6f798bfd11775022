/* Trading Robot Service: joins htmx with the site's REST proxy. GPL-3.0-or-later. */
( function () {
	'use strict';
	var htmx = window.htmx;
	if ( ! htmx || window.tradingRobotService ) { return; }
	window.tradingRobotService = true;
	Object.assign( htmx.config, {
		selfRequestsOnly: true, allowEval: false, allowScriptTags: false, historyRestoreAsHxRequest: false,
		responseHandling: [
			{ code: '204|304', swap: false },
			{ code: '[23]..', swap: true },
			{ code: '422', swap: true },
			{ code: '[45]..', swap: false, error: true },
		],
	} );

	var nonce = null; // a promise, once needed; never in the page
	var again = new WeakMap(); // element -> how to send its request once more
	var retried = new WeakSet();
	var tags = new WeakMap(); // element -> the ETag of what it shows and of which question
	var pause = 0, failures = 0; // a poll waits until this time; Infinity: signed out

	function rootOf( elt ) { return elt && elt.closest ? elt.closest( '[data-trp-rest]' ) : null; }
	function on( name, act ) {
		document.addEventListener( 'htmx:' + name, function ( event ) {
			var root = rootOf( event.detail && event.detail.elt || event.target );
			if ( root ) { act( event, event.detail, root ); }
		} );
	}
	function mayPoll() { return ! document.hidden && Date.now() >= pause; }
	function isPoll( config ) { return ! config.triggeringEvent && /\bevery\b/.test( config.elt.getAttribute( 'hx-trigger' ) || '' ); }

	/* Requests: /embed/... becomes an address of the proxy; members send a nonce. */
	function freshNonce( root ) {
		nonce = fetch( root.dataset.trpMember, { credentials: 'same-origin', cache: 'no-store' } ).then( function ( answer ) {
			if ( ! answer.ok ) { throw answer; }
			return answer.text();
		} ).catch( function () { nonce = null; return ''; } );
		return nonce;
	}
	on( 'confirm', function ( event, detail, root ) {
		if ( ! root.dataset.trpMember || ! /^\/embed\//.test( detail.path ) ) { return; }
		again.set( detail.elt, detail.issueRequest );
		if ( root.trpNonce ) { return; }
		if ( isPoll( detail ) && ! mayPoll() ) {
			event.preventDefault(); // not sent: needs no nonce
			return;
		}
		event.preventDefault();
		( nonce || freshNonce( root ) ).then( function ( value ) {
			root.trpNonce = value;
			detail.issueRequest( false );
		} );
	} );
	on( 'configRequest', function ( event, detail, root ) {
		var rest = root.dataset.trpRest, path = detail.path.slice( 7 );
		if ( /^\/embed\//.test( detail.path ) ) {
			detail.path = rest + ( rest.indexOf( '?' ) < 0 ? path : path.replace( '?', '&' ) );
		} else if ( detail.path.indexOf( rest ) !== 0 ) {
			return; // sent once more, or not ours
		}
		if ( root.trpNonce ) { detail.headers[ 'X-WP-Nonce' ] = root.trpNonce; }
		detail.trpKey = detail.path + ' ' + new URLSearchParams( detail.formData );
		var known = tags.get( detail.elt );
		if ( isPoll( detail ) && known && known.key === detail.trpKey ) { detail.headers[ 'If-None-Match' ] = known.etag; }
	} );
	on( 'beforeRequest', function ( event, detail ) {
		if ( isPoll( detail.requestConfig ) && ! mayPoll() ) { event.preventDefault(); }
	} );

	/* Answers: an error never takes away what is shown; it is said above it. */
	function say( root, html ) {
		var box = root.querySelector( ':scope > [data-trp-said]' );
		if ( ! html ) {
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
	}
	function lost( root, time ) {
		var alert = document.createElement( 'div' ), text = document.createElement( 'span' );
		alert.className = 'trp-alert';
		alert.dataset.tone = 'bad';
		alert.setAttribute( 'role', 'alert' );
		text.textContent = root.dataset.trpLost + ( time ? ' ' + decodeURIComponent( time ) : '' );
		alert.append( text );
		return alert.outerHTML;
	}
	function backOff( elt ) {
		var wait = Math.min( 30000, 1500 * Math.pow( 2, ++failures ) );
		pause = Date.now() + wait;
		// A skeleton has nothing to fall back to: it asks again by itself.
		if ( elt.matches( '[aria-busy]' ) && again.has( elt ) ) { setTimeout( again.get( elt ), wait, true ); }
	}
	on( 'beforeSwap', function ( event, detail, root ) {
		var xhr = detail.xhr, code = xhr.getResponseHeader( 'X-TRP-Error' );
		if ( code === 'rest_cookie_invalid_nonce' && again.has( detail.elt ) && ! retried.has( detail.elt ) ) {
			detail.shouldSwap = detail.isError = false;
			retried.add( detail.elt );
			freshNonce( root ).then( function ( value ) {
				root.trpNonce = value;
				again.get( detail.elt )( true );
			} );
			return;
		}
		if ( xhr.status < 400 || xhr.status === 422 ) {
			failures = pause = 0;
			retried.delete( detail.elt );
			var time = xhr.getResponseHeader( 'X-TRP-Stale' );
			say( root, time ? lost( root, time ) : '' );
			return;
		}
		var aim = xhr.getResponseHeader( 'HX-Retarget' ), html = xhr.responseText.trim();
		if ( aim && root.querySelector( aim ) ) {
			detail.shouldSwap = true;
			return;
		}
		if ( xhr.status === 401 ) { pause = Infinity; } else if ( xhr.status >= 500 ) { backOff( detail.elt ); }
		html = code || /^<[^>]+class="trp/.test( html ) ? html : lost( root );
		if ( xhr.status < 500 && detail.elt.matches( '[aria-busy]' ) ) {
			// Nothing will load here: the message takes the skeleton's place.
			detail.elt.removeAttribute( 'aria-busy' );
			detail.elt.innerHTML = '<div class="trp-sec">' + html + '</div>';
			return;
		}
		say( root, html );
	} );
	[ 'sendError', 'timeout' ].forEach( function ( name ) {
		on( name, function ( event, detail, root ) {
			backOff( detail.elt );
			say( root, lost( root ) );
		} );
	} );

	/* Who comes back may have signed in meanwhile: polls ask again. */
	function comeBack() { if ( pause === Infinity && ! document.hidden ) { pause = 0; } }
	document.addEventListener( 'visibilitychange', comeBack );
	window.addEventListener( 'focus', comeBack );

	/* Swaps: an open details stays open, a poll remembers its ETag. */
	var open = [], held = false;
	on( 'beforeSwap', function ( event, detail ) {
		held = detail.target.contains( document.activeElement );
		open = Array.from( detail.target.querySelectorAll( 'details' ), function ( one ) { return one.open; } );
	} );
	on( 'afterSwap', function ( event, detail ) {
		var shown = detail.target.isConnected ? detail.target : detail.elt;
		var etag = detail.xhr.getResponseHeader( 'ETag' );
		if ( etag && detail.xhr.status === 200 ) { tags.set( shown, { etag: etag, key: detail.requestConfig.trpKey } ); }
		if ( isPoll( detail.requestConfig ) ) {
			shown.querySelectorAll( 'details' ).forEach( function ( one, index ) { if ( open[ index ] ) { one.open = true; } } );
		}
	} );
	/* Focus only once it is settled: before, its buttons do nothing. */
	on( 'afterSettle', function ( event, detail ) {
		var shown = detail.target.isConnected ? detail.target : detail.elt;
		var mine = ! isPoll( detail.requestConfig ), gone = ! document.activeElement || document.activeElement === document.body;
		// htmx finds the same id again; where there is none, the new part itself.
		if ( ( mine && shown.matches( '[tabindex="-1"]' ) ) || ( gone && ( held || ( mine && detail.requestConfig.triggeringEvent ) ) ) ) {
			if ( ! shown.hasAttribute( 'tabindex' ) ) { shown.tabIndex = -1; }
			shown.focus( { preventScroll: true } );
		}
	} );

	/* History: the page with its filter, never the proxy's address. */
	document.addEventListener( 'htmx:beforeHistoryUpdate', function ( event ) {
		var detail = event.detail, root = rootOf( detail.requestConfig.elt ) || rootOf( detail.target );
		if ( ! root ) { return; }
		var page = new URL( location.href ), asked = new URL( detail.pathInfo.finalRequestPath, location.href );
		Array.from( page.searchParams.keys() ).forEach( function ( name ) { if ( /^trp_/.test( name ) ) { page.searchParams.delete( name ); } } );
		asked.searchParams.forEach( function ( value, name ) {
			if ( value && name !== 'rest_route' ) { page.searchParams.set( 'trp_' + name.replace( /^trp_/, '' ), value ); }
		} );
		detail.history.path = page.pathname + page.search;
	} );
} )();
