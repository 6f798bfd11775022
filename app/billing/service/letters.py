"""Mails about plans and payments: what happened is told once, by a key of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing.models import Invoice, Offer, ProviderSubscription, Subscription
from app.billing.rules import access
from app.billing.rules import usage as counts
from app.billing.rules.access import Standing
from app.billing.rules.mirror import OFFERS, Fetched
from app.billing.schemas import Feature
from app.billing.service import plans
from app.billing.service.entitlements import next_plan, plan_on
from app.core import clock
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import in_language, language
from app.notifications import service as notifications

TRIAL_WARNING = timedelta(days=3)
UNPAID = ("past_due", "unpaid", "paused")


def tell(user_id: int, topic: str, key: str, **facts: Any) -> None:
    """Tell a member by mail, once."""
    notifications.tell(user_id, topic, key=f"{topic}:{key}", facts=facts)


def plan_name(ladder: str, plan: str, offer_id: int | None) -> str:
    """Return what a member calls what was bought."""
    if ladder == OFFERS:
        offer = db.session.get(Offer, offer_id) if offer_id is not None else None
        return offer.name if offer is not None else plan
    try:
        return plans.get_plan(plan, ladder).name
    except NotFoundError:
        return plan  # of an older plans file


def _price(sub: Fetched) -> dict[str, Any]:
    return {"amount": sub.price_minor, "currency": sub.currency, "interval": sub.interval}


def tell_change(
    user_id: int,
    sub: Fetched,
    before: Subscription | None,
    gives: Standing,
    planned: dict[str, Any] | None,
) -> None:
    """Tell of a new row of the history; `planned` is what was known of it before."""
    name = plan_name(sub.ladder, gives.plan, sub.offer_id)
    key = f"{sub.provider_id}:{gives.status}:{gives.plan}:{gives.interval}:{gives.ends_at}"
    if gives.status == "expired":
        _tell_end(user_id, key, name, sub, before, gives)
    elif planned is None:
        tell(user_id, "subscription_started", f"started:{sub.provider_id}", plan=name,
             renews_at=sub.period_end, trial_ends_at=_trial_end(sub), **_price(sub))  # fmt: skip
    elif before is not None:
        _tell_course(user_id, key, name, sub, before, gives)
        is_other = (before.tier, before.interval) != (gives.plan, gives.interval)
        # A lower plan that was planned was told of when it was.
        if is_other and planned["next_plan"] != gives.plan:
            old = plan_name(sub.ladder, before.tier, sub.offer_id)
            tell(user_id, "plan_changed", f"{key}:{before.id}", plan=name, before=old,
                 at=sub.period_start, **_price(sub))  # fmt: skip


def _tell_end(
    user_id: int, key: str, name: str, sub: Fetched, before: Subscription | None, gives: Standing
) -> None:
    if before is None or before.status == "expired":
        return
    is_unpaid = sub.status in UNPAID or before.reason in UNPAID
    because = "unpaid" if is_unpaid else "cancelled"
    tell(user_id, "subscription_ended", key, plan=name, ended_at=gives.ends_at, because=because)


def _tell_course(
    user_id: int, key: str, name: str, sub: Fetched, before: Subscription, gives: Standing
) -> None:
    """Tell of a pause, a cancellation, and either taken back."""
    if sub.is_paused:
        tell(user_id, "subscription_paused", key, plan=name, resumes_at=sub.resumes_at)
    elif gives.status == "cancelled":
        tell(user_id, "subscription_cancelled", key, plan=name, ends_at=gives.ends_at)
    elif before.status == "cancelled":
        tell(user_id, "subscription_resumed", f"{key}:{before.id}", plan=name,
             renews_at=sub.period_end, **_price(sub))  # fmt: skip


def _trial_end(sub: Fetched) -> datetime | None:
    return sub.trial_end if sub.status == "trialing" else None


def tell_of(user_id: int, sub: Fetched, before: dict[str, Any] | None, now: datetime) -> None:
    """Tell of what will happen: a trial that ends soon, a lower plan from a time on."""
    is_planned = sub.next_plan is not None and sub.next_at is not None
    if is_planned and before is not None and before["next_plan"] != sub.next_plan:
        # Told with the look that has seen it: it can be planned, taken back and planned again.
        seen = f"{sub.next_at}:{int(now.timestamp())}"
        tell(user_id, "plan_changed", f"{sub.provider_id}:{sub.next_plan}:{seen}",
             plan=plan_name(sub.ladder, str(sub.next_plan), sub.offer_id),
             before=plan_name(sub.ladder, sub.plan, sub.offer_id), at=sub.next_at,
             amount=sub.next_price_minor or 0, currency=sub.currency,
             interval=sub.interval)  # fmt: skip
    if before is not None and _is_kept(sub, before, now):
        notifications.withdraw(f"plan_changed:{sub.provider_id}:{before['next_plan']}:")
        tell(user_id, "plan_kept", f"{sub.provider_id}:{before['next_at']}:{int(now.timestamp())}",
             plan=plan_name(sub.ladder, sub.plan, sub.offer_id), renews_at=sub.period_end,
             instead_of=plan_name(sub.ladder, before["next_plan"], sub.offer_id),
             **_price(sub))  # fmt: skip
    if sub.status != "trialing" or sub.trial_end is None or sub.cancel_at is not None:
        return
    if now < sub.trial_end <= now + TRIAL_WARNING:
        tell(user_id, "trial_ending", f"{sub.provider_id}:{sub.trial_end}",
             plan=plan_name(sub.ladder, sub.plan, sub.offer_id), ends_at=sub.trial_end,
             **_price(sub))  # fmt: skip


def _is_kept(sub: Fetched, before: dict[str, Any], now: datetime) -> bool:
    """Whether a lower plan that was to follow was taken back."""
    if sub.next_plan is not None or before["next_plan"] is None or before["next_at"] is None:
        return False
    is_same = sub.plan == before["plan"] and sub.status == "active" and sub.cancel_at is None
    return bool(is_same and now < before["next_at"])


def _paid_for(row: Invoice) -> str:
    for line in row.lines:
        if line.get("plan"):
            return plan_name(str(line["ladder"]), str(line["plan"]), line.get("offer_id"))
    return row.number or row.provider_id


def tell_paid(row: Invoice) -> None:
    """Give a receipt for a paid invoice."""
    for topic in ("payment_failed", "payment_action_required"):
        notifications.withdraw(f"{topic}:{row.provider_id}")
    if row.paid_minor <= 0:
        return
    tell(row.user_id, "payment_succeeded", row.provider_id, amount=row.paid_minor,
         currency=row.currency, plan=_paid_for(row), paid_at=row.paid_at or row.created_at,
         invoice=row.number or row.provider_id)  # fmt: skip


def tell_unpaid(row: Invoice, sub: ProviderSubscription | None, *, wants_action: bool) -> None:
    """Tell of an invoice whose payment did not go through, or waits for the member's bank."""
    facts = {
        "amount": max(0, row.total_minor - row.paid_minor),
        "currency": row.currency,
        "plan": _paid_for(row),
    }
    until = None
    if sub is not None and sub.past_due_since is not None:
        until = sub.past_due_since + access.GRACE
    if wants_action:
        tell(row.user_id, "payment_action_required", row.provider_id, until=until, **facts)
        return
    key = f"{row.provider_id}:{row.attempts}"
    tell(row.user_id, "payment_failed", key, next_try_at=row.next_attempt_at, access_until=until,
         **facts)  # fmt: skip


def tell_refund(row: Invoice, refund_id: str, amount_minor: int, at: datetime) -> None:
    """Tell of money that goes back."""
    tell(row.user_id, "refund_made", refund_id, amount=amount_minor, currency=row.currency,
         plan=_paid_for(row), refunded_at=at)  # fmt: skip


# --- Limits ---


def tell_limit(
    user_id: int, feature: Feature, used: int, most: int, *, is_near: bool = False
) -> None:
    """Tell of a limit that is reached or near, and what the next plan gives; not of what is not built."""
    if not feature.ready:
        return
    with in_language(accounts.get_user(user_id).language or language()):
        facts = _at_limit(user_id, feature, used, most)
    notifications.tell_limit(user_id, feature.key, facts, is_near=is_near)


def _at_limit(user_id: int, feature: Feature, used: int, most: int) -> dict[str, Any]:
    mine, plan = plan_on(user_id, feature.key), next_plan(user_id, feature.key)
    facts: dict[str, Any] = {
        "limit": plans.feature_name(feature.key),
        "used": used,
        "allowed": most,
        "plan": plans.plan_name(mine) if mine else "",
    }
    if feature.counted is not None:
        facts["resets_at"] = counts.resets_at(feature.counted, clock.now())
    if plan is not None:
        facts |= {
            "next_plan": plans.plan_name(plan),
            "next_allowed": plans.read_plans().values[plan.ladder, plan.tier][feature.key],
            "next_amount": plan.price_minor("month"),
            "next_currency": plan.currency,
        }
    return facts
