"""What members do with a plan that they have: switch, cancel, resume, pause, look at how they pay.

The provider is asked, and what it says afterwards is fetched and written as after any event. A
second try of the same change finds it done.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.models import ProviderSubscription
from app.billing.rules import access, mirror, switching
from app.billing.rules.mirror import OFFERS, Object
from app.billing.rules.switching import Place, Switch
from app.billing.service import keeping, offers, plans, prices, syncing, till
from app.billing.service.paid import need
from app.core import clock
from app.core.db import transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.i18n import gettext
from app.core.redact import has_card_number

Interval = Literal["month", "year"]
UNSET = ""
"""What takes a value away at the provider."""
FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
)  # fmt: skip
MOST_COMMENT = 500
PREVIEW_LIFE = timedelta(minutes=15)


@dataclass(frozen=True)
class Preview:
    """What a switch costs, before it is made."""

    kind: str
    """upgrade, downgrade, interval, trial (nothing is paid yet) or back (a planned one is dropped)."""
    when: str
    """now or period_end."""
    takes_effect_at: datetime
    due_minor: int
    """What is paid at once, with tax."""
    credit_minor: int
    """What is kept and taken off later invoices."""
    currency: str
    price_minor: int
    """Each interval from then on, before tax."""
    interval: str
    proration_at: int | None
    """Given back with the change, so that it costs to the cent what was shown."""


@dataclass(frozen=True)
class Decided:
    """Which administrator decided for a member, where, and why."""

    site_id: str
    wp_user: int
    reason: str


# --- Another plan or interval ---


def preview(user_id: int, ladder: str, plan: str, interval: Interval) -> Preview:
    """Return what a switch would cost, to the cent.

    Raises:
        NotFoundError: the member has no plan here, or there is no such plan.
        ConflictError: it is the present one, or it cannot be changed now.
    """
    row = need(user_id, ladder)
    change, there = _switch(row, plan, interval)
    price = prices.price_of(ladder, plan, interval)
    at = mirror.seconds(clock.now())
    if switching.proration(change.kind) == "none":
        return _shown(row, change, there, None)
    asked = {
        "customer": till.customer_of(user_id),
        "subscription": row.provider_id,
        "subscription_details": {
            "items": [{"id": row.item_id, "price": price["id"]}],
            "proration_behavior": "always_invoice",
            "proration_date": at,
        },
    }
    body = stripe.ask(lambda client: client.invoices.create_preview(params=asked))
    total, due = int(body.get("total") or 0), int(body.get("amount_due") or 0)
    return replace(_shown(row, change, there, at), due_minor=due, credit_minor=max(0, -total))


def _shown(row: ProviderSubscription, change: Switch, there: Place, at: int | None) -> Preview:
    """Return a switch that costs nothing now, or whose cost is still to be filled in."""
    later = row.period_end or clock.now()
    return Preview(
        kind=change.kind,
        when="now" if change.is_now else "period_end",
        takes_effect_at=clock.now() if change.is_now else later,
        due_minor=0,
        credit_minor=0,
        currency=row.currency,
        price_minor=there.price_minor,
        interval=there.interval,
        proration_at=at,
    )


def _switch(row: ProviderSubscription, plan: str, interval: str) -> tuple[Switch, Place]:
    if row.ladder == OFFERS or interval not in ("month", "year"):
        message = gettext("interval: month or year")
        raise ValidationError(message, field="interval")
    wanted = plans.get_plan(plan, row.ladder)
    if not wanted.price:
        message = gettext("To go back to the free plan, cancel the present one.")
        raise ValidationError(message, field="plan")
    if row.status not in access.CAN_CHANGE or row.is_paused:
        message = gettext("The plan cannot be changed while a payment is open or it is paused.")
        raise ConflictError(message, code="plan_rests")
    here = Place(row.plan, row.interval, row.price_minor)
    there = Place(plan, interval, wanted.price_minor("year" if interval == "year" else "month"))
    change = switching.switch(
        here, there, is_trial=row.status == "trialing", is_planned=row.next_plan is not None
    )
    if change is None:
        message = gettext("You are on this plan already.")
        raise ConflictError(message, code="same_plan")
    if row.next_plan is not None and switching.proration(change.kind) != "none":
        # The provider would count what is left by the lower price, which is not what was paid.
        message = gettext("A lower plan is to follow. Take that back first, then switch.")
        raise ConflictError(message, code="plan_planned")
    return change, there


def change_plan(
    user_id: int,
    ladder: str,
    plan: str,
    interval: Interval,
    *,
    proration_at: int | None = None,
    decided: Decided | None = None,
) -> Preview:
    """Switch to another plan or interval; a dearer one at once, a cheaper one when its time comes.

    `decided` is who wants it, where that is not the member.

    Raises:
        CardRefusedError: the bank refused; nothing has changed.
        NotFoundError, ConflictError, ValidationError: as in `preview`.
    """
    row = need(user_id, ladder)
    change, there = _switch(row, plan, interval)
    action = "subscription.changed" if decided is None else "plan.change_decided"
    facts = {"plan": plan, "interval": interval} | ({} if decided is None else asdict(decided))
    if change.kind == "back":
        shown = _shown(row, change, there, None)
        keeping.keep(user_id, ladder, agreed_minor=there.price_minor, action=action, facts=facts)
        return shown
    price = prices.price_of(ladder, plan, interval)
    at = _proration_date(change, proration_at, row)
    params = _params(row, change, str(price["id"]), at)
    _update(user_id, row, params, _change_key(row, str(price["id"]), at), action, **facts)
    return _shown(row, change, there, at)


def _change_key(row: ProviderSubscription, price: str, at: int | None) -> str:
    """Return the name of a change: a second tab with the same wish has the same, or finds it made."""
    if at is not None:
        return till.key_of("change", row.provider_id, row.price_id, price, row.period_start, at)
    # What costs nothing now can be planned, taken back and planned again in one period.
    return _key(f"change:{row.price_id}:{price}", row)


def _proration_date(change: Switch, asked: int | None, row: ProviderSubscription) -> int | None:
    """Return the moment to which days are counted: that of the preview, while it is fresh."""
    if switching.proration(change.kind) == "none":
        return None
    now, start = mirror.seconds(clock.now()), row.period_start
    earliest = now - int(PREVIEW_LIFE.total_seconds())
    if start is not None:
        earliest = max(earliest, mirror.seconds(start))
    return asked if asked is not None and earliest <= asked <= now else now


def _params(row: ProviderSubscription, change: Switch, price: str, at: int | None) -> Object:
    params: dict[str, Any] = {
        "items": [{"id": row.item_id, "price": price}],
        "proration_behavior": switching.proration(change.kind),
        "metadata": {
            mirror.BEFORE_PLAN: UNSET, mirror.BEFORE_PRICE: UNSET, mirror.BEFORE_UNTIL: UNSET,
        },
    }  # fmt: skip
    if at is not None:
        params["proration_date"] = at
        # Nobody has a dearer plan that was not paid.
        params["payment_behavior"] = "error_if_incomplete"
    if change.kind == "downgrade" and row.period_end is not None:
        params["metadata"] = {
            mirror.BEFORE_PLAN: row.plan,
            mirror.BEFORE_PRICE: str(row.price_minor),
            mirror.BEFORE_UNTIL: str(mirror.seconds(row.period_end)),
        }
    if row.cancel_at is not None:
        params["cancel_at_period_end"] = False
    return params


def _update(
    user_id: int, row: ProviderSubscription, params: Object, key: str, action: str, **facts: Any
) -> None:
    """Ask for a change, write what the provider then says, and keep who wanted it."""
    stripe.ask(
        lambda client: client.subscriptions.update(
            row.provider_id, params=params, options=stripe.options(key)
        )
    )
    with transaction():
        accounts.audit(
            action, user_id=user_id, subject=f"subscription:{row.id}", ladder=row.ladder, **facts
        )
    syncing.sync_user(user_id)


def _key(what: str, row: ProviderSubscription) -> str:
    # The state that was seen is part of the key: the same wish in another state is another one.
    seen = int(row.fetched_at.timestamp() * 1_000_000)
    return till.key_of(what, row.provider_id, seen)


# --- Leaving ---


def cancel(
    user_id: int,
    ladder: str,
    *,
    now: bool = False,
    feedback: str | None = None,
    comment: str | None = None,
    offer_id: int | None = None,
) -> None:
    """End a plan when what is paid for ends, or at once; nothing is given back by itself.

    Raises:
        NotFoundError: the member has no plan here.
        ValidationError: the reason is none of those that there are, or holds a card's number.
    """
    if feedback is not None and feedback not in FEEDBACK:
        message = gettext("feedback: one of %(names)s", names=", ".join(FEEDBACK))
        raise ValidationError(message, field="feedback")
    if has_card_number(comment or ""):
        message = gettext("comment: leave the number of your card out; nobody here needs it")
        raise ValidationError(message, field="comment")
    row = need(user_id, ladder, offer_id)
    details = {
        name: value
        for name, value in (("feedback", feedback), ("comment", (comment or "")[:MOST_COMMENT]))
        if value
    }
    params: dict[str, Any] = {"cancellation_details": details} if details else {}
    if now or row.status not in access.CAN_CHANGE:
        end(row, params)
        with transaction():
            accounts.audit("subscription.cancelled", user_id=user_id, ladder=ladder,
                           subject=f"subscription:{row.id}", at_once=True)  # fmt: skip
        syncing.sync_user(user_id)
        return
    if row.cancel_at is not None:
        return
    params["cancel_at_period_end"] = True
    _update(user_id, row, params, _key("cancel", row), "subscription.cancelled", at_once=False)


def end(row: ProviderSubscription, params: Object | None = None) -> None:
    """Cancel a subscription at the provider now; one that has ended stays so."""
    body = stripe.ask(lambda client: client.subscriptions.retrieve(row.provider_id))
    if body["status"] in ("canceled", "incomplete_expired"):
        return
    stripe.ask(lambda client: client.subscriptions.cancel(row.provider_id, params=params or {}))


def resume(user_id: int, ladder: str, offer_id: int | None = None) -> None:
    """Take a cancellation or a pause back.

    What was not paid for is not given: a pause that is taken back after its paid time begins a new
    period, which is paid at once.

    Raises:
        NotFoundError: the member has no plan here.
        ConflictError: it is neither cancelled nor paused, or its creator is no longer there.
        CardRefusedError: the bank refused; it stays as it was.
    """
    row = need(user_id, ladder, offer_id)
    if row.offer_id is not None:
        with transaction():
            offers.require_creator(row.offer_id)
    if not row.is_paused and row.cancel_at is None:
        message = gettext("This plan is neither cancelled nor paused.")
        raise ConflictError(message, code="plan_runs")
    params: dict[str, Any] = {}
    if row.cancel_at is not None:
        params["cancel_at_period_end"] = False
    if row.is_paused:
        params |= {"pause_collection": UNSET, "metadata": {mirror.PAID_UNTIL: UNSET}}
        if row.paid_until is None or row.paid_until <= clock.now():
            params |= {
                "billing_cycle_anchor": "now",
                "proration_behavior": "none",
                "payment_behavior": "error_if_incomplete",
            }
    _update(user_id, row, params, _key("resume", row), "subscription.resumed")


def pause(user_id: int, ladder: str, months: int) -> None:
    """Let a monthly plan rest for one to three months, from the end of what is paid for.

    Raises:
        ValidationError: so long a pause cannot be.
        ConflictError: the plan is paid by the year, is cancelled, on trial, or paused already.
    """
    if not 1 <= months <= switching.MOST_PAUSE_MONTHS:
        message = gettext("A plan can rest for one to three months.")
        raise ValidationError(message, field="months")
    row = need(user_id, ladder)
    can_rest = row.status == "active" and not row.is_paused and row.cancel_at is None
    if row.interval != "month" or not can_rest or row.period_end is None:
        message = gettext(
            "Only a running plan that is paid by the month can rest. One that is paid by the year "
            "can be cancelled, and stays usable until its end."
        )
        raise ConflictError(message, code="cannot_pause")
    at = switching.resumes_at(row.period_end, months)
    params = {
        "pause_collection": {"behavior": "void", "resumes_at": mirror.seconds(at)},
        "metadata": {mirror.PAID_UNTIL: str(mirror.seconds(row.period_end))},
    }
    _update(user_id, row, params, _key("pause", row), "subscription.paused", months=months)


# --- How it is paid ---


def portal(user_id: int, return_url: str, *, payment_method: bool = False) -> str:
    """Return the address of the provider's own pages, where the member sees how it is paid.

    Raises:
        NotFoundError: the member has never bought anything.
    """
    stripe.require()
    customer = till.customer_of(user_id)
    if customer is None:
        message = gettext("You have not bought anything yet.")
        raise NotFoundError(message, code="no_plan")
    params: dict[str, Any] = {"customer": customer, "return_url": return_url}
    if payment_method:
        params["flow_data"] = {
            "type": "payment_method_update",
            "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}},
        }
    body = stripe.ask(lambda client: client.billing_portal.sessions.create(params=params))
    return str(body["url"])
