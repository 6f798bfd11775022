<?php
/**
 * The way to sign in, in place of the dashboard.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data src, back, and title and text where it is not the dashboard.
 */

defined( 'ABSPATH' ) || exit;
?>
<section class="trp" data-trp-guest hx-get="<?php echo esc_attr( $data['src'] ); ?>" hx-trigger="load" hx-swap="outerHTML"><div class="trp-sec trp-stack">
<h2><?php echo esc_html( $data['title'] ?? __( 'Sign in to see your dashboard', 'trading-robot-service' ) ); ?></h2>
<p class="trp-soft"><?php echo esc_html( $data['text'] ?? __( 'Your own record over four periods, your robots, your imports and your API keys. Only you see them.', 'trading-robot-service' ) ); ?></p>
<p class="trp-row"><a class="trp-btn" data-kind="primary" href="<?php echo esc_url( wp_login_url( $data['back'] ) ); ?>"><?php esc_html_e( 'Sign in', 'trading-robot-service' ); ?></a>
<?php if ( get_option( 'users_can_register' ) ) : ?>
<a class="trp-btn" href="<?php echo esc_url( wp_registration_url() ); ?>"><?php esc_html_e( 'Start free, no credit card required', 'trading-robot-service' ); ?></a>
<?php endif; ?>
</p>
<?php if ( ! get_option( 'users_can_register' ) ) : ?>
<p class="trp-hint"><?php esc_html_e( 'No account yet? The owner of this site makes them: new members cannot register by themselves here.', 'trading-robot-service' ); ?></p>
<?php endif; ?>
</div></section>
