<?php
/**
 * What the loud theme asks of WordPress: its style and a title.
 *
 * @package Loud
 */

add_theme_support( 'title-tag' );
add_action(
	'wp_enqueue_scripts',
	static function () {
		wp_enqueue_style( 'loud', get_stylesheet_uri(), array(), '1.0' );
	}
);
