"""Pure: the provider's objects as we keep them. Times come as seconds, amounts in minor units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

USER = "trp_user"
"""In the metadata of customers, subscriptions and sessions: whose they are."""
CHECKOUT = "trp_checkout"
LADDER, PLAN, INTERVAL, OFFER = "trp_ladder", "trp_plan", "trp_interval", "trp_offer"
"""In the metadata of prices: what they are prices of."""
PAID_UNTIL = "trp_paid_until"
BEFORE_PLAN, BEFORE_PRICE, BEFORE_UNTIL = "trp_before_plan", "trp_before_price", "trp_before_until"
"""In the metadata of a subscription that becomes a lower plan: what was paid for, and until when."""
OFFERS = "offers"


@dataclass(frozen=True)
class Sold:
    """What a price is a price of."""

    ladder: str
    plan: str
    offer_id: int | None
    interval: str


@dataclass(frozen=True)
class Fetched:
    """A subscription as the provider says it is."""

    provider_id: str
    ladder: str
    plan: str
    offer_id: int | None
    item_id: str | None
    price_id: str
    interval: str
    price_minor: int
    currency: str
    status: str
    is_paused: bool
    resumes_at: datetime | None
    paid_until: datetime | None
    past_due_since: datetime | None
    trial_end: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    next_plan: str | None
    next_at: datetime | None
    next_price_minor: int | None
    ended_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class FetchedInvoice:
    """An invoice as the provider says it is."""

    provider_id: str
    subscription: str | None
    number: str | None
    status: str
    reason: str | None
    currency: str
    total_minor: int
    tax_minor: int
    paid_minor: int
    lines: list[dict[str, Any]]
    payment_intent_id: str | None
    attempts: int
    next_attempt_at: datetime | None
    hosted_url: str | None
    pdf_url: str | None
    created_at: datetime
    paid_at: datetime | None


def moment(seconds: Any) -> datetime | None:
    """Return a time of the provider, which counts seconds."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def seconds(at: datetime) -> int:
    """Return a time as the provider counts it."""
    return int(at.timestamp())


def user_of(body: Object) -> int | None:
    """Return the user that an object of ours names, None for one that is not ours."""
    text = str((body.get("metadata") or {}).get(USER, ""))
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < len("9999999999") else None
    )


def sold(price: Object) -> Sold | None:
    """Return what a price sells, None for one that is not ours."""
    data = price.get("metadata") or {}
    recurring = price.get("recurring") or {}
    interval = str(recurring.get("interval") or "")
    if interval not in ("month", "year"):
        return None
    offer = str(data.get(OFFER, ""))
    if offer.isascii() and offer.isdigit():
        return Sold(OFFERS, "offer", int(offer), interval)
    if data.get(LADDER) and data.get(PLAN):
        return Sold(str(data[LADDER]), str(data[PLAN]), None, interval)
    return None


def subscription(body: Object, now: datetime) -> Fetched | None:
    """Return a subscription; None for one whose price is not ours."""
    item = _first_item(body)
    price = item.get("price") or {}
    what = sold(price)
    if what is None:
        return None
    plan, amount, next_plan, next_at, next_amount = _plan(body, what.plan, price, now)
    pause = body.get("pause_collection")
    created = moment(body["created"])
    assert created is not None  # noqa: S101 - the provider gives every object a time
    return Fetched(
        provider_id=body["id"],
        ladder=what.ladder,
        plan=plan,
        offer_id=what.offer_id,
        item_id=item.get("id"),
        price_id=price["id"],
        interval=what.interval,
        price_minor=amount,
        currency=str(price["currency"]).upper(),
        status=body["status"],
        is_paused=pause is not None,
        resumes_at=moment((pause or {}).get("resumes_at")),
        paid_until=moment((body.get("metadata") or {}).get(PAID_UNTIL)) if pause else None,
        past_due_since=_past_due_since(body),
        trial_end=moment(body.get("trial_end")),
        period_start=moment(item.get("current_period_start")),
        period_end=moment(item.get("current_period_end")),
        cancel_at=_cancel_at(body, item),
        next_plan=next_plan,
        next_at=next_at,
        next_price_minor=next_amount,
        ended_at=moment(body.get("ended_at")),
        created_at=created,
    )


def _first_item(body: Object) -> Object:
    items = (body.get("items") or {}).get("data") or [{}]
    first: Object = items[0]
    return first


def _cancel_at(body: Object, item: Object) -> datetime | None:
    if body.get("cancel_at") is not None:
        return moment(body["cancel_at"])
    return moment(item.get("current_period_end")) if body.get("cancel_at_period_end") else None


def _past_due_since(body: Object) -> datetime | None:
    """Return since when a payment is missing: the day of the invoice that was not paid."""
    if body["status"] not in ("past_due", "unpaid"):
        return None
    invoice = body.get("latest_invoice")
    if not isinstance(invoice, dict):
        return None
    changes = invoice.get("status_transitions") or {}
    return moment(changes.get("finalized_at") or invoice.get("created"))


Switch = tuple[str, int, str | None, datetime | None, int | None]


def _plan(body: Object, plan: str, price: Object, now: datetime) -> Switch:
    """Return plan and price that count now, and what they become at which time."""
    amount = int(price.get("unit_amount") or 0)
    data = body.get("metadata") or {}
    until = moment(data.get(BEFORE_UNTIL) or None)
    if until is None or until <= now or not data.get(BEFORE_PLAN):
        return plan, amount, None, None, None
    return str(data[BEFORE_PLAN]), int(data.get(BEFORE_PRICE) or 0), plan, until, amount


def invoice(body: Object, describe: Callable[[str], Sold | None]) -> FetchedInvoice:
    """Return an invoice; `describe` says what a price sells."""
    created = moment(body["created"])
    assert created is not None  # noqa: S101 - the provider gives every object a time
    changes = body.get("status_transitions") or {}
    lines = (body.get("lines") or {}).get("data") or []
    return FetchedInvoice(
        provider_id=body["id"],
        subscription=subscription_of(body),
        number=body.get("number"),
        status=str(body.get("status") or "draft"),
        reason=body.get("billing_reason"),
        currency=str(body["currency"]).upper(),
        total_minor=int(body.get("total") or 0),
        tax_minor=sum(int(one["amount"]) for one in body.get("total_taxes") or []),
        paid_minor=int(body.get("amount_paid") or 0),
        lines=[_line(one, describe) for one in lines],
        payment_intent_id=_intent(body),
        attempts=int(body.get("attempt_count") or 0),
        next_attempt_at=moment(body.get("next_payment_attempt")),
        hosted_url=body.get("hosted_invoice_url"),
        pdf_url=body.get("invoice_pdf"),
        created_at=created,
        paid_at=moment(changes.get("paid_at")),
    )


def subscription_of(body: Object) -> str | None:
    """Return the id of the subscription that an invoice is for."""
    details = (body.get("parent") or {}).get("subscription_details") or {}
    found = details.get("subscription")
    return found["id"] if isinstance(found, dict) else found


def _intent(body: Object) -> str | None:
    """Return the payment intent of an invoice: the paid one, or else the last."""
    payments = (body.get("payments") or {}).get("data") or []
    chosen = sorted(payments, key=lambda one: (one.get("status") == "paid", one.get("created", 0)))
    for one in reversed(chosen):
        found = (one.get("payment") or {}).get("payment_intent")
        if found:
            return str(found["id"] if isinstance(found, dict) else found)
    return None


def _line(body: Object, describe: Callable[[str], Sold | None]) -> dict[str, Any]:
    details = (body.get("pricing") or {}).get("price_details") or {}
    price = details.get("price")
    key = price["id"] if isinstance(price, dict) else price
    what = describe(str(key)) if key else None
    period = body.get("period") or {}
    start, end = moment(period.get("start")), moment(period.get("end"))
    return {
        "description": body.get("description") or "",
        "amount_minor": int(body.get("amount") or 0),
        "ladder": what.ladder if what else None,
        "plan": what.plan if what else None,
        "offer_id": what.offer_id if what else None,
        "interval": what.interval if what else None,
        "period_start": start.isoformat() if start else None,
        "period_end": end.isoformat() if end else None,
    }
