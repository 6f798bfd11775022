"""A member on the way to pay. What is asked of the provider is written first, with a key of its own.

A checkout is "opening" before the provider is asked. A lost answer leaves it so; the next try, or
the next look at the customer, finds the session by the checkout's id in its metadata. Two tabs
share one checkout, because only one may be open for a ladder or an offer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from flask import current_app

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError, TillRefusedError
from app.billing.models import Checkout, Offer
from app.billing.queries import provider as queries
from app.billing.rules import access, mirror
from app.billing.rules.mirror import OFFERS, Object
from app.billing.service import offers, plans, prices, selling, till
from app.billing.service.conversions import note_conversion
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.failpoints import failpoint
from app.core.i18n import gettext

LIFE = timedelta(hours=23)
"""The provider allows up to 24 hours; its idempotency keys live as long at least."""
MOST_SOURCE = 40
INTERVALS = ("month", "year")


@dataclass(frozen=True)
class Wanted:
    """What a member wants to buy, and where the provider sends them afterwards."""

    ladder: str
    plan: str
    interval: Literal["month", "year"]
    success_url: str
    """May hold {CHECKOUT_SESSION_ID}."""
    cancel_url: str
    offer_id: int | None = None
    source: str | None = None


@dataclass(frozen=True)
class Opened:
    """Where the member pays."""

    checkout_id: int
    url: str
    trial_days: int


@dataclass(frozen=True)
class Settled:
    """What became of a checkout."""

    state: str
    """opening, open, complete, expired."""
    ladder: str
    plan: str
    interval: str
    offer_id: int | None


def open_checkout(user_id: int, wanted: Wanted) -> Opened:
    """Return where a member pays for a plan or an offer. Asking twice gives the same place.

    Raises:
        NoTillError: nothing can be bought here.
        ValidationError: the plan is free, or there is no such interval.
        ConflictError: the member has a plan on this ladder already; it can be changed instead.
    """
    stripe.require()
    with transaction():
        _check(user_id, wanted)
        customer = queries.customer_of(user_id)
    customer = customer or till.need_customer(user_id)
    for known in _known(user_id, wanted, customer):
        return known
    price = _price(wanted)
    with transaction():
        row = _begin(user_id, wanted)
        trial = 0 if wanted.ladder == OFFERS else trial_days(user_id, wanted.ladder, wanted.plan)
    failpoint("billing.opening")
    body = _created(row, wanted, customer, price, trial)
    failpoint("billing.opened")
    with transaction():
        _note(db.session.get_one(Checkout, row.id, with_for_update=True), body)
    return Opened(row.id, str(body["url"]), trial)


def _check(user_id: int, wanted: Wanted) -> None:
    if wanted.interval not in INTERVALS:
        message = gettext("interval: month or year")
        raise ValidationError(message, field="interval")
    if wanted.ladder == OFFERS:
        _check_offer(user_id, wanted)
    elif not selling.is_for_sale(plans.get_plan(wanted.plan, wanted.ladder)):
        message = gettext("This plan is not for sale: it is free, or in preparation.")
        raise ValidationError(message, field="plan")
    for sub in queries.subscriptions_of(user_id, wanted.ladder):
        if sub.offer_id == wanted.offer_id and sub.status in access.LIVE:
            message = gettext("You have a plan here already. Change it instead of buying another.")
            raise ConflictError(message, code="has_plan")


def _check_offer(user_id: int, wanted: Wanted) -> None:
    offer = offers.require_on_sale(wanted.offer_id)
    if offer.creator_id == user_id:
        # It would turn a card's money into a payout.
        message = gettext("This offer is your own: others buy it, you cannot.")
        raise ConflictError(message, code="own_offer")
    if offer.interval != wanted.interval:
        message = gettext("This offer is paid by another interval.")
        raise ValidationError(message, field="interval")


def _price(wanted: Wanted) -> str:
    if wanted.ladder != OFFERS:
        return str(prices.price_of(wanted.ladder, wanted.plan, wanted.interval)["id"])
    with transaction():
        return str(db.session.get_one(Offer, wanted.offer_id).provider_price_id)


def _open_key(user_id: int, wanted: Wanted) -> str:
    return f"{user_id}:{wanted.ladder}:{wanted.offer_id or ''}"


def _known(user_id: int, wanted: Wanted, customer: str) -> list[Opened]:
    """Return the place that is open already; one for something else is closed first."""
    key, now = _open_key(user_id, wanted), clock.now()
    with transaction():
        rows = [row for row in queries.open_checkouts(user_id) if row.open_key == key]
    if not rows:
        return []
    asked: dict[str, Any] = {"customer": customer, "limit": 20}
    sessions = list(stripe.each(lambda till: till.checkout.sessions.list(params=asked), 20))
    with transaction():
        settle(user_id, sessions)
        rows = [row for row in queries.open_checkouts(user_id) if row.open_key == key]
    for row in rows:
        is_same = (row.plan, row.interval) == (wanted.plan, wanted.interval)
        if is_same and row.state == "open" and row.url and row.expires_at > now:
            return [Opened(row.id, row.url, 0)]
        _close(row)
    return []


def _close(row: Checkout) -> None:
    """End a checkout that leads to something else than is wanted now, or to nothing."""
    if row.session_id is not None:
        session_id = row.session_id
        # Missing, or completed this moment: then the next look at the customer tells.
        with contextlib.suppress(TillRefusedError):
            stripe.ask(lambda till: till.checkout.sessions.expire(session_id))
    with transaction():
        found = db.session.get_one(Checkout, row.id, with_for_update=True)
        found.state, found.open_key = "expired", None


def _begin(user_id: int, wanted: Wanted) -> Checkout:
    accounts.lock_user(user_id)
    _check(user_id, wanted)
    now, key = clock.now(), _open_key(user_id, wanted)
    for row in queries.open_checkouts(user_id):
        if row.open_key == key:
            # Another tab was quicker by a moment: its session is asked for by the same key.
            if (row.plan, row.interval) != (wanted.plan, wanted.interval):
                message = gettext("Another plan is being bought in another window. Try again.")
                raise ConflictError(message, code="checkout_open")
            return row
    row = Checkout(
        user_id=user_id,
        ladder=wanted.ladder,
        plan=wanted.plan,
        offer_id=wanted.offer_id,
        interval=wanted.interval,
        open_key=key,
        state="opening",
        source=(wanted.source or "")[:MOST_SOURCE] or None,
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(row)
    db.session.flush()
    note_conversion(
        "checkout_started", key=f"checkout:{row.id}", user_id=user_id, ladder=row.ladder,
        source=row.source, plan_to=row.plan,
    )  # fmt: skip
    return row


def trial_days(user_id: int, ladder: str, plan: str) -> int:
    """Return how long the member may try it: once for each ladder, whatever became of it."""
    before = queries.subscriptions_of(user_id, ladder)
    if any(sub.status != "incomplete_expired" or sub.trial_end is not None for sub in before):
        return 0
    return int(plans.get_plan(plan, ladder).trial_days)


def _created(row: Checkout, wanted: Wanted, customer: str, price: str, trial: int) -> Object:
    """Ask for the place to pay; a member whose customer somebody deleted there gets another."""
    try:
        return _create(row, wanted, customer, price, trial)
    except TillMissingError:
        if not till.leave_customer(customer):
            raise
    return _create(row, wanted, till.need_customer(row.user_id), price, trial)


def _create(row: Checkout, wanted: Wanted, customer: str, price: str, trial: int) -> Object:
    names = {mirror.USER: str(row.user_id), mirror.CHECKOUT: str(row.id)}
    details: dict[str, Any] = {"metadata": names}
    if trial:
        details["trial_period_days"] = trial
    params: dict[str, Any] = {
        "mode": "subscription",
        "customer": customer,
        "client_reference_id": str(row.user_id),
        "line_items": [{"price": price, "quantity": 1}],
        "metadata": names,
        "subscription_data": details,
        "success_url": wanted.success_url,
        "cancel_url": wanted.cancel_url,
        "expires_at": mirror.seconds(row.expires_at),
    }
    if current_app.config["STRIPE_TAX"]:
        params["automatic_tax"] = {"enabled": True}
        params["customer_update"] = {"address": "auto"}
    key = till.key_of("checkout", row.id, customer)
    return stripe.ask(
        lambda client: client.checkout.sessions.create(params=params, options=stripe.options(key))
    )


# --- What became of them ---


def settle(user_id: int, sessions: Sequence[Object]) -> None:
    """Write what the provider says of a member's checkouts, in the present transaction."""
    by_id = {str((one.get("metadata") or {}).get(mirror.CHECKOUT)): one for one in sessions}
    for row in queries.open_checkouts(user_id):
        body = by_id.get(str(row.id))
        if body is not None:
            _note(row, body)
        elif row.expires_at <= clock.now():
            row.state, row.open_key = "expired", None


def _note(row: Checkout, body: Object) -> None:
    row.session_id, row.url = str(body["id"]), body.get("url") or row.url
    state = body.get("status")
    row.state = state if state in ("complete", "expired") else "open"
    if row.state != "open":
        row.open_key = None


def find_settled(user_id: int, session_id: str) -> Settled:
    """Return what became of a member's checkout.

    Raises:
        NotFoundError: it is not theirs.
    """
    row = queries.find_checkout(session_id, user_id)
    if row is None:
        message = gettext("There is no such payment.")
        raise NotFoundError(message)
    return Settled(row.state, row.ladder, row.plan, row.interval, row.offer_id)
