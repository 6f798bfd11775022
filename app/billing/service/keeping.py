"""A lower plan that was to follow is taken back, and the present one goes on.

The provider has the lower price already, from the next period on, with a note of what was paid for
until then (`mirror.BEFORE_*`); taking it back puts the price back and the note away. It is done
under the customer's lock and decided by what the provider says then, so that it is done once however
often it is asked for, whoever was cut in between, and whatever an event has told meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.models import ProviderSubscription
from app.billing.rules import access, mirror
from app.billing.rules.mirror import Fetched
from app.billing.service import locks, prices, syncing, till
from app.billing.service.paid import current, need
from app.core import clock
from app.core.db import transaction
from app.core.errors import ConflictError
from app.core.failpoints import failpoint
from app.core.formatters import minor_money
from app.core.i18n import gettext

MARGIN = timedelta(minutes=2)
"""So shortly before the lower plan begins its period may be charged already."""


def keep(
    user_id: int,
    ladder: str,
    *,
    agreed_minor: int | None = None,
    action: str = "subscription.kept",
    facts: dict[str, Any] | None = None,
) -> None:
    """Let a member keep the present plan, where a lower one was to follow; twice is fine.

    `agreed_minor` is a price that the member has seen; else the present plan has to cost what it did.

    Raises:
        NotFoundError: the member has no plan here.
        ConflictError: it is cancelled, paused or unpaid, the lower plan has begun, or the price of
            the present one is another by now.
    """
    need(user_id, ladder)
    customer = str(till.customer_of(user_id))
    with locks.lease(syncing.subject_of(customer)) as held:
        with transaction():
            row = current(user_id, ladder)
        is_kept = row is not None and _take_back(row, agreed_minor)

        def note() -> None:
            # With what we then know of it: told once, also where a request was cut before it could.
            if row is not None and is_kept:
                accounts.audit(action, user_id=user_id, subject=f"subscription:{row.id}",
                               ladder=row.ladder, **(facts or {}))  # fmt: skip

        syncing.sync_held(held, customer, alongside=note)


def _take_back(row: ProviderSubscription, agreed_minor: int | None) -> bool:
    """Put the plan back, if it is not; return whether we have not known that it is."""
    body = stripe.ask(lambda client: client.subscriptions.retrieve(row.provider_id))
    now = clock.now()
    sub = mirror.subscription(body, now)
    if sub is None or (row.next_plan is None and sub.next_plan is None):
        return False
    _require_runs(sub)
    if sub.next_plan is not None:
        _put_back(row, sub, agreed_minor, now)
    elif sub.plan != row.plan:
        raise _begun()
    failpoint("billing.kept")
    return True


def _require_runs(sub: Fetched) -> None:
    if sub.cancel_at is not None:
        message = gettext("This plan is cancelled. Let it go on first.")
        raise ConflictError(message, code="plan_cancelled")
    if sub.status not in access.CAN_CHANGE or sub.is_paused:
        message = gettext("The plan cannot be changed while a payment is open or it is paused.")
        raise ConflictError(message, code="plan_rests")


def _put_back(
    row: ProviderSubscription, sub: Fetched, agreed_minor: int | None, now: datetime
) -> None:
    if sub.next_at is None or sub.next_at - now < MARGIN:
        raise _begun()
    price = prices.price_of(sub.ladder, sub.plan, sub.interval)
    costs = int(price["unit_amount"])
    if costs != (sub.price_minor if agreed_minor is None else agreed_minor):
        message = gettext(
            "This plan costs %(price)s by now. Let the lower one begin, then choose the larger one "
            "again: you see what it costs before you say yes.",
            price=minor_money(costs, sub.currency),
        )
        raise ConflictError(message, code="price_changed")
    params: Any = {
        "items": [{"id": sub.item_id, "price": price["id"]}],
        # The period is paid for at this price; nothing is owed for it.
        "proration_behavior": "none",
        "metadata": dict.fromkeys(
            (mirror.BEFORE_PLAN, mirror.BEFORE_PRICE, mirror.BEFORE_UNTIL), ""
        ),
    }
    seen = int(row.fetched_at.timestamp() * 1_000_000)
    key = till.key_of("keep", row.provider_id, sub.price_id, price["id"], seen)
    stripe.ask(
        lambda client: client.subscriptions.update(
            row.provider_id, params=params, options=stripe.options(key)
        )
    )


def _begun() -> ConflictError:
    message = gettext(
        "The lower plan begins now. Change to the larger one again: you see what it costs before "
        "you say yes."
    )
    return ConflictError(message, code="plan_begun")
