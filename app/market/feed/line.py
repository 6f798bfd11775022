"""One connection to a provider: kept up, watched for silence, given up for a while when refused."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import structlog

from app.core.tasks import end_tasks
from app.market.clients.live import LimitError, LiveError, LiveProvider, RefusedError
from app.market.rules.heard import Heard, backoff
from app.market.schemas import Instrument

log = structlog.get_logger()
GIVEN_UP = 3
"""After so many failures in a row the next provider is asked, and this one now and then."""


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds."""

    connect: float = 15.0
    backoff: float = 1.0
    longest: float = 30.0
    limited: float = 60.0
    """After a refusal because of too many connections, symbols or requests."""
    refused: float = 300.0
    """After a refusal because of the key."""
    silence: float = 120.0
    """In regular hours; more before and after the market (app/market/rules/heard.py)."""
    tick: float = 0.5
    lease: float = 10.0
    """How long nobody else feeds after this process has died."""


class Expected(NamedTuple):
    """How long an open market may be silent, and since when it has been open, in seconds ago."""

    limit: float
    open_for: float


class Floor(Protocol):
    """What a line tells, and asks."""

    def hear(self, line: Line, heard: Sequence[Heard]) -> None:
        """Take in what was heard."""

    def changed(self, line: Line) -> None:
        """Note that a line is up, stale or down, or cannot be counted on any more."""

    def connected(self, line: Line) -> None:
        """Note that a line has just come up: what it missed has to be fetched."""

    def expects(self, instruments: Sequence[Instrument]) -> Expected | None:
        """Return how long these may be silent now; None while all their markets are closed."""


class SilentError(LiveError):
    """Connected, and no word though the market is open."""


class Line:
    """Keeps a provider's connection, for as long as anybody wants it."""

    def __init__(
        self,
        provider: LiveProvider,
        floor: Floor,
        patience: Patience,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.provider, self._floor, self._patience, self._chance = provider, floor, patience, chance
        self.key = f"{provider.name}:{provider.market}"
        self.wanted: dict[str, Instrument] = {}
        self.changed = asyncio.Event()
        self.state = "idle"
        """idle (nobody needs it), live, stale or down."""
        self.is_out = False
        """Whether somebody else is asked in its place."""
        self.is_connected = False
        self.reason = ""
        """Why it failed last; empty while all is well."""
        self._is_candidate = False
        self._is_silent = False
        self._failures = 0
        self._heard_at = 0.0
        self._needed = asyncio.Event()

    def want(self, instruments: Sequence[Instrument], *, is_candidate: bool) -> None:
        """Bring these from now on; a candidate without any tries to come back all the same."""
        wanted = {self.provider.name_of(each): each for each in instruments}
        self._is_candidate = is_candidate
        if wanted.keys() != self.wanted.keys():
            self.wanted = wanted
            self.changed.set()
        if self.is_needed:
            self._needed.set()

    @property
    def is_needed(self) -> bool:
        """Whether there is a reason to be connected."""
        return bool(self.wanted) or (self.is_out and self._is_candidate)

    # --- What the provider tells (Ear) ---

    def connected(self) -> None:
        """Note that the provider has let us in."""
        self.is_connected, self.is_out = True, False
        self._heard_at = _now()
        if not self._is_silent:
            self._failures, self.reason = 0, ""
            self._set("live")
        self._floor.connected(self)

    def hear(self, heard: Sequence[Heard]) -> None:
        """Take in a message."""
        if not heard:
            return
        self._heard_at = _now()
        if self._is_silent or self._failures:
            self._is_silent, self._failures, self.reason = False, 0, ""
        if self.state != "live":
            self._set("live")
        self._floor.hear(self, heard)

    # --- Its life ---

    async def run(self) -> None:
        """Connect whenever needed, for ever."""
        while True:
            await self._wait_until_needed()
            wait = 0.0
            try:
                await self._hold()
            except LiveError as error:
                wait = self._failed(error)
            except Exception:
                log.exception("feed_line_broke", line=self.key)
                wait = self._failed(LiveError("broke"))
            await asyncio.sleep(wait)

    async def _wait_until_needed(self) -> None:
        if not self.is_needed:
            self.state = "idle"
            self._needed.clear()
            await self._needed.wait()

    async def _hold(self) -> None:
        """Hold one connection until it ends or nobody needs it."""
        self.is_connected = False
        self.changed.clear()
        began = _now()
        listener = asyncio.create_task(self.provider.listen(self))
        try:
            while self.is_needed:
                await asyncio.wait({listener}, timeout=self._patience.tick)
                if listener.done():
                    listener.result()
                    message = "the connection has ended"
                    raise LiveError(message)
                if not self.is_connected and _now() - began > self._patience.connect:
                    message = "no answer"
                    raise LiveError(message)
                if self.is_connected and self._has_fallen_silent():
                    message = "silent though the market is open"
                    raise SilentError(message)
        finally:
            self.is_connected = False
            await end_tasks([listener])

    def _has_fallen_silent(self) -> bool:
        expected = self._floor.expects(list(self.wanted.values()))
        if expected is None:
            return False
        return min(_now() - self._heard_at, expected.open_for) > expected.limit

    def _failed(self, error: LiveError) -> float:
        """Note a failure; return how long to wait."""
        self._failures, self.reason = self._failures + 1, str(error)
        patience, chance = self._patience, self._chance()
        self._is_silent = isinstance(error, SilentError)
        wait = backoff(self._failures, patience.backoff, patience.longest, chance)
        if isinstance(error, RefusedError):
            wait = backoff(1, patience.refused, patience.refused, chance)
        elif isinstance(error, LimitError):
            wait = max(error.wait, backoff(1, patience.limited, patience.limited, chance))
        is_hopeless = isinstance(error, RefusedError | LimitError)
        limit = GIVEN_UP - 1 if self._is_silent else GIVEN_UP
        self.is_out = self.is_out or is_hopeless or self._failures >= limit
        log.warning(
            "feed_line_failed",
            line=self.key,
            reason=str(error),
            failures=self._failures,
            again_in=round(wait, 1),
        )
        self._set("down" if self.is_out else "stale", always=True)
        return max(wait, error.wait)

    def _set(self, state: str, *, always: bool = False) -> None:
        if state != self.state or always:
            self.state = state
            self._floor.changed(self)


def _now() -> float:
    return asyncio.get_running_loop().time()
