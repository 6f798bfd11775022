"""Where ticks meet in Redis: the feed process writes bars there, the edge passes them on.

Nothing here is a record: bars that closed are stored by the feed. docs/adr/0017-charts-as-data.md
says what a message looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

CHANNEL = "trp:bars"
LAST = "trp:bars:last"
"""Hash: the newest message by instrument id, and the newest state of the feed under `STATE`."""
STATE = "state"
WANTED = "trp:bars:wanted"
"""Sorted set: ids of instruments of open charts, each with the second until which it is wanted."""
WANTED_SECONDS = 60
BAR_FIELDS = 6


@dataclass(frozen=True)
class Bar:
    """A bar as the feed told it; `text` is its message as it was."""

    instrument_id: int
    opened_at: int
    is_closed: bool
    text: str


@dataclass(frozen=True)
class FeedState:
    """Whether the market comes in; `text` is the message as it was."""

    text: str


def read_message(message: bytes) -> Bar | FeedState | None:
    """Return what a message of the channel says; None for what is not one."""
    try:
        found = orjson.loads(message)
        if "state" in found:
            return FeedState(message.decode())
        bar = found["b"]
        if len(bar) != BAR_FIELDS:
            return None
        return Bar(int(found["i"]), int(bar[0]), bool(found["closed"]), message.decode())
    except (ValueError, TypeError, KeyError):
        return None
