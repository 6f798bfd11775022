"""What an answer says so far, and the wish to stop it: in Redis, for as long as it is written.

It is a convenience: without Redis the answer comes as a whole when it is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

from app.core import security

KEPT_SECONDS = 900
LONGEST = 64_000


class Progress(NamedTuple):
    """How far an answer is."""

    text: str
    doing: str = ""
    """The tool that is being asked at the moment."""


def tell(task: str, request_key: str, progress: Progress) -> bool:
    """Keep what an answer says so far; return whether somebody wants it ended."""
    kept = json.dumps([progress.text[:LONGEST], progress.doing])

    def both(redis: Redis) -> Any:  # in one go: an answer tells this several times a second
        pipeline = redis.pipeline(transaction=False)
        pipeline.set(_name("text", task, request_key), kept, ex=KEPT_SECONDS)
        pipeline.exists(_name("stop", task, request_key))
        return pipeline.execute()[-1]

    return bool(_try(both))


def read(task: str, request_key: str) -> Progress | None:
    """Return what an answer says so far; None when nothing is known of it."""
    kept = _try(lambda redis: redis.get(_name("text", task, request_key)))
    return Progress(*json.loads(kept)) if isinstance(kept, bytes | str) else None


def ask_to_stop(task: str, request_key: str) -> None:
    """Let whoever writes the answer end it soon."""
    _try(lambda redis: redis.set(_name("stop", task, request_key), b"1", ex=KEPT_SECONDS))


def _name(what: str, task: str, request_key: str) -> str:
    # Who may read Redis cannot tell whose answer it is.
    return f"trp:ai:{what}:{security.fingerprint(f'{task}:{request_key}')}"


def _try(action: Callable[[Redis], Any]) -> Any:
    client: Redis = current_app.extensions["live_redis"]
    try:
        return action(client)
    except RedisError:
        return None
