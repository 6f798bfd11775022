/* Trading Robot Service: indicators on the desk, computed from the bars that are shown. GPL-3.0-or-later.
   The same figures as the service's own: each mean begins with the simple one of its first values. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, desk = trp && trp.desk;
	if ( ! desk || desk.studies ) { return; }

	var FEWEST = 400;
	var TONES = [ 'live', 'warn', 'paper', 'accent', 'ai', 'soft' ];
	var SOURCES = {
		open: function ( bar ) { return bar.open; }, high: function ( bar ) { return bar.high; }, low: function ( bar ) { return bar.low; },
		close: function ( bar ) { return bar.close; }, hl2: function ( bar ) { return ( bar.high + bar.low ) / 2; },
		hlc3: function ( bar ) { return ( bar.high + bar.low + bar.close ) / 3; }, ohlc4: function ( bar ) { return ( bar.open + bar.high + bar.low + bar.close ) / 4; },
	};
	function source( bars, settings ) { return bars.map( SOURCES[ settings.source ] || SOURCES.close ); }

	/* Means: null until there are enough values. */
	function simple( values, n ) {
		var sum = 0;
		return values.map( function ( value, index ) {
			sum += value - ( index >= n ? values[ index - n ] : 0 );
			return index >= n - 1 ? sum / n : null;
		} );
	}
	function smoothed( values, n, weight ) {
		var first = values.findIndex( function ( value ) { return value !== null; } ), mean = null, sum = 0;
		return values.map( function ( value, index ) {
			var seen = index - first + 1;
			if ( first < 0 || seen < 1 ) { return null; }
			if ( seen <= n ) {
				sum += value;
				mean = seen === n ? sum / n : null;
			} else {
				mean += weight * ( value - mean );
			}
			return mean;
		} );
	}
	function exponential( values, n ) { return smoothed( values, n, 2 / ( n + 1 ) ); }
	function both( one, other, act ) {
		return one.map( function ( value, index ) { return value === null || other[ index ] === null ? null : act( value, other[ index ] ); } );
	}

	function rsi( values, n ) {
		var ups = [ null ], downs = [ null ];
		for ( var at = 1; at < values.length; at++ ) {
			var step = values[ at ] - values[ at - 1 ];
			ups.push( Math.max( step, 0 ) );
			downs.push( Math.max( -step, 0 ) );
		}
		return both( smoothed( ups, n, 1 / n ), smoothed( downs, n, 1 / n ), function ( up, down ) { return up + down ? 100 * up / ( up + down ) : 50; } );
	}
	function atr( bars, n ) {
		return smoothed( bars.map( function ( bar, index ) {
			if ( ! index ) { return null; }
			var before = bars[ index - 1 ].close;
			return Math.max( bar.high, before ) - Math.min( bar.low, before );
		} ), n, 1 / n );
	}
	function bollinger( values, n, width ) {
		var middle = simple( values, n ), upper = [], lower = [];
		middle.forEach( function ( mean, index ) {
			var sum = 0;
			for ( var at = index - n + 1; mean !== null && at <= index; at++ ) { sum += Math.pow( values[ at ] - mean, 2 ); }
			var reach = width * Math.sqrt( sum / n );
			upper.push( mean === null ? null : mean + reach );
			lower.push( mean === null ? null : mean - reach );
		} );
		return [ middle, upper, lower ];
	}
	/* Since the opening of each session; after hours belong to theirs. Around the clock: since midnight. */
	function vwap( view, bars, bands ) {
		var lines = [ [] ], key = null, volume = 0, money = 0, squares = 0, place = 0, sessions = view.sessions;
		for ( var band = 1; band <= bands; band++ ) { lines.push( [], [] ); }
		bars.forEach( function ( bar ) {
			while ( place < sessions.length - 1 && sessions[ place + 1 ].starts <= bar.at ) { place++; }
			var day = sessions[ place ], isRegular = day && bar.at >= day.opens && bar.at < day.closes, now = day ? day.opens : Math.floor( bar.at / 86400 );
			if ( now !== key ) {
				key = now;
				volume = money = squares = 0;
			}
			var typical = ( bar.high + bar.low + bar.close ) / 3;
			if ( isRegular || ! day ) {
				volume += bar.volume;
				money += typical * bar.volume;
				squares += typical * typical * bar.volume;
			}
			var mean = isRegular && volume ? money / volume : null, spread = mean === null ? 0 : Math.sqrt( Math.max( 0, squares / volume - mean * mean ) );
			lines[ 0 ].push( mean );
			for ( var at = 1; at <= bands; at++ ) {
				lines[ 2 * at - 1 ].push( mean === null ? null : mean + at * spread );
				lines[ 2 * at ].push( mean === null ? null : mean - at * spread );
			}
		} );
		return lines;
	}

	/* Each kind: its lines over the bars. A pane of its own where it has no price.
	   `past`: how many bars before one say what it is there. What a mean has forgotten after so many
	   lengths of its period is smaller than the last digit of a number; a day has 1,440 minutes. */
	var KINDS = {
		sma: { past: function ( s ) { return s.period; }, lines: function ( bars, s ) { return [ simple( source( bars, s ), s.period ) ]; } },
		ema: { past: function ( s ) { return 20 * s.period; }, lines: function ( bars, s ) { return [ exponential( source( bars, s ), s.period ) ]; } },
		bollinger: { past: function ( s ) { return s.period; }, lines: function ( bars, s ) { return bollinger( source( bars, s ), s.period, s.deviations ); }, dashed: true },
		vwap: { past: function () { return 1500; }, lines: function ( bars, s, view ) { return vwap( view, bars, s.bands ); }, dashed: true },
		rsi: { pane: true, past: function ( s ) { return 40 * s.period; }, lines: function ( bars, s ) { return [ rsi( source( bars, s ), s.period ) ]; }, marks: function ( s ) { return [ s.upper, s.lower ]; } },
		atr: { pane: true, past: function ( s ) { return 40 * s.period; }, lines: function ( bars, s ) { return [ atr( bars, s.period ) ]; } },
		macd: {
			pane: true, bars: true, past: function ( s ) { return 21 * ( Math.max( s.fast, s.slow ) + s.signal ); },
			lines: function ( bars, s ) {
				var values = source( bars, s ), line = both( exponential( values, s.fast ), exponential( values, s.slow ), function ( a, b ) { return a - b; } );
				var signal = exponential( line, s.signal );
				return [ line, signal, both( line, signal, function ( a, b ) { return a - b; } ) ];
			},
		},
	};
	desk.studies = { kinds: KINDS, profile: profile, tail: tail };
	/* The lines where only the bars from one on are asked for: values[ 0 ] belongs to that of `first`. */
	function tail( view, bars, kind, settings, from ) {
		var first = Math.max( 0, from - KINDS[ kind ].past( settings ) );
		return { first: first, lines: KINDS[ kind ].lines( first ? bars.slice( first ) : bars, settings, view ) };
	}

	/* Volume by price over what is on the screen: each bar's volume spread over its range. */
	function profile( bars, rows ) {
		var low = Infinity, high = -Infinity, total = new Array( rows ).fill( 0 );
		bars.forEach( function ( bar ) {
			low = Math.min( low, bar.low );
			high = Math.max( high, bar.high );
		} );
		var step = ( high - low ) / rows;
		if ( ! ( step > 0 ) ) { return null; }
		bars.forEach( function ( bar ) {
			var first = Math.min( rows - 1, Math.floor( ( bar.low - low ) / step ) ), last = Math.min( rows - 1, Math.floor( ( bar.high - low ) / step ) );
			for ( var at = first; at <= last; at++ ) {
				var share = bar.high > bar.low ? ( Math.min( bar.high, low + step * ( at + 1 ) ) - Math.max( bar.low, low + step * at ) ) / ( bar.high - bar.low ) : 1;
				total[ at ] += bar.volume * share;
			}
		} );
		return { low: low, step: step, rows: total, most: Math.max.apply( null, total ) };
	}

	function add( view, one ) {
		var kind = KINDS[ one.kind ], pane = kind.pane ? view.chart.panes().length : 0;
		var study = { id: one.id, kind: one.kind, settings: one.settings, key: JSON.stringify( [ one.kind, one.settings ] ), series: [], pane: pane };
		var count = kind.lines( [], one.settings, view ).length;
		for ( var at = 0; at < count; at++ ) {
			var isColumn = kind.bars && at === 2;
			study.series.push( view.chart.addSeries( isColumn ? view.lib.HistogramSeries : view.lib.LineSeries, {
				lineWidth: at ? 1 : 2, lineStyle: kind.dashed && at ? 2 : 0, priceLineVisible: false, lastValueVisible: ! at, crosshairMarkerVisible: false,
				title: at ? '' : view.words[ one.kind ] || one.kind.toUpperCase(), priceFormat: { type: 'price', precision: kind.pane ? 2 : view.digits, minMove: kind.pane ? 0.01 : Math.pow( 10, -view.digits ) },
			}, pane ) );
		}
		if ( kind.marks ) {
			study.lines = kind.marks( one.settings ).map( function ( level ) { return study.series[ 0 ].createPriceLine( { price: level, lineWidth: 1, lineStyle: 2, axisLabelVisible: false } ); } );
		}
		return study;
	}
	/* The library makes a point of each value anew with every change, so its series hold those near the
	   screen alone; all of them lie in study.values. */
	function spanOf( view ) {
		var range = view.chart.timeScale().getVisibleLogicalRange(), count = view.bars.length, from = range ? range.from : count - FEWEST, to = range ? range.to : count;
		var reach = Math.max( FEWEST, to - from ), last = Math.ceil( to + reach );
		return { from: Math.max( 0, Math.floor( from - reach ) ), to: last >= count - 1 ? Infinity : Math.max( 0, last ) };
	}
	function point( view, study, place, at ) {
		var made = { time: view.bars[ at ].time }, value = study.values[ place ][ at ];
		if ( value === null ) { return made; }
		made.value = value;
		if ( KINDS[ study.kind ].bars && place === 2 ) { made.color = desk.faded( value < 0 ? view.colours.loss : view.colours.profit, 0.5 ); }
		return made;
	}
	function lay( view, study ) {
		study.series.forEach( function ( series, place ) {
			var points = [];
			for ( var at = view.span.from; at < Math.min( view.bars.length, view.span.to ); at++ ) { points.push( point( view, study, place, at ) ); }
			series.setData( points );
		} );
	}
	function fill( view, study, isTail ) {
		if ( ! isTail || ! study.values ) {
			study.values = KINDS[ study.kind ].lines( view.bars, study.settings, view );
			return lay( view, study );
		}
		// A tick would else compute every bar of the chart anew.
		var found = tail( view, view.bars, study.kind, study.settings, view.tail );
		study.series.forEach( function ( series, place ) {
			for ( var at = view.tail; at < view.bars.length; at++ ) {
				study.values[ place ][ at ] = found.lines[ place ][ at - found.first ];
				if ( view.span.to === Infinity ) { series.update( point( view, study, place, at ), at < view.drawn - 1 ); }
			}
		} );
	}
	/* The screen has moved to where the series hold nothing, or shows little of what they hold. */
	function follow( view ) {
		var range = view.chart.timeScale().getVisibleLogicalRange(), span = view.span, count = view.bars.length;
		if ( ! range || ! span || view.isOver ) { return; }
		var isInside = range.from >= span.from || span.from === 0, isWide = Math.min( span.to, count ) - span.from > 8 * Math.max( FEWEST, range.to - range.from );
		if ( isInside && range.to <= span.to && ! isWide ) { return; }
		view.span = spanOf( view );
		view.studies.forEach( function ( study ) { if ( study.values ) { lay( view, study ); } } );
	}
	function tint( view ) {
		view.studies.forEach( function ( study, index ) {
			study.series.forEach( function ( series, place ) {
				if ( place < 2 || ! KINDS[ study.kind ].bars ) { series.applyOptions( { color: view.colours[ TONES[ ( index + ( KINDS[ study.kind ].bars ? place : 0 ) ) % TONES.length ] ] } ); }
			} );
			( study.lines || [] ).forEach( function ( line ) { line.applyOptions( { color: view.colours.control } ); } );
		} );
	}

	/* What the document says is what is drawn. */
	function sync( view ) {
		var wanted = view.document ? view.document.indicators : [];
		view.profile = wanted.find( function ( one ) { return one.kind === 'volume_profile'; } ) || null;
		wanted = wanted.filter( function ( one ) { return KINDS[ one.kind ]; } );
		var known = view.studies.map( function ( one ) { return one.key; } ).join(), now = wanted.map( function ( one ) { return JSON.stringify( [ one.kind, one.settings ] ); } ).join();
		if ( known !== now ) {
			view.studies.forEach( function ( study ) { study.series.forEach( function ( series ) { view.chart.removeSeries( series ); } ); } );
			while ( view.chart.panes().length > 1 ) { view.chart.removePane( view.chart.panes().length - 1 ); }
			view.studies = wanted.map( function ( one ) { return add( view, one ); } );
			view.span = spanOf( view );
			view.studies.forEach( function ( study ) { fill( view, study ); } );
			var panes = view.chart.panes();
			panes.forEach( function ( pane, index ) { pane.setStretchFactor( index ? 1 : Math.max( 3, 5 - panes.length ) ); } );
			view.box.dataset.panes = panes.length - 1;
			tint( view );
		}
		if ( view.shelf ) { view.shelf(); }
	}

	/* The profile lies behind the candles, from the right. */
	function shelf( view ) {
		var ask = null;
		view.price.attachPrimitive( {
			attached: function ( given ) { ask = given.requestUpdate; },
			paneViews: function () {
				return [ {
					zOrder: function () { return 'bottom'; },
					renderer: function () {
						return { draw: function ( target ) { target.useMediaCoordinateSpace( function ( space ) { paintShelf( view, space ); } ); } };
					},
				} ];
			},
		} );
		return function () { if ( ask ) { ask(); } };
	}
	function paintShelf( view, space ) {
		var range = view.chart.timeScale().getVisibleLogicalRange();
		if ( ! view.profile || ! range ) { return; }
		var found = profile( view.bars.slice( Math.max( 0, Math.floor( range.from ) ), Math.ceil( range.to ) + 1 ), view.profile.settings.rows || 24 );
		if ( ! found ) { return; }
		space.context.fillStyle = desk.faded( view.colours.accent, 0.16 );
		found.rows.forEach( function ( volume, at ) {
			var top = view.price.priceToCoordinate( found.low + found.step * ( at + 1 ) ), bottom = view.price.priceToCoordinate( found.low + found.step * at ), width = space.mediaSize.width * 0.24 * volume / found.most;
			space.context.fillRect( space.mediaSize.width - width, top + 0.5, width, Math.max( 1, bottom - top - 1 ) );
		} );
	}

	desk.part( {
		start: function ( view ) {
			view.studies = [];
			view.chart.timeScale().subscribeVisibleLogicalRangeChange( function () {
				if ( view.following || ! view.studies.length ) { return; }
				view.following = requestAnimationFrame( function () {
					view.following = 0;
					follow( view );
				} );
			} );
		},
		series: function ( view ) { view.shelf = shelf( view ); },
		document: sync,
		bars: function ( view, isTail ) {
			if ( ! isTail || ! view.span ) { view.span = spanOf( view ); }
			( view.studies || [] ).forEach( function ( study ) { fill( view, study, isTail ); } );
		},
		paint: function ( view ) {
			if ( ! view.studies ) { return; }
			tint( view );
		},
	} );
} )();
