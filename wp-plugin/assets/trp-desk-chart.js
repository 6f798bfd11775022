/* Trading Robot Service: the desk's document, between the page and the service. GPL-3.0-or-later. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, htmx = window.htmx, desk = trp && trp.desk;
	if ( ! desk || desk.send ) { return; }
	desk.send = send;
	desk.fresh = fresh;
	desk.reread = reread;

	/* One change after the other: each knows the version that the one before has made. */
	function send( view, operation ) {
		view.waiting.push( operation );
		next( view );
	}
	function next( view ) {
		var panel = view.desk.querySelector( '#desk-chart' );
		if ( view.isSending || view.isOver || ! view.waiting.length || ! panel ) { return; }
		view.isSending = true;
		htmx.ajax( 'POST', '/embed/desk-operations', {
			source: panel, target: '#desk-chart', swap: 'outerHTML',
			values: { chart: panel.dataset.chart, version: panel.dataset.version, symbol: view.symbol, timeframe: view.timeframe, replay: view.moment, operation: JSON.stringify( view.waiting.shift() ) },
		} ).catch( function () {} ).then( function () {
			view.isSending = false;
			// No newer document came: what was not kept does not look as if it were.
			if ( ! view.isOver && view.document && view.desk.querySelector( '#desk-chart' ) === panel ) { desk.each( 'document', view ); }
			next( view );
		} );
	}
	/* Somebody else has changed the chart: the newer document is fetched and shown. */
	function fresh( view, version ) {
		var panel = view.desk.querySelector( '#desk-chart' );
		clearTimeout( view.freshening );
		if ( view.isOver || ! panel || ! panel.dataset.chart || +panel.dataset.version >= version ) { return; }
		// What is being typed or dragged comes first.
		if ( view.isSending || view.grip || view.begun || panel.querySelector( ':is(input, textarea, select):focus' ) ) {
			view.freshening = setTimeout( fresh, 1000, view, version );
			return;
		}
		reread( view, panel );
	}
	function reread( view, panel ) {
		htmx.ajax( 'GET', '/embed/desk-chart/' + panel.dataset.chart + '?timeframe=' + view.timeframe + ( view.moment ? '&replay=' + view.moment : '' ), { source: panel, target: '#desk-chart', swap: 'outerHTML' } );
	}

	function read( view ) {
		var panel = view.desk.querySelector( '#desk-chart' );
		if ( ! panel || ! panel.dataset.document ) { return; }
		if ( view.panel === panel ) { return; }
		view.panel = panel;
		view.chartId = +panel.dataset.chart || 0;
		view.version = +panel.dataset.version || 0;
		view.isLocked = 'locked' in panel.dataset;
		var before = view.document;
		view.document = JSON.parse( panel.dataset.document );
		if ( before && ( view.document.symbol !== view.symbol || view.document.timeframe !== before.timeframe && view.document.timeframe !== view.timeframe ) ) {
			// What a machine has turned to is what is shown.
			htmx.ajax( 'GET', '/embed/desk?chart=' + view.chartId, { source: view.desk, target: '#desk', swap: 'outerHTML' } );
			return;
		}
		if ( before && before.chart_type !== view.document.chart_type ) { desk.retype( view, view.document.chart_type ); }
		press( view );
		desk.each( 'document', view );
	}
	function press( view ) {
		view.desk.querySelectorAll( '[data-type-button]' ).forEach( function ( button ) {
			button.setAttribute( 'aria-pressed', String( button.dataset.typeButton === view.type ) );
		} );
	}

	desk.part( {
		tick: function ( view ) {
			var now = view.desk.querySelector( '#desk-now' );
			if ( view.waiting && now && +now.dataset.version > view.version ) { fresh( view, +now.dataset.version ); }
		},
		end: function ( view ) { clearTimeout( view.freshening ); },
		start: function ( view ) {
			view.waiting = [];
			view.desk.addEventListener( 'click', function ( event ) {
				var button = event.target.closest( '[data-type-button]' );
				if ( button ) { send( view, { kind: 'set_chart_type', chart_type: button.dataset.typeButton } ); }
			} );
			read( view );
			// A length of bars that was chosen on the page is the chart's from now on.
			if ( 'asked' in view.figure.dataset && view.chartId && ! view.isLocked ) { send( view, { kind: 'set_timeframe', timeframe: view.timeframe } ); }
		},
	} );
	/* A picture comes as text in a fragment: it is saved, and its text goes. */
	document.addEventListener( 'htmx:afterSwap', function () {
		var box = document.querySelector( '#desk-file [data-png]' );
		if ( ! box ) { return; }
		var bytes = Uint8Array.from( atob( box.dataset.png ), function ( sign ) { return sign.charCodeAt( 0 ); } ), link = document.createElement( 'a' );
		link.href = URL.createObjectURL( new Blob( [ bytes ], { type: 'image/png' } ) );
		link.download = box.dataset.name.replace( /[^\w.-]/g, '_' );
		box.removeAttribute( 'data-png' );
		link.click();
		setTimeout( URL.revokeObjectURL, 60000, link.href );
	} );
	document.addEventListener( 'htmx:afterSettle', function () {
		desk.views.forEach( function ( view ) { if ( view.waiting ) { read( view ); } } );
	} );
} )();
