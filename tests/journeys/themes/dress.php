<?php
/**
 * A request may ask for another theme (X-Look: loud) or a variation of the theme (X-Look: :styles/01-evening.json).
 *
 * Only the site of the tests has this file; other requests see the site as it is.
 *
 * @package Dress
 */

list( $dress_theme, $dress_style ) = array_pad( explode( ':', $_SERVER['HTTP_X_LOOK'] ?? '', 2 ), 2, '' );
if ( '' !== $dress_theme ) {
	foreach ( array( 'stylesheet', 'template' ) as $dress_name ) {
		add_filter(
			'pre_option_' . $dress_name,
			static function () use ( $dress_theme ) {
				return $dress_theme;
			}
		);
	}
}
if ( '' !== $dress_style ) {
	add_filter(
		'wp_theme_json_data_user',
		static function ( $data ) use ( $dress_style ) {
			return $data->update_with( json_decode( file_get_contents( get_stylesheet_directory() . '/' . $dress_style ), true ) );
		}
	);
}
