"""Mails that members can end: a limit, the week, what a better plan would have shown."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.core import formatters
from app.core.i18n import gettext, lazy_gettext
from app.notifications.service.topic import (
    MOST_NAME,
    Amount,
    Currency,
    Facts,
    Moment,
    Name,
    Topic,
    between,
    money,
    one_line,
)
from app.notifications.service.words import Words

OwnPlan = Annotated[str, BeforeValidator(lambda text: one_line(text, MOST_NAME))]


class AtLimit(Facts):
    """A member stands at a limit of their plan, or near it."""

    limit: Name
    """What is limited, as people read it: robots, days of history."""
    used: int
    allowed: int
    plan: OwnPlan = ""
    """"" for who has no plan of the ladder."""
    next_plan: Name | None = None
    next_allowed: int | None = None
    """None with a next plan: without a limit."""
    next_amount: Amount | None = None
    next_currency: Currency = "USD"
    resets_at: Moment | None = None
    """When it is counted from zero again; None: it is what there is at the moment."""


def limit_reached(facts: AtLimit) -> Words:
    """Name the limit, and what the next plan gives."""
    told = gettext(
        "%(limit)s: you use %(used)s of the %(allowed)s that %(plan)s has. What you have goes on "
        "as before; more is not added.", limit=facts.limit, used=formatters.count(facts.used),
        allowed=formatters.count(facts.allowed), plan=facts.plan or gettext("your plan"),
    )  # fmt: skip
    subject = gettext("You have reached a limit: %(limit)s", limit=facts.limit)
    return _at_limit(facts, subject, told)


def limit_near(facts: AtLimit) -> Words:
    """Say how much is left before a limit, and what the next plan gives."""
    told = gettext(
        "%(limit)s: you use %(used)s of the %(allowed)s that %(plan)s has, %(left)s are left.",
        limit=facts.limit, used=formatters.count(facts.used),
        allowed=formatters.count(facts.allowed), plan=facts.plan or gettext("your plan"),
        left=formatters.count(facts.allowed - facts.used),
    )  # fmt: skip
    waits = gettext(
        "At a limit nothing is deleted and nothing is charged: what would go beyond it waits."
    )
    subject = gettext("You come near a limit: %(limit)s", limit=facts.limit)
    return _at_limit(facts, subject, told, waits)


def _at_limit(facts: AtLimit, subject: str, *told: str) -> Words:
    said = list(told)
    if facts.resets_at is not None:
        at = formatters.instant(facts.resets_at)
        said.append(gettext("It is counted from zero again from %(at)s.", at=at))
    if facts.next_plan is not None:
        said.append(_next(facts, facts.next_plan))
        said.append(gettext("If that is enough for you, there is nothing to do."))
    return Words(subject, tuple(said), gettext("Compare the plans"))


def _next(facts: AtLimit, plan: str) -> str:
    many = (
        gettext("no limit") if facts.next_allowed is None else formatters.count(facts.next_allowed)
    )
    if facts.next_amount is None:
        return gettext("%(plan)s has: %(many)s.", plan=plan, many=many)
    price = money(facts.next_amount, facts.next_currency)
    return gettext("%(plan)s has: %(many)s, for %(price)s a month.", plan=plan, many=many,
                   price=price)  # fmt: skip


Traded = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")]
"""A currency of the ledger, which may be a crypto one."""
Count = Annotated[int, Field(ge=0)]


class Book(Facts):
    """What a member's accounts of one kind closed in a week."""

    kind: Literal["live", "paper", "journal", "copy"]
    currency: Traded
    trades: Annotated[int, Field(ge=1)]
    wins: Count
    net: Decimal
    """After all costs."""
    fees: Decimal
    win_low: float
    """The 95 % Wilson interval of the share of wins, 0 to 1."""
    win_high: float
    is_simulated: bool = False
    """On the invented market of the demo."""

    def shown(self) -> tuple[tuple[str, str], ...]:
        """Return its figures with their names; a loss is told just like a gain."""
        name = f"{_kind(self.kind)} ({self.currency})"
        won = gettext(
            "%(wins)s of %(trades)s closed trades, %(share)s; 95%% interval %(low)s to %(high)s",
            wins=formatters.count(self.wins), trades=formatters.count(self.trades),
            share=_percent(self.wins / self.trades), low=_percent(self.win_low),
            high=_percent(self.win_high),
        )  # fmt: skip
        if self.is_simulated:
            name = gettext("%(name)s, simulated market", name=name)
        return (
            (name, formatters.signed_money(self.net, self.currency)),
            (gettext("of that costs"), formatters.money(self.fees, self.currency)),
            (gettext("Won"), won),
        )


def _kind(kind: str) -> str:
    return {
        "live": gettext("Live, after costs"),
        "paper": gettext("Paper, after costs"),
        "journal": gettext("Journal, after costs"),
        "copy": gettext("Copied, after costs"),
    }[kind]


def _percent(share: float) -> str:
    return formatters.percent(100 * share, 1)


class Week(Facts):
    """A member's own week."""

    first: date
    last: date
    books: Annotated[tuple[Book, ...], Field(min_length=1, max_length=20)]


def week(facts: Week) -> Words:
    """Give the figures of the week, as they are."""
    return Words(
        gettext("Your week: %(days)s", days=between(facts.first, facts.last)),
        (gettext("These are the trades that were closed in your accounts last week."),),
        gettext("Look at your record"),
        rows=tuple(row for book in facts.books for row in book.shown()),
        close=(
            gettext("One week says little: so few trades fit any share of wins within the interval. "
                    "Past results, real or simulated, do not say what comes next."),
        ),
    )  # fmt: skip


class Record(Facts):
    """The public record of a robot."""

    robot: Name
    trades: Count
    days: Count
    win_low: float | None = None
    win_high: float | None = None
    """The 95 % Wilson interval of the share of wins, 0 to 1; None without trades."""
    net: Decimal | None = None
    fees: Decimal | None = None
    currency: Traded = "USD"
    is_simulated: bool = False


class Missing(Facts):
    """What a member's next plan opens."""

    plan: Name
    amount: Amount
    price_currency: Currency
    records: Annotated[tuple[Record, ...], Field(max_length=40)]
    """Of all robots that it opens, by name: nobody chooses which are shown."""


def missing(facts: Missing) -> Words:
    """Show every robot of the next plan with its record, and what the plan costs."""
    price = money(facts.amount, facts.price_currency)
    return Words(
        gettext("What %(plan)s opens", plan=facts.plan),
        (
            gettext(
                "These are all the robots that %(plan)s opens beyond your plan, by name, each with "
                "its whole public record, gains and losses alike.", plan=facts.plan,
            ),
        ),
        gettext("Compare the plans"),
        rows=tuple(_row(record) for record in facts.records),
        close=(
            gettext("%(plan)s costs %(price)s a month.", plan=facts.plan, price=price),
            gettext("Past results, real or simulated, do not say what comes next. If your plan is "
                    "enough for you, there is nothing to do."),
        ),
    )  # fmt: skip


def _row(record: Record) -> tuple[str, str]:
    name = record.robot
    if record.is_simulated:
        name = gettext("%(name)s, simulated market", name=name)
    if record.net is None or record.win_low is None or record.win_high is None:
        return name, gettext("no closed trade yet")
    told = gettext(
        "%(net)s after costs of %(fees)s; days: %(days)s, closed trades: %(trades)s, share of wins "
        "between %(low)s and %(high)s (95%% interval)",
        net=formatters.signed_money(record.net, record.currency),
        fees=formatters.money(record.fees or Decimal(0), record.currency),
        days=formatters.count(record.days), trades=formatters.count(record.trades),
        low=_percent(record.win_low), high=_percent(record.win_high),
    )  # fmt: skip
    return name, told


class NextStep(Facts):
    """Where a new member stands."""

    step: Literal["robot", "run"]
    """No robot and no record yet; or a journal and no robot."""


def next_step(facts: NextStep) -> Words:
    """Say what the next step is and what it brings, once."""
    told = {
        "robot": gettext("You have an account and run no robot yet. Each robot shows its whole "
                         "record before you choose one."),
        "run": gettext("You keep a record of your own trades and run no robot yet."),
    }[facts.step]  # fmt: skip
    return Words(
        gettext("Your next step, if you like"),
        (
            told,
            gettext("On paper a robot trades without money: nothing can be lost or won."),
            gettext("We write about this once and not again."),
        ),
        gettext("Open your dashboard"),
    )


DAYS = timedelta(days=1)
TOPICS = (
    Topic(
        "weekly_performance", Week, week, "performance",
        title=lazy_gettext("Your week in figures"), is_campaign=True, lives=4 * DAYS,
    ),
    Topic(
        "see_what_you_miss", Missing, missing, "pricing",
        title=lazy_gettext("What a larger plan opens"), is_campaign=True, lives=4 * DAYS,
    ),
    Topic(
        "onboarding_next_step", NextStep, next_step, "dashboard",
        title=lazy_gettext("A next step for new members"), is_campaign=True, lives=4 * DAYS,
    ),
    Topic(
        "limit_near", AtLimit, limit_near, "pricing",
        title=lazy_gettext("A limit of your plan is near"), is_campaign=True, lives=2 * DAYS,
    ),
    Topic(
        "limit_reached", AtLimit, limit_reached, "pricing",
        title=lazy_gettext("A limit of your plan is reached"), is_campaign=True, lives=2 * DAYS,
        follows=("limit_near",),
    ),
)  # fmt: skip
