"""The provider's balance against the journal, thing by thing: what only one of both has is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

PATIENCE = timedelta(days=3)
"""So long something may be on its way from one to the other; then it is a difference."""

# What the provider moves by its own: between its balance and our bank, and for what it does for us.
TO_BANK = frozenset({"payout", "payout_failure", "payout_cancel", "topup", "topup_reversal"})
OWN_FEES = frozenset({"stripe_fee", "network_cost", "tax_fee", "stripe_fx_fee"})


@dataclass(frozen=True)
class Line:
    """One movement of the provider's balance."""

    txn_id: str
    source: str
    """What moved it: a charge, a refund, a transfer."""
    kind: str
    net_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True)
class Open:
    """What one side has and the other does not, or with another amount."""

    key: str
    what: str
    """fee, provider, journal."""
    amount_minor: int
    """The provider's less ours."""
    since: str

    def is_explained(self, day: date) -> bool:
        """Whether it may still be on its way."""
        return day - date.fromisoformat(self.since) <= PATIENCE


@dataclass(frozen=True)
class Compared:
    """What a day comes to, in one currency."""

    provider_minor: int
    journal_minor: int
    opened: list[Open]

    def difference(self, day: date) -> int:
        """Return what nothing explains any more."""
        return sum(one.amount_minor for one in self.opened if not one.is_explained(day))


def key_of(line: Line) -> str:
    """Return the name by which a movement is found in the journal."""
    return line.txn_id if is_booked(line) else line.source


def is_booked(line: Line) -> bool:
    """Whether it is the provider's own, which the journal learns of here."""
    return line.kind in TO_BANK or line.kind in OWN_FEES


def compare(
    day: date,
    carried: Iterable[Open],
    lines: Iterable[Line],
    ours: dict[str, int],
) -> list[Open]:
    """Return what is open at the end of a day: carried over, or new.

    `ours` is what the journal moved of the provider's balance, by the name of each thing.
    """
    known = {one.key: one for one in carried}
    amounts = {key: one.amount_minor for key, one in known.items()}
    fees: dict[str, int] = {}
    theirs = set()
    for line in lines:
        key = key_of(line)
        theirs.add(key)
        amounts[key] = amounts.get(key, 0) + line.net_minor
        fees[key] = fees.get(key, 0) + line.fee_minor
    for key, amount in ours.items():
        amounts[key] = amounts.get(key, 0) - amount
    return [
        Open(key, _what(key, amount, fees, theirs, known), amount, _since(key, day, known))
        for key, amount in sorted(amounts.items())
        if amount
    ]


def _what(
    key: str, amount: int, fees: dict[str, int], theirs: set[str], known: dict[str, Open]
) -> str:
    if fees.get(key) and amount == -fees[key]:
        return "fee"
    if key in theirs:
        return "provider"
    return known[key].what if key in known else "journal"


def _since(key: str, day: date, known: dict[str, Open]) -> str:
    return known[key].since if key in known else day.isoformat()


def as_json(opened: Iterable[Open]) -> list[dict[str, Any]]:
    """Return open things as they are kept."""
    return [asdict(one) for one in opened]


def from_json(kept: Iterable[dict[str, Any]]) -> list[Open]:
    """Return open things as they were kept."""
    return [Open(**one) for one in kept]
