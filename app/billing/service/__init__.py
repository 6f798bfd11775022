"""Plans and who is on which: the front door of the slice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text, tuple_

from app.accounts import service as accounts
from app.billing.models import Subscription, Transaction
from app.billing.schemas import (
    CurrentSubscription,
    PlanOut,
    SubscriptionOut,
    SubscriptionPage,
    SubscriptionQuery,
)
from app.billing.service import funnel, movements, till_invariants
from app.billing.service.administration import change_plan_of as change_plan_of
from app.billing.service.administration import check_invoice as check_invoice
from app.billing.service.administration import comparisons as comparisons
from app.billing.service.administration import creators_due as creators_due
from app.billing.service.administration import dead_events as dead_events
from app.billing.service.administration import event_counts as event_counts
from app.billing.service.administration import give_plan as give_plan
from app.billing.service.administration import member_money as member_money
from app.billing.service.administration import preview_change_of as preview_change_of
from app.billing.service.administration import users_standing as users_standing
from app.billing.service.buying import (
    buy,
    open_portal,
    paid_plan,
    paid_plans,
    settle_checkout,
)
from app.billing.service.catalogue import sync_plans
from app.billing.service.changes import Decided as Decided
from app.billing.service.changes import cancel as cancel_plan
from app.billing.service.changes import change_plan
from app.billing.service.changes import pause as pause_plan
from app.billing.service.changes import preview as preview_change
from app.billing.service.changes import resume as resume_plan
from app.billing.service.clicks import note_click as note_click
from app.billing.service.clicks import prune_clicks as prune_clicks
from app.billing.service.conversions import note_conversion
from app.billing.service.creators import set_suspended as set_suspended
from app.billing.service.entitlements import (
    admit_program,
    can,
    covers,
    entitlements,
    forget,
    history_since,
    limit,
    list_ended,
    needed,
    next_plan,
    plan_of,
    plan_on,
    require,
)
from app.billing.service.erasure import erase_person, forget_customer
from app.billing.service.figure_rows import figure_file as figure_file
from app.billing.service.figure_rows import figure_rows as figure_rows
from app.billing.service.figures import business as business
from app.billing.service.figures import count_paying_members as count_paying_members
from app.billing.service.keeping import keep as keep_plan
from app.billing.service.movements import append as append
from app.billing.service.movements import rebuild_figures as rebuild_figures
from app.billing.service.own_plan import own_plan, trial_days
from app.billing.service.plans import (
    ROBOTS,
    feature_name,
    features,
    free_plan,
    get_ladder,
    get_plan,
    list_feature_groups,
    list_ladders,
    list_plans,
    offer_prices,
    plan_keys,
    plan_name,
    plan_value,
    read_plans,
    shown_entitlements,
    shown_plans,
    value_text,
    yearly_saving,
)
from app.billing.service.refunds import end_disputed, give_back_double, refund
from app.billing.service.selling import has_till, is_for_sale, is_test_till
from app.billing.service.sweeping import sweep
from app.billing.service.syncing import sync_user
from app.billing.service.usage import (
    give_back,
    note_gauge,
    prune_usage,
    register_gauge,
    usage,
    usage_of,
    use,
)
from app.billing.service.webhooks import receive as receive_event
from app.billing.service.working import replay as replay_event
from app.billing.service.working import work
from app.core import clock, invariants
from app.core.db import db
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.core.invariants import Ask, Invariant, Part
from app.core.paging import seal

__all__ = [
    "DEMO",
    "ROBOTS",
    "admit_program",
    "buy",
    "can",
    "cancel_plan",
    "change_plan",
    "covers",
    "current",
    "end_disputed",
    "entitlements",
    "erase_person",
    "feature_name",
    "features",
    "find_subscription",
    "find_wrong_payers",
    "find_wrong_tiers",
    "forget",
    "forget_customer",
    "free_plan",
    "get_ladder",
    "get_plan",
    "give_back",
    "give_back_double",
    "has_till",
    "history_since",
    "is_for_sale",
    "is_test_till",
    "keep_plan",
    "limit",
    "list_ended",
    "list_feature_groups",
    "list_ladders",
    "list_plans",
    "list_subscriptions",
    "list_transactions",
    "needed",
    "next_plan",
    "note_conversion",
    "note_gauge",
    "offer_prices",
    "open_portal",
    "own_plan",
    "page",
    "paid_plan",
    "paid_plans",
    "pause_plan",
    "plan_keys",
    "plan_name",
    "plan_of",
    "plan_on",
    "plan_value",
    "preview_change",
    "prune_usage",
    "read_plans",
    "receive_event",
    "refund",
    "register_gauge",
    "register_invariants",
    "replay_event",
    "require",
    "resume_plan",
    "settle_checkout",
    "shown_entitlements",
    "shown_plans",
    "subscribe",
    "sweep",
    "sync_plans",
    "sync_user",
    "trial_days",
    "usage",
    "usage_of",
    "use",
    "value_text",
    "work",
    "yearly_saving",
]

DEMO = "demo"


def subscribe(
    user_id: int,
    tier: str,
    *,
    source: str,
    ladder: str = ROBOTS,
    started_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Subscription:
    """Put a user on a plan of a ladder from `started_at` (now, if left out) on.

    An earlier subscription stays as it is: the newest one counts.
    """
    get_plan(tier, ladder)
    now = clock.now()
    begins = started_at or now
    if ends_at is not None and ends_at <= begins:
        message = gettext("A subscription ends after it begins.")
        raise ValidationError(message, field="ends_at")
    subscription = Subscription(
        user_id=user_id,
        ladder=ladder,
        tier=tier,
        status="active" if ends_at is None or ends_at > now else "expired",
        source=source,
        started_at=begins,
        ends_at=ends_at,
        created_at=now,
    )
    append(subscription)
    if source != DEMO:
        accounts.audit("user.plan_changed", user_id=user_id, tier=tier, source=source)
    return subscription


def find_subscription(user_id: int, ladder: str = ROBOTS) -> Subscription | None:
    """Return the subscription that counts on a ladder, or None for a user who never had one."""
    newest = Subscription.started_at.desc(), Subscription.id.desc()
    mine = Subscription.user_id == user_id, Subscription.ladder == ladder
    return db.session.scalar(select(Subscription).where(*mine).order_by(*newest).limit(1))


def list_subscriptions(user_id: int) -> list[Subscription]:
    """Return all subscriptions that a user has had, the oldest first."""
    mine = Subscription.user_id == user_id
    return list(db.session.scalars(select(Subscription).where(mine).order_by(Subscription.id)))


def page(user_id: int, asked: SubscriptionQuery) -> SubscriptionPage:
    """Return a page of a user's subscriptions, the newest first."""
    place = tuple_(Subscription.started_at, Subscription.id)
    query = select(Subscription).where(Subscription.user_id == user_id)
    if asked.cursor is not None:
        began, last_id = asked.cursor
        query = query.where(place < (datetime.fromisoformat(str(began)), int(last_id)))
    newest = Subscription.started_at.desc(), Subscription.id.desc()
    rows = list(db.session.scalars(query.order_by(*newest).limit(asked.limit + 1)))
    shown, more = rows[: asked.limit], len(rows) > asked.limit
    last = [shown[-1].started_at.isoformat(), shown[-1].id] if more else None
    return SubscriptionPage(
        items=[_shown(row) for row in shown],
        next_cursor=seal("subscriptions", last) if last else None,
    )


def current(user_id: int) -> CurrentSubscription:
    """Return the plan that counts for a user, and where it comes from."""
    found, plan = find_subscription(user_id), plan_of(user_id)
    return CurrentSubscription(
        plan=PlanOut(
            tier=plan.tier, name=plan.name, price=f"{plan.price:f}", currency=plan.currency
        ),
        subscription=None if found is None else _shown(found),
        entitlements=shown_entitlements(entitlements(user_id).values),
    )


def _shown(row: Subscription) -> SubscriptionOut:
    return SubscriptionOut.model_validate(
        {name: getattr(row, name) for name in SubscriptionOut.model_fields}
    )


def list_transactions(user_id: int) -> list[Transaction]:
    """Return all payments and refunds of a user, the oldest first."""
    mine = Transaction.user_id == user_id
    return list(db.session.scalars(select(Transaction).where(mine).order_by(Transaction.id)))


# --- What must hold ---

_TIERS = """
SELECT u.id FROM users u LEFT JOIN subscriptions s ON s.id = (
  SELECT n.id FROM subscriptions n WHERE n.user_id = u.id AND n.ladder = 'robots'
  ORDER BY n.started_at DESC, n.id DESC LIMIT 1
)
WHERE u.subscription_tier <> COALESCE(s.tier, 'free')
OR u.subscription_status <> COALESCE(s.status, 'active')
OR u.subscription_start_date IS DISTINCT FROM s.started_at
OR u.subscription_end_date IS DISTINCT FROM s.ends_at
ORDER BY u.id LIMIT 20
"""
_PAYERS = """
SELECT t.id FROM transactions t JOIN subscriptions s ON s.id = t.subscription_id
WHERE t.user_id <> s.user_id ORDER BY t.id LIMIT 20
"""


def register_invariants() -> None:
    """Let the invariants of plans be looked at."""
    till_invariants.register()
    movements.register_invariants()
    funnel.register_invariants()
    invariants.register_invariants((
        Invariant("billing.tiers", "everybody is on the plan of their newest subscription",
                  find_wrong_tiers),
        Invariant("billing.owners", "a payment is of whoever has the subscription",
                  find_wrong_payers),
    ))  # fmt: skip


def find_wrong_tiers(_ask: Ask) -> Part:
    """Find users whose plan is not that of their newest subscription."""
    rows = db.session.execute(text(_TIERS))
    return invariants.whole(
        f"user {row[0]} is not on the plan of the newest subscription" for row in rows
    )


def find_wrong_payers(_ask: Ask) -> Part:
    """Find payments for a subscription of somebody else."""
    rows = db.session.execute(text(_PAYERS))
    return invariants.whole(f"payment {row[0]} is for somebody else's subscription" for row in rows)
