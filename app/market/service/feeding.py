"""What comes in live: who wants it, and how it stands for an instrument."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

from app.core import cache, clock, ticks
from app.market.queries.series import series_of
from app.market.rules import heard as rule
from app.market.schemas import Instrument, LiveState
from app.market.service.sessions import hours, instant, microseconds

log = structlog.get_logger()


def _redis() -> Redis:
    # The impatient one: a page does not wait for it.
    client: Redis = current_app.extensions["live_redis"]
    return client


def want_live(instrument_id: int) -> bool:
    """Want the bars of an instrument as they happen, for the next minute; whether that was noted."""
    until = clock.now() + timedelta(seconds=ticks.WANTED_SECONDS)
    try:
        _redis().zadd(ticks.WANTED, {str(instrument_id): until.timestamp()})
    except RedisError as error:
        log.warning("live_not_wanted", error=type(error).__name__)
        return False
    return True


def follow_live(instrument_id: int) -> str:
    """Want an instrument as `want_live` does; return a short text that changes with each tick.

    For pages that ask again and again instead of holding a stream. Empty while nothing comes in.
    """
    if not want_live(instrument_id):
        return ""
    told = cache.field_of(ticks.LAST, str(instrument_id))
    return "" if told is None else str(zlib.crc32(told))


def live_wanted() -> set[int]:
    """Return the instruments of open charts; none while Redis is away."""
    try:
        found: Any = _redis().zrangebyscore(ticks.WANTED, clock.now().timestamp(), "+inf")
    except RedisError:
        return set()
    return {int(each) for each in found}


def live_state(instrument: Instrument) -> LiveState:
    """Return how the bars of an instrument come in now, and since when.

    closed: its market is, since the end of its last session. live: a connection brings it.
    delayed: it comes late by contract, or minute by minute through the store. stale: it should
    come in and does not.
    """
    now = clock.now()
    ended = _closed_since(instrument, now)
    if ended is not None:
        return LiveState(state="closed", since=ended)
    newest = _newest(instrument)
    try:
        line, last, is_alive = _line_of(instrument)
    except RedisError:
        return LiveState(state="stale", since=newest)
    if line is None or not is_alive:
        # Nobody hears it live; the store may still be brought forward each minute.
        is_late = newest is None or now - newest > KEPT_SECONDS
        return LiveState(state="stale" if is_late else "delayed", since=newest)
    if line["state"] != "live":
        return LiveState(state="stale", since=_least(line, last, newest), source=line["source"])
    state = "delayed" if line["delayed"] else "live"
    return LiveState(state=state, since=instant(line["since"]), source=line["source"])


KEPT_SECONDS = timedelta(minutes=5)
"""Bars that the clock fetches each minute are no older, while their market trades at all."""


def _least(line: dict[str, Any], last: datetime | None, newest: datetime | None) -> datetime:
    """Return since when nothing new has come in."""
    return max(filter(None, (last, newest)), default=instant(line["since"]))


def _line_of(instrument: Instrument) -> tuple[dict[str, Any] | None, datetime | None, bool]:
    """Return how the connection that brings an instrument stands, its last word, and our health."""
    pipe = _redis().pipeline(transaction=False)
    pipe.hget(rule.LINE_OF, str(instrument.id))
    pipe.hgetall(rule.LINES)
    pipe.hget(ticks.LAST, str(instrument.id))
    pipe.exists(rule.HEARTBEAT)
    name, lines, last, is_alive = pipe.execute()
    found = lines.get(name) if name else None
    bar = ticks.read_message(last) if last else None
    heard = instant(bar.opened_at * 1_000_000) if isinstance(bar, ticks.Bar) else None
    return (orjson.loads(found) if found else None), heard, bool(is_alive)


def _newest(instrument: Instrument) -> datetime | None:
    reach = series_of([instrument.id]).get((instrument.id, "M1"))
    return reach.newest_at + timedelta(minutes=1) if reach else None


def _closed_since(instrument: Instrument, now: datetime) -> datetime | None:
    """Return since when the market of an instrument has been closed; None while it trades."""
    import numpy as np

    venue, at = hours(instrument.venue), microseconds(now)
    session = int(np.searchsorted(venue.starts, at, side="right")) - 1
    if session < 0 or at < venue.ends[session]:
        return None
    return instant(int(venue.ends[session]))
