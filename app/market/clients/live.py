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
