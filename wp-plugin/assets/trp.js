/* Trading Robot Service: joins htmx with the site's REST proxy. GPL-3.0-or-later. */
( function () {
	'use strict';
	var htmx = window.htmx;
	if ( ! htmx || window.tradingRobotService ) { return; }
	Object.assign( htmx.config, {
		selfRequestsOnly: true, allowEval: false, allowScriptTags: false,
		// Back and forward load the page: its address holds the filter, and no copy of it lies around.
		historyCacheSize: 0, refreshOnHistoryMiss: true,
		responseHandling: [
			{ code: '204|304', swap: false },
			{ code: '[23]..', swap: true },
			{ code: '422', swap: true },
			{ code: '[45]..', swap: false, error: true },
		],
	} );

	/* For trp-page.js and trp-live.js. While root.trpLive: only ask() and data-polls. */
	var trp = window.tradingRobotService = {
		on: on, isPoll: isPoll, rootOf: rootOf,
		ask: function ( root ) {
			root.querySelectorAll( '[hx-trigger*="every"]' ).forEach( function ( elt ) {
				forced.add( elt );
				htmx.ajax( 'GET', elt.getAttribute( 'hx-get' ), { source: elt } );
			} );
		},
	};

	var OURS = /^\/embed\//;
	var nonce = null; // a promise, once needed; never in the page
	var again = new WeakMap(); // element -> how to send its request once more
	var passed = new WeakSet(), retried = new WeakSet(), renewing = new WeakSet();
	var busy = new WeakSet(); // forms on their way: a second press does nothing
	var forced = new WeakSet(); // polls that a live stream asked for
	var tags = new WeakMap(); // element -> the ETag of what it shows and of which question
	var pause = 0, failures = 0; // a poll waits until this time; Infinity: signed out

	function rootOf( elt ) { return elt && elt.closest ? elt.closest( '[data-trp-rest]' ) : null; }
	function on( name, act ) {
		document.addEventListener( 'htmx:' + name, function ( event ) {
			var detail = event.detail, asker = detail && detail.requestConfig && detail.requestConfig.elt;
			var root = rootOf( asker ) || rootOf( detail && detail.elt || event.target );
			if ( root ) { act( event, detail, root ); }
		} );
	}
	function isPoll( config ) { return ! config.triggeringEvent && /\bevery\b/.test( config.elt.getAttribute( 'hx-trigger' ) || '' ); }
	function mayPoll( root, elt ) {
		return forced.has( elt ) || ( ! document.hidden && navigator.onLine && ( ! root.trpLive || elt.dataset.polls ) && Date.now() >= pause );
	}

	/* Requests: /embed/... becomes an address of the proxy; members send a nonce. */
	function freshNonce( root ) {
		nonce = fetch( root.dataset.trpMember, { credentials: 'same-origin', cache: 'no-store' } ).then( function ( answer ) {
			// Unread, a refusal would never end.
			return answer.text().then( function ( text ) { return answer.ok ? text : ''; } );
		} ).catch( function () { return ''; } ).then( function ( value ) {
			nonce = null;
			root.trpNonce = value;
			return value;
		} );
		return nonce;
	}
	on( 'confirm', function ( event, detail, root ) {
		var elt = detail.elt, poll = isPoll( detail );
		if ( ! OURS.test( detail.path ) ) { return; }
		if ( poll ? ! mayPoll( root, elt ) : busy.has( elt ) ) {
			event.preventDefault();
			return;
		}
		again.set( elt, detail.issueRequest );
		if ( ! root.dataset.trpMember || root.trpNonce || passed.delete( elt ) ) { return; }
		event.preventDefault();
		if ( detail.verb !== 'get' ) { busy.add( elt ); }
		( nonce || freshNonce( root ) ).then( function ( value ) {
			busy.delete( elt );
			// A page for visitors stays as it is when nobody is signed in.
			if ( ! value && elt.matches( '[data-trp-guest]' ) ) { return; }
			passed.add( elt );
			detail.issueRequest( false );
		} );
	} );
	on( 'configRequest', function ( event, detail, root ) {
		var rest = root.dataset.trpRest, path = detail.path.slice( 7 );
		if ( OURS.test( detail.path ) ) {
			detail.path = rest + ( rest.indexOf( '?' ) < 0 ? path : path.replace( '?', '&' ) );
		} else if ( detail.path.indexOf( rest ) !== 0 ) {
			return; // sent once more, or not ours
		}
		if ( root.trpNonce ) { detail.headers[ 'X-WP-Nonce' ] = root.trpNonce; }
		if ( root.trpWho ) { detail.headers[ 'X-TRP-Who' ] = root.trpWho; }
		detail.trpKey = detail.path + ' ' + new URLSearchParams( detail.formData );
		var known = tags.get( detail.elt );
		if ( isPoll( detail ) && known && known.key === detail.trpKey ) { detail.headers[ 'If-None-Match' ] = known.etag; }
	} );
	on( 'beforeRequest', function ( event, detail, root ) {
		var config = detail.requestConfig;
		if ( isPoll( config ) && ! mayPoll( root, detail.elt ) ) { event.preventDefault(); } else if ( config.verb !== 'get' ) { busy.add( detail.elt ); }
	} );
	on( 'afterRequest', function ( event, detail ) {
		forced.delete( detail.elt );
		if ( ! renewing.has( detail.elt ) ) { busy.delete( detail.elt ); }
	} );
	function renew( root, elt ) {
		retried.add( elt );
		renewing.add( elt );
		freshNonce( root ).then( function () {
			renewing.delete( elt );
			again.get( elt )( true );
		} );
	}

	/* Answers: an error never takes away what is shown; it is said above it. */
	function lost( root, time ) {
		return trp.alert( navigator.onLine ? root.dataset.trpLost + ( time ? ' ' + decodeURIComponent( time ) : '' ) : root.dataset.trpOffline );
	}
	function backOff( elt ) {
		var wait = Math.min( 30000, 1500 * Math.pow( 2, ++failures ) );
		pause = Date.now() + wait;
		// A skeleton has nothing to fall back to: it asks again by itself.
		if ( elt.matches( '[aria-busy]' ) && again.has( elt ) ) { setTimeout( again.get( elt ), wait, true ); }
	}
	function slowDown( root, xhr ) {
		var seconds = Math.min( 3600, Math.max( 1, parseInt( xhr.getResponseHeader( 'Retry-After' ), 10 ) || 30 ) );
		var html = trp.alert( root.dataset.trpWait.replace( '%s', seconds ) );
		pause = Date.now() + 1000 * seconds;
		setTimeout( trp.unsay, 1000 * seconds, root, html );
		return html;
	}
	on( 'beforeSwap', function ( event, detail, root ) {
		var xhr = detail.xhr, elt = detail.requestConfig.elt, code = xhr.getResponseHeader( 'X-TRP-Error' );
		if ( code === 'rest_cookie_invalid_nonce' && again.has( elt ) && ! retried.has( elt ) ) {
			detail.shouldSwap = detail.isError = false;
			renew( root, elt );
			return;
		}
		retried.delete( elt );
		if ( code === 'trading_robot_service_other' ) { location.reload(); }
		if ( xhr.status < 400 || xhr.status === 422 ) {
			failures = pause = 0;
			root.trpWho = xhr.getResponseHeader( 'X-TRP-Who' ) || root.trpWho;
			var time = xhr.getResponseHeader( 'X-TRP-Stale' );
			trp.say( root, time && lost( root, time ) );
			return;
		}
		var aim = xhr.getResponseHeader( 'HX-Retarget' ), html = xhr.responseText.trim();
		if ( aim && root.querySelector( aim ) ) {
			detail.shouldSwap = true;
			return;
		}
		if ( xhr.status === 401 ) { pause = Infinity; } else if ( xhr.status >= 500 ) { backOff( elt ); }
		html = code || /^<[^>]+class="trp/.test( html ) ? html : lost( root );
		if ( xhr.status === 429 ) { html = slowDown( root, xhr ); }
		if ( xhr.status < 500 && elt.matches( '[aria-busy]' ) ) {
			// Nothing will load here: the message takes the skeleton's place.
			elt.removeAttribute( 'aria-busy' );
			elt.innerHTML = '<div class="trp-sec">' + html + '</div>';
			return;
		}
		trp.say( root, html );
	} );
	[ 'sendError', 'timeout' ].forEach( function ( name ) {
		on( name, function ( event, detail, root ) {
			backOff( detail.elt );
			trp.say( root, lost( root ) );
		} );
	} );
	on( 'afterSwap', function ( event, detail ) {
		var shown = detail.target.isConnected ? detail.target : detail.elt;
		var etag = detail.xhr.getResponseHeader( 'ETag' );
		if ( etag && detail.xhr.status === 200 ) { tags.set( shown, { etag: etag, key: detail.requestConfig.trpKey } ); }
	} );

	/* Who comes back may have signed in meanwhile: polls ask again. */
	function comeBack() { if ( pause === Infinity && ! document.hidden ) { pause = 0; } }
	document.addEventListener( 'visibilitychange', comeBack );
	window.addEventListener( 'focus', comeBack );
	function connection() {
		failures = pause = 0;
		document.querySelectorAll( '[data-trp-rest]' ).forEach( function ( root ) { trp.say( root, ! navigator.onLine && lost( root ) ); } );
	}
	window.addEventListener( 'offline', connection );
	window.addEventListener( 'online', connection );

} )();
