"""The legs of a combination in an address: 1C95@2026-12-18_-1C100@2026-12-18. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MOST_LEGS = 8
MOST = 9999
_LEG = re.compile(r"(-?[0-9]{1,4})(?:(S)|([CP])([0-9]{1,6}(?:\.[0-9]{1,3})?)@([0-9-]{10}))")


class ChosenLeg(NamedTuple):
    """So many of a contract (below zero: sold); C, P or S for the underlying itself."""

    qty: int
    right: str
    strike: Decimal | None = None
    expiry: date | None = None

    @property
    def contract(self) -> tuple[str, Decimal | None, date | None]:
        """What it is of."""
        return self.right, self.strike, self.expiry


def read_legs(text: str) -> list[ChosenLeg]:
    """Return the legs of an address; what is not one is left out, as any wrong value there is."""
    found: list[ChosenLeg] = []
    for part in text.split("_"):
        match = _LEG.fullmatch(part)
        if match is None or not int(match[1]):
            continue
        try:
            on = date.fromisoformat(match[5]) if match[5] else None
        except ValueError:
            continue
        strike = Decimal(match[4]).normalize() + 0 if match[4] else None
        found.append(ChosenLeg(int(match[1]), match[2] or match[3], strike, on))
    return found[:MOST_LEGS]


def write_legs(legs: Sequence[ChosenLeg]) -> str:
    """Return legs as an address holds them."""
    return "_".join(
        f"{leg.qty}{leg.right}" + (f"{leg.strike:f}@{leg.expiry}" if leg.strike else "")
        for leg in legs
    )


def with_leg(legs: Sequence[ChosenLeg], added: ChosenLeg) -> list[ChosenLeg]:
    """Return legs with one more; of a contract that is among them the quantities add up."""
    found, is_there = [], False
    for leg in legs:
        if leg.contract == added.contract:
            is_there = True
            qty = max(-MOST, min(MOST, leg.qty + added.qty))
            found += [leg._replace(qty=qty)] if qty else []
        else:
            found.append(leg)
    return found if is_there else [*found, added][:MOST_LEGS]
