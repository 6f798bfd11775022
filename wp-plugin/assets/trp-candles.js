/* Trading Robot Service: candles with trades on them, for the interactive charts. GPL-3.0-or-later. */
( function () {
	'use strict';

	function add( kept, lib ) {
		kept.candles = kept.chart.addSeries( lib.CandlestickSeries, { priceLineVisible: false } );
		kept.marks = lib.createSeriesMarkers( kept.candles, [] );
	}
	function fill( kept, data ) {
		var days = data.candles.every( function ( one ) { return one[ 0 ] % 86400 === data.candles[ 0 ][ 0 ] % 86400; } );
		var wide = data.candles.some( function ( one ) { return one[ 2 ] < 10; } );
		kept.candles.applyOptions( { priceFormat: { type: 'price', precision: wide ? 5 : 2, minMove: wide ? 0.00001 : 0.01 } } );
		kept.chart.applyOptions( { timeScale: { timeVisible: ! days } } );
		kept.candles.setData( data.candles.map( function ( one ) {
			return { time: one[ 0 ], open: +one[ 1 ], high: +one[ 2 ], low: +one[ 3 ], close: +one[ 4 ] };
		} ) );
		kept.deals = data.marks || [];
	}
	/* Below a bar what was bought, above it what was sold; an arrow opened, a ring closed. */
	function paint( kept, found ) {
		kept.candles.applyOptions( {
			upColor: 'rgba(0, 0, 0, 0)', downColor: found.loss, borderUpColor: found.profit, borderDownColor: found.loss, wickUpColor: found.profit, wickDownColor: found.loss,
		} );
		kept.marks.setMarkers( kept.deals.map( function ( one ) {
			return { time: one.time, position: one.buy ? 'belowBar' : 'aboveBar', color: one.buy ? found.live : found.warn, shape: ! one.entry ? 'circle' : one.buy ? 'arrowUp' : 'arrowDown', text: one.text };
		} ) );
	}
	window.tradingRobotServiceCandles = { add: add, fill: fill, paint: paint };
} )();
