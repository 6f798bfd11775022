"""What creators have earned: balances, the next payout and why, weeks, statements and their CSV."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from app.billing.models import Creator, JournalEntry, JournalPosting
from app.billing.queries import creators as queries
from app.billing.queries import journal as journal_queries
from app.billing.rules import chart, payouts
from app.billing.service.payouts import decision
from app.core import clock
from app.core.cells import safe_row
from app.core.errors import ValidationError
from app.core.i18n import gettext, lazy_gettext

WEEKS = 12

KINDS = {
    ("invoice", "paid"): lazy_gettext("Sale"),
    ("invoice", "released"): lazy_gettext("Reserve released"),
    ("refund", "refunded"): lazy_gettext("Refund"),
    ("refund", "failed"): lazy_gettext("Refund that came back"),
    ("dispute", "opened"): lazy_gettext("Disputed by a bank: kept back"),
    ("dispute", "won"): lazy_gettext("Dispute won"),
    ("dispute", "lost"): lazy_gettext("Dispute lost"),
    ("payout", "pending"): lazy_gettext("Payout"),
    ("payout", "failed"): lazy_gettext("Payout that came back"),
    ("transfer", "reversed"): lazy_gettext("Payout taken back"),
}
WHY = {
    "suspended": lazy_gettext("The operator has stopped your payouts."),
    "owing": lazy_gettext("More was given back than you had left; later sales fill it."),
    "no_account": lazy_gettext("Tell the payment provider where you are paid."),
    "requirements": lazy_gettext("The payment provider still wants to know something."),
    "second_factor": lazy_gettext("Turn on codes at sign-in: creators must have them."),
    "recent": lazy_gettext(
        "Your sales are younger than fourteen days and may still be given back."
    ),
    "minimum": lazy_gettext("It is less than what is sent; it is added to the next payout."),
}


@dataclass(frozen=True)
class Held:
    """What a creator has in one currency, and what comes of it."""

    currency: str
    payable_minor: int
    reserve_minor: int
    next_minor: int
    next_at: datetime
    why: str | None
    """A code of payouts.Decision; None: it is sent."""
    why_text: str | None
    weeks: list[tuple[date, int]]
    """Monday and what was earned in that week, the oldest first."""


@dataclass(frozen=True)
class Line:
    """What one entry did to a creator's money."""

    entry_id: int
    day: date
    kind: str
    text: str
    payable_minor: int
    reserve_minor: int


@dataclass(frozen=True)
class Statement:
    """A month in one currency: opening + lines = closing, of both accounts."""

    month: str
    currency: str
    opening_payable_minor: int
    opening_reserve_minor: int
    lines: list[Line]
    closing_payable_minor: int
    closing_reserve_minor: int


def held(creator: Creator) -> list[Held]:
    """Return what a creator has, one row a currency."""
    return [_held(creator, currency) for currency in queries.currencies_of(creator.user_id)]


def _held(creator: Creator, currency: str) -> Held:
    made = decision(creator, currency)
    return Held(
        currency=currency,
        payable_minor=queries.payable(creator.user_id, currency),
        reserve_minor=queries.reserve(creator.user_id, currency),
        next_minor=made.amount_minor,
        next_at=payouts.next_payday(clock.now()),
        why=made.why,
        why_text=None if made.why is None else str(WHY[made.why]),
        weeks=_weeks(creator.user_id, currency),
    )


def _weeks(creator_id: int, currency: str) -> list[tuple[date, int]]:
    """Return what sales earned in each of the last weeks, less what was given back in it."""
    today = clock.now().date()
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    sums: defaultdict[date, int] = defaultdict(int)
    for line in _lines(creator_id, currency, first, today):
        if line.kind.startswith(("invoice", "refund", "dispute")):
            week = line.day - timedelta(days=line.day.weekday())
            sums[week] += line.payable_minor + line.reserve_minor
    return [(first + timedelta(weeks=n), sums[first + timedelta(weeks=n)]) for n in range(WEEKS)]


def statements(user_id: int, month: str) -> list[Statement]:
    """Return a creator's statements of a month such as 2026-11, one a currency.

    Raises:
        ValidationError: it is no month that has begun.
    """
    first, last = month_of(month)
    queries.get_creator(user_id)
    return [_statement(user_id, month, currency, first, last)
            for currency in queries.currencies_of(user_id)]  # fmt: skip


def month_of(text: str) -> tuple[date, date]:
    """Return the first and the last day of a month such as 2026-11.

    Raises:
        ValidationError: it is no month that has begun.
    """
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.max
    if not date(2000, 1, 1) <= first <= clock.now().date() or len(text) != len("2026-11"):
        message = gettext(
            "month: one that has begun, such as %(month)s", month=f"{clock.now():%Y-%m}"
        )
        raise ValidationError(message, field="month")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _statement(creator_id: int, month: str, currency: str, first: date, last: date) -> Statement:
    before = first - timedelta(days=1)
    opening = [one(creator_id, currency, before) for one in (queries.payable, queries.reserve)]
    lines = _lines(creator_id, currency, first, last)
    return Statement(
        month=month,
        currency=currency,
        opening_payable_minor=opening[0],
        opening_reserve_minor=opening[1],
        lines=lines,
        closing_payable_minor=opening[0] + sum(line.payable_minor for line in lines),
        closing_reserve_minor=opening[1] + sum(line.reserve_minor for line in lines),
    )


def _lines(creator_id: int, currency: str, first: date, last: date) -> list[Line]:
    moved: dict[int, tuple[JournalEntry, date, dict[str, int]]] = {}
    for row, entry in queries.entries_of(creator_id, first, last):
        if row.currency == currency:
            _add(moved.setdefault(entry.id, (entry, row.day, defaultdict(int)))[2], row)
    payable, reserve = chart.payable(creator_id), chart.reserve(creator_id)
    return [
        Line(
            entry_id=entry.id,
            day=day,
            kind=f"{entry.source_type}_{entry.purpose}",
            text=str(KINDS.get((entry.source_type, entry.purpose), gettext("Correction"))),
            payable_minor=sums[payable],
            reserve_minor=sums[reserve],
        )
        for entry, day, sums in moved.values()
    ]


def _add(sums: dict[str, int], row: JournalPosting) -> None:
    sums[row.credit] += row.amount_minor
    sums[row.debit] -= row.amount_minor


def statement_csv(user_id: int, month: str) -> str:
    """Return a month's statements as CSV, which no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["day", "entry", "kind", "text", "payable", "reserve", "currency"])
    for one in statements(user_id, month):
        writer.writerows(safe_row(row) for row in _rows(one))
    return out.getvalue()


def _rows(one: Statement) -> Iterator[list[Any]]:
    first, last = month_of(one.month)

    def amounts(payable: int, reserve: int) -> list[str]:
        return [units(payable, one.currency), units(reserve, one.currency), one.currency]

    opening = amounts(one.opening_payable_minor, one.opening_reserve_minor)
    yield [first.isoformat(), "", "opening", "", *opening]
    for line in one.lines:
        moved = amounts(line.payable_minor, line.reserve_minor)
        yield [line.day.isoformat(), line.entry_id, line.kind, line.text, *moved]
    closing = amounts(one.closing_payable_minor, one.closing_reserve_minor)
    yield [last.isoformat(), "", "closing", "", *closing]


def units(amount_minor: int, currency: str) -> str:
    """Return an amount in units of its currency, as a program reads it: -12.50."""
    digits = get_currency_precision(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):.{digits}f}"


def platform_statement(month: str) -> list[tuple[str, str, int, int, int]]:
    """Return account, currency, opening, movement and closing of the whole journal in a month.

    The accounts of creators are added up: payable and reserve.
    """
    first, last = month_of(month)
    opening = _by_group(first - timedelta(days=1))
    closing = _by_group(last)
    return [
        (account, currency, opening.get((account, currency), 0),
         amount - opening.get((account, currency), 0), amount)
        for (account, currency), amount in sorted(closing.items())
    ]  # fmt: skip


def _by_group(through: date) -> dict[tuple[str, str], int]:
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account, currency, amount in journal_queries.balances(through=through):
        head = account.partition(":")[0]
        found[head if head in ("payable", "reserve") else account, currency] += amount
    return dict(found)
