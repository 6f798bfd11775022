"""GET /metrics for Prometheus: what this process has answered, and how the whole service does.

Requests are counted in the process that answers them; several web processes share files when
PROMETHEUS_MULTIPROC_DIR is set. What any process does once (a job, a mail, an event) is counted in
Redis: wiping it begins the count anew, which Prometheus knows how to read. What is so now (depth,
lag, sessions) is asked of the database at each scrape, by an index.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from functools import lru_cache

import structlog
from flask import Blueprint, Flask, Response, current_app, g, make_response, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from app.core import gauges, outbox
from app.core.address import is_from_here
from app.core.auth import operator
from app.core.db import after_commit, in_transaction
from app.core.errors import NotFoundError
from app.core.i18n import gettext

log = structlog.get_logger()
bp = Blueprint("metrics", __name__)

REGISTRY = CollectorRegistry()
SECONDS = Histogram(
    "trp_http_request_seconds",
    "Answers by route, method and class of status (2xx to 5xx)",
    ("route", "method", "status"),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10),
)
REPEATED = Counter(
    "trp_fragments_repeated", "Public fragments answered without rendering", registry=REGISTRY
)
COUNTERS = "trp:counters"
SILENCE_SECONDS = 5.0
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
KINDS = {
    "ai_budget_alarms": "Limits of money for models that are nearly reached, by whose",
    "jobs": "Jobs by name and result: done, failed (tried again) or dead (given up)",
    "ledger_events": "Events appended to the ledger, by kind of account",
    "mails": "Mails by result: sent, refused",
    "money_alarms": "What is wrong with money and needs a person, by what",
    "member_mails": "Mails to members by topic: asked, then sent, refused, skipped or dead; unsubscribed",
    "payouts": "Payouts to creators by result: sent",
    "till_events": "Events of the payment provider: new, again (known already), refused_… (why)",
    "webhook_attempts": "Attempts to deliver a webhook, by result: delivered, failed",
}
LABELS = {
    "ai_budget_alarms": ("whose",),
    "jobs": ("job", "result"),
    "ledger_events": ("kind",),
    "mails": ("result",),
    "money_alarms": ("what",),
    "member_mails": ("topic", "result"),
    "payouts": ("result",),
    "till_events": ("result",),
    "webhook_attempts": ("result",),
}


def register(app: Flask) -> None:
    """Attach the route and the clock of each request. Before what else looks at requests."""
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(bp)
    app.extensions["metrics_silent_until"] = 0.0


def _begin() -> None:
    g.begun_at = time.perf_counter()


def _end(response: Response) -> Response:
    begun_at = g.get("begun_at")
    if begun_at is not None:
        rule = request.url_rule
        route = rule.rule if rule is not None else "none"
        method = request.method if request.method in METHODS else "other"
        seconds = time.perf_counter() - begun_at
        observe(route, method, response.status_code, seconds)
    return response


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answer and how long it took."""
    _series(route, method, status // 100).observe(seconds)


@lru_cache(maxsize=4096)
def _series(route: str, method: str, status: int) -> Histogram:
    # The look-up of a series by its labels costs more than counting in it.
    return SECONDS.labels(route, method, f"{status}xx")


def count(kind: str, *labels: str, amount: int = 1) -> None:
    """Count something that is done once, whatever process does it; after the commit if one is due.

    `kind` is one of KINDS, with its LABELS. A Redis that is away costs this number and no more.
    """
    field = _field(kind, labels)
    if in_transaction():
        after_commit(lambda: _add(field, amount))
    else:
        _add(field, amount)


def count_now(kind: str, *labels: str) -> None:
    """Count an alarm at once: what it is about may end the transaction, it must not be lost."""
    _add(_field(kind, labels), 1)


def _field(kind: str, labels: tuple[str, ...]) -> str:
    if len(labels) != len(LABELS[kind]):
        message = f"{kind} takes {LABELS[kind]}"
        raise ValueError(message)
    return "\t".join((kind, *labels))


def _add(field: str, amount: int) -> None:
    state = current_app.extensions
    if time.monotonic() < state["metrics_silent_until"]:
        return
    try:
        state["live_redis"].hincrby(COUNTERS, field, amount)
    except RedisError:
        state["metrics_silent_until"] = time.monotonic() + SILENCE_SECONDS


@bp.get("/metrics")
@operator
def metrics() -> Response:
    """What Prometheus scrapes."""
    _check_asker()
    own = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
    shared = CollectorRegistry()
    shared.register(gauges.Gauges(_counted()))
    response = make_response(generate_latest(own) + generate_latest(shared))
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response


def _counted() -> Iterator[tuple[str, str, tuple[str, ...], list[tuple[list[str], int]]]]:
    """Yield what Redis has counted: name, help, labels, values."""
    try:
        found = outbox.redis().hgetall(COUNTERS)
    except RedisError:
        found = {}
    values: dict[str, list[tuple[list[str], int]]] = {kind: [] for kind in KINDS}
    for field, amount in found.items():
        text = field.decode() if isinstance(field, bytes) else field
        kind, *labels = text.split("\t")
        if len(labels) == len(LABELS.get(kind, ())):
            values[kind].append((labels, int(amount)))
    for kind, rows in values.items():
        yield kind, KINDS[kind], LABELS[kind], rows


def _check_asker() -> None:
    """Refuse everybody but who has the token, or who asks from this machine where that is allowed.

    To others there is nothing at this address.
    """
    token = str(current_app.config["METRICS_TOKEN"])
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        if hmac.compare_digest(given.encode(), token.encode()):
            return
    elif current_app.config["METRICS_ON_LOOPBACK"] and is_from_here():
        return
    message = gettext("There is nothing at this address.")
    raise NotFoundError(message)
