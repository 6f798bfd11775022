"""Pure: how a member's plan on a ladder stands, in one word, and what may be done with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.billing.rules.access import GRACE, LIVE

STRIPE = "stripe"
STATES = (
    "none", "gift", "trialing", "active", "past_due", "paused", "cancelling", "ended",
)  # fmt: skip


class Paid(Protocol):
    """What the provider says of a subscription; a row of `provider_subscriptions`."""

    status: str
    interval: str
    is_paused: bool
    resumes_at: datetime | None
    paid_until: datetime | None
    past_due_since: datetime | None
    trial_end: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    next_plan: str | None


class Given(Protocol):
    """The newest row of the history on the ladder."""

    status: str
    source: str
    ends_at: datetime | None


@dataclass(frozen=True)
class Doings:
    """What a member may do with a plan as it stands."""

    buy: bool = False
    change: bool = False
    pause: bool = False
    cancel: bool = False
    resume: bool = False
    keep: bool = False
    """Take a lower plan back that is to follow."""
    pay: bool = False
    """Look at how it is paid, and set that right."""


def state(paid: Paid | None, given: Given | None, now: datetime) -> str:
    """Return how a plan stands; what is paid counts before what was given or had once."""
    if paid is not None and paid.status in LIVE:
        return _state_of(paid)
    if given is None:
        return "none"
    is_over = given.status == "expired" or (given.ends_at is not None and given.ends_at <= now)
    if is_over:
        return "ended"
    return "gift" if given.source != STRIPE else "ended"


def _state_of(paid: Paid) -> str:
    if paid.status in ("past_due", "unpaid", "paused"):
        return "past_due"
    if paid.is_paused:
        return "paused"
    if paid.cancel_at is not None:
        return "cancelling"
    return "trialing" if paid.status == "trialing" else "active"


def doings(stands: str, paid: Paid | None, *, has_till: bool) -> Doings:
    """Return what may be done; nothing that the till would refuse is offered."""
    if not has_till:
        return Doings()
    if paid is None or stands in ("none", "gift", "ended"):
        return Doings(buy=True, pay=False)
    return Doings(
        change=stands in ("active", "trialing", "cancelling"),
        pause=stands == "active" and paid.interval == "month" and paid.period_end is not None,
        cancel=stands != "cancelling",
        resume=stands in ("paused", "cancelling"),
        keep=stands == "active" and paid.next_plan is not None,
        pay=True,
    )


def usable_until(stands: str, paid: Paid | None, given: Given | None) -> datetime | None:
    """Return until when the plan may be used; None: it goes on, or there is none."""
    if paid is None or stands in ("gift", "ended", "none"):
        return None if given is None else given.ends_at
    if stands == "past_due":
        return None if paid.past_due_since is None else paid.past_due_since + GRACE
    if stands == "paused":
        return paid.paid_until or paid.period_end
    return paid.cancel_at


def next_payment(stands: str, paid: Paid | None) -> datetime | None:
    """Return when money is taken next; None: not by itself."""
    if paid is None:
        return None
    if stands == "trialing":
        return paid.trial_end
    if stands == "paused":
        return None if paid.resumes_at is None else paid.period_end
    return paid.period_end if stands == "active" else None


def days_left(until: datetime | None, now: datetime) -> int:
    """Return how many days are left, a begun one counted; 0 when it is over."""
    if until is None or until <= now:
        return 0
    return -((now - until) // timedelta(days=1))


def open_invoice(statuses: Collection[tuple[str, str | None]]) -> str | None:
    """Return where the newest unpaid invoice is paid: from (status, address), newest first."""
    return next((url for status, url in statuses if status == "open" and url), None)
