"""Who tells of the economy: one interface, whichever service or invention answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from app.market.rules import SIMULATED
from app.market.rules.macro import KINDS, Fact, Kind


class MacroProvider(Protocol):
    """A source of facts on the whole economy."""

    name: str
    kinds: tuple[Kind, ...]
    """What it can tell of."""

    def fetch(self, kind: Kind, start: date, end: date) -> list[Fact]:
        """Return the facts of a kind that are due in a span of days, both included.

        Raises:
            ProviderError: it is away, refuses us or talks nonsense.
        """


class SimulatedMacro:
    """An invented economy, the same each time it is asked for."""

    name = SIMULATED
    kinds = KINDS

    def __init__(self, seed: str, sessions: Sequence[date], now: datetime) -> None:
        self._seed, self._sessions, self._now = seed, sessions, now

    def fetch(self, kind: Kind, start: date, end: date) -> list[Fact]:
        """Return the invented facts of a kind that are due in a span of days."""
        from app.market.rules import simulated_macro

        return simulated_macro.facts(kind, self._seed, self._sessions, (start, end), self._now)
