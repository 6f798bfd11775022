<?php
/**
 * The blocks.
 *
 * @package TradingRobotService
 */

namespace TradingRobotService;

use TradingRobotService\Frontend\Assets;
use TradingRobotService\Frontend\Shortcodes;

defined( 'ABSPATH' ) || exit;

/**
 * Each screen as a dynamic block: on a page it is the shortcode, in the editor a sample of the plugin's own.
 */
final class Blocks {

	const CATEGORY = 'trading-robot-service';

	const SCRIPT = 'trading-robot-service-blocks';

	const PREVIEW = '/wp/v2/block-renderer/trading-robot-service/';

	// What the script needs from WordPress.
	const NEEDS = array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element', 'wp-i18n', 'wp-server-side-render', 'wp-shortcode' );

	/**
	 * The shortcodes.
	 *
	 * @var Shortcodes
	 */
	private $shortcodes;

	/**
	 * The editor's samples.
	 *
	 * @var Samples
	 */
	private $samples;

	/**
	 * Whether this request is the editor's question for a preview.
	 *
	 * @var bool
	 */
	private $is_preview = false;

	/**
	 * Keeps its parts.
	 *
	 * @param Shortcodes $shortcodes The shortcodes.
	 * @param Samples    $samples    The editor's samples.
	 */
	public function __construct( Shortcodes $shortcodes, Samples $samples ) {
		$this->shortcodes = $shortcodes;
		$this->samples    = $samples;
	}

	/**
	 * Hooks into WordPress.
	 */
	public function register(): void {
		add_action( 'init', array( $this, 'register_blocks' ) );
		add_filter( 'block_categories_all', array( $this, 'add_category' ) );
		add_action( 'enqueue_block_editor_assets', array( $this, 'tell_editor' ) );
		add_filter( 'rest_request_before_callbacks', array( $this, 'before_preview' ), 10, 3 );
		add_filter( 'rest_request_after_callbacks', array( $this, 'after_preview' ) );
	}

	/**
	 * Registers one block for each screen.
	 */
	public function register_blocks(): void {
		wp_register_script( self::SCRIPT, Assets::url( 'blocks/editor.js' ), self::NEEDS, Assets::version( 'blocks/editor.js' ), true );
		wp_set_script_translations( self::SCRIPT, Languages::DOMAIN, Languages::folder() );
		foreach ( Screens::TAGS as $tag => $screen ) {
			$render = function ( $attributes ) use ( $tag, $screen ) {
				return $this->render( $tag, $screen, (array) $attributes );
			};
			register_block_type( PLUGIN_DIR . '/blocks/' . $screen, array( 'render_callback' => $render ) );
		}
	}

	/**
	 * Adds the category in which the blocks stand.
	 *
	 * @param array<int,array<string,mixed>> $categories Categories so far.
	 * @return array<int,array<string,mixed>>
	 */
	public function add_category( $categories ): array {
		$own = array(
			'slug'  => self::CATEGORY,
			'title' => __( 'Trading robots', 'trading-robot-service' ),
			'icon'  => null,
		);
		return array_merge( (array) $categories, array( $own ) );
	}

	/**
	 * Tells the editor's script what it cannot know: attributes, and whether there is a connection.
	 */
	public function tell_editor(): void {
		$screens = array();
		foreach ( Screens::TAGS as $tag => $screen ) {
			$screens[] = array(
				'name'      => Screens::SPACE . $screen,
				'title'     => \WP_Block_Type_Registry::get_instance()->get_registered( Screens::SPACE . $screen )->title,
				'shortcode' => $tag,
				'controls'  => Attributes::controls( $screen ),
			);
		}
		$data = array(
			'screens'   => $screens,
			'connected' => 'connected' === Plugin::instance()->connection->state(),
			'settings'  => current_user_can( Capabilities::CONNECT ) ? admin_url( 'options-general.php?page=trading-robot-service' ) : '',
		);
		// JSON with < and > as codes: no text of it can end the script.
		wp_add_inline_script( self::SCRIPT, 'window.tradingRobotServiceBlocks = ' . wp_json_encode( $data, JSON_HEX_TAG | JSON_HEX_AMP ) . ';', 'before' );
	}

	/**
	 * Filter rest_request_before_callbacks: notices the editor's question for a preview.
	 *
	 * @param mixed            $response Passed through.
	 * @param mixed            $handler  Not used.
	 * @param \WP_REST_Request $request  The request.
	 * @return mixed
	 */
	public function before_preview( $response, $handler, $request ) {
		unset( $handler );
		if ( 0 === strpos( $request->get_route(), self::PREVIEW ) ) {
			$this->is_preview = true;
		}
		return $response;
	}

	/**
	 * Filter rest_request_after_callbacks: one request may hold several, and only one of them was the preview.
	 *
	 * @param mixed $response Passed through.
	 * @return mixed
	 */
	public function after_preview( $response ) {
		$this->is_preview = false;
		return $response;
	}

	/**
	 * Renders a block.
	 *
	 * @param string       $tag        Shortcode of the screen.
	 * @param string       $screen     Screen.
	 * @param array<mixed> $attributes Attributes of the block; align and the like among them.
	 */
	private function render( string $tag, string $screen, array $attributes ): string {
		$written = array_intersect_key( $attributes, Attributes::patterns( $screen ) );
		if ( $this->is_preview ) {
			return $this->samples->render( $screen, $written );
		}
		// What the block's own settings add to the wrapper; everything inside is the shortcode's.
		$support = \WP_Block_Supports::get_instance()->apply_block_supports();
		$anchor  = $attributes['anchor'] ?? '';
		$classes = explode( ' ', 'trading-robot-service ' . ( $support['class'] ?? '' ) );
		// WordPress 6.5 leaves out a width that is the block's usual one.
		if ( in_array( $attributes['align'] ?? '', array( 'wide', 'full' ), true ) ) {
			$classes[] = 'align' . $attributes['align'];
		}
		$tags    = new \WP_HTML_Tag_Processor( $this->shortcodes->render( $written, null, $tag ) );
		$tags->next_tag();
		$tags->set_attribute( 'class', implode( ' ', array_unique( array_filter( $classes ) ) ) );
		if ( ! empty( $support['style'] ) ) {
			$tags->set_attribute( 'style', $support['style'] );
		}
		if ( is_string( $anchor ) && '' !== $anchor ) {
			$tags->set_attribute( 'id', $anchor );
		}
		return $tags->get_updated_html();
	}
}
