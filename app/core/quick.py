"""Answers of the API that were made a moment ago, repeated before Flask is even asked.

A program asks for the same figures again and again. An answer that its view marked by `keep_answer`
is given again to the very same credentials while nobody has written to the database (see Watch): the
key and its user, the scopes and the figures are then what they were. What changes without a write is
looked at each time: the end of the key or token, and the caller's quota.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, request

from app.core import auth, clock, metrics
from app.core.address import caller
from app.core.leases import Charged
from app.core.limits import Limits, header_pairs, policy_of
from app.core.pulse import Watch

KEEP_SECONDS = 30
"""What an answer says of the time of day is at most this old."""
KEEP_COUNT = 2048
MAX_BYTES = 65_536
PREFIX = "/api/"
OWN = {
    "content-length",
    "date",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
}

Environ = dict[str, Any]
Start = Callable[..., Any]


@dataclass
class _Kept:
    body: bytes
    pulse: object
    until: float
    place: tuple[str, str] | None
    """Policy and subject; of callers without credentials the subject is looked at each time."""
    route: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    etag: str = ""


class QuickReads:
    """Stands before the application and keeps what its views say may be repeated."""

    def __init__(self, app: Flask) -> None:
        self._next = app.wsgi_app
        self._watch: Watch = app.extensions["watch"]
        self._limits: Limits = app.extensions["limits"]
        self._trusted: Callable[[], str] = lambda: str(app.config["TRUSTED_PROXIES"])
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer, from what is kept if that is right."""
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(PREFIX):
            return self._next(environ, start_response)
        if environ.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_IF_MATCH" in environ:
            return self._next(environ, start_response)
        name, pulse = _name(environ), self._watch.now()
        kept = self._kept.get(name)
        if kept is not None:
            if kept.pulse != pulse or clock.now().timestamp() >= kept.until:
                self._kept.pop(name, None)
            elif (answer := self._repeat(kept, environ, start_response)) is not None:
                return answer
        environ["trp.quick.pulse"] = pulse

        def keep(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            made = environ.get("trp.quick.made")
            if made is not None and status[:3] in {"200", "304"}:
                self._keep(name, made, headers)
            return start_response(status, headers, *rest)

        return self._next(environ, keep)

    def _repeat(
        self, kept: _Kept, environ: Environ, start_response: Start
    ) -> Iterable[bytes] | None:
        begun_at = time.perf_counter()
        charged = self._charge(kept, environ)
        if charged is not None and not charged.is_allowed:
            # The long way says it, and to whom it is told.
            return None
        headers = [*kept.headers, ("X-Request-Id", uuid.uuid4().hex)]
        if charged is not None:
            headers += header_pairs([charged])
        if kept.etag and environ.get("HTTP_IF_NONE_MATCH") == kept.etag:
            start_response("304 NOT MODIFIED", headers)
            metrics.observe(kept.route, "GET", 304, time.perf_counter() - begun_at)
            return (b"",)
        start_response("200 OK", [*headers, ("Content-Length", str(len(kept.body)))])
        metrics.observe(kept.route, "GET", 200, time.perf_counter() - begun_at)
        return (kept.body,)

    def _charge(self, kept: _Kept, environ: Environ) -> Charged | None:
        if kept.place is None:
            return None
        policy, subject = kept.place
        if policy == "anonymous":
            subject = self._limits.place(caller(environ, self._trusted()))
        return self._limits.charge(policy, subject)

    def _keep(self, name: bytes, made: _Kept, headers: list[tuple[str, str]]) -> None:
        made.headers = [pair for pair in headers if pair[0].lower() not in OWN]
        if not any(pair[0].lower() == "content-type" for pair in made.headers):
            made.headers.append(("Content-Type", "application/json"))
        made.etag = next((value for key, value in headers if key.lower() == "etag"), "")
        self._kept[name] = made
        while len(self._kept) > KEEP_COUNT:
            self._kept.popitem(last=False)


def keep_answer(response: Response) -> Response:
    """Let an answer be repeated to the same credentials while nobody writes."""
    pulse, asker = request.environ.get("trp.quick.pulse"), g.get("principal")
    body = response.get_data()
    if pulse is None or asker is None or len(body) > MAX_BYTES:
        return response
    until = asker.repeat_until
    if asker == auth.NOBODY and "Authorization" not in request.headers:
        until = float("inf")
    if until is not None:
        until = min(until, clock.now().timestamp() + KEEP_SECONDS)
        route = request.url_rule.rule if request.url_rule else "none"
        request.environ["trp.quick.made"] = _Kept(body, pulse, until, policy_of(asker), route)
    return response


def register(app: Flask) -> None:
    """Put the quick reads before the application; FRAGMENT_SECONDS below 0 leaves them out."""
    if app.config["FRAGMENT_SECONDS"] >= 0:
        app.wsgi_app = QuickReads(app)  # type: ignore[method-assign]


def _name(environ: Environ) -> bytes:
    """Return what tells one question from another; the credentials in it are not kept."""
    parts = (
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_HOST", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        environ.get("HTTP_AUTHORIZATION", ""),
    )
    return hashlib.sha256("\n".join(parts).encode("latin-1", "replace")).digest()
