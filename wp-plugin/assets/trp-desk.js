/* Trading Robot Service: the trading desk's chart. GPL-3.0-or-later.
   The other files of the desk add parts: { start, bars, tick, paint, end } of a view. */
( function () {
	'use strict';
	var trp = window.tradingRobotService;
	if ( ! trp || trp.desk ) { return; }

	var SPANS = { M1: 60, M5: 300, M15: 900, H1: 3600, H4: 14400, D1: 86400, W1: 604800, MN: 2592000 };
	var COLOURS = [ 'text', 'soft', 'mute', 'line', 'control', 'bg', 'surface', 'raised', 'profit', 'loss', 'warn', 'accent', 'fill', 'on-fill', 'ai', 'live', 'paper' ];
	var EDGE = 40, SHOWN = 150, NARROW = 560;
	var parts = [], views = new Map();

	var desk = trp.desk = {
		part: function ( one ) { parts.push( one ); },
		views: views, spans: SPANS, ask: ask, fill: fill, format: format, each: each, faded: faded,
		read: readBars, merge: merge, turn: turn, show: show, indexOf: indexOf, timeAt: timeAt, retype: retype, take: take, put: put, sessions: addSessions,
	};
	function each( name, view, argument ) {
		parts.forEach( function ( one ) { if ( one[ name ] ) { one[ name ]( view, argument ); } } );
	}

	/* A fragment through the site's proxy, as an element outside of the page: only its data are read. */
	function ask( root, path, isAgain ) {
		var rest = root.dataset.trpRest, tail = path.slice( 7 );
		return fetch( rest + ( rest.indexOf( '?' ) < 0 ? tail : tail.replace( '?', '&' ) ), {
			credentials: 'same-origin', cache: 'no-store', headers: { 'X-WP-Nonce': root.trpNonce || '', 'X-TRP-Who': root.trpWho || '' },
		} ).then( function ( answer ) {
			if ( ( answer.status === 401 || answer.status === 403 ) && ! isAgain ) {
				return fetch( root.dataset.trpMember, { credentials: 'same-origin', cache: 'no-store' } ).then( function ( fresh ) {
					return fresh.ok ? fresh.text() : Promise.reject( fresh );
				} ).then( function ( nonce ) {
					root.trpNonce = nonce;
					return ask( root, path, true );
				} );
			}
			return answer.ok ? answer.text() : Promise.reject( answer );
		} ).then( function ( html ) {
			return html instanceof Element ? html : new DOMParser().parseFromString( html, 'text/html' ).body.firstElementChild;
		} );
	}

	/* Text with one %s or none: words come from the service in the reader's language. */
	function fill( text, value ) { return text.replace( '%s', value ); }
	function format( view, value ) {
		return value.toLocaleString( view.locale, { minimumFractionDigits: view.digits, maximumFractionDigits: view.digits } ).replace( '-', '\u2212' );
	}
	function faded( colour, share ) { return colour.replace( /^rgba?\(([^,]+),([^,]+),([^,)]+).*$/, 'rgba($1,$2,$3, ' + share + ')' ); }

	/* The library draws UTC: times are moved to the exchange's clock. Its offset is known by the day. */
	function mover( zone, isDaily ) {
		var known = {}, clock = new Intl.DateTimeFormat( 'en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } );
		return function ( at ) {
			var day = Math.floor( at / 86400 ), parts = {};
			if ( ! ( day in known ) ) {
				clock.formatToParts( new Date( at * 1000 ) ).forEach( function ( one ) { parts[ one.type ] = +one.value; } );
				known[ day ] = Date.UTC( parts.year, parts.month - 1, parts.day, parts.hour, parts.minute ) / 1000 - Math.floor( at / 60 ) * 60;
			}
			return isDaily ? Math.floor( ( at + known[ day ] ) / 86400 ) * 86400 : at + known[ day ];
		};
	}
	function readBars( view, text ) {
		return ! text ? [] : text.split( ';' ).map( function ( row ) {
			var cells = row.split( ',' );
			return { at: +cells[ 0 ], time: view.move( +cells[ 0 ] ), open: +cells[ 1 ], high: +cells[ 2 ], low: +cells[ 3 ], close: +cells[ 4 ], volume: +cells[ 5 ] };
		} );
	}
	function readSessions( text ) {
		return ! text ? [] : text.split( ';' ).map( function ( row ) {
			var cells = row.split( ',' );
			return { opens: +cells[ 0 ], closes: +cells[ 1 ], starts: +cells[ 2 ], ends: +cells[ 3 ] };
		} );
	}
	function addSessions( view, text ) {
		var known = {};
		view.sessions.concat( readSessions( text ) ).forEach( function ( one ) { known[ one.opens ] = one; } );
		view.sessions = Object.keys( known ).map( function ( key ) { return known[ key ]; } ).sort( function ( a, b ) { return a.opens - b.opens; } );
	}

	/* Where an instant lies among the bars: the last one that opened by then, -1 before the first. */
	function indexOf( bars, at ) {
		var low = 0, high = bars.length;
		while ( low < high ) {
			var middle = low + high >> 1;
			if ( bars[ middle ].at <= at ) { low = middle + 1; } else { high = middle; }
		}
		return low - 1;
	}
	/* The instant of a place on the time scale, also right of the last bar. */
	function timeAt( view, logical ) {
		var bars = view.bars, index = Math.round( logical ), last = bars.length - 1;
		if ( last < 0 ) { return 0; }
		if ( index > last ) { return bars[ last ].at + ( index - last ) * SPANS[ view.timeframe ]; }
		return bars[ Math.max( 0, index ) ].at;
	}

	/* Newer bars replace those of their time and follow the others; true when only the last ones changed:
	   those from view.tail on. */
	function merge( view, fresh ) {
		var bars = view.all;
		view.tail = bars.length;
		fresh.forEach( function ( one ) {
			var at = indexOf( bars, one.at );
			if ( at >= 0 && bars[ at ].at === one.at ) { bars[ at ] = one; } else { bars.splice( ++at, 0, one ); }
			view.tail = Math.min( view.tail, at );
		} );
		return view.tail >= view.drawn - 3;
	}

	/* In a replay, too, all bars are shown: those that came later are not here. */
	function show( view, isTail ) {
		var bars = view.bars = view.all;
		isTail = isTail && bars.length >= view.drawn && view.drawn > 0;
		put( view, view.price, point, isTail );
		put( view, view.volume, column, isTail );
		each( 'bars', view, isTail );
		view.drawn = bars.length;
		say( view );
	}
	/* All points of a series, or where only the end has changed those alone. */
	function put( view, series, make, isTail ) {
		if ( ! isTail ) { return series.setData( view.bars.map( function ( one, index ) { return make( view, one, index ); } ) ); }
		for ( var at = view.tail; at < view.bars.length; at++ ) { series.update( make( view, view.bars[ at ], at ), at < view.drawn - 1 ); }
	}
	function point( view, one ) { return view.type === 'line' ? { time: one.time, value: one.close } : one; }
	function column( view, one ) { return { time: one.time, value: one.volume, color: faded( one.close < one.open ? view.colours.loss : view.colours.profit, 0.28 ) }; }

	/* Open, high, low, close of the bar under the pointer, else of the last one. */
	function say( view, bar ) {
		var box = view.desk.querySelector( '[data-desk-ohlc]' ), one = bar || view.bars[ view.bars.length - 1 ], words = view.words;
		if ( ! box || ! one ) { return; }
		var cells = [ [ words.open, one.open ], [ words.high, one.high ], [ words.low, one.low ], [ words.close, one.close ] ].map( function ( cell ) {
			return cell[ 0 ] + '\u00a0' + format( view, cell[ 1 ] );
		} );
		cells.push( words.volume + '\u00a0' + one.volume.toLocaleString( view.locale, { notation: 'compact', maximumFractionDigits: 1 } ) );
		cells.unshift( clockText( view, one.time ) );
		while ( box.childElementCount < cells.length ) { box.append( document.createElement( 'span' ) ); }
		cells.forEach( function ( text, index ) { box.children[ index ].textContent = text; } );
		Array.from( box.childNodes ).forEach( function ( node ) { if ( node.nodeType === 3 ) { node.remove(); } } );
	}
	function clockText( view, time ) { return view.clock.format( new Date( time * 1000 ) ); }

	/* Older bars come when a reader goes back to where they begin. */
	function older( view ) {
		var range = view.chart.timeScale().getVisibleLogicalRange();
		if ( ! range || range.from > EDGE || view.isFirst || view.isAsking || ! view.all.length ) { return; }
		view.isAsking = true;
		ask( view.root, view.figure.dataset.older + '&before=' + view.all[ 0 ].at ).then( function ( found ) {
			if ( view.isOver ) { return; }
			var bars = readBars( view, found.dataset.bars ).filter( function ( one ) { return one.at < view.all[ 0 ].at; } );
			view.isFirst = 'first' in found.dataset || ! bars.length;
			addSessions( view, found.dataset.sessions );
			view.all = bars.concat( view.all );
			if ( bars.length ) { show( view ); }
			view.isAsking = false;
			older( view );
		} ).catch( function () { setTimeout( function () { view.isAsking = false; }, 5000 ); } );
	}

	function colours( figure ) {
		var probe = document.createElement( 'i' ), found = {};
		figure.append( probe );
		COLOURS.forEach( function ( name ) {
			probe.style.color = 'var(--trp-' + name + ')';
			found[ name ] = getComputedStyle( probe ).color;
		} );
		probe.remove();
		return found;
	}
	function paint( view ) {
		var found = view.colours = colours( view.figure ), clear = 'rgba(0, 0, 0, 0)';
		view.chart.applyOptions( {
			layout: { background: { type: 'solid', color: clear }, textColor: found.mute, attributionLogo: true, fontSize: 11, fontFamily: getComputedStyle( view.figure ).fontFamily, panes: { separatorColor: found.line, separatorHoverColor: found.raised } },
			grid: { vertLines: { color: faded( found.line, 0.5 ) }, horzLines: { color: found.line } },
			crosshair: { mode: 0, vertLine: { color: found.control, labelBackgroundColor: found.fill }, horzLine: { color: found.control, labelBackgroundColor: found.fill } },
		} );
		view.price.applyOptions( view.type === 'line' ? { color: found.live, lineWidth: 2 } : {
			upColor: view.type === 'bars' ? found.profit : clear, downColor: found.loss, borderUpColor: found.profit, borderDownColor: found.loss, wickUpColor: found.profit, wickDownColor: found.loss,
		} );
		view.price.applyOptions( { priceLineColor: found.accent, priceLineStyle: 0, lastValueVisible: true } );
		each( 'paint', view, found );
	}

	function series( view ) {
		var lib = view.lib;
		view.price = view.chart.addSeries( { candles: lib.CandlestickSeries, bars: lib.BarSeries, line: lib.LineSeries }[ view.type ], {
			priceFormat: { type: 'price', precision: view.digits, minMove: Math.pow( 10, -view.digits ) },
		} );
	}
	/* Candles, bars or a line: another series in the place of the first. */
	function retype( view, type ) {
		view.type = type;
		each( 'unseries', view );
		view.chart.removeSeries( view.price );
		series( view );
		each( 'series', view );
		paint( view );
		show( view );
	}

	function draw( figure, root ) {
		var lib = window.LightweightCharts, set = figure.dataset, isDaily = /^(D1|W1|MN)$/.test( set.timeframe );
		var view = {
			figure: figure, root: root, lib: lib, desk: figure.closest( '.trp' ), box: document.createElement( 'div' ), words: JSON.parse( set.words ),
			symbol: set.symbol, instrument: +set.instrument, timeframe: set.timeframe, type: set.type, digits: +set.digits, zone: set.zone, isDaily: isDaily,
			locale: document.documentElement.lang || 'en', move: mover( set.zone, isDaily ),
			all: [], bars: [], sessions: [], drawn: 0, isReplay: 'replay' in set, moment: set.replay || '', isFirst: 'first' in set,
		};
		view.clock = new Intl.DateTimeFormat( view.locale, isDaily ? { timeZone: 'UTC', dateStyle: 'medium' } : { timeZone: 'UTC', weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } );
		var svg = Array.from( figure.children ).filter( function ( one ) { return one.matches( 'svg, .trp-xaxis' ); } );
		view.box.className = 'trp-canvas';
		view.box.tabIndex = 0;
		view.box.setAttribute( 'role', 'group' );
		view.box.setAttribute( 'aria-label', view.words.keys );
		view.box.addEventListener( 'keydown', function ( event ) { turn( view, event ); } );
		figure.prepend( view.box );
		try {
			view.chart = lib.createChart( view.box, {
				autoSize: true, localization: { locale: view.locale, timeFormatter: function ( time ) { return clockText( view, time ); }, priceFormatter: function ( value ) { return format( view, value ); } },
				rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.22 } },
				timeScale: { borderVisible: false, timeVisible: ! isDaily, secondsVisible: false, rightOffset: 6, minBarSpacing: 0.2, allowBoldLabels: false },
			} );
			series( view );
			view.volume = view.chart.addSeries( lib.HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false } );
			view.volume.priceScale().applyOptions( { scaleMargins: { top: 0.84, bottom: 0 } } );
			each( 'series', view );
			paint( view );
			take( view, view.desk.querySelector( '#desk-now' ) );
		} catch ( error ) {
			// The drawing of the server stays.
			if ( view.chart ) { view.chart.remove(); }
			view.box.remove();
			return;
		}
		views.set( figure, view );
		each( 'start', view );
		var shown = view.box.clientWidth < NARROW ? Math.round( SHOWN / 2.5 ) : SHOWN;
		view.chart.timeScale().setVisibleLogicalRange( { from: view.bars.length - shown, to: view.bars.length + ( shown > 100 ? 18 : 2 ) } );
		view.chart.subscribeCrosshairMove( function ( event ) {
			var index = event.logical === undefined || event.logical === null ? -1 : Math.round( event.logical );
			say( view, event.time === undefined ? null : view.bars[ index ] );
			each( 'cross', view, event );
		} );
		view.chart.timeScale().subscribeVisibleLogicalRangeChange( function () { older( view ); } );
		view.box.querySelectorAll( 'table' ).forEach( function ( one ) { one.setAttribute( 'role', 'presentation' ); } );
		svg.forEach( function ( one ) {
			if ( one.matches( '[role="img"]' ) ) {
				// What the drawing said in words, the figure says now.
				figure.setAttribute( 'aria-label', one.getAttribute( 'aria-label' ) );
			}
			one.remove();
		} );
		performance.mark( 'trp-desk-drawn' );
	}
	/* What the service says of now: the newest bars, and up to which minute they are kept there. */
	function take( view, box ) {
		if ( ! box || ! box.dataset.bars ) { return; }
		view.minute = +box.dataset.minute;
		addSessions( view, box.dataset.sessions );
		var isTail = merge( view, readBars( view, box.dataset.bars ) ) && view.all.length > 3 && view.bars.length > 0;
		show( view, isTail );
		each( 'tick', view );
	}

	/* By keys: arrows go along the chart, plus and minus zoom, Home goes to the oldest bar here, End to the newest. */
	var ZOOM = { '+': 0.8, '=': 0.8, '-': 1.25 }, STEPS = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9 };
	function turn( view, event ) {
		var scale = view.chart.timeScale(), range = scale.getVisibleLogicalRange(), last = view.bars.length - 1, from, width;
		if ( event.target !== view.box || event.ctrlKey || event.metaKey || event.altKey || ! range ) { return; }
		width = range.to - range.from;
		if ( event.key in ZOOM ) {
			width = Math.max( 10, Math.min( last + 20, width * ZOOM[ event.key ] ) );
			from = range.to - width;
		} else if ( event.key in STEPS ) {
			from = range.from + STEPS[ event.key ] * width;
		} else if ( event.key === 'Home' || event.key === 'End' ) {
			from = event.key === 'Home' ? 0 : last + 6 - width;
		} else { return; }
		event.preventDefault();
		// Half of what is seen are bars, however far one goes.
		from = Math.max( -width / 2, Math.min( last - width / 2, from ) );
		scale.setVisibleLogicalRange( { from: from, to: from + width } );
	}

	function scan() {
		views.forEach( function ( view, figure ) {
			if ( figure.isConnected ) { return; }
			view.isOver = true;
			each( 'end', view );
			view.chart.remove();
			views.delete( figure );
		} );
		document.querySelectorAll( '[data-trp-charts] [data-trp-desk]' ).forEach( function ( figure ) {
			if ( ! views.has( figure ) && window.LightweightCharts ) { draw( figure, figure.closest( '[data-trp-charts]' ) ); }
		} );
	}
	function repaint() {
		views.forEach( function ( view ) {
			paint( view );
			show( view );
		} );
	}
	document.addEventListener( 'htmx:afterSettle', scan );
	document.addEventListener( 'htmx:afterSwap', function ( event ) {
		scan();
		var box = event.detail.elt;
		if ( ! box || box.id !== 'desk-now' ) { return; }
		views.forEach( function ( view ) {
			if ( view.desk.contains( box ) || ! box.isConnected ) { take( view, view.desk.querySelector( '#desk-now' ) ); }
		} );
	} );
	document.addEventListener( 'DOMContentLoaded', scan );
	matchMedia( '(prefers-color-scheme: dark)' ).addEventListener( 'change', repaint );
	new MutationObserver( repaint ).observe( document.documentElement, { attributes: true, attributeFilter: [ 'data-theme', 'class' ], subtree: false } );
} )();
