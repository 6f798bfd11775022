/**
 * Trading Robot Service: the blocks in the editor. GPL-3.0-or-later.
 *
 * Written by hand and shipped as it is. A block shows a sample that PHP renders, its settings come
 * from the same list that PHP checks, and a shortcode of the same kind can be turned into it.
 */
( function ( wp, data ) {
	'use strict';
	if ( ! data ) { return; }
	var el = wp.element.createElement, Fragment = wp.element.Fragment;
	var __ = wp.i18n.__, sprintf = wp.i18n.sprintf;
	var InspectorControls = wp.blockEditor.InspectorControls, useBlockProps = wp.blockEditor.useBlockProps;
	var components = wp.components, ServerSideRender = wp.serverSideRender;

	/* One setting: a choice where there is a list, else a line of text. */
	function control( one, props ) {
		var value = props.attributes[ one.name ] || '';
		var common = {
			key: one.name,
			label: one.label,
			value: value,
			__nextHasNoMarginBottom: true,
			__next40pxDefaultSize: true,
			onChange: function ( next ) {
				var changed = {};
				changed[ one.name ] = next;
				props.setAttributes( changed );
			},
		};
		if ( ! one.options.length ) {
			common.help = one.name === 'robot' ? __( 'The id from the address of its page, after trp_robot=.', 'trading-robot-service' ) : __( 'Such as SPY. Empty: what the reader looked at last.', 'trading-robot-service' );
			return el( components.TextControl, common );
		}
		var options = [ { value: '', label: __( 'As usual', 'trading-robot-service' ) } ].concat( one.options );
		// A value of the catalogue that the list does not name stays what it is.
		if ( value && ! options.some( function ( each ) { return each.value === value; } ) ) {
			options.push( { value: value, label: value } );
		}
		common.options = options;
		return el( components.SelectControl, common );
	}

	function notConnected( title ) {
		var link = data.settings ? el( components.ExternalLink, { href: data.settings }, __( 'Connect it in the settings', 'trading-robot-service' ) ) : null;
		return el(
			components.Placeholder,
			{
				icon: 'admin-plugins',
				label: title,
				instructions: __( 'This site is not connected to a trading service yet. Until it is, the page says that there are no figures.', 'trading-robot-service' ),
			},
			link
		);
	}

	function edit( screen, title ) {
		return function ( props ) {
			var shown = data.connected
				? el( components.Disabled, null, el( ServerSideRender, { block: screen.name, attributes: props.attributes, httpMethod: 'GET' } ) )
				: notConnected( title );
			return el(
				Fragment,
				null,
				el(
					InspectorControls,
					null,
					el(
						components.PanelBody,
						{ title: __( 'What it shows', 'trading-robot-service' ) },
						screen.controls.map( function ( one ) { return control( one, props ); } )
					)
				),
				el( 'div', useBlockProps(), shown )
			);
		};
	}

	/* The attributes that a shortcode and its block share. */
	function taken( screen, named ) {
		var found = {};
		screen.controls.forEach( function ( one ) {
			if ( named && named[ one.name ] ) { found[ one.name ] = named[ one.name ]; }
		} );
		return found;
	}

	function transforms( screen ) {
		var attributes = {};
		screen.controls.forEach( function ( one ) {
			attributes[ one.name ] = {
				type: 'string',
				shortcode: function ( all ) { return all.named[ one.name ] || ''; },
			};
		} );
		return {
			from: [
				{ type: 'shortcode', tag: screen.shortcode, attributes: attributes },
				{
					type: 'block',
					blocks: [ 'core/shortcode' ],
					isMatch: function ( old ) { return !! wp.shortcode.next( screen.shortcode, old.text || '' ); },
					transform: function ( old ) {
						var found = wp.shortcode.next( screen.shortcode, old.text );
						return wp.blocks.createBlock( screen.name, taken( screen, found.shortcode.attrs.named ) );
					},
				},
			],
			to: [
				{
					type: 'block',
					blocks: [ 'core/shortcode' ],
					transform: function ( mine ) {
						var words = Object.entries( taken( screen, mine ) ).map( function ( each ) {
							return sprintf( ' %1$s="%2$s"', each[ 0 ], each[ 1 ].replace( /["\[\]]/g, '' ) );
						} );
						return wp.blocks.createBlock( 'core/shortcode', { text: '[' + screen.shortcode + words.join( '' ) + ']' } );
					},
				},
			],
		};
	}

	data.screens.forEach( function ( screen ) {
		// Title, icon, attributes and supports come from block.json, which PHP has read and translated.
		wp.blocks.registerBlockType( screen.name, {
			edit: edit( screen, screen.title ),
			save: function () { return null; },
			transforms: transforms( screen ),
		} );
	} );
} )( window.wp, window.tradingRobotServiceBlocks );
