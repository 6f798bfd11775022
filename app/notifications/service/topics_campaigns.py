"""Mails that members can end: a limit, the week, what a better plan would have shown."""

from __future__ import annotations

from datetime import timedelta

from app.core import formatters
from app.core.i18n import gettext, lazy_gettext
from app.notifications.service.topic import Amount, Currency, Facts, Name, Topic, money
from app.notifications.service.words import Words


class LimitReached(Facts):
    """A member stands at a limit of their plan."""

    limit: Name
    """What is limited, as people read it: robots, days of history."""
    used: int
    allowed: int
    plan: Name
    next_plan: Name | None = None
    next_allowed: int | None = None
    """None with a next plan: without a limit."""
    next_amount: Amount | None = None
    next_currency: Currency = "USD"


def limit_reached(facts: LimitReached) -> Words:
    """Name the limit, and what the next plan gives."""
    told = [gettext(
        "%(limit)s: you use %(used)s of the %(allowed)s that %(plan)s has. What you have goes on "
        "as before; more is not added.", limit=facts.limit, used=formatters.count(facts.used),
        allowed=formatters.count(facts.allowed), plan=facts.plan,
    )]  # fmt: skip
    if facts.next_plan is not None:
        told.append(_next(facts, facts.next_plan))
        told.append(gettext("If that is enough for you, there is nothing to do."))
    return Words(
        gettext("You have reached a limit: %(limit)s", limit=facts.limit),
        tuple(told),
        gettext("Compare the plans"),
    )


def _next(facts: LimitReached, plan: str) -> str:
    many = (
        gettext("no limit") if facts.next_allowed is None else formatters.count(facts.next_allowed)
    )
    if facts.next_amount is None:
        return gettext("%(plan)s has: %(many)s.", plan=plan, many=many)
    price = money(facts.next_amount, facts.next_currency)
    return gettext("%(plan)s has: %(many)s, for %(price)s a month.", plan=plan, many=many,
                   price=price)  # fmt: skip


DAYS = timedelta(days=1)
TOPICS = (
    Topic(
        "limit_reached", LimitReached, limit_reached, "pricing",
        title=lazy_gettext("A limit of your plan is reached"), is_campaign=True, lives=2 * DAYS,
    ),
)  # fmt: skip
