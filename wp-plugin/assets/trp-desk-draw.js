/* Trading Robot Service: drawings on the desk's chart, by mouse, finger and pen. GPL-3.0-or-later.
   What is drawn becomes an operation; the document that comes back is what is shown. */
( function () {
	'use strict';
	var trp = window.tradingRobotService, desk = trp && trp.desk;
	if ( ! desk || desk.drawings ) { return; }

	var NEAR = 8, TOUCH = 16, HANDLE = 4, DRAG = 6;
	var TWO_POINTS = { trendline: true, fibonacci: true };
	var OPERATIONS = { trendline: 'draw_trendline', fibonacci: 'draw_fibonacci' };
	desk.drawings = { points: points, moved: moved };

	/* Places: instants and prices, and where they are on the screen. */
	function x( view, at ) {
		var bars = view.bars, last = bars.length - 1, index = desk.indexOf( bars, at ), scale = view.chart.timeScale(), share;
		if ( last < 0 ) { return 0; }
		if ( index < 0 ) {
			share = ( at - bars[ 0 ].at ) / desk.spans[ view.timeframe ];
			index = 0;
		} else if ( index === last ) {
			share = ( at - bars[ last ].at ) / desk.spans[ view.timeframe ];
		} else {
			share = ( at - bars[ index ].at ) / ( bars[ index + 1 ].at - bars[ index ].at );
		}
		return scale.logicalToCoordinate( index ) + share * scale.options().barSpacing;
	}
	function y( view, price ) { return view.price.priceToCoordinate( price ); }
	function seconds( text ) { return Math.round( Date.parse( text ) / 1000 ); }
	function place( view, event ) {
		var box = view.box.getBoundingClientRect(), left = event.clientX - box.left, top = event.clientY - box.top;
		var price = view.price.coordinateToPrice( top ), logical = view.chart.timeScale().coordinateToLogical( left );
		return price === null || logical === null ? null : { at: desk.timeAt( view, logical ), price: Math.max( Math.pow( 10, -view.digits ), +price.toFixed( view.digits ) ), left: left, top: top };
	}
	function point( spot ) { return { at: new Date( spot.at * 1000 ).toISOString(), price: String( spot.price ) }; }

	/* The named places of a drawing. */
	function points( one ) {
		if ( one.start ) { return { start: one.start, end: one.end }; }
		if ( one.kind === 'support_resistance' ) { return { price: { price: one.price } }; }
		if ( one.kind === 'price_target' ) {
			var found = { target: { price: one.target } };
			[ 'entry', 'stop' ].forEach( function ( name ) { if ( one[ name ] ) { found[ name ] = { price: one[ name ] }; } } );
			return found;
		}
		return one.at ? { at: one.at } : {};
	}
	/* The same drawing elsewhere: one of its places, or all of them by the same way. */
	function moved( view, one, name, from, to ) {
		var copy = JSON.parse( JSON.stringify( one ) );
		var bars = Math.round( ( x( view, to.at ) - x( view, from.at ) ) / view.chart.timeScale().options().barSpacing ), step = to.price - from.price;
		function shift( spot ) {
			var scale = view.chart.timeScale(), found = { price: ( +spot.price + step ).toFixed( view.digits ) };
			if ( spot.at ) { found.at = new Date( desk.timeAt( view, scale.coordinateToLogical( x( view, seconds( spot.at ) ) ) + bars ) * 1000 ).toISOString(); }
			return found;
		}
		Object.keys( points( one ) ).forEach( function ( each ) {
			if ( name && each !== name ) { return; }
			var spot = name && typeof copy[ each ] === 'object' ? point( to ) : shift( points( one )[ each ] );
			copy[ each ] = typeof copy[ each ] === 'object' ? spot : name ? String( to.price ) : spot.price;
		} );
		return copy;
	}

	/* Painting. */
	function isMachine( one ) { return one.by.kind !== 'member'; }
	function colourOf( view, one ) {
		if ( isMachine( one ) ) { return view.colours.ai; }
		if ( one.kind === 'support_resistance' ) { return one.role === 'support' ? view.colours.profit : view.colours.loss; }
		return one.kind === 'price_target' ? view.colours.warn : view.colours.accent;
	}
	function labelOf( view, one ) {
		var said = one.kind === 'analysis_note' ? one.text.slice( 0, 60 ) : one.label, words = view.words;
		var by = isMachine( one ) ? desk.fill( one.is_proposed ? words.proposed : words.drawn, one.by.name || words[ one.by.kind ] ) : '';
		return [ said, by ].filter( Boolean ).join( ' \u00b7 ' );
	}
	function paint( view, space ) {
		var list = view.draft ? view.document.drawings.filter( function ( one ) { return one.id !== view.draft.id; } ).concat( view.draft ) : view.document.drawings;
		list.forEach( function ( one ) { stroke( view, space.context, space.mediaSize, one ); } );
	}
	function line( ctx, fromX, fromY, toX, toY ) {
		ctx.beginPath();
		ctx.moveTo( fromX, fromY );
		ctx.lineTo( toX, toY );
		ctx.stroke();
	}
	function text( view, ctx, said, left, top, colour ) {
		if ( ! said ) { return; }
		ctx.font = '500 11px ' + view.font;
		var width = ctx.measureText( said ).width;
		ctx.fillStyle = desk.faded( view.colours.bg, 0.82 );
		ctx.fillRect( left - 3, top - 13, width + 6, 16 );
		ctx.fillStyle = colour;
		ctx.fillText( said, left, top - 1 );
	}
	function stroke( view, ctx, size, one ) {
		var colour = colourOf( view, one ), isChosen = view.chosen === one.id, said = labelOf( view, one ), spots = points( one ), last = size.width;
		ctx.save();
		ctx.strokeStyle = colour;
		ctx.lineWidth = isChosen ? 2.5 : 1.5;
		ctx.setLineDash( isMachine( one ) ? [ 6, 4 ] : [] );
		if ( one.kind === 'trendline' ) {
			var a = [ x( view, seconds( one.start.at ) ), y( view, one.start.price ) ], b = [ x( view, seconds( one.end.at ) ), y( view, one.end.price ) ];
			line( ctx, a[ 0 ], a[ 1 ], b[ 0 ], b[ 1 ] );
			if ( one.extends && b[ 0 ] > a[ 0 ] ) { line( ctx, b[ 0 ], b[ 1 ], last, b[ 1 ] + ( b[ 1 ] - a[ 1 ] ) / ( b[ 0 ] - a[ 0 ] ) * ( last - b[ 0 ] ) ); }
			text( view, ctx, said, Math.max( 4, Math.min( a[ 0 ], b[ 0 ] ) + 6 ), ( b[ 0 ] > a[ 0 ] ? a[ 1 ] : b[ 1 ] ) - 6, colour );
		} else if ( one.kind === 'fibonacci' ) {
			var left = Math.min( x( view, seconds( one.start.at ) ), x( view, seconds( one.end.at ) ) ), right = Math.max( left + 90, x( view, seconds( one.start.at ) ), x( view, seconds( one.end.at ) ) );
			one.ratios.forEach( function ( ratio, at ) {
				var price = +one.end.price + ( one.start.price - one.end.price ) * ratio, height = y( view, price );
				ctx.globalAlpha = ratio === 0 || ratio === 1 ? 1 : 0.7;
				line( ctx, left, height, right, height );
				text( view, ctx, ( at ? '' : said ? said + ' ' : '' ) + ( ratio * 100 ).toFixed( 1 ) + '% ' + desk.format( view, price ), Math.max( 4, left + 4 ), height - 3, colour );
			} );
			ctx.globalAlpha = 0.5;
			ctx.setLineDash( [ 2, 3 ] );
			line( ctx, x( view, seconds( one.start.at ) ), y( view, one.start.price ), x( view, seconds( one.end.at ) ), y( view, one.end.price ) );
		} else if ( one.kind === 'support_resistance' ) {
			line( ctx, 0, y( view, one.price ), last, y( view, one.price ) );
			text( view, ctx, ( said || view.words[ one.role ] ) + ' ' + desk.format( view, +one.price ), 8, y( view, one.price ) - 4, colour );
		} else if ( one.kind === 'price_target' ) {
			Object.keys( spots ).forEach( function ( name ) {
				var height = y( view, spots[ name ].price ), tone = name === 'stop' ? view.colours.loss : name === 'entry' ? view.colours.soft : colour;
				ctx.strokeStyle = tone;
				line( ctx, last * 0.45, height, last, height );
				text( view, ctx, view.words[ name ] + ' ' + desk.format( view, +spots[ name ].price ) + ( name === 'target' && said ? ' \u00b7 ' + said : '' ), last * 0.45 + 4, height - 4, tone );
			} );
		} else if ( one.at ) {
			var spot = [ x( view, seconds( one.at.at ) ), y( view, one.at.price ) ];
			ctx.beginPath();
			ctx.arc( spot[ 0 ], spot[ 1 ], 4, 0, 7 );
			ctx.fillStyle = colour;
			ctx.fill();
			text( view, ctx, said, spot[ 0 ] + 9, spot[ 1 ] + 5, colour );
		}
		if ( isChosen ) { handles( view, ctx, spots, colour, last ); }
		ctx.restore();
	}
	function handles( view, ctx, spots, colour, width ) {
		ctx.setLineDash( [] );
		ctx.lineWidth = 1.5;
		Object.keys( spots ).forEach( function ( name ) {
			ctx.beginPath();
			ctx.arc( spots[ name ].at ? x( view, seconds( spots[ name ].at ) ) : width / 2, y( view, spots[ name ].price ), HANDLE + 1, 0, 7 );
			ctx.fillStyle = view.colours.bg;
			ctx.fill();
			ctx.strokeStyle = colour;
			ctx.stroke();
		} );
	}

	/* What lies under the pointer: a place of the chosen drawing first, then any line. */
	function near( ax, ay, bx, by, px, py ) {
		var length = Math.pow( bx - ax, 2 ) + Math.pow( by - ay, 2 ), share = length ? Math.max( 0, Math.min( 1, ( ( px - ax ) * ( bx - ax ) + ( py - ay ) * ( by - ay ) ) / length ) ) : 0;
		return Math.hypot( px - ax - share * ( bx - ax ), py - ay - share * ( by - ay ) );
	}
	function hit( view, spot, reach ) {
		var list = view.document.drawings.slice().reverse().sort( function ( a, b ) { return ( b.id === view.chosen ) - ( a.id === view.chosen ); } ), width = view.chart.timeScale().width(), found = null;
		list.some( function ( one ) {
			var spots = points( one ), names = Object.keys( spots ), at = {};
			names.forEach( function ( name ) { at[ name ] = [ spots[ name ].at ? x( view, seconds( spots[ name ].at ) ) : null, y( view, spots[ name ].price ) ]; } );
			names.some( function ( name ) {
				var isHere = at[ name ][ 0 ] === null ? Math.abs( at[ name ][ 1 ] - spot.top ) <= reach && ( one.kind !== 'price_target' || spot.left > width * 0.45 ) : Math.hypot( at[ name ][ 0 ] - spot.left, at[ name ][ 1 ] - spot.top ) <= reach + HANDLE;
				if ( isHere ) { found = { one: one, name: name }; }
				return isHere;
			} );
			if ( ! found && at.start && near( at.start[ 0 ], at.start[ 1 ], at.end[ 0 ], at.end[ 1 ], spot.left, spot.top ) <= reach ) { found = { one: one, name: '' }; }
			return found;
		} );
		return found;
	}

	/* Tools: a button that is pressed is the tool; the chart does not move meanwhile. */
	function hold( view, isHeld ) { view.chart.applyOptions( { handleScroll: ! isHeld, handleScale: ! isHeld } ); }
	function choose( view, tool ) {
		view.tool = view.tool === tool ? '' : tool;
		view.draft = view.begun = null;
		view.desk.querySelectorAll( 'button[data-tool]' ).forEach( function ( button ) { button.setAttribute( 'aria-pressed', String( button.dataset.tool === view.tool ) ); } );
		view.box.dataset.tool = view.tool;
		hold( view, !! view.tool );
		tell( view, view.tool ? view.words[ TWO_POINTS[ view.tool ] ? 'two_points' : 'one_point' ] : '' );
		view.redraw();
	}
	function tell( view, said ) {
		var box = view.desk.querySelector( '[data-desk-said]' );
		if ( box ) { box.textContent = said; }
	}
	function draft( view, from, to ) {
		return { id: '', kind: view.tool, by: { kind: 'member', name: '' }, label: '', start: point( from ), end: point( to ), extends: false, ratios: [ 0, 0.236, 0.382, 0.5, 0.618, 0.786, 1 ] };
	}
	function finish( view, spot ) {
		var tool = view.tool, price = String( spot.price );
		if ( TWO_POINTS[ tool ] ) {
			if ( view.begun.at === spot.at ) { return; }
			desk.send( view, { kind: OPERATIONS[ tool ], start: point( view.begun ), end: point( spot ) } );
		} else if ( tool === 'support' || tool === 'resistance' ) {
			desk.send( view, { kind: 'draw_support_resistance', role: tool, price: price } );
		} else if ( tool === 'target' ) {
			desk.send( view, { kind: 'add_price_target', direction: spot.price >= view.bars[ view.bars.length - 1 ].close ? 'long' : 'short', target: price } );
		} else {
			note( view, spot );
		}
		choose( view, '' );
	}
	/* A note is written in its form, at the place that was pointed to. */
	function note( view, spot ) {
		var form = view.desk.querySelector( '[data-form="note"]' );
		if ( ! form ) { return; }
		form.closest( 'details' ).open = true;
		form.elements[ 'at.price' ].value = spot.price;
		form.elements[ 'at.at' ].value = new Date( view.move( spot.at ) * 1000 ).toISOString().slice( 0, 16 );
		form.elements.text.focus();
	}
	function select( view, id ) {
		view.chosen = id;
		view.desk.querySelectorAll( '[data-drawing]' ).forEach( function ( row ) { row.toggleAttribute( 'data-chosen', row.dataset.drawing === id ); } );
		view.redraw();
	}

	function down( view, event ) {
		var spot = place( view, event );
		if ( event.button || ! spot || ! view.document || view.isLocked ) { return; }
		if ( view.tool ) {
			event.preventDefault();
			if ( ! TWO_POINTS[ view.tool ] || view.begun ) { return finish( view, spot ); }
			view.begun = spot;
			return;
		}
		var found = hit( view, spot, event.pointerType === 'touch' ? TOUCH : NEAR );
		select( view, found ? found.one.id : '' );
		if ( found ) {
			hold( view, true );
			view.grip = { one: found.one, name: found.name, from: spot };
			view.box.setPointerCapture( event.pointerId );
		}
	}
	function move( view, event ) {
		var spot = ( view.begun || view.grip ) && place( view, event );
		if ( ! spot ) { return; }
		if ( view.begun ) { view.draft = draft( view, view.begun, spot ); } else if ( Math.hypot( spot.left - view.grip.from.left, spot.top - view.grip.from.top ) > DRAG || view.draft ) {
			view.draft = moved( view, view.grip.one, view.grip.name, view.grip.from, spot );
		}
		view.redraw();
	}
	function up( view, event ) {
		var spot = place( view, event ), held = view.grip;
		if ( held ) {
			view.grip = null;
			hold( view, false );
			// It stays where it was put until the service has answered.
			if ( view.draft ) { desk.send( view, { kind: 'move_drawing', drawing: view.draft } ); }
		} else if ( view.begun && spot && Math.hypot( spot.left - view.begun.left, spot.top - view.begun.top ) > DRAG ) {
			finish( view, spot );
		}
	}

	function layer( view ) {
		var ask = null;
		view.font = getComputedStyle( view.figure ).fontFamily;
		view.redraw = function () { if ( ask ) { ask(); } };
		view.price.attachPrimitive( {
			attached: function ( given ) { ask = given.requestUpdate; },
			paneViews: function () {
				return [ {
					zOrder: function () { return 'top'; },
					renderer: function () {
						return { draw: function ( target ) { if ( view.document ) { target.useMediaCoordinateSpace( function ( space ) { paint( view, space ); } ); } } };
					},
				} ];
			},
		} );
	}

	desk.part( {
		series: layer,
		start: function ( view ) {
			view.tool = view.chosen = '';
			view.box.addEventListener( 'pointerdown', function ( event ) { down( view, event ); }, true );
			view.box.addEventListener( 'pointermove', function ( event ) { move( view, event ); }, true );
			view.box.addEventListener( 'pointerup', function ( event ) { up( view, event ); }, true );
			// A finger that has taken a drawing moves it, and not the page.
			view.box.addEventListener( 'touchmove', function ( event ) { if ( view.grip && event.cancelable ) { event.preventDefault(); } }, { capture: true, passive: false } );
			view.box.addEventListener( 'pointercancel', function () {
				// The page scrolls instead of the drawing: the chart can be moved again.
				view.grip = view.begun = view.draft = null;
				hold( view, !! view.tool );
				view.redraw();
			}, true );
			view.desk.addEventListener( 'click', function ( event ) {
				var button = event.target.closest( 'button[data-tool]' ), row = event.target.closest( '[data-choose]' );
				if ( button ) { choose( view, button.dataset.tool ); }
				if ( row ) { select( view, view.chosen === row.dataset.choose ? '' : row.dataset.choose ); }
			} );
			view.keys = function ( event ) {
				var isTyping = /^(?:INPUT|TEXTAREA|SELECT)$/.test( document.activeElement.tagName );
				if ( event.key === 'Escape' && view.tool ) { choose( view, view.tool ); }
				if ( ( event.key === 'Delete' || event.key === 'Backspace' ) && view.chosen && ! isTyping && ! view.isLocked ) {
					event.preventDefault();
					desk.send( view, { kind: 'remove_drawing', id: view.chosen } );
					select( view, '' );
				}
			};
			document.addEventListener( 'keydown', view.keys );
		},
		document: function ( view ) {
			view.draft = null;
			select( view, view.document.drawings.some( function ( one ) { return one.id === view.chosen; } ) ? view.chosen : '' );
		},
		end: function ( view ) { document.removeEventListener( 'keydown', view.keys ); },
	} );
} )();
