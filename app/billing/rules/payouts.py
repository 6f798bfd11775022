"""When a creator is paid, and how much: once a week, what is older than the refund window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

HOLD_DAYS = 14
"""A sale younger than this may still be given back; it is paid later."""
RESERVE_DAYS = 90
"""So long a part of each sale is kept back for disputes, which come late."""
WEEK = timedelta(days=7)
PAYDAY = time(9)
"""On Mondays, UTC."""


@dataclass(frozen=True)
class Standing:
    """What a payout depends on, for one creator and currency."""

    payable_minor: int
    recent_minor: int
    """What of it comes from sales that may still be given back."""
    minimum_minor: int
    has_account: bool
    is_payouts_enabled: bool
    has_second_factor: bool
    is_suspended: bool


@dataclass(frozen=True)
class Decision:
    """How much may be sent, and why no more."""

    amount_minor: int
    why: str | None
    """suspended, no_account, requirements, second_factor, owing, recent, minimum; None: it is sent."""


def decide(standing: Standing) -> Decision:
    """Return what may be sent now: all that has matured, or nothing and why."""
    matured = max(0, standing.payable_minor - standing.recent_minor)
    for is_so, why in (
        (standing.is_suspended, "suspended"),
        (standing.payable_minor < 0, "owing"),
        (not standing.has_account, "no_account"),
        (not standing.is_payouts_enabled, "requirements"),
        (not standing.has_second_factor, "second_factor"),
        (matured == 0 and standing.payable_minor > 0, "recent"),
        (matured < standing.minimum_minor, "minimum"),
    ):
        if is_so:
            return Decision(0, why)
    return Decision(matured, None)


def minimum(digits: int) -> int:
    """Return the least amount that is sent, in a currency with so many decimals: 25.00.

    Currencies without decimals have small units: 2,500 of them.
    """
    return 2_500 if digits == 0 else 25 * 10**digits


def through(today: date) -> date:
    """Return the last day whose sales a payout of this week holds: a Sunday past the hold."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(days=1 + HOLD_DAYS)


def next_payday(now: datetime) -> datetime:
    """Return when creators are paid next."""
    monday = now.date() - timedelta(days=now.weekday())
    due = datetime.combine(monday, PAYDAY, now.tzinfo)
    return due if now < due else due + WEEK
