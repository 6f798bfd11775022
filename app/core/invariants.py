"""What must always hold, told by each slice about its own tables; `flask invariants` asks all.

An invariant looks part by part, so that a large database can be gone through over several nights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Ask(NamedTuple):
    """Which part is looked at, and whether the costly look at everything is wanted."""

    after: int = 0
    is_full: bool = True


@dataclass(frozen=True)
class Part:
    """What a part had: the faults, in words for the operator, and where the next part begins."""

    faults: list[str] = field(default_factory=list)
    next_after: int | None = None
    """None: this was the last part."""


class UncheckedError(Exception):
    """It could not be looked at, for the reason given; that is neither whole nor broken."""


Find = Callable[[Ask], Part]


@dataclass(frozen=True)
class Invariant:
    """One thing that must hold."""

    name: str
    """Its area and what, such as ledger.chains."""
    holds: str
    """What holds, as a sentence."""
    find: Find


_known: dict[str, Invariant] = {}


def register_invariants(invariants: Iterable[Invariant]) -> None:
    """Let `flask invariants` and the clock look at these too; registering twice counts once."""
    _known.update((each.name, each) for each in invariants)


def list_invariants() -> list[Invariant]:
    """Return all of them, by name."""
    return [_known[name] for name in sorted(_known)]


def whole(faults: Iterable[str]) -> Part:
    """Return the faults of something that is looked at in one part."""
    return Part(list(faults))
