"""What must hold of plans and payments: here, and between here and the provider.

Names of reliability in brackets. Where the provider is asked, it is for a bounded number of pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.billing.clients import stripe
from app.billing.errors import TillAwayError, TillRefusedError
from app.billing.models import (
    Invoice,
    ProviderCustomer,
    ProviderEvent,
    ProviderSubscription,
    Transaction,
)
from app.billing.queries import provider as queries
from app.billing.queries.provider import PROVIDER
from app.billing.rules import access, events, mirror
from app.billing.rules.events import NotAnEventError
from app.billing.rules.mirror import Fetched, Object
from app.billing.service import history
from app.core import clock, invariants
from app.core.db import db
from app.core.invariants import Ask, Invariant, Part, UncheckedError, whole

STUCK = timedelta(minutes=15)
RECENT = timedelta(days=30)
SETTLING = timedelta(minutes=15)
"""What is younger may still be on its way."""
MOST_ASKED = 2_000
USERS_AT_ONCE = 500
MOST_TOLD = 20


def register() -> None:
    """Let them be looked at."""
    invariants.register_invariants((
        Invariant("billing.events", "each event is done, ignored for a reason, or dead with an "
                  "alarm; none waits longer than 15 minutes (I2)", find_stuck_events),
        Invariant("billing.delivered", "each event that the provider has delivered is kept (I1)",
                  find_lost_events),
        Invariant("billing.mirror", "subscriptions are as the provider has them (I3)",
                  find_unlike_subscriptions),
        Invariant("billing.access", "what members may use follows from their subscriptions (I4)",
                  find_wrong_access),
        Invariant("billing.payments", "each payment and refund at the provider is here once, and "
                  "the other way round (I5)", find_unlike_payments),
        Invariant("billing.once", "nothing was bought or paid twice (I9)", find_twice),
    ))  # fmt: skip


def _asked(call: Any) -> list[Object]:
    """Return a list of the provider, or say that it could not be looked at."""
    db.session.rollback()
    try:
        return list(stripe.each(call, MOST_ASKED))
    except (TillAwayError, TillRefusedError) as error:
        raise UncheckedError(error.message) from error


def find_stuck_events(_ask: Ask) -> Part:
    """Find events that nobody has worked on."""
    now = clock.now()
    stuck = select(ProviderEvent.event_id, ProviderEvent.type).where(
        ProviderEvent.state == "pending", ProviderEvent.received_at < now - STUCK
    )
    mute = select(ProviderEvent.event_id, ProviderEvent.type).where(
        ProviderEvent.state.in_(("ignored", "dead")), ProviderEvent.reason.is_(None)
    )
    waits = [f"event {row[0]} ({row[1]}) waits" for row in _first(stuck)]
    return whole([*waits, *(f"event {row[0]} ({row[1]}) has no reason" for row in _first(mute))])


def _first(query: Any) -> list[Any]:
    return list(db.session.execute(query.limit(MOST_TOLD)))


def find_lost_events(_ask: Ask) -> Part:
    """Find events that were acknowledged and are not kept."""
    first = db.session.scalar(select(func.min(ProviderEvent.received_at)))
    if first is None or not stripe.is_set():
        return whole(())
    since = max(first, clock.now() - RECENT)
    params: dict[str, Any] = {
        "delivery_success": True, "created": {"gte": mirror.seconds(since)}, "limit": 100,
    }  # fmt: skip
    bodies = _asked(lambda client: client.events.list(params=params))
    wanted = [body for body in bodies if _matters(body)]
    ids = [body["id"] for body in wanted]
    kept = set(
        db.session.scalars(select(ProviderEvent.event_id).where(ProviderEvent.event_id.in_(ids)))
    )
    lost = [body for body in wanted if body["id"] not in kept]
    return whole(f"event {body['id']} ({body['type']}) is not kept" for body in lost[:MOST_TOLD])


def _matters(body: Object) -> bool:
    try:
        return events.read(body).subject is not None
    except NotAnEventError:
        return False


def find_unlike_subscriptions(_ask: Ask) -> Part:
    """Find subscriptions that are other at the provider than here."""
    if not stripe.is_set():
        return whole(())
    params: dict[str, Any] = {"status": "all", "limit": 100}
    bodies = _asked(lambda client: client.subscriptions.list(params=params))
    now = clock.now()
    found = [one for one in (mirror.subscription(body, now) for body in bodies) if one]
    customers = {str(body["customer"]) for body in bodies}
    ours = _known_customers(customers)
    owners = {body["id"]: str(body["customer"]) for body in bodies}
    faults = [
        f"subscription {one.provider_id} is {one.status} at the provider, "
        f"{row.status if row else 'unknown'} here"
        for one in found
        for row in [queries.find_subscription(one.provider_id)]
        if owners[one.provider_id] in ours and (row is None or _differs(row, one))
    ]
    if len(bodies) < MOST_ASKED:
        faults += _gone({body["id"] for body in bodies})
    return whole(faults[:MOST_TOLD])


def _known_customers(ids: set[str]) -> set[str]:
    wanted = ProviderCustomer.customer_id.in_(ids)
    return set(db.session.scalars(select(ProviderCustomer.customer_id).where(wanted)))


def _differs(row: ProviderSubscription, fresh: Fetched) -> bool:
    names = ("status", "plan", "price_minor", "currency", "interval", "is_paused", "cancel_at")
    return any(getattr(row, name) != getattr(fresh, name) for name in names)


def _gone(known: set[str]) -> list[str]:
    living = ProviderSubscription.status.in_(access.LIVE)
    rows = db.session.scalars(select(ProviderSubscription.provider_id).where(living))
    return [f"subscription {key} is not at the provider" for key in rows if key not in known]


def find_wrong_access(ask: Ask) -> Part:
    """Find members whose newest row is not what their subscriptions give."""
    query = select(ProviderSubscription.user_id).distinct()
    query = query.where(ProviderSubscription.user_id > ask.after)
    users = list(
        db.session.scalars(query.order_by(ProviderSubscription.user_id).limit(USERS_AT_ONCE))
    )
    faults = [fault for user_id in users for fault in _wrong_access(user_id)]
    return Part(faults[:MOST_TOLD], users[-1] if len(users) == USERS_AT_ONCE else None)


def _wrong_access(user_id: int) -> Iterator[str]:
    rows = queries.subscriptions_of(user_id)
    fetched = {row.id: history.as_fetched(row) for row in rows}
    ids = {one.provider_id: key for key, one in fetched.items()}
    for ladder, offer in sorted({(row.ladder, row.offer_id or 0) for row in rows}):
        group = [
            one for one in fetched.values() if (one.ladder, one.offer_id or 0) == (ladder, offer)
        ]
        sub = access.counting(group)
        gives = access.standing(sub) if sub else None
        last = queries.newest_row(user_id, ladder, offer or None, PROVIDER)
        if sub is None or gives is None:
            if last is not None and last.status != "expired":
                yield f"member {user_id} has {last.tier} on {ladder} without a subscription"
        elif last is None or not history.is_same(last, gives, ids[sub.provider_id]):
            yield f"member {user_id} does not have on {ladder} what the subscription gives"


def find_unlike_payments(_ask: Ask) -> Part:
    """Find payments and refunds that are only at the provider, or only here."""
    if not stripe.is_set():
        return whole(())
    since = clock.now() - RECENT
    params: dict[str, Any] = {"created": {"gte": mirror.seconds(since)}, "limit": 100}
    charges = _asked(lambda client: client.charges.list(params=params))
    refunds = _asked(lambda client: client.refunds.list(params=params))
    ours = _known_customers({str(one.get("customer")) for one in charges})
    settled = mirror.seconds(clock.now() - SETTLING)
    paid = {
        one["id"]: int(one["amount"])
        for one in charges
        if one.get("paid") and one.get("customer") in ours and one["created"] <= settled
    }
    intents = {one["id"]: one.get("payment_intent") for one in charges}
    invoiced = {key for key in paid if queries.invoice_of_payment(key, intents[key])}
    back = {
        one["id"]: -int(one["amount"])
        for one in refunds
        if one.get("charge") in invoiced and one["created"] <= settled
        and one.get("status") in ("succeeded", "pending", "failed")
    }  # fmt: skip
    kept = _kept(since)
    faults = [
        f"{key} of {amount} is at the provider and not here"
        for key, amount in {**paid, **back}.items()
        if kept.get(key) != amount
    ]
    if len(charges) < MOST_ASKED and len(refunds) < MOST_ASKED:
        there = {one["id"] for one in (*charges, *refunds)}
        faults += [f"{key} is here and not at the provider" for key in kept if key not in there]
    return whole(faults[:MOST_TOLD])


def _kept(since: Any) -> dict[str, int]:
    rows = db.session.execute(
        select(Transaction.provider_ref, Transaction.amount_minor).where(
            Transaction.kind.in_(("payment", "refund")),
            Transaction.created_at >= since,
            Transaction.invoice_id.is_not(None),
            Transaction.provider_ref.is_not(None),
        )
    )
    return {str(row[0]): row[1] for row in rows}


def find_twice(_ask: Ask) -> Part:
    """Find what was bought or paid twice."""
    living = ProviderSubscription.status.in_(access.LIVE)
    place = (
        ProviderSubscription.user_id, ProviderSubscription.ladder, ProviderSubscription.offer_id,
    )  # fmt: skip
    double = select(*place).where(living).group_by(*place).having(func.count() > 1)
    paid = (
        select(Invoice.id)
        .join(Transaction, Transaction.invoice_id == Invoice.id)
        .where(Transaction.kind == "payment")
        .group_by(Invoice.id)
        .having(func.sum(Transaction.amount_minor) > func.max(Invoice.paid_minor))
    )
    faults = [f"member {row[0]} pays twice on {row[1]}" for row in _first(double)]
    return whole([*faults, *(f"invoice {row[0]} was paid twice" for row in _first(paid))])
