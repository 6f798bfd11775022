"""A leader's part of a follower's new profit: the high-water mark, moved by what flows.

The mark is the equity up to which profit has been counted. Only what is above it is new. Each
follower has one with each leader, for each account and currency; it begins at the equity with which
they begin to follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.rules.shares import part

MIN_FOLLOWERS = 10
"""So many must follow at the end of a period for its profit to be charged (S1-36)."""


@dataclass(frozen=True)
class Flow:
    """Money that was paid into an account (positive) or taken out (negative), no profit of it."""

    at: datetime
    amount_minor: int
    equity_minor: int
    """What the account was worth immediately before."""


@dataclass(frozen=True)
class Share:
    """What a period comes to."""

    mark_before_minor: int
    """The mark at its end, moved by the flows, before its profit counts."""
    mark_minor: int
    """The mark with which the next period begins."""
    profit_minor: int
    charged_minor: int


def moved(mark_minor: int, flow: Flow) -> int:
    """Return the mark after a flow.

    What is paid in raises it by the amount: a deposit is no profit. What is taken out of an account
    that is above its mark lowers it by the amount: the profit that was made stays to be counted.
    Below the mark, the loss that is still to be regained goes with the money, in proportion:
    otherwise what is left would have to earn the losses of what has gone.
    """
    if flow.amount_minor >= 0 or flow.equity_minor >= mark_minor:
        return mark_minor + flow.amount_minor
    left = max(0, flow.equity_minor + flow.amount_minor)
    if flow.equity_minor <= 0:
        return mark_minor
    loss = mark_minor - flow.equity_minor
    # Rounded up: a fraction of a unit is never charged twice.
    return left + -(-loss * left // flow.equity_minor)


def settle(
    mark_minor: int,
    flows: Sequence[Flow],
    equity_minor: int,
    profit_bps: int,
    followers: int,
) -> Share:
    """Return what a period that ends with an equity comes to.

    With too few followers nothing is charged, and the mark rises all the same: what was free once
    is not charged for later.
    """
    mark = mark_minor
    for flow in sorted(flows, key=lambda one: one.at):
        mark = moved(mark, flow)
    profit = max(0, equity_minor - mark)
    charged = part(profit, profit_bps) if followers >= MIN_FOLLOWERS else 0
    return Share(mark, max(mark, equity_minor), profit, charged)
