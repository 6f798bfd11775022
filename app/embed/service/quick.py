"""Public fragments that were rendered a moment ago, answered before Flask is even asked.

A site asks for the same public fragment again and again. Nothing is rendered twice while nobody
writes to the database: each answer remembers the pulse of the database from before it was made,
and the pulse is read again at most once a second. So a change of figures, names, robots or of the
site's own state shows a second later at most, whatever table it is in; one that came through this
process shows at once, because who has just saved looks at the page next. What is not exactly a
visitor's good token for exactly this question goes the long way and gets its answer there.
"""

from __future__ import annotations

import gzip
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Flask, request

from app.accounts import service as accounts
from app.core import metrics
from app.core.pulse import Pulse

KEEP_SECONDS = 30
"""What is said of the time of day is at most this old."""
KEEP_COUNT = 256
OWN = ("content-length", "content-type", "date", "x-request-id")

Environ = dict[str, Any]
Name = tuple[str, str, str, bytes]


@dataclass
class _Kept:
    body: bytes
    key: accounts.VisitorKey
    pulse: object
    made_at: float
    checked_at: float
    headers: list[tuple[str, str]] = field(default_factory=list)
    etag: str = ""

    @cached_property
    def zipped(self) -> bytes:
        """The body as curl, and so WordPress, likes it: a tenth of a long table."""
        return gzip.compress(self.body, 6, mtime=0)


class QuickAnswers:
    """Stands before the application and keeps the public fragments that it makes."""

    def __init__(self, app: Flask) -> None:
        self._pulse = Pulse(app)
        self._blink = float(app.config["FRAGMENT_SECONDS"])
        self._next = app.wsgi_app
        self._kept: OrderedDict[Name, _Kept] = OrderedDict()
        self._written_at = 0.0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, from what is kept if that is right."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            try:
                return self._next(environ, start_response)
            finally:
                self._written_at = time.monotonic()
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith("/embed/"):
            return self._next(environ, start_response)
        name, token = _name(environ)
        kept = self._kept.get(name)
        if kept and self._is_current(name, kept) and kept.key.fits(token, _target(name)):
            metrics.REPEATED.inc()
            return _answer(kept, environ, start_response)
        environ["trp.pulse"] = self._pulse.read()

        def keep(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            made = environ.get("trp.fragment")
            if made is not None and status[:3] in {"200", "304"}:
                self._keep(name, made, headers)
            return start_response(status, headers, *rest)

        return self._next(environ, keep)

    def _is_current(self, name: Name, kept: _Kept) -> bool:
        now = time.monotonic()
        if now - kept.checked_at < self._blink and kept.checked_at > self._written_at:
            return True
        if now - kept.made_at < KEEP_SECONDS and self._pulse.read() == kept.pulse:
            kept.checked_at = now
            return True
        self._kept.pop(name, None)
        return False

    def _keep(self, name: Name, made: _Kept, headers: list[tuple[str, str]]) -> None:
        made.headers = [pair for pair in headers if pair[0].lower() not in OWN]
        made.etag = next((value for key, value in headers if key.lower() == "etag"), "")
        self._kept[name] = made
        while len(self._kept) > KEEP_COUNT:
            self._kept.popitem(last=False)


def keep(html: str) -> None:
    """Keep the public fragment that this request answers with, for the next one that asks."""
    key = accounts.visitor_key()
    if key is not None and "trp.pulse" in request.environ:
        now = time.monotonic()
        request.environ["trp.fragment"] = _Kept(
            html.encode(), key, request.environ["trp.pulse"], now, now
        )


def register(app: Flask) -> None:
    """Put the quick answers before the application; FRAGMENT_SECONDS below 0 leaves them out."""
    if app.config["FRAGMENT_SECONDS"] >= 0:
        app.wsgi_app = QuickAnswers(app)  # type: ignore[method-assign]


def _name(environ: Environ) -> tuple[Name, bytes]:
    """Return what tells one question from another, and the token.

    The first part of a token names the algorithm and the key; a site's tokens all begin with it.
    """
    token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2].encode("latin-1", "replace")
    if environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
        token = b""
    language = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    name = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""), language)
    return (*name, token.partition(b".")[0]), token


def _target(name: Name) -> str:
    return f"{name[0]}?{name[1]}" if name[1] else name[0]


def _answer(kept: _Kept, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    own = [*kept.headers, ("X-Request-Id", uuid.uuid4().hex)]
    if kept.etag and environ.get("HTTP_IF_NONE_MATCH") == kept.etag:
        start_response("304 NOT MODIFIED", own)
        return (b"",)
    body = kept.body
    own += [("Content-Type", "text/html; charset=utf-8"), ("Vary", "Accept-Encoding")]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = kept.zipped
        own.append(("Content-Encoding", "gzip"))
    start_response("200 OK", [*own, ("Content-Length", str(len(body)))])
    return (body,)
