<?php
/**
 * Cleans a list of fragments; run with bootstrap.php before it.
 *
 * Reads a JSON list of HTML texts, writes what Html makes of them and the list that pages get.
 *
 * @package TradingRobotService
 */

use TradingRobotService\Html;
use TradingRobotService\Rest\Live;

$texts = json_decode( (string) stream_get_contents( STDIN ), true );
echo wp_json_encode(
	array(
		'cleaned' => array_map( array( Html::class, 'clean' ), $texts ),
		'names'   => Live::names(),
	)
);
