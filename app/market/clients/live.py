"""Who tells bars as they happen: one interface, whichever service or invention speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from app.market.rules.heard import Heard
from app.market.schemas import Instrument


class LiveError(Exception):
    """A connection did not come about, or has ended; the message says why, without a key in it."""

    wait: float = 0.0
    """So many seconds the provider asks to be left alone."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class RefusedError(LiveError):
    """The key is not taken, or does not cover what was asked for: trying again soon is no use."""


class LimitError(LiveError):
    """There are too many connections, symbols or requests: somebody else may be asked meanwhile."""


class Ear(Protocol):
    """Who listens to a provider: what it wants, and where what was heard goes."""

    wanted: dict[str, Instrument]
    """By the provider's own name for it."""
    changed: asyncio.Event
    """Set when other instruments are wanted."""

    def connected(self) -> None:
        """Note that the provider has let us in and knows what is wanted."""

    def hear(self, heard: Sequence[Heard]) -> None:
        """Take in what a message said; none for a sign of life."""


class LiveProvider(Protocol):
    """A source of bars as they happen; one connection for all instruments of one of its markets."""

    name: str
    market: str
    """Which of the provider's connections it is: stocks, crypto, …"""
    is_delayed: bool
    """Whether it sends late by contract."""

    def has(self, instrument: Instrument) -> bool:
        """Whether it knows the instrument."""

    def name_of(self, instrument: Instrument) -> str:
        """Return the provider's own name for an instrument."""

    async def listen(self, ear: Ear) -> None:
        """Connect once, and hear what is wanted until the connection ends.

        Raises:
            LiveError: it did not come about or has ended, and why.
        """


# What servers say, as one of our errors. None of it holds what we have sent.
_REFUSED = ("auth", "subscription", "not authorized", "not entitled", "access")
_LIMITED = ("limit", "max_connections", "too many")
_CODES = {401: RefusedError, 402: RefusedError, 409: RefusedError, 405: LimitError, 406: LimitError}
_STATUSES = {401: RefusedError, 402: RefusedError, 403: RefusedError, 429: LimitError}
LONGEST_WAIT = 600.0


def of_text(text: str) -> LiveError:
    """Return the error that a server's words mean."""
    said = text.lower()
    for words, kind in ((_LIMITED, LimitError), (_REFUSED, RefusedError)):
        if any(word in said for word in words):
            return kind(f"it said: {said[:80]}")
    return LiveError(f"it said: {said[:80]}")


def of_code(code: object, text: str) -> LiveError:
    """Return the error that a code of Alpaca's streams means."""
    kind = _CODES.get(code, LiveError) if isinstance(code, int) else LiveError
    return kind(f"it said: {code} {text[:80]}")


def of_handshake(status: int, retry_after: str) -> LiveError:
    """Return the error of a server that answered with a status instead of opening a stream."""
    wait = min(float(retry_after), LONGEST_WAIT) if retry_after.isdigit() else 0.0
    return _STATUSES.get(status, LiveError)(f"answered {status}", wait)
