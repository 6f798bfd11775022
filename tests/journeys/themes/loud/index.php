<?php
/**
 * The one template of the loud theme.
 *
 * @package Loud
 */

?>
<!doctype html>
<html <?php language_attributes(); ?>>
<head><meta charset="<?php bloginfo( 'charset' ); ?>"><meta name="viewport" content="width=device-width, initial-scale=1"><?php wp_head(); ?></head>
<body <?php body_class(); ?>><?php wp_body_open(); ?>
<div class="page"><main>
<?php
while ( have_posts() ) {
	the_post();
	echo '<div class="entry-content">';
	the_content();
	echo '</div>';
}
?>
</main></div>
<?php wp_footer(); ?>
</body></html>
