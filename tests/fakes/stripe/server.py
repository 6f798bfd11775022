"""The fake's HTTP server: the API under /v1, hosted pages everywhere else."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from . import api
from .errors import ApiError
from .faults import error_body
from .world import API_VERSION

LARGEST_BODY = 1_000_000


class Server(ThreadingHTTPServer):
    """A server for one world."""

    daemon_threads = True
    # The load tests connect 64 callers at once.
    request_queue_size = 128

    def __init__(self, port, world, faults, changed=lambda: None):
        super().__init__(("127.0.0.1", port), Handler)
        self.world, self.faults, self.changed = world, faults, changed
        self.requests: list[str] = []
        world.url = world.url or f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close the port."""
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Without it each answer waits for the other side's delayed acknowledgement.
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_arguments):
        """Say nothing."""

    def do_GET(self):
        """Answer GET."""
        self._serve()

    def do_POST(self):
        """Answer POST."""
        self._serve()

    def do_DELETE(self):
        """Answer DELETE."""
        self._serve()

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self.reply(413, error_body(400))
            return
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        self.server.requests.append(f"{self.command} {parts.path}")
        if parts.path.startswith("/v1/"):
            request = api.Request(self.command, parts.path, parts.query, body, self.headers)
            self._api(request)
        else:
            from .pages import show

            show(self, self.command, parts, body.decode())

    def _api(self, request):
        world = self.server.world
        with world.lock:
            request_id = world.id("req")
            try:
                kept = api.begin(world, request)
            except ApiError as error:
                self.reply(error.status, api.failure(error, request_id), request_id, request)
                return
        if kept:
            replayed = {"Idempotent-Replayed": "true"}
            self.reply(*kept, request_id, request, replayed)
            return
        fault = self.server.faults.take(request.method, request.path)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
            fault = None
        self._work(request, request_id, fault)

    def _work(self, request, request_id, fault):
        world = self.server.world
        answer = None
        with world.lock:
            if fault is None or fault.after_effect:
                answer = self._guarded(request, request_id)
            if fault and fault.kind == "fail":
                answer = (fault.status, error_body(fault.status), fault.status >= 500)
            status, body, kept = answer or (0, None, False)
            api.end(world, request, status, body, kept=kept)
            if request.method != "GET":
                self.server.changed()
        if fault and fault.kind == "hang_up":
            self.close_connection = True
        else:
            self.reply(status, body, request_id, request)

    def _guarded(self, request, request_id):
        """A fault of the fake itself must not leave the idempotency key in use."""
        try:
            return api.work(self.server.world, request, request_id)
        except Exception as error:
            import traceback

            traceback.print_exc()
            body = error_body(500)
            body["error"]["message"] += f" ({type(error).__name__}: {error})"
            return 500, body, True

    def reply(self, status, body, request_id="", request=None, more=None):
        """Send JSON."""
        headers = {"Content-Type": "application/json", "Stripe-Version": API_VERSION}
        if request_id:
            headers["Request-Id"] = request_id
        if request and request.key:
            headers["Idempotency-Key"] = request.key
        if request and (account := request.headers.get("stripe-account")):
            headers["Stripe-Account"] = account
        self.send(status, json.dumps(body).encode(), {**headers, **(more or {})})

    def send(self, status, content, headers):
        """Send an answer."""
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            # The caller has lost his patience: what he asked for is done all the same.
            self.close_connection = True
