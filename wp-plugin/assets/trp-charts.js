/* Trading Robot Service: the dashboard's interactive charts. GPL-3.0-or-later. */
( function () {
	'use strict';
	if ( ! window.IntersectionObserver || window.tradingRobotServiceCharts ) { return; }
	window.tradingRobotServiceCharts = true;

	var STYLES = { live: 0, paper: 2 }; // solid, dashed; anything else is dotted
	/* Only where the owner agreed, only once they are seen; the SVG stays until then. */
	var library = null, charts = new Map(), parked = new Map(), bars = window.tradingRobotServiceCandles;
	var seen = new IntersectionObserver( function ( entries ) {
		entries.forEach( function ( entry ) {
			if ( ! entry.isIntersecting ) { return; }
			seen.unobserve( entry.target );
			var root = entry.target.closest( '[data-trp-charts]' );
			library = library || new Promise( function ( done, fail ) {
				var script = document.createElement( 'script' );
				script.src = root.dataset.trpCharts;
				script.onload = done;
				script.onerror = fail;
				document.head.append( script );
			} );
			library.then( function () { draw( entry.target ); } ).catch( function () {} );
		} );
	} );
	function scan() {
		document.querySelectorAll( '[data-trp-charts] [data-trp-chart]' ).forEach( function ( figure ) {
			if ( charts.has( figure ) ) { return; }
			if ( figure.id && parked.has( figure.id ) ) { draw( figure ); } else { seen.observe( figure ); }
		} );
		parked.forEach( function ( kept ) { kept.chart.remove(); } );
		parked.clear();
	}
	document.addEventListener( 'htmx:beforeCleanupElement', function ( event ) {
		var figure = event.target, kept = charts.get( figure );
		if ( ! kept ) { return; }
		charts.delete( figure );
		if ( figure.id ) { parked.set( figure.id, kept ); } else { kept.chart.remove(); }
	} );
	function colours( figure ) {
		var probe = document.createElement( 'i' ), found = {};
		figure.append( probe );
		[ 'live', 'paper', 'backtest', 'profit', 'loss', 'warn', 'mute', 'line', 'control' ].forEach( function ( name ) {
			probe.style.color = 'var(--trp-' + name + ')';
			found[ name ] = getComputedStyle( probe ).color;
		} );
		probe.remove();
		return found;
	}
	function points( list, factor ) {
		return list.map( function ( one ) { return { time: one[ 0 ], value: factor * one[ 1 ] }; } );
	}
	/* Whole money where the range is wide; cents only where they tell values apart. */
	function money( list ) {
		var values = list.map( function ( one ) { return +one[ 1 ]; } ), wide = Math.max.apply( null, values ) - Math.min.apply( null, values ) > 50;
		var format = new Intl.NumberFormat( document.documentElement.lang || 'en', { minimumFractionDigits: wide ? 0 : 2, maximumFractionDigits: wide ? 0 : 2 } );
		return { type: 'custom', minMove: wide ? 1 : 0.01, formatter: function ( value ) { return sign( format.format( value ) ); } };
	}
	function percent( value ) {
		return sign( ( value / 100 ).toLocaleString( document.documentElement.lang || 'en', { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 } ) );
	}
	function sign( text ) { return text.replace( '-', '\u2212' ); }
	function draw( figure ) {
		if ( ! figure.isConnected || charts.has( figure ) ) { return; }
		var data = JSON.parse( figure.dataset.trpChart ), kept = parked.get( figure.id ), lib = window.LightweightCharts;
		data.series = data.series || [];
		var shape = JSON.stringify( [ data.kind, data.series.map( function ( one ) { return [ one.name, one.style ]; } ), ! ! ( data.drawdown || [] ).length ] );
		if ( kept && kept.shape === shape ) {
			parked.delete( figure.id );
		} else {
			kept = { shape: shape, box: document.createElement( 'div' ), lines: [] };
		}
		// A drawdown in money is drawn by the server alone: its strip and its days stay.
		var covered = ( data.drawdown || [] ).length ? 'svg, .trp-xaxis' : 'svg:not([data-sub])' + ( figure.querySelector( ':scope > [data-sub]' ) ? '' : ', .trp-xaxis' );
		var svg = Array.from( figure.children ).filter( function ( one ) { return one.matches( covered ); } );
		if ( ! svg.length ) { return; }
		// As high as what it covers: nothing below it moves.
		kept.box.style.height = Math.round( svg[ svg.length - 1 ].getBoundingClientRect().bottom - svg[ 0 ].getBoundingClientRect().top ) + 'px';
		figure.insertBefore( kept.box, svg[ 0 ] );
		try {
			if ( ! kept.chart ) {
				kept.chart = lib.createChart( kept.box, {
					autoSize: true, localization: { locale: document.documentElement.lang || 'en' },
					handleScroll: { mouseWheel: false, vertTouchDrag: false }, handleScale: { mouseWheel: false },
					rightPriceScale: { borderVisible: false, entireTextOnly: true }, timeScale: { borderVisible: false, allowBoldLabels: false },
				} );
				data.series.forEach( function ( one ) {
					kept.lines.push( kept.chart.addSeries( lib.LineSeries, {
						title: data.series.length > 1 ? one.name : '', lineWidth: 2, priceLineVisible: false, lineStyle: one.style in STYLES ? STYLES[ one.style ] : 1,
					} ) );
				} );
				if ( data.candles ) { bars.add( kept, lib ); }
				if ( ( data.drawdown || [] ).length ) {
					kept.fall = kept.chart.addSeries( lib.BaselineSeries, {
						baseValue: { type: 'price', price: 0 }, lineWidth: 1, priceLineVisible: false,
						priceFormat: { type: 'custom', minMove: 0.01, formatter: percent },
					}, 1 );
					kept.chart.panes()[ 0 ].setStretchFactor( 3 );
					kept.chart.panes()[ 1 ].setStretchFactor( 1 );
				}
			}
			data.series.forEach( function ( one, index ) {
				kept.lines[ index ].applyOptions( { priceFormat: money( one.points ) } );
				kept.lines[ index ].setData( points( one.points, 1 ) );
			} );
			if ( kept.candles ) { bars.fill( kept, data ); }
			if ( data.reference && ! kept.start ) { kept.start = kept.lines[ 0 ].createPriceLine( { price: 0, lineWidth: 1, lineStyle: 0, axisLabelVisible: false } ); }
			if ( kept.start ) { kept.start.applyOptions( { price: +data.reference } ); }
			if ( kept.fall ) { kept.fall.setData( points( data.drawdown, -100 ) ); }
		} catch ( error ) {
			// The drawing of the server stays.
			if ( kept.chart ) { kept.chart.remove(); }
			kept.box.remove();
			return;
		}
		kept.styles = data.series.map( function ( one ) { return one.style; } );
		charts.set( figure, kept );
		paint( kept, figure );
		if ( ! kept.fitted ) { kept.fitted = true; kept.chart.timeScale().fitContent(); }
		kept.box.querySelectorAll( 'table' ).forEach( function ( one ) { one.setAttribute( 'role', 'presentation' ); } );
		svg.forEach( function ( one ) {
			// What the drawing said in words, the figure says now.
			if ( one.matches( '[role="img"]' ) && ! figure.hasAttribute( 'aria-label' ) ) { figure.setAttribute( 'aria-label', one.getAttribute( 'aria-label' ) ); }
			one.style.display = 'none';
		} );
	}
	function paint( kept, figure ) {
		var found = colours( figure ), clear = 'rgba(0, 0, 0, 0)';
		kept.chart.applyOptions( {
			layout: { background: { type: 'solid', color: clear }, textColor: found.mute, attributionLogo: true, fontSize: 11, fontFamily: getComputedStyle( figure ).fontFamily, panes: { separatorColor: found.line } },
			grid: { vertLines: { visible: false }, horzLines: { color: found.line } },
		} );
		if ( kept.start ) { kept.start.applyOptions( { color: found.control } ); }
		kept.lines.forEach( function ( line, index ) { line.applyOptions( { color: found[ kept.styles[ index ] ] || found.backtest } ); } );
		if ( kept.candles ) { bars.paint( kept, found ); }
		if ( kept.fall ) {
			var fill = found.loss.replace( /^rgb\((.*)\)$/, 'rgba($1, .14)' );
			kept.fall.applyOptions( { topLineColor: clear, topFillColor1: clear, topFillColor2: clear, bottomLineColor: found.loss, bottomFillColor1: fill, bottomFillColor2: fill } );
		}
	}
	function repaint() { charts.forEach( paint ); }
	matchMedia( '(prefers-color-scheme: dark)' ).addEventListener( 'change', repaint );
	new MutationObserver( repaint ).observe( document.documentElement, { attributes: true, attributeFilter: [ 'data-theme', 'class' ], subtree: false } );
	document.addEventListener( 'htmx:afterSettle', scan );
	document.addEventListener( 'DOMContentLoaded', scan );
} )();
