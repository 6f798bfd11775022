"""A member's own plan: what it is, what it costs, until when, and the invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.billing.models import Invoice, ProviderSubscription, Subscription
from app.billing.queries import provider as queries
from app.billing.rules import access
from app.billing.rules import own_plan as rules
from app.billing.rules.own_plan import Doings
from app.billing.schemas import Plan
from app.billing.service import checkouts
from app.billing.service.entitlements import entitlements
from app.billing.service.plans import ROBOTS, get_plan, read_plans
from app.billing.service.selling import has_till
from app.core import clock
from app.core.db import db

MOST_INVOICES = 24


@dataclass(frozen=True)
class OwnInvoice:
    """An invoice as its payer sees it."""

    number: str
    at: datetime
    total_minor: int
    paid_minor: int
    currency: str
    status: str
    url: str | None
    pdf_url: str | None


@dataclass(frozen=True)
class OwnPlan:
    """How a member stands on one ladder."""

    ladder: str
    plan: Plan | None
    """What counts now; None: nothing, on a ladder without a free plan."""
    state: str
    doings: Doings
    paid_plan: Plan | None
    """What is paid, also while it rests or is unpaid; None: nothing is."""
    price_minor: int
    currency: str
    interval: str
    next_payment_at: datetime | None
    until: datetime | None
    """Until when it may be used; None: it goes on."""
    trial_end: datetime | None
    trial_days_left: int
    resumes_at: datetime | None
    next_plan: Plan | None
    """What it becomes at `next_at`."""
    next_at: datetime | None
    next_price_minor: int | None
    invoices: list[OwnInvoice]
    pay_url: str | None
    """Where an unpaid invoice is paid or confirmed."""
    reason: str | None
    """Why an administrator gave it."""


def own_plan(user_id: int, ladder: str = ROBOTS) -> OwnPlan:
    """Return how a member stands on a ladder."""
    now, given = clock.now(), queries.newest_row(user_id, ladder, None, None)
    paid = _paid(user_id, ladder)
    stands = rules.state(paid, given, now)
    tier = entitlements(user_id).plans.get(ladder)
    bills = invoices(user_id)
    return OwnPlan(
        ladder=ladder,
        plan=get_plan(tier, ladder) if tier else None,
        state=stands,
        doings=rules.doings(stands, paid, has_till=has_till()),
        paid_plan=None if paid is None else _known(ladder, paid.plan),
        price_minor=paid.price_minor if paid else 0,
        currency=paid.currency if paid else read_plans().currency,
        interval=paid.interval if paid else "month",
        next_payment_at=rules.next_payment(stands, paid),
        until=rules.usable_until(stands, paid, given),
        trial_end=paid.trial_end if paid and paid.status == "trialing" else None,
        trial_days_left=rules.days_left(paid.trial_end, now) if paid else 0,
        resumes_at=paid.resumes_at if paid else None,
        next_plan=None
        if paid is None or paid.next_plan is None
        else _known(ladder, paid.next_plan),
        next_at=paid.next_at if paid else None,
        next_price_minor=paid.next_price_minor if paid else None,
        invoices=bills,
        pay_url=rules.open_invoice([(each.status, each.url) for each in bills]),
        reason=_reason(given),
    )


def _reason(given: Subscription | None) -> str | None:
    return None if given is None or given.source == rules.STRIPE else given.reason


def _known(ladder: str, tier: str) -> Plan | None:
    return read_plans().by_key.get((ladder, tier))


def _paid(user_id: int, ladder: str) -> ProviderSubscription | None:
    rows = [row for row in queries.subscriptions_of(user_id, ladder) if row.status in access.LIVE]
    return min(rows, key=lambda row: (row.created_at, row.provider_id)) if rows else None


def invoices(user_id: int) -> list[OwnInvoice]:
    """Return a member's invoices, the newest first; drafts are nobody's business yet."""
    mine = Invoice.user_id == user_id, Invoice.status != "draft"
    newest = Invoice.created_at.desc(), Invoice.id.desc()
    rows = db.session.scalars(select(Invoice).where(*mine).order_by(*newest).limit(MOST_INVOICES))
    return [
        OwnInvoice(
            number=row.number or row.provider_id,
            at=row.created_at,
            total_minor=row.total_minor,
            paid_minor=row.paid_minor,
            currency=row.currency,
            status=row.status,
            url=row.hosted_url,
            pdf_url=row.pdf_url,
        )
        for row in rows
    ]


def trial_days(user_id: int, plan: Plan) -> int:
    """Return for how many days a member could still try a plan; 0: not any more, or not at all."""
    return checkouts.trial_days(user_id, plan.ladder, plan.tier)
