"""Standard Webhooks: the schedule, what an answer means, how a message is made and signed. Pure."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin, not one
SECRET_BYTES = 32
MESSAGE_PREFIX = "evt_"
MAX_BODY = 20_000
MOST_ENDPOINTS = 10
OVERLAP = timedelta(hours=24)

# When each try comes, counted from the one before; after the last the delivery is dead.
SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.1
"""So much later at most, of the interval: what failed together must not come back together."""
GIVE_UP = timedelta(days=5)
"""An endpoint that has failed for so long, whatever was sent, is disabled."""
GONE = 410
THROTTLED = {429, 502, 503, 504}
PAUSE = timedelta(seconds=60)
MOST_PAUSE = timedelta(hours=24)

TEST, DISABLED = "webhook.test", "webhook.disabled"
TYPES = (
    "fills.recorded",
    "trades.closed",
    "metrics.updated",
    "import.finished",
    "api_key.created",
    "deployment.paused",
    DISABLED,
    TEST,
)
NAME = re.compile(r"[a-z_]+\.[a-z_]+")


def secret_text(key: bytes) -> str:
    """Return a signing key as it is shown: whsec_ and base64."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def secret_key(text: str) -> bytes:
    """Return the signing key of its shown form."""
    return base64.b64decode(text.removeprefix(SECRET_PREFIX))


def message(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """Return an event as it is sent; ValueError when it is larger than receivers must take."""
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    document = {"type": kind, "timestamp": stamp, "data": data}
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    if len(body.encode()) > MAX_BODY:
        text = f"an event of type {kind} has {len(body)} characters: send ids, not contents"
        raise ValueError(text)
    return body


def headers(message_id: str, body: str, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """Return the headers of one attempt, signed with every secret that counts."""
    stamp = str(int(now.timestamp()))
    signed = f"{message_id}.{stamp}.{body}".encode()
    signatures = [
        "v1," + base64.b64encode(hmac.digest(secret_key(secret), signed, "sha256")).decode()
        for secret in secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def listens(event_types: Iterable[str], kind: str) -> bool:
    """Whether an endpoint with these types gets an event; none means all."""
    wanted = set(event_types)
    return not wanted or kind in wanted


@dataclass(frozen=True)
class Outcome:
    """What an attempt means for its delivery and its endpoint."""

    is_delivered: bool
    is_gone: bool
    next_at: datetime | None
    """When to try again; None: never."""
    paused_until: datetime | None
    """Until when the endpoint wants nothing at all."""


def outcome(
    attempts: int, status: int | None, retry_after: str | None, now: datetime, chance: float
) -> Outcome:
    """Judge an attempt; `attempts` counts it, `chance` from 0 to 1 spreads the next one."""
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return Outcome(is_delivered=True, is_gone=False, next_at=None, paused_until=None)
    if status == GONE:
        return Outcome(is_delivered=False, is_gone=True, next_at=None, paused_until=None)
    pause = _pause(status, retry_after, now)
    paused_until = None if pause is None else now + pause
    next_at = None
    if attempts < len(SCHEDULE):
        interval = SCHEDULE[attempts]
        next_at = now + interval * (1 + JITTER * chance)
        if paused_until is not None:
            next_at = max(next_at, paused_until)
    return Outcome(is_delivered=False, is_gone=False, next_at=next_at, paused_until=paused_until)


def _pause(status: int | None, retry_after: str | None, now: datetime) -> timedelta | None:
    """Return for how long an endpoint asked to be left alone; None when it did not."""
    asked = _asked(retry_after, now) if status is not None else None
    if asked is None and status not in THROTTLED:
        return None
    return min(max(PAUSE if asked is None else asked, timedelta(0)), MOST_PAUSE)


def _asked(text: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), int(MOST_PAUSE.total_seconds())))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def is_failing(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is given up."""
    return failing_since is not None and now - failing_since >= GIVE_UP
