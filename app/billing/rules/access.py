"""Pure: what each state of a subscription at the provider lets a member use. The one table.

| the provider says | a member may use it | row of the history |
|---|---|---|
| trialing | yes, for nothing | active, price 0 |
| active | yes | active |
| active, cancels at a time | until then | cancelled, ends then |
| active, collection paused | until the end of what was paid | cancelled, price 0, ends then |
| active, becomes a lower plan at a time | the higher one until then | active, the higher plan |
| past_due | for seven days from the first failure | active, ends then |
| unpaid | no, since the first failure | expired |
| paused (a trial ended without a card) | no, since the trial's end | expired |
| canceled | no, since it ended | expired |
| incomplete, incomplete_expired | no: nothing was ever paid | none |
| anything else, which a later version may bring | no | expired |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.rules.mirror import Fetched

GRACE = timedelta(days=7)
NEVER_BEGAN = ("incomplete", "incomplete_expired")
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
"""A member with one of these pays, or is to pay: a second one on the same ladder is a mistake."""
CAN_CHANGE = ("trialing", "active")


@dataclass(frozen=True)
class Standing:
    """What a subscription gives: a row of the history, without who and when."""

    status: str
    """active, cancelled or expired."""
    plan: str
    interval: str
    price_minor: int
    currency: str
    ends_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Whether it gives anything at a time."""
        return self.status != "expired" and (self.ends_at is None or self.ends_at > now)


def standing(sub: Fetched) -> Standing | None:
    """Return what a subscription gives; None for one that never began."""
    if sub.status in NEVER_BEGAN:
        return None
    status, ends_at, is_free = _decided(sub)
    return Standing(
        status=status,
        plan=sub.plan,
        interval=sub.interval,
        price_minor=0 if is_free else sub.price_minor,
        currency=sub.currency,
        ends_at=ends_at,
    )


def _decided(sub: Fetched) -> tuple[str, datetime | None, bool]:
    """Return status, end, and whether nothing is paid."""
    if sub.status in ("active", "trialing"):
        return _running(sub)
    since = sub.past_due_since or sub.period_start or sub.created_at
    if sub.status == "past_due":
        return "active", _earlier(since + GRACE, sub.cancel_at), False
    ends = {
        "unpaid": since,
        "paused": sub.trial_end or since,
        "canceled": sub.ended_at or since,
    }
    return "expired", ends.get(sub.status, since), False


def _running(sub: Fetched) -> tuple[str, datetime | None, bool]:
    is_trial = sub.status == "trialing"
    if sub.is_paused:
        return "cancelled", _earlier(sub.paid_until or sub.period_start, sub.cancel_at), True
    if sub.cancel_at is not None:
        return "cancelled", sub.cancel_at, is_trial
    return "active", None, is_trial


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known) if known else None


def counting(subs: Iterable[Fetched]) -> Fetched | None:
    """Return the one of a member's subscriptions on a ladder that counts.

    The oldest that lives, since a second one is a mistake and is given back; without one the
    one that ended last.
    """
    begun = [sub for sub in subs if sub.status not in NEVER_BEGAN]
    living = [sub for sub in begun if sub.status in LIVE]
    if living:
        return min(living, key=lambda sub: (sub.created_at, sub.provider_id))
    ended = [sub for sub in begun if sub not in living]
    return max(ended, key=lambda sub: (sub.created_at, sub.provider_id)) if ended else None


def doubles(subs: Iterable[Fetched]) -> list[Fetched]:
    """Return the living subscriptions of a ladder that are one too many, the oldest left out."""
    living = [sub for sub in subs if sub.status in LIVE]
    return sorted(living, key=lambda sub: (sub.created_at, sub.provider_id))[1:]
