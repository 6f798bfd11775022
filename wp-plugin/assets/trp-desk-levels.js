/* Trading Robot Service: key levels, sessions and marks of trades on the desk's chart. GPL-3.0-or-later. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, desk = trp && trp.desk;
	if ( ! desk || desk.levels ) { return; }
	desk.levels = levels;

	var NARROW = 560;

	/* Distances follow the price; the table of the service holds the levels themselves. */
	function percent( view, value ) {
		var text = ( value / 100 ).toLocaleString( view.locale, { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' } );
		return text.replace( '-', '\u2212' );
	}
	function signed( view, value ) { return ( value > 0 ? '+' : '' ) + desk.format( view, value ); }
	/* What the price has passed is support from then on, and the other way round. */
	function tone( row, price, last ) {
		if ( row.dataset.tone === 'pivot' || row.dataset.tone === 'order' ) { return row.dataset.tone; }
		row.dataset.tone = row.querySelector( '.trp-tone' ).dataset.tone = price >= last ? 'resistance' : 'support';
		return row.dataset.tone;
	}
	function sync( view ) {
		var last = view.bars[ view.bars.length - 1 ], rows = view.desk.querySelectorAll( '[data-level]' ), wanted = {};
		if ( ! last || ! view.lines ) { return; }
		rows.forEach( function ( row ) {
			var price = +row.dataset.price, away = price - last.close, cells = row.querySelectorAll( '[data-away]' );
			if ( cells.length > 1 ) {
				cells[ 0 ].textContent = signed( view, away );
				cells[ 1 ].textContent = percent( view, 100 * away / last.close );
			}
			if ( 'drawn' in row.dataset ) { wanted[ row.dataset.level ] = { price: price, tone: tone( row, price, last.close ), name: row.dataset.short, marked: 'marked' in row.dataset, away: percent( view, 100 * away / last.close ) }; }
		} );
		Object.keys( view.lines ).forEach( function ( name ) {
			if ( ! wanted[ name ] ) {
				view.price.removePriceLine( view.lines[ name ] );
				delete view.lines[ name ];
			}
		} );
		Object.keys( wanted ).forEach( function ( name ) {
			var one = wanted[ name ], tones = { resistance: view.colours.loss, support: view.colours.profit, order: view.colours.warn }, colour = tones[ one.tone ] || view.colours.mute;
			var look = {
				price: one.price, color: desk.faded( colour, one.marked ? 1 : 0.75 ), lineWidth: one.marked ? 3 : 1, lineStyle: one.marked ? 0 : 2, axisLabelVisible: view.box.clientWidth > NARROW,
				title: view.box.clientWidth > NARROW ? one.name + ' ' + one.away : one.name, axisLabelColor: view.colours.raised, axisLabelTextColor: colour,
			};
			if ( view.lines[ name ] ) { view.lines[ name ].applyOptions( look ); } else { view.lines[ name ] = view.price.createPriceLine( look ); }
		} );
	}

	/* Where the last price stands among the levels: its row moves up and down in the table. */
	function place( view ) {
		var now = view.desk.querySelector( '[data-level-now]' ), last = view.bars[ view.bars.length - 1 ];
		if ( ! now || ! last ) { return; }
		now.querySelector( '[data-level-price]' ).textContent = desk.format( view, last.close );
		var next = Array.from( now.parentNode.querySelectorAll( '[data-level]' ) ).find( function ( row ) { return +row.dataset.price < last.close; } ) || null;
		if ( now.nextElementSibling !== next ) { now.parentNode.insertBefore( now, next ); }
	}

	/* The hours before and after the market are shaded. */
	function shade( view ) {
		view.price.attachPrimitive( {
			paneViews: function () {
				return [ {
					zOrder: function () { return 'bottom'; },
					renderer: function () {
						return { draw: function ( target ) { target.useMediaCoordinateSpace( function ( space ) { paint( view, space ); } ); } };
					},
				} ];
			},
		} );
	}
	function paint( view, space ) {
		var scale = view.chart.timeScale(), range = scale.getVisibleLogicalRange(), width = scale.options().barSpacing, begin = null;
		if ( ! range || ! view.shades || ! view.sessions.length ) { return; }
		space.context.fillStyle = desk.faded( view.colours.control, 0.1 );
		var last = Math.min( view.bars.length - 1, Math.ceil( range.to ) ), first = Math.max( 0, Math.floor( range.from ) );
		for ( var at = first; at <= last + 1; at++ ) {
			var isOut = at <= last && isOutside( view, view.bars[ at ].at );
			if ( isOut && begin === null ) { begin = at; }
			if ( ! isOut && begin !== null ) {
				var left = scale.logicalToCoordinate( begin ) - width / 2;
				space.context.fillRect( left, 0, scale.logicalToCoordinate( at - 1 ) + width / 2 - left, space.mediaSize.height );
				begin = null;
			}
		}
	}
	function isOutside( view, at ) {
		var low = 0, high = view.sessions.length;
		while ( low < high ) {
			var middle = low + high >> 1;
			if ( view.sessions[ middle ].starts <= at ) { low = middle + 1; } else { high = middle; }
		}
		var one = view.sessions[ low - 1 ];
		return !! one && ( at < one.opens || at >= one.closes );
	}

	/* The member's own trades on this symbol. */
	function deals( view ) {
		if ( ! view.marks || ! view.bars.length ) { return; }
		view.dealt = view.figure.dataset.deals;
		var list = view.shows.trades ? JSON.parse( view.figure.dataset.deals || '[]' ) : [];
		view.marks.setMarkers( list.filter( function ( one ) { return one.at >= view.bars[ 0 ].at; } ).map( function ( one ) {
			return { time: view.bars[ desk.indexOf( view.bars, one.at ) ].time, position: one.buy ? 'belowBar' : 'aboveBar', color: one.buy ? view.colours.live : view.colours.warn, shape: ! one.entry ? 'circle' : one.buy ? 'arrowUp' : 'arrowDown', text: one.text };
		} ) );
	}
	/* The table of levels anew: in a replay that of its moment. */
	function levels( view ) {
		if ( view.isOver ) { return; }
		window.htmx.ajax( 'GET', '/embed/desk-levels?symbol=' + encodeURIComponent( view.symbol ) + '&timeframe=' + view.timeframe + ( view.chartId ? '&chart=' + view.chartId : '' ) + ( view.moment ? '&replay=' + view.moment : '' ), { source: view.figure, target: '#desk-levels', swap: 'outerHTML' } );
	}
	/* Others were chosen than are shown. */
	function rechoose( view ) {
		var chosen = view.document.settings.levels.join();
		if ( view.levels !== undefined && view.levels !== chosen && ! view.isLocked ) { levels( view ); }
		view.levels = chosen;
	}
	function all( view ) {
		sync( view );
		place( view );
	}
	/* Levels of the service come anew from time to time: those that move are moved. */
	document.addEventListener( 'htmx:afterSettle', function ( event ) {
		if ( event.detail.elt && event.detail.elt.id === 'desk-levels' ) { desk.views.forEach( all ); }
	} );
	desk.part( {
		start: function ( view ) {
			view.shades = true;
			view.shows = { trades: true };
			all( view );
			deals( view );
		},
		series: function ( view ) {
			view.lines = {};
			view.shows = view.shows || { trades: true };
			view.marks = view.lib.createSeriesMarkers( view.price, [] );
			shade( view );
		},
		document: function ( view ) {
			var settings = view.document.settings;
			rechoose( view );
			view.shades = settings.shows_sessions;
			view.shows.trades = settings.shows_trades;
			view.volume.applyOptions( { visible: settings.shows_volume } );
			view.chart.priceScale( 'right' ).applyOptions( { scaleMargins: { top: Math.max( 0.04, settings.yaxis_padding ), bottom: settings.shows_volume ? Math.max( 0.2, settings.yaxis_padding ) : Math.max( 0.04, settings.yaxis_padding ) } } );
			all( view );
			deals( view );
		},
		tick: all,
		bars: function ( view, isTail ) {
			all( view );
			if ( view.marks && ( ! isTail || view.dealt !== view.figure.dataset.deals ) ) { deals( view ); }
		},
		paint: function ( view ) {
			if ( ! view.lines ) { return; }
			all( view );
			deals( view );
		},
	} );
} )();
