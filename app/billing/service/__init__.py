"""Plans and who is on which: the front door of the slice."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select, text, tuple_

from app.accounts import service as accounts
from app.billing.models import Subscription, Transaction
from app.billing.schemas import (
    CurrentSubscription,
    Feature,
    FeatureGroup,
    Plan,
    PlanOut,
    PlansFile,
    SubscriptionOut,
    SubscriptionPage,
    SubscriptionQuery,
)
from app.billing.service import movements
from app.billing.service.conversions import note_conversion as note_conversion
from app.billing.service.movements import append as append
from app.billing.service.movements import rebuild_figures as rebuild_figures
from app.core import clock, invariants
from app.core.db import db
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext
from app.core.invariants import Ask, Invariant, Part
from app.core.paging import seal

PLANS_PATH = Path(__file__).parents[1] / "plans.toml"
DEMO = "demo"


@lru_cache(maxsize=1)
def read_plans(path: Path = PLANS_PATH) -> PlansFile:
    """Return the checked contents of the plans file."""
    return PlansFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def list_plans() -> list[Plan]:
    """Return the plans, cheapest first."""
    return sorted(read_plans().plans, key=lambda plan: plan.price)


def list_feature_groups() -> list[FeatureGroup]:
    """Return what plans may include, as the comparison shows it."""
    return read_plans().groups


def features() -> dict[str, Feature]:
    """Return all features by key."""
    return read_plans().features


def get_plan(tier: str) -> Plan:
    """Return one plan.

    Raises:
        NotFoundError: there is no such tier.
    """
    for plan in list_plans():
        if plan.tier == tier:
            return plan
    message = gettext("There is no plan '%(tier)s'.", tier=tier)
    raise NotFoundError(message)


def subscribe(
    user_id: int,
    tier: str,
    *,
    source: str,
    started_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Subscription:
    """Put a user on a plan from `started_at` (now, if left out) on.

    An earlier subscription stays as it is: the newest one counts.
    """
    get_plan(tier)
    now = clock.now()
    begins = started_at or now
    if ends_at is not None and ends_at <= begins:
        message = gettext("A subscription ends after it begins.")
        raise ValidationError(message, field="ends_at")
    subscription = Subscription(
        user_id=user_id,
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


def find_subscription(user_id: int, ladder: str = "robots") -> Subscription | None:
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
    found = find_subscription(user_id)
    plan = get_plan("free" if found is None else found.tier)
    return CurrentSubscription(
        plan=PlanOut(
            tier=plan.tier, name=plan.name, price=f"{plan.price:f}", currency=plan.currency
        ),
        subscription=None if found is None else _shown(found),
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
    movements.register_invariants()
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
