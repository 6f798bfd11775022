<?php
/**
 * To the first and to the next page of a list.
 *
 * @package TradingRobotService
 * @var array<string,mixed> $trading_robot_service_pager cursor, next, keep, url.
 */

defined( 'ABSPATH' ) || exit;

?>
<?php if ( '' !== $trading_robot_service_pager['cursor'] || null !== $trading_robot_service_pager['next'] ) : ?>
<nav class="trp-pages" aria-label="<?php esc_attr_e( 'Pages', 'trading-robot-service' ); ?>">
	<?php if ( '' !== $trading_robot_service_pager['cursor'] ) : ?>
	<a class="button" href="<?php echo esc_url( $trading_robot_service_pager['url']( $trading_robot_service_pager['keep'] ) ); ?>"><?php esc_html_e( 'First page', 'trading-robot-service' ); ?></a>
	<?php endif; ?>
	<?php if ( null !== $trading_robot_service_pager['next'] ) : ?>
	<a class="button" href="<?php echo esc_url( $trading_robot_service_pager['url']( array_merge( $trading_robot_service_pager['keep'], array( 'cursor' => (string) $trading_robot_service_pager['next'] ) ) ) ); ?>"><?php esc_html_e( 'Next page', 'trading-robot-service' ); ?></a>
	<?php endif; ?>
</nav>
<?php endif; ?>
