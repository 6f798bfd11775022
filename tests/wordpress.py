"""Reaching into the WordPress of a running stack: PHP in it, its copies, a way between."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.services import Stack

AGE = """
global $wpdb;
$names = "option_name LIKE '%trading_robot_service_copy_%' OR option_name LIKE '%trading_robot_service_gate_%' OR option_name LIKE '%trading_robot_service_breaker%'";
foreach ( $wpdb->get_results( "SELECT option_name, option_value FROM {$wpdb->options} WHERE $names" ) as $row ) {
	$value = maybe_unserialize( $row->option_value );
	if ( is_array( $value ) && isset( $value['at'] ) ) {
		$value['at'] -= SECONDS;
		update_option( $row->option_name, $value );
	} elseif ( is_string( $value ) ) {
		$value = preg_replace_callback( '/\\d{9,}\\.\\d{3}/', static fn( $f ) => sprintf( '%.3F', (float) $f[0] - SECONDS ), $value );
		$wpdb->update( $wpdb->options, array( 'option_value' => $value ), array( 'option_name' => $row->option_name ) );
	}
}
"""
POINT = """
$values        = get_option( 'trading_robot_service_connection' );
$values['url'] = 'URL';
update_option( 'trading_robot_service_connection', $values );
"""
CLEAR = "TradingRobotService\\Cache::clear(); TradingRobotService\\Breaker::reset();"


def run_php(stack: Stack, code: str, stdin: object = None) -> str:
    """Run PHP inside the WordPress of a stack and return what it printed; it reads `stdin` as JSON."""
    root = stack.data_dir / "wordpress"
    host = urlsplit(stack.wordpress)
    start = (
        f"$_SERVER['HTTP_HOST'] = '{host.netloc}'; $_SERVER['REQUEST_URI'] = '/';"
        "$_SERVER['REQUEST_METHOD'] = 'GET'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';"
        f"require '{root}/wp-load.php';"
    )
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", "-r", start + code],
        env=wordpress_environment(stack),
        input=json.dumps(stdin),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wordpress_environment(stack: Stack, url: str = "") -> dict[str, str]:
    """Return the environment in which the WordPress of a stack runs."""
    return {
        **os.environ,
        "WORDPRESS_ROOT": str(stack.data_dir / "wordpress"),
        "WORDPRESS_URL": url or stack.wordpress,
        "WORDPRESS_DEBUG_LOG": str(stack.data_dir / "logs/wordpress-debug.log"),
        "SERVICE_URL": stack.service,
    }


def age_copies(stack: Stack, seconds: int) -> None:
    """Let time pass for the copies of public fragments, for failures and for the breaker."""
    run_php(stack, AGE.replace("SECONDS", str(seconds)))


def clear_copies(stack: Stack) -> None:
    """Drop all copies of public fragments, and what is known of failures."""
    run_php(stack, CLEAR)


class Way:
    """Stands between WordPress and the service and does what `mode` says."""

    def __init__(self, service: str) -> None:
        self.mode = "pass"
        self.asked: list[str] = []
        self._service = urlsplit(service)
        way = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                way.asked.append(self.path)
                getattr(way, way.mode)(self)

            do_POST = do_PUT = do_GET  # noqa: N815 - the names that the server looks for

            def log_message(self, *_arguments):
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def pass_on(self, handler) -> None:
        """Ask the real service."""
        connection = http.client.HTTPConnection(self._service.hostname, self._service.port, 30)
        length = int(handler.headers.get("Content-Length") or 0)
        kept = {k: v for k, v in handler.headers.items() if k.lower() != "connection"}
        connection.request(handler.command, handler.path, handler.rfile.read(length), kept)
        answer = connection.getresponse()
        body = answer.read()
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding", "server", "date"}:
                handler.send_header(name, value)
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)
        connection.close()

    def slow(self, handler) -> None:
        """Answer after three seconds."""
        time.sleep(3)
        with contextlib.suppress(OSError):
            self.pass_on(handler)

    def silent(self, _handler) -> None:
        """Answer nothing for a long while."""
        time.sleep(20)

    def gone(self, handler) -> None:
        """Hang up."""
        handler.connection.close()

    def garbage(self, handler) -> None:
        """Answer bytes that are no HTML, and claim that they are."""
        self._say(handler, 200, bytes(range(128, 256)) * 40)

    def portal(self, handler) -> None:
        """Answer a page of somebody else's."""
        self._say(handler, 200, b"<h1>Please accept the terms of this network</h1>")

    def other_type(self, handler) -> None:
        """Answer another kind of content."""
        self._say(handler, 200, b'{"portal": "json"}', **{"Content-Type": "application/json"})

    def endless(self, handler) -> None:
        """Answer more than anybody wants to read."""
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("X-TRP-Service", "1")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(4000):
                handler.wfile.write(b"<p>portal</p>" * 1000)

    def elsewhere(self, handler) -> None:
        """Send away."""
        self._say(handler, 302, b"portal", Location=f"{self.url}/portal")

    def broken(self, handler) -> None:
        """Fail."""
        self._say(handler, 500, b"portal")

    def _say(self, handler, status: int, body: bytes, **headers: str) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)


# "pass" is no name for a method.
setattr(Way, "pass", Way.pass_on)


@contextlib.contextmanager
def way_to_service(stack: Stack) -> Iterator[Way]:
    """Put a way between WordPress and the service, and take it out again."""
    way = Way(stack.service)
    run_php(stack, POINT.replace("URL", way.url) + CLEAR)
    try:
        yield way
    finally:
        run_php(stack, POINT.replace("URL", stack.service) + CLEAR)
        way.stop()
