"""The owner's figures of money, one currency after the other; none is converted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from babel.numbers import get_currency_precision

from app.billing.queries import figures as queries
from app.billing.rules import figures as rules
from app.billing.rules.figures import LIFE_DAYS, Span
from app.billing.schemas.figures import (
    Leaving,
    Money,
    Movements,
    MovementStep,
    RevenueStep,
    Stream,
    Worth,
)

REVENUE, REFUNDS = "revenue:", "refunds:"


@dataclass
class _Income:
    """What a currency's monthly income was as a day began, and what moved since."""

    amount: int = 0
    members: int = 0
    offers: int = 0
    offers_amount: int = 0


@dataclass
class _Flow:
    """What left within some days, and what there was to leave: sums over the days."""

    left: int = 0
    member_days: int = 0
    lost: int = 0
    amount_days: int = 0
    offers_left: int = 0
    offer_days: int = 0


@dataclass
class _Books:
    """What the journal says of a period in one currency."""

    earned: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    steps: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    fees: int = 0
    taxes: int = 0
    due: int = 0
    creators_due: int = 0


@dataclass
class _Walk:
    """A currency's income as the period began and at its end, and what left in it and in a year."""

    now: _Income
    before: _Income = field(default_factory=_Income)
    period: _Flow = field(default_factory=_Flow)
    year: _Flow = field(default_factory=_Flow)


def money(span: Span, step: str) -> list[Money]:
    """Return the figures of each currency in which anything was ever earned."""
    year = Span(min(span.first, span.last - timedelta(days=LIFE_DAYS - 1)), span.last)
    days: defaultdict[str, dict[date, Any]] = defaultdict(dict)
    for row in queries.income_by_day(year):
        days[row.currency][row.day] = row
    began = {row[0]: _Income(*map(int, row[1:])) for row in queries.income_before(year.first)}
    moved: defaultdict[str, list[Any]] = defaultdict(list)
    for row in queries.movements_by_day(span):
        moved[row.currency].append(row)
    books = _books(span, step)
    made = []
    for currency in sorted(began.keys() | days.keys() | books.keys()):
        walk = _walk(_Walk(began.get(currency, _Income())), days[currency], year, span)
        found = _income_figures(walk) | _movement_figures(moved[currency], walk, span, step)
        found |= _book_figures(books.get(currency, _Books()), span, step)
        made.append(Money(currency=currency, digits=get_currency_precision(currency), **found))
    return made


def _walk(walk: _Walk, days: dict[date, Any], year: Span, span: Span) -> _Walk:
    """Go through the days, each compared with what there was as it began."""
    income = walk.now
    for number in range(year.days):
        day = year.first + timedelta(days=number)
        if day == span.first:
            walk.before = _Income(**asdict(income))
        row = days.get(day)
        for flow in (walk.year, walk.period) if day >= span.first else (walk.year,):
            _count(flow, income, row)
        if row is not None:
            income.amount += int(row.amount)
            income.members += int(row.members)
            income.offers += int(row.offers)
            income.offers_amount += int(row.offers_amount)
    return walk


def _count(flow: _Flow, income: _Income, row: Any) -> None:
    flow.member_days += income.members
    flow.amount_days += income.amount
    flow.offer_days += income.offers
    if row is not None:
        flow.left += int(row.left)
        flow.lost += int(row.lost)
        flow.offers_left += int(row.offers_left)


def _income_figures(walk: _Walk) -> dict[str, Any]:
    now, period = walk.now, walk.period
    amount_months = period.amount_days / rules.MONTH_DAYS
    year = rules.leaving(walk.year.left, walk.year.member_days)
    offers = rules.leaving(walk.year.offers_left, walk.year.offer_days)
    return {
        "mrr_minor": now.amount,
        "mrr_before_minor": walk.before.amount,
        "paying_members": now.members,
        "arpu_minor": rules.average(now.amount, now.members),
        "churn": Leaving(**asdict(rules.leaving(period.left, period.member_days))),
        "revenue_churn": period.lost / amount_months if amount_months > 0 else None,
        "clv": _worth(rules.worth(now.amount, now.members, year)),
        "subscriber_worth": _worth(rules.worth(now.offers_amount, now.offers, offers)),
    }


def _worth(found: rules.Worth | None) -> Worth | None:
    return None if found is None else Worth(**asdict(found))


def _movements(moved: list[Any]) -> Movements:
    sums: Counter[str] = Counter()
    for _, _, kind, amount, _ in moved:
        sums[kind] += int(amount)
    return Movements(**sums)


def _movement_figures(moved: list[Any], walk: _Walk, span: Span, step: str) -> dict[str, Any]:
    by_step: defaultdict[date, list[Any]] = defaultdict(list)
    for row in moved:
        by_step[rules.bucket(row[0], step)].append(row)
    steps, total = [], walk.before.amount
    for begins in rules.buckets(span, step):
        sums = _movements(by_step[begins])
        total += sum(sums.model_dump().values())
        steps.append(MovementStep(begins=begins, movements=sums, mrr_minor=total))
    return {"movements": _movements(moved), "steps": steps}


# --- The journal ---


def _books(span: Span, step: str) -> dict[str, _Books]:
    found: defaultdict[str, _Books] = defaultdict(_Books)
    both = Span(span.before.first, span.last)
    for prefix in (REVENUE, REFUNDS):
        for row in queries.journal_by_day(prefix, both):
            _book(
                found[row.currency],
                row,
                rules.bucket(row.day, step),
                is_before=row.day < span.first,
            )
    for row in queries.journal_by_day("fees", span):
        found[row.currency].fees += int(row.debit_minor - row.credit_minor)
    for row in queries.journal_by_day("taxes", span):
        found[row.currency].taxes += int(row.credit_minor - row.debit_minor)
    for _, currency, balance in queries.journal_balances("payable:"):
        if balance > 0:
            found[currency].due += int(balance)
            found[currency].creators_due += 1
    return found


def _book(books: _Books, row: Any, begins: date, *, is_before: bool) -> None:
    """Count a day of an account of revenue or of refunds, whose debits take revenue away."""
    kind, _, stream = row.account.partition(":")
    amount = int(row.credit_minor - row.debit_minor)
    if is_before:
        books.before[stream] += amount
        return
    books.steps[begins][stream] += amount
    if kind == "revenue":
        books.earned[stream] += amount
    else:
        books.refunded[stream] -= amount


def _book_figures(books: _Books, span: Span, step: str) -> dict[str, Any]:
    streams = _streams(books)
    net, before = sum(each.net_minor for each in streams), sum(books.before.values())
    names = [each.stream for each in streams]
    return {
        "streams": streams,
        "revenue_steps": [
            RevenueStep(begins=begins, net_minor=[books.steps[begins][name] for name in names])
            for begins in rules.buckets(span, step)
        ],
        "net_minor": net,
        "net_before_minor": before,
        "growth": rules.growth(net, before),
        "fees_minor": books.fees,
        "taxes_minor": books.taxes,
        "payouts_due_minor": books.due,
        "creators_due": books.creators_due,
    }


def _streams(books: _Books) -> list[Stream]:
    names = sorted(books.earned.keys() | books.refunded.keys() | books.before.keys())
    return [
        Stream(
            stream=name,
            earned_minor=books.earned[name],
            refunded_minor=books.refunded[name],
            net_minor=books.earned[name] - books.refunded[name],
            before_minor=books.before[name],
        )
        for name in names
    ]
