<?php
/**
 * A public fragment, fresh or as last known.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data html, known, lost, part.
 */

defined( 'ABSPATH' ) || exit;

if ( '' !== $data['known'] ) :
	?>
<div class="trp" data-trp-stale><div class="trp-alert" data-tone="warn" role="status"><span>
	<?php if ( $data['lost'] ) : ?>
<strong class="trp-strong"><?php esc_html_e( 'No connection to the service.', 'trading-robot-service' ); ?></strong>
	<?php endif; ?>
	<?php
	/* translators: %s: time of day with zone, for example 14:32 EST. */
	echo esc_html( sprintf( __( 'Last known values, %s.', 'trading-robot-service' ), $data['known'] ) );
	?>
</span></div></div>
	<?php
endif;
if ( 'section' === $data['part'] ) :
	?>
<section class="trp"><div class="trp-sec">
	<?php
elseif ( 'root' === $data['part'] ) :
	?>
<section class="trp"><div>
	<?php
endif;
// Went through Html::clean() before it was kept.
echo $data['html']; // phpcs:ignore WordPress.Security.EscapeOutput
if ( '' !== $data['part'] ) :
	?>
</div></section>
	<?php
endif;
