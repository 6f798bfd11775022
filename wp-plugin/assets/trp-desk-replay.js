/* Trading Robot Service: replay on the desk, bar by bar. GPL-3.0-or-later.
   The page is as of its start; each next bar is fetched when it is its turn, so none of the future is here. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, desk = trp && trp.desk;
	if ( ! desk || desk.step ) { return; }
	desk.step = step;

	function find( view, name ) { return view.desk.querySelector( '[data-replay-' + name + ']' ); }
	function tell( view, said ) { find( view, 'said' ).textContent = said; }
	function step( view ) {
		var last = view.all[ view.all.length - 1 ];
		if ( view.isStepping || view.isOver || ! last ) { return Promise.resolve( false ); }
		view.isStepping = true;
		return desk.ask( view.root, '/embed/desk-step?symbol=' + encodeURIComponent( view.symbol ) + '&timeframe=' + view.timeframe + '&after=' + last.at + ( view.chartId ? '&chart=' + view.chartId : '' ) ).then( function ( found ) {
			var bars = desk.read( view, found.dataset.bars );
			view.isStepping = false;
			if ( view.isOver ) { return false; }
			if ( ! bars.length ) {
				play( view, false );
				tell( view, view.words.present );
				return false;
			}
			tell( view, '' );
			desk.sessions( view, found.dataset.sessions );
			view.figure.dataset.deals = found.dataset.deals;
			moment( view, found.dataset.until );
			if ( +found.dataset.drawings !== view.document.drawings.length ) { drawings( view ); }
			desk.show( view, desk.merge( view, bars ) );
			quote( view, bars[ bars.length - 1 ] );
			return true;
		} ).catch( function () {
			view.isStepping = false;
			if ( view.isOver ) { return false; }
			play( view, false );
			tell( view, view.words.lost );
			return false;
		} );
	}
	/* What is sent from here on belongs to the moment to which the steps have led. */
	function moment( view, until ) {
		view.moment = until;
		view.desk.querySelectorAll( '#desk-chart [name="replay"]' ).forEach( function ( field ) { field.value = until; } );
	}
	/* A drawing whose time has come: the document of this moment is fetched when nothing is under way. */
	function drawings( view ) {
		var panel = view.desk.querySelector( '#desk-chart' );
		clearTimeout( view.drawing );
		if ( view.isOver || ! panel || ! panel.dataset.chart ) { return; }
		if ( view.isSending || view.grip || view.begun || panel.querySelector( ':is(input, textarea, select):focus' ) ) {
			view.drawing = setTimeout( drawings, 1000, view );
			return;
		}
		desk.reread( view, panel );
	}
	function quote( view, bar ) {
		var price = view.desk.querySelector( '[data-desk-last]' ), age = view.desk.querySelector( '[data-desk-age]' ), change = view.desk.querySelector( '[data-desk-change]' );
		price.textContent = desk.format( view, bar.close );
		age.textContent = desk.fill( view.words.as_of, view.clock.format( new Date( bar.time * 1000 ) ) );
		change.textContent = '';
	}
	/* The key levels of then: asked for when the steps rest. */
	function rest( view ) {
		clearTimeout( view.resting );
		view.resting = setTimeout( desk.levels, 1200, view );
	}
	function play( view, isOn ) {
		var button = find( view, 'play' );
		clearTimeout( view.playing );
		view.playing = 0;
		view.isPlaying = isOn;
		button.setAttribute( 'aria-pressed', String( isOn ) );
		button.textContent = isOn ? view.words.pause : view.words.play;
		if ( isOn ) { next( view ); } else { rest( view ); }
	}
	function next( view ) {
		var began = Date.now();
		step( view ).then( function ( isDone ) {
			if ( isDone && view.isPlaying ) { view.playing = setTimeout( next, Math.max( 0, +find( view, 'speed' ).value - ( Date.now() - began ) ), view ); }
		} );
	}
	/* Another length of bars goes on at the moment that was reached, not where the replay began. */
	document.addEventListener( 'htmx:configRequest', function ( event ) {
		var link = event.detail.elt, view = Array.from( desk.views.values() )[ 0 ];
		if ( view && view.isReplay && link.closest( '.trp-seg' ) ) {
			event.detail.path = event.detail.path.replace( /replay=\d+/, 'replay=' + view.moment );
		}
	} );
	desk.part( {
		start: function ( view ) {
			if ( ! view.isReplay || ! find( view, 'play' ) ) { return; }
			find( view, 'play' ).addEventListener( 'click', function () { play( view, ! view.isPlaying ); } );
			find( view, 'step' ).addEventListener( 'click', function () {
				if ( view.isPlaying ) { play( view, false ); }
				step( view ).then( function () { rest( view ); } );
			} );
		},
		document: function ( view ) {
			if ( view.isReplay ) { moment( view, view.moment ); }
		},
		end: function ( view ) {
			[ 'playing', 'drawing' ].forEach( function ( name ) { clearTimeout( view[ name ] ); } );
			clearTimeout( view.resting );
		},
	} );
} )();
