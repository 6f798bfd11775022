"""The page of plans: what each ladder gives and costs, and where each button leads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.schemas import Feature, Plan
from app.core import formatters
from app.core.i18n import gettext, lazy_gettext, pgettext
from app.embed.schemas import PricingQuery
from app.embed.service.links import page

INTERVALS = [("month", lazy_gettext("Monthly")), ("year", lazy_gettext("Yearly"))]


@dataclass(frozen=True)
class Offered:
    """A plan as a card of the page shows it."""

    plan: Plan
    price: Decimal
    """By the month or the year, as asked."""
    saving_minor: int
    """By the year: what twelve months cost more."""
    button: str
    href: str
    """Where the button leads; empty: there is none, because it could not do anything."""
    has_no_desk: bool
    """The button speaks of Sales, and the owner of the site has named nobody: it is bought here."""
    is_ready: bool
    """False: all that it gives is in preparation."""


@dataclass(frozen=True)
class Group:
    """Features that stand together in the comparison."""

    name: str
    features: list[Feature]


def pricing(query: PricingQuery) -> dict[str, Any]:
    """Return a ladder of plans and what they include."""
    ladder = billing.get_ladder(query.ladder)
    known = billing.features()
    return {
        "query": query,
        "ladders": [(each.key, pgettext("plan", each.name)) for each in billing.list_ladders()],
        "intervals": INTERVALS,
        "offers": [_offered(plan, query) for plan in ladder.plans],
        "groups": [
            Group(each.name, [known[key] for key in each.features]) for each in ladder.groups
        ],
        "features": known,
        "has_till": billing.has_till(),
        "is_test_till": billing.is_test_till(),
    }


def _offered(plan: Plan, query: PricingQuery) -> Offered:
    is_ready = not plan.price or billing.is_for_sale(plan)
    return Offered(
        plan=plan,
        price=plan.price_of(query.interval),
        saving_minor=billing.yearly_saving(plan) if query.interval == "year" else 0,
        button=button(plan, query.interval),
        href=href(plan, query.interval) if is_ready else "",
        has_no_desk=plan.by_sales and not accounts.page_url("contact"),
        is_ready=is_ready,
    )


def button(plan: Plan, interval: str) -> str:
    """Return the words of a plan's button; those of the plans file are for a month."""
    if interval == "month" or not plan.price:
        return pgettext("plan", plan.cta)
    price = formatters.money(plan.price_of("year"), plan.currency)
    if plan.by_sales:
        return gettext(
            "Contact Sales for %(plan)s - %(price)s/year", plan=billing.plan_name(plan), price=price
        )
    return gettext(
        "Upgrade to %(plan)s - %(price)s/year", plan=billing.plan_name(plan), price=price
    )


def href(plan: Plan, interval: str) -> str:
    """Return where a plan's button leads; empty where it could not do anything.

    To the dashboard, which asks a visitor to sign in and comes back to the plan that was chosen.
    """
    if not plan.price:
        return page("dashboard")
    contact = accounts.page_url("contact")
    if plan.by_sales and contact:
        return contact
    if not billing.has_till():
        return ""
    chosen = {"tab": "plan", "buy": plan.tier, "interval": interval, "source": "pricing"}
    return page(
        "dashboard", **chosen, **({} if plan.ladder == "robots" else {"ladder": plan.ladder})
    )
