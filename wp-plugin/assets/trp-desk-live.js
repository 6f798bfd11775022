/* Trading Robot Service: live bars and word of changes on the desk. GPL-3.0-or-later.
   Without a stream the page asks again and again; see docs/wordpress.md for the events. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, desk = trp && trp.desk;
	if ( ! desk || desk.live || ! window.EventSource ) { return; }
	desk.live = { bar: bar };

	var SILENCE = 40000, HIDDEN = 60000, LONGEST = 60000, NONE = 600000, RENEW = 30000, OLD = 90000;

	function later( view, name, act, wait ) {
		clearTimeout( view.timers[ name ] );
		view.timers[ name ] = act ? setTimeout( act, wait, view ) : 0;
	}
	/* From 1 to 60 seconds, doubling, half by chance: not all at once. */
	function wait( count ) { return Math.min( LONGEST, 1000 * Math.pow( 2, count ) ) * ( 0.5 + Math.random() / 2 ); }

	/* A ticket through WordPress, which looks at the sign-in; null: there are no streams here. */
	function ticket( view, isAgain ) {
		var root = view.root, asked = { fragment: 'desk', instruments: [ view.instrument ], charts: view.chartId ? [ view.chartId ] : [] };
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
				return ticket( view, true );
			} );
		} );
	}
	function open( view ) {
		var mine = ++view.turn;
		if ( view.isOver || document.hidden ) { return; }
		view.streamed = view.chartId;
		ticket( view ).then( function ( given ) {
			if ( mine !== view.turn ) { return; }
			if ( ! given ) { return later( view, 'open', open, NONE * ( 0.5 + Math.random() ) ); }
			view.began = Date.now();
			view.source = new EventSource( given.url );
			view.source.addEventListener( 'beat', function () { alive( view ); } );
			view.source.addEventListener( 'bar', function ( event ) { hear( view, event, bar ); } );
			view.source.addEventListener( 'feed', function ( event ) { hear( view, event, feed ); } );
			view.source.addEventListener( 'chart', function ( event ) { hear( view, event, changed ); } );
			view.source.addEventListener( 'reload', function () { trp.ask( view.root ); } );
			view.source.addEventListener( 'end', function ( event ) { over( view, event.data ); } );
			view.source.onerror = function () { over( view, '' ); };
			later( view, 'silence', over, SILENCE );
		} ).catch( function ( answer ) {
			if ( mine !== view.turn ) { return; }
			// Signed out: the polls say so.
			if ( ! answer || ! answer.status || answer.status >= 500 || answer.status === 429 ) { over( view, '' ); }
		} );
	}
	/* While root.trpLive is true, trp.js sends no polls of its own. */
	function alive( view ) {
		// Beside a conversation the polls of its answers and cards go on.
		view.root.trpLive = ! ( 'polls' in view.figure.dataset );
		later( view, 'silence', over, SILENCE );
	}
	function hear( view, event, act ) {
		alive( view );
		try { act( view, JSON.parse( event.data ) ); } catch ( error ) {
			if ( ! ( error instanceof SyntaxError ) ) { throw error; }
		}
	}
	function stop( view ) {
		view.turn++;
		[ 'open', 'silence' ].forEach( function ( name ) { later( view, name ); } );
		if ( view.source ) { view.source.close(); }
		view.source = null;
		view.root.trpLive = false;
	}
	function over( view, why ) {
		var isRenewed = why === 'renew';
		stop( view );
		if ( /^(signed-out|refused)$/.test( why ) ) { trp.ask( view.root ); } // WordPress says why
		view.failures = isRenewed || Date.now() - view.began > LONGEST ? 0 : view.failures;
		if ( ! view.isOver ) { later( view, 'open', open, isRenewed ? 2000 * Math.random() : wait( ++view.failures ) ); }
	}
	/* What stands beside the chart still comes from the service, now and then. */
	function renew( view ) {
		if ( view.source && ! document.hidden ) { trp.ask( view.root ); }
		later( view, 'renew', renew, RENEW );
	}

	/* Where the bar that a minute belongs to begins: counted from the opening, as the service does. */
	function begin( view, at ) {
		var span = desk.spans[ view.timeframe ], day = null;
		for ( var index = view.sessions.length - 1; index >= 0 && ! day; index-- ) {
			if ( view.sessions[ index ].starts <= at && at < view.sessions[ index ].ends ) { day = view.sessions[ index ]; }
		}
		if ( ! day ) { return view.timeframe === 'M1' ? at : null; }
		if ( view.isDaily ) { return null; }
		var anchor = at >= day.closes ? day.closes : day.opens;
		return Math.max( day.starts, anchor + Math.floor( ( at - anchor ) / span ) * span );
	}
	/* A minute of the feed, as it stands by now; it may come again and again, and twice. */
	function bar( view, told ) {
		var at = told.b[ 0 ], last = view.all[ view.all.length - 1 ], one;
		if ( told.i !== view.instrument || ! last ) { return; }
		view.heard = Date.now();
		var start = view.isDaily ? last.at : begin( view, at );
		if ( start === null || start < last.at || view.isDaily && at < last.at ) { return; }
		if ( start > last.at ) {
			view.base = { at: start, volume: 0, minutes: {} };
			one = { at: start, time: view.move( start ), open: told.b[ 1 ], high: told.b[ 2 ], low: told.b[ 3 ], close: told.b[ 4 ], volume: told.b[ 5 ] };
		} else {
			// Minutes that the service had counted already are in its bar.
			if ( ! view.base || view.base.at !== last.at ) { view.base = { at: last.at, volume: last.volume, minutes: {} }; }
			one = { at: last.at, time: last.time, open: last.open, high: Math.max( last.high, told.b[ 2 ] ), low: Math.min( last.low, told.b[ 3 ] ), close: told.b[ 4 ], volume: last.volume };
		}
		if ( at > view.minute ) {
			view.base.minutes[ at ] = told.b[ 5 ];
			one.volume = view.base.volume + Object.keys( view.base.minutes ).reduce( function ( sum, key ) { return sum + view.base.minutes[ key ]; }, 0 );
		}
		desk.show( view, desk.merge( view, [ one ] ) );
		quote( view, told );
		view.box.dataset.tick = told.sent || '';
		view.box.dataset.drawn = Date.now() * 1000;
	}
	function quote( view, told ) {
		var price = view.desk.querySelector( '[data-desk-last]' ), age = view.desk.querySelector( '[data-desk-age]' );
		if ( price ) { price.textContent = desk.format( view, told.b[ 4 ] ); }
		if ( age && told.sent ) {
			age.textContent = desk.fill( view.words.as_of, new Date( told.sent / 1000 ).toLocaleTimeString( view.locale, { timeZone: view.zone, hourCycle: 'h23', timeZoneName: 'short' } ) );
		}
	}
	function feed( view, told ) {
		view.feed = told.state;
		staleness( view );
	}
	function changed( view, told ) { if ( told.id === view.chartId ) { desk.fresh( view, told.version ); } }

	/* A price that does not move although the feed should bring one says so. */
	function staleness( view ) {
		var box = view.desk.querySelector( '[data-desk-stale]' );
		if ( ! box ) { return; }
		var isOld = view.heard && Date.now() - view.heard > OLD, said = view.feed === 'down' ? view.words.down : view.feed === 'stale' || isOld ? view.words.stale : '';
		if ( box.textContent !== said ) { box.textContent = said; }
		later( view, 'stale', staleness, 5000 );
	}

	/* The first of a page streams; a second one polls. */
	desk.part( {
		start: function ( view ) {
			view.timers = {};
			view.turn = view.failures = view.began = 0;
			if ( view.root.dataset.trpN || view.isReplay ) { return; }
			later( view, 'open', open, 150 );
			later( view, 'renew', renew, RENEW );
			view.visit = function () {
				later( view, 'hidden', document.hidden ? stop : null, HIDDEN );
				if ( ! document.hidden && ! view.source && view.timers ) { later( view, 'open', open, 100 ); }
			};
			document.addEventListener( 'visibilitychange', view.visit );
			window.addEventListener( 'online', view.visit );
			window.addEventListener( 'pagehide', view.leave = function () { stop( view ); } );
		},
		document: function ( view ) {
			// The stream names the chart: a new one needs a new stream.
			if ( view.timers && view.source && view.streamed !== view.chartId ) {
				stop( view );
				later( view, 'open', open, 100 );
			}
		},
		end: function ( view ) {
			stop( view );
			[ 'renew', 'hidden', 'stale' ].forEach( function ( name ) { later( view, name ); } );
			document.removeEventListener( 'visibilitychange', view.visit );
			window.removeEventListener( 'online', view.visit );
			window.removeEventListener( 'pagehide', view.leave );
		},
	} );
} )();
