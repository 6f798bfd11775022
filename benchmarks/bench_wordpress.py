"""wordpress-cached, wordpress-uncached: what a public shortcode costs a page of a real WordPress.

Three pages that differ only in the shortcode: none, the leaderboard from a fresh copy, and the same
with the copy dropped before each view, so that the page asks the service. They are asked for in
turns; what counts is the CPU time of the PHP processes (user and system), all workers together.
"""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import cpu_seconds, family  # noqa: E402

from tests.services import Stack, wordpress_stack  # noqa: E402
from tests.wordpress import run_php  # noqa: E402

VIEWS = int(os.environ.get("VIEWS", "150"))
WARM = 12
SHORTCODE = os.environ.get("SHORTCODE", '[trading_robot_performance part="leaderboard" rows="5"]')
GOALS = {"cached": 1.05, "uncached": 1.3}
PAGES = """
foreach ( array( 'without' => '', 'with' => '%s' ) as $name => $shortcode ) {
	wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_name' => "bench-$name",
		'post_title' => 'Bench', 'post_content' => "<!-- wp:paragraph --><p>Words.</p><!-- /wp:paragraph --><!-- wp:shortcode -->$shortcode<!-- /wp:shortcode -->" ) );
}
"""
# A file that PHP runs before WordPress; only for this run, and only what the address asks for.
DROP = """<?php
if ( isset( $_GET['bench_drop'] ) ) {
	add_action( 'init', static function () {
		global $wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_service_copy_%'" );
		wp_cache_flush();
	} );
} elseif ( isset( $_GET['bench_same'] ) ) {
	add_action( 'init', static function () {
		global $wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '%trading_robot_nothing_copy_%'" );
		wp_cache_flush();
	} );
}
"""


def php_processes(stack: Stack) -> list[int]:
    """Return PHP's web server and its workers."""
    found = [pid for pid in family(stack.process.pid) if _is_php(pid)]
    if not found:
        message = "no PHP process is there"
        raise SystemExit(message)
    return found


def _is_php(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(b"php")
    except OSError:
        return False


class Reader:
    """Reads pages and tells what each cost."""

    def __init__(self, stack: Stack) -> None:
        self._where = urlsplit(stack.wordpress)
        self._pids = php_processes(stack)

    def cost(self, path: str, expected: bytes) -> float:
        """Return the CPU seconds of one view; `expected` must be in it."""
        before = cpu_seconds(self._pids)
        connection = http.client.HTTPConnection(self._where.hostname or "", self._where.port, 30)
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        after = cpu_seconds(self._pids)
        if answer.status != 200 or expected not in body:
            raise SystemExit(f"{path}: {answer.status} {body[-600:]!r}")
        return after - before


def measure(reader: Reader) -> dict[str, list[float]]:
    """Ask for all pages in turns."""
    board = b"data-trp-rest"
    kinds = {
        "plain": ("/bench-without/", b"Words."),
        "cached": ("/bench-with/", board),
        "same": ("/bench-without/?bench_same=1", b"Words."),
        "uncached": ("/bench-with/?bench_drop=1", board),
    }
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(VIEWS + WARM):
        # The view after a dropped copy makes a new one: it is fresh for all the others.
        for name, (path, expected) in kinds.items():
            cost = reader.cost(path, expected)
            if turn >= WARM:
                costs[name].append(cost)
    return costs


def main() -> None:
    """Measure and print both comparisons."""
    with (
        tempfile.TemporaryDirectory() as folder,
        wordpress_stack(Path(folder), demo=True) as stack,
    ):
        run_php(stack, PAGES % SHORTCODE)
        extra = stack.data_dir / "wordpress/wp-content/mu-plugins"
        extra.mkdir(exist_ok=True)
        (extra / "bench.php").write_text(DROP)
        costs = measure(Reader(stack))
    middle = {name: statistics.median(values) * 1000 for name, values in costs.items()}
    for name, value in middle.items():
        print(f"{name}: {value:.2f} ms CPU a view, median of {len(costs[name])}")
    print_ratio("wordpress-cached", middle["cached"] / middle["plain"], GOALS["cached"])
    print_ratio("wordpress-uncached", middle["uncached"] / middle["same"], GOALS["uncached"])


if __name__ == "__main__":
    main()
