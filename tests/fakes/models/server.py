"""The server: it answers with the replies it was given, in their order, and keeps what was asked."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.fakes.models import wire
from tests.fakes.models.replies import Reply

Script = Callable[["Asked"], Reply]
LONGEST_SILENCE = 30.0


class Asked(NamedTuple):
    """One request as it came in."""

    provider: str
    model: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """The key that it was asked with."""
        found = self.headers.get("x-goog-api-key") or self.headers.get("x-api-key") or ""
        return found or self.headers.get("authorization", "").removeprefix("Bearer ")


class ModelServer:
    """All three providers on one port of this machine."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: list[Reply] = []
        """Given in turn; the last one again and again."""
        self.script: Script | None = None
        """In place of the replies: decides by what was asked."""
        self.keys_refused: set[str] = set()
        self.keeps_asked = True
        """Whether `asked` grows: not in a process that answers for hours."""
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def settings(self) -> dict[str, str]:
        """Return the service's settings that lead here."""
        return {
            "OPENAI_API_KEY": "key-of-openai",
            "OPENAI_BASE_URL": f"{self.address}/v1",
            "ANTHROPIC_API_KEY": "key-of-anthropic",
            "ANTHROPIC_BASE_URL": self.address,
            "GOOGLE_API_KEY": "key-of-google",
            "GOOGLE_BASE_URL": self.address,
        }

    def close(self) -> None:
        """Stop, and let go of whoever waits."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def reply_to(self, asked: Asked) -> Reply:
        """Return the answer to a request."""
        if self.keeps_asked:
            self.asked.append(asked)
        if self.script is not None:
            return self.script(asked)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def be_silent(self) -> None:
        """Say nothing until the server is closed."""
        self._over.wait(LONGEST_SILENCE)


STREAMS = {
    "openai": wire.openai_stream, "anthropic": wire.anthropic_stream, "google": wire.google_stream,
}  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: ModelServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """List models: how keys are checked."""
        asked = Asked("", "", _lower(self.headers), {})
        status = 401 if asked.key in self.server.fake.keys_refused else 200
        self._whole(status, json.dumps({"data": [], "models": [], "has_more": False}))

    def do_POST(self) -> None:
        """Answer a request for a completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        provider, model = _whom(self.path, body)
        asked = Asked(provider, model, _lower(self.headers), body)
        if asked.key in self.server.fake.keys_refused:
            self._whole(401, '{"error": {"message": "wrong key secret words"}}')
            return
        reply = self.server.fake.reply_to(asked)
        if reply.status != 200:
            self._whole(reply.status, reply.body, reply.headers)
            return
        raw = reply.raw
        self._stream(reply, STREAMS[provider](reply, model) if raw is None else iter([raw]))

    def _whole(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
        self.wfile.flush()

    def _stream(self, reply: Reply, events: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for _ in range(reply.blanks // 65_536):
                self._chunk(b": " + b" " * 65_532 + b"\n\n")
            for number, event in enumerate(events):
                if number == reply.silent_after:
                    self.server.fake.be_silent()
                if number == reply.cut_after:
                    self.close_connection = True
                    self.connection.close()
                    return
                if reply.pause:
                    time.sleep(reply.pause)
                self._chunk(event.encode())
            self._chunk(b"")
        except OSError:
            self.close_connection = True  # the asker has gone


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _whom(path: str, body: dict[str, Any]) -> tuple[str, str]:
    if path.endswith("/chat/completions"):
        return "openai", body["model"]
    if path.endswith("/messages"):
        return "anthropic", body["model"]
    found = re.search(r"/models/([^:]+):", path)
    assert found, path
    return "google", found[1]
