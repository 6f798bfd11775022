/* Trading Robot Service: screenshots of positions: choosing, dropping, pasting, and the parts of a picture. GPL-3.0-or-later. */
( function () {
	'use strict';
	var trp = window.tradingRobotService;
	if ( ! trp || trp.shots ) { return; }
	trp.shots = true;

	/* What is chosen is shown before it is sent; what a drop or the clipboard brings is chosen with it. */
	function inputOf( form ) { return form.querySelector( 'input[type="file"]' ); }
	function show( form ) {
		var list = form.querySelector( '[data-trp-thumbs]' );
		list.textContent = '';
		Array.from( inputOf( form ).files ).forEach( function ( file ) {
			var item = document.createElement( 'li' ), image = document.createElement( 'img' );
			image.alt = file.name;
			image.src = URL.createObjectURL( file );
			image.onload = image.onerror = function () { URL.revokeObjectURL( image.src ); };
			item.append( image );
			list.append( item );
		} );
	}
	function add( form, files ) {
		var input = inputOf( form ), all = new DataTransfer();
		Array.from( input.files ).concat( Array.from( files ) ).filter( function ( file ) { return /^image\//.test( file.type ); } )
			.slice( 0, parseInt( form.dataset.trpMost, 10 ) ).forEach( function ( file ) { all.items.add( file ); } );
		input.files = all.files;
		show( form );
	}
	function formAt( event ) { return event.target.closest && event.target.closest( '[data-trp-drop]' ); }
	document.addEventListener( 'change', function ( event ) {
		var form = formAt( event );
		if ( form && event.target.type === 'file' ) { show( form ); }
		// Who corrects a doubtful field has looked at it.
		var box = event.target.closest( '[data-trp-doubt]' );
		if ( box && event.target.type !== 'checkbox' ) { box.querySelector( '[type="checkbox"]' ).checked = true; }
	} );
	[ 'dragover', 'dragleave', 'drop' ].forEach( function ( name ) {
		document.addEventListener( name, function ( event ) {
			var form = formAt( event );
			if ( ! form ) { return; }
			event.preventDefault();
			form.toggleAttribute( 'data-over', name === 'dragover' );
			if ( name === 'drop' ) { add( form, event.dataTransfer.files ); }
		} );
	} );
	document.addEventListener( 'paste', function ( event ) {
		var form = document.querySelector( '[data-trp-drop]' ), files = event.clipboardData ? event.clipboardData.files : [];
		if ( form && files.length ) { add( form, files ); }
	} );
	document.addEventListener( 'htmx:xhr:progress', function ( event ) {
		var bar = event.target.querySelector && event.target.querySelector( '[data-trp-drop] progress, progress[data-trp-sent]' );
		if ( bar && event.detail.lengthComputable ) {
			bar.hidden = false;
			bar.value = event.detail.loaded / event.detail.total;
		}
	} );

	/* A picture comes as text in a fragment: it is drawn, whole and beside each row, and its text goes. */
	function crop( image, box ) {
		var top = parseFloat( box.dataset.trpTop ), bottom = parseFloat( box.dataset.trpBottom ), canvas = document.createElement( 'canvas' );
		// A band ends where letters do: a third more shows them whole.
		var more = ( bottom - top ) / 3, from = Math.floor( Math.max( 0, top - more ) * image.naturalHeight );
		var height = Math.max( 1, Math.ceil( Math.min( 1, bottom + more ) * image.naturalHeight ) - from );
		canvas.width = image.naturalWidth;
		canvas.height = height;
		canvas.setAttribute( 'role', 'img' );
		canvas.setAttribute( 'aria-label', box.dataset.trpSays );
		canvas.getContext( '2d' ).drawImage( image, 0, from, image.naturalWidth, height, 0, 0, image.naturalWidth, height );
		box.replaceChildren( canvas );
		// What is moved sideways must be so by keyboard, too.
		if ( box.scrollWidth > box.clientWidth ) { box.tabIndex = 0; }
	}
	function draw( figure ) {
		var image = new Image(), root = trp.rootOf( figure ) || document;
		image.alt = figure.dataset.trpSays;
		image.onload = function () {
			root.querySelectorAll( '[data-trp-top]' ).forEach( function ( box ) { crop( image, box ); } );
		};
		image.src = 'data:image/jpeg;base64,' + figure.dataset.trpJpeg;
		figure.removeAttribute( 'data-trp-jpeg' );
		figure.prepend( image );
	}
	function scan() { document.querySelectorAll( '[data-trp-jpeg]' ).forEach( draw ); }
	document.addEventListener( 'htmx:afterSettle', scan );
} )();
