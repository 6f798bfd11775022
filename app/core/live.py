"""Live updates: one-use tickets for a stream, word of changes, and the credential of the edge.

The web process and the workers write here; the edge process (app/edge) reads. What lies in Redis
is a speed-up: without it there is no ticket and no word, and pages poll.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
import structlog
from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.core import clock, security
from app.core.db import after_commit

log = structlog.get_logger()

CHANNEL = "trp:live"
TICKET_SECONDS = 30
VERSION_SECONDS = 300
OPEN_SECONDS = 7 * 24 * 3600
EDGE_KEY_ID = "edge"
EDGE_TYPE = "edge-req"
EDGE_SECONDS = 30
AUDIENCE = "trading-robot-service"
CHECK = "/api/live/check"
"""What the edge asks for a stream without a fragment: whether the member may still see anything."""
# A job may lose this much to a Redis that hangs, and then for a while nothing more.
PATIENCE_SECONDS = 0.1
SILENCE_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Ticket:
    """What one stream may show, to whom and on which site."""

    user_id: int
    site_id: str
    wp_user_id: int
    origin: str
    """Origin of the site's pages: the only one that may open the stream."""
    target: str
    """Path with query of the fragment."""
    language: str
    known: str = ""
    """ETag of what the page shows already."""
    session: str = ""
    """The sign-in at WordPress, as its signed token named it."""
    signed_at: int = 0
    """When WordPress signed the request for the ticket."""
    instruments: Sequence[int] = ()
    """Whose bars the stream brings."""
    charts: Sequence[int] = ()
    """Which of the member's charts the page shows."""


@dataclass(frozen=True)
class ChartChanged:
    """A chart has a new version."""

    chart_id: int
    user_id: int
    version: int


@dataclass(frozen=True)
class Ended:
    """Whose streams end now."""

    site_id: str
    user_id: int | None = None
    """None: everybody's of this site."""
    session: str = ""
    """Empty: all of the user's sign-ins."""

    def covers(self, ticket: Ticket) -> bool:
        """Whether the stream of a ticket ends."""
        return (
            self.site_id == ticket.site_id
            and self.user_id in {None, ticket.user_id}
            and self.session in {"", ticket.session}
        )


def register(app: Flask) -> None:
    """Give the application an impatient Redis client beside the outbox's."""
    app.extensions["live_redis"] = Redis.from_url(
        app.config["REDIS_URL"],
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    app.extensions["live_silent_until"] = 0.0


def _redis() -> Redis:
    client: Redis = current_app.extensions["live_redis"]
    return client


# --- Word of a change ---


def announce(user_ids: Iterable[int]) -> None:
    """Say, once the present transaction has been committed, that figures of users changed.

    Nobody may be listening and Redis may be away: whoever asks finds the change by its ETag.
    """
    told = sorted(set(user_ids) - {0})
    if told:
        after_commit(lambda: _publish(told))


def end_streams(ended: Ended) -> None:
    """Let streams end, once the present transaction has been committed.

    A lost word only delays: the edge asks the web process again within seconds, as that member.
    """
    after_commit(lambda: _publish({"ended": asdict(ended)}))


def announce_chart(chart_id: int, user_id: int, version: int) -> None:
    """Say, once the present transaction has been committed, that a chart has a new version.

    A lost word only delays: a page that changes an old version is refused and fetches the new one.
    """
    changed = ChartChanged(chart_id, user_id, version)
    after_commit(lambda: _publish({"chart": astuple(changed)}, changed))


def note_chart(user_id: int, chart_id: int) -> None:
    """Remember which chart a member has open: the one that a program means when it names none."""
    try:
        _redis().set(_open_key(user_id), chart_id, ex=OPEN_SECONDS)
    except RedisError as error:
        log.warning("live_chart_not_noted", error=type(error).__name__)


def noted_chart(user_id: int) -> int | None:
    """Return the chart that a member opened last; None for none of late, or without Redis."""
    try:
        found = _redis().get(_open_key(user_id))
    except RedisError:
        return None
    return int(found) if isinstance(found, bytes) else None


def _open_key(user_id: int) -> str:
    return f"trp:chart:open:{user_id}"


def _publish(message: Any, keep: ChartChanged | None = None) -> None:
    state = current_app.extensions
    if time.monotonic() < state["live_silent_until"]:
        return
    try:
        pipe = _redis().pipeline(transaction=False)
        if keep is not None:
            # For the stream of a page that is on its way, or comes back.
            pipe.set(version_key(keep.chart_id), keep.version, ex=VERSION_SECONDS)
        pipe.publish(CHANNEL, json.dumps(message))
        pipe.execute()
    except RedisError as error:
        state["live_silent_until"] = time.monotonic() + SILENCE_SECONDS
        log.warning("live_not_announced", error=type(error).__name__)


def version_key(chart_id: int) -> str:
    """Return where the newest version of a chart that changed lately is kept."""
    return f"trp:chart:{chart_id}:version"


def read_message(message: bytes) -> list[int] | Ended | ChartChanged:
    """Return whom a message names, whose streams end or which chart changed; [] for no message."""
    try:
        found = json.loads(message)
        if isinstance(found, dict):
            return ChartChanged(*found["chart"]) if "chart" in found else Ended(**found["ended"])
    except (ValueError, TypeError, KeyError):
        return []
    return [one for one in found if isinstance(one, int)] if isinstance(found, list) else []


# --- Tickets ---


def issue(ticket: Ticket) -> str | None:
    """Keep a ticket for 30 seconds and return its text; None while Redis is away."""
    text = security.random_token()
    try:
        _redis().set(ticket_key(text), json.dumps(asdict(ticket)), ex=TICKET_SECONDS)
    except RedisError as error:
        log.warning("live_ticket_not_kept", error=type(error).__name__)
        return None
    return text


def ticket_key(text: str) -> str:
    """Return where a ticket is kept; whoever reads Redis cannot use it."""
    return f"trp:ticket:{security.fingerprint(text)}"


def read_ticket(kept: bytes | str | None) -> Ticket | None:
    """Return a ticket as it was kept; None for none."""
    return Ticket(**json.loads(kept)) if kept else None


def origin_of(url: str) -> str:
    """Return what a browser sends as Origin from a page at `url`; "" for what is no web address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    is_usual = port is None or port == PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def mcp_url(edge_url: str) -> str | None:
    """Return where models and their clients reach MCP; None where the edge has no address."""
    return f"{edge_url}/mcp" if edge_url else None


# --- The credential with which the edge reads for a member ---


def edge_key(secret_key: str) -> bytes:
    """Return the key that the edge signs with."""
    return security.derived_key(secret_key, "edge requests")


def sign_request(key: bytes, ticket: Ticket) -> str:
    """Return a token for one reading of a ticket's fragment."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": ticket.site_id,
        "sub": f"{ticket.site_id}:{ticket.wp_user_id}",
        "aud": AUDIENCE,
        "typ": EDGE_TYPE,
        "iat": now,
        "exp": now + EDGE_SECONDS,
        "htm": "GET",
        "htu": ticket.target,
        "sid": ticket.session,
        "auth_time": ticket.signed_at,
    }
    return jwt.encode(claims, key, "HS256", headers={"kid": EDGE_KEY_ID})


def is_edge_token(text: str) -> bool:
    """Whether a token says that it comes from the edge; nothing is proven by that."""
    try:
        return bool(jwt.get_unverified_header(text).get("kid") == EDGE_KEY_ID)
    except jwt.PyJWTError:
        return False


def read_request(text: str, method: str, target: str) -> dict[str, Any] | None:
    """Return the claims of an edge token that fits a request for a fragment; None for any other."""
    try:
        claims: dict[str, Any] = jwt.decode(
            text,
            edge_key(current_app.config["SECRET_KEY"]),
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={"require": ["iss", "sub", "aud", "iat", "exp"]},
        )
    except jwt.PyJWTError:
        return None
    fits = (
        claims.get("typ") == EDGE_TYPE
        and (claims.get("htm"), claims.get("htu")) == (method, target)
        and method == "GET"
        and (target.startswith("/embed/") or target == CHECK)
        and claims["exp"] - claims["iat"] <= EDGE_SECONDS
    )
    return claims if fits else None
