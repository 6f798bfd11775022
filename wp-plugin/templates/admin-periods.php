<?php
/**
 * Which stretch of time the figures of a screen are of.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $data periods, period, url; asked: what else the page was asked for.
 */

defined( 'ABSPATH' ) || exit;

?>
<nav aria-label="<?php esc_attr_e( 'Period', 'trading-robot-service' ); ?>"><ul class="subsubsub">
<?php foreach ( $data['periods'] as $trading_robot_service_key => $trading_robot_service_label ) : ?>
	<li><a href="<?php echo esc_url( $data['url']( array_merge( array( 'period' => $trading_robot_service_key ), $data['asked'] ?? array() ) ) ); ?>"
		<?php if ( $trading_robot_service_key === $data['period'] ) : ?>
		class="current" aria-current="page"
		<?php endif; ?>
	><?php echo esc_html( $trading_robot_service_label ); ?></a></li>
<?php endforeach; ?>
</ul></nav>
