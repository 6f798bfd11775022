"""Things that Redis keeps for a while so that nobody computes them twice.

What lies there is a speed-up: while Redis is away nothing is found and nothing is kept, and whoever
asks computes. A Redis that fails is left alone for five seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()
SILENCE_SECONDS = 5.0
PREFIX = "trp:cache:"


def find(*names: str) -> list[bytes | None]:
    """Return what is kept under names; None in the place of each of which nothing is."""
    if not names:
        return []
    found = _try(lambda redis: redis.mget([PREFIX + name for name in names]))
    return [None] * len(names) if found is None else list(found)


def keep(values: dict[str, tuple[bytes, int]]) -> None:
    """Keep values under their names, each for so many seconds."""

    def step(redis: Redis) -> None:
        with redis.pipeline(transaction=False) as pipeline:
            for name, (value, seconds) in values.items():
                pipeline.set(PREFIX + name, value, ex=seconds)
            pipeline.execute()

    if values:
        _try(step)


def field_of(table: str, field: str) -> bytes | None:
    """Return a field of a table (a hash) that another process writes; None while there is none."""
    found: bytes | None = _try(lambda redis: redis.hget(table, field))
    return found


def want(table: str, member: str, until: float) -> None:
    """Note until which second somebody wants something; what is wanted for longer stays so."""
    _try(lambda redis: redis.zadd(table, {member: until}, gt=True))


def wanted(table: str, at: float) -> set[str]:
    """Return what is wanted at a second, and forget what no longer is; nothing without Redis."""

    def step(redis: Redis) -> set[str]:
        redis.zremrangebyscore(table, "-inf", f"({at}")
        found: Any = redis.zrange(table, 0, -1)
        return {each.decode() for each in found}

    return _try(step) or set()


def _try(step: Callable[[Redis], Any]) -> Any:
    state = current_app.extensions
    if time.monotonic() < state.get("cache_silent_until", 0.0):
        return None
    try:
        return step(state["live_redis"])
    except RedisError as error:
        state["cache_silent_until"] = time.monotonic() + SILENCE_SECONDS
        log.warning("cache_without_redis", error=type(error).__name__)
        return None
