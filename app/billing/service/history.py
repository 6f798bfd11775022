"""The history follows the mirror: a row is added when what a member may use has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing.models import ProviderSubscription, Subscription
from app.billing.queries import provider as queries
from app.billing.queries.provider import PROVIDER
from app.billing.rules import access
from app.billing.rules import conversions as steps
from app.billing.rules.access import Standing
from app.billing.rules.mirror import OFFERS, Fetched
from app.billing.service import letters, movements, plans
from app.billing.service.conversions import note_conversion
from app.core import outbox

TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Change:
    """What a row of the history was, and is."""

    sub: Fetched
    before: Subscription | None
    """The newest row that followed the provider; None: the first."""
    gives: Standing


def follow(user_id: int, subs: Sequence[Fetched], now: datetime) -> list[Change]:
    """Write mirror and history of a member's subscriptions, in the present transaction."""
    before = {row.provider_id: _state(row) for row in queries.subscriptions_of(user_id)}
    subs = [_paused(sub, before.get(sub.provider_id)) for sub in subs]
    ids = {sub.provider_id: queries.write_subscription(sub, user_id, now) for sub in subs}
    # A member whose customer was deleted has another: what is fetched of one is not all there is.
    rows = queries.subscriptions_of(user_id)
    others = [as_fetched(row) for row in rows if row.provider_id not in ids]
    ids |= {row.provider_id: row.id for row in rows}
    changes = []
    for place in sorted({(sub.ladder, sub.offer_id or 0) for sub in subs}):
        group = [sub for sub in (*subs, *others) if (sub.ladder, sub.offer_id or 0) == place]
        _give_back_doubles(group)
        change = _follow_ladder(user_id, group, ids, now)
        if change is not None:
            changes.append(change)
            planned = before.get(change.sub.provider_id)
            letters.tell_change(user_id, change.sub, change.before, change.gives, planned)
    for sub in subs:
        letters.tell_of(user_id, sub, before.get(sub.provider_id), now)
    return changes


def as_fetched(row: ProviderSubscription) -> Fetched:
    """Return a subscription of the mirror as it was fetched last."""
    return Fetched(**{name: getattr(row, name) for name in Fetched.__dataclass_fields__})


def _state(row: Any) -> dict[str, Any]:
    names = ("plan", "next_plan", "next_at", "is_paused", "paid_until", "status")
    return {name: getattr(row, name) for name in names}


def _paused(sub: Fetched, before: dict[str, Any] | None) -> Fetched:
    """Return a subscription with the end of what was paid, where the provider does not say it.

    A pause that was begun at the provider's own pages bears no note of it: then what counts is
    the period in which it was seen first.
    """
    if not sub.is_paused or sub.paid_until is not None:
        return sub
    seen = before["paid_until"] if before and before["is_paused"] else None
    return replace(sub, paid_until=seen or sub.period_end)


def _follow_ladder(
    user_id: int, group: Sequence[Fetched], ids: dict[str, int], now: datetime
) -> Change | None:
    sub = access.counting(group)
    gives = None if sub is None else access.standing(sub)
    if sub is None or gives is None:
        return None
    mirror_id = ids[sub.provider_id]
    last = queries.newest_row(user_id, sub.ladder, sub.offer_id, PROVIDER)
    if last is not None and is_same(last, gives, mirror_id):
        return None
    newest = queries.newest_row(user_id, sub.ladder, sub.offer_id, None)
    row = _row(user_id, sub, gives, mirror_id)
    # The newest row counts: a clock that was set back must not put a new row behind an old one.
    row.started_at = now if newest is None else max(now, newest.started_at + TICK)
    row.change_key = f"{mirror_id}:{last.id if last is not None else 0}"
    row.created_at = now
    movements.append(row)
    note_step(row, last, sub, gives)
    if newest is not None and _outlives(newest, gives, now):
        movements.append(_again(newest, row.started_at + TICK, now))
    accounts.audit(
        "subscription.followed",
        user_id=user_id,
        subject=f"subscription:{mirror_id}",
        ladder=sub.ladder,
        plan=gives.plan,
        status=gives.status,
    )
    return Change(sub, last, gives)


def note_step(row: Subscription, last: Subscription | None, sub: Fetched, gives: Standing) -> None:
    """Count the step of the funnel that a new row is, if it is one."""
    if sub.ladder == OFFERS:
        return
    before = steps.NOWHERE
    if last is not None:
        before = _step_standing(last.ladder, last.tier, last.status, last.reason)
    after = _step_standing(sub.ladder, gives.plan, gives.status, row.reason)
    kind = steps.step(before, after)
    if kind is not None:
        note_conversion(
            kind,
            key=f"history:{row.id}",
            user_id=row.user_id,
            ladder=row.ladder,
            source=queries.source_of(row.user_id, row.ladder),
            plan_from=before.plan,
            plan_to=after.plan,
        )


def _step_standing(ladder: str, plan: str, status: str, reason: str | None) -> steps.Standing:
    keys = plans.plan_keys(ladder)
    if status == "expired" or plan not in keys:
        return steps.NOWHERE
    # A ladder without a free plan begins at its first one.
    rank = keys.index(plan) + (0 if plans.free_plan(ladder) else 1)
    is_paused = reason == "paused"
    return steps.Standing(
        plan,
        rank,
        is_trial=reason == "trialing",
        is_paused=is_paused,
        is_leaving=status == "cancelled" and not is_paused,
    )


def is_same(row: Subscription, gives: Standing, mirror_id: int) -> bool:
    """Whether a row of the history says what a subscription gives."""
    has = (row.status, row.tier, row.interval, row.price_minor, row.currency, row.ends_at)
    wants = (
        gives.status, gives.plan, gives.interval, gives.price_minor, gives.currency, gives.ends_at,
    )  # fmt: skip
    return has == wants and row.provider_subscription_id == mirror_id


def _row(user_id: int, sub: Fetched, gives: Standing, mirror_id: int) -> Subscription:
    return Subscription(
        user_id=user_id,
        ladder=sub.ladder,
        offer_id=sub.offer_id,
        tier=gives.plan,
        status=gives.status,
        source=PROVIDER,
        interval=gives.interval,
        price_minor=gives.price_minor,
        currency=gives.currency,
        provider_subscription_id=mirror_id,
        ends_at=gives.ends_at,
        reason=sub.status if sub.status != "active" else "paused" if sub.is_paused else None,
    )


def _outlives(newest: Subscription, gives: Standing, now: datetime) -> bool:
    """Whether what an administrator gave goes on beside what the provider says now."""
    if newest.source == PROVIDER or newest.status == "expired":
        return False
    if newest.ends_at is not None and newest.ends_at <= now:
        return False
    if not gives.is_usable(now):
        return True
    if newest.ladder == OFFERS:
        return False
    keys = plans.plan_keys(newest.ladder)
    return newest.tier in keys and keys.index(newest.tier) > keys.index(gives.plan)


def _again(newest: Subscription, at: datetime, now: datetime) -> Subscription:
    """Return a further row that says the same as an older one, which counts again so."""
    names = ("user_id", "ladder", "offer_id", "tier", "status", "source", "interval", "price_minor",
             "currency", "provider_subscription_id", "reason", "ends_at")  # fmt: skip
    return Subscription(
        **{name: getattr(newest, name) for name in names}, started_at=at, created_at=now
    )


def _give_back_doubles(group: Sequence[Fetched]) -> None:
    """Have a second living subscription of a ladder cancelled and what was paid given back."""
    for sub in access.doubles(group):
        outbox.enqueue(
            "billing.give_back_double",
            {"provider_id": sub.provider_id},
            key=f"billing.double:{sub.provider_id}",
            queue="critical",
        )
