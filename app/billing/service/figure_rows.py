"""Down to the rows that a figure is made of, as a page or as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from app.accounts import service as accounts
from app.billing.queries import clicks
from app.billing.queries import figure_rows as queries
from app.billing.queries import figures as sums
from app.billing.rules import figures as rules
from app.billing.rules.figures import Span
from app.billing.schemas.figures import ListingPage, ListingQuery, Period
from app.core import cells, clock
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext, lazy_gettext
from app.core.paging import seal

FILE_ROWS = 20_000
FILE_STEP = 1_000
CURSOR = "figures"
OWN = ("sign_ups", "calls")
"""What administrators of a site that is not the operator's may see, of their own."""
Place = list[Any]


@dataclass(frozen=True)
class _Asked:
    span: Span
    after: Place | None
    limit: int
    site_id: str | None


@dataclass(frozen=True)
class _Kind:
    """A listing: its columns, and how a page of it is read: cells and place of each row."""

    columns: tuple[Any, ...]
    read: Callable[[_Asked], list[tuple[list[str], Place]]]


def figure_rows(name: str, asked: ListingQuery, *, site_id: str | None = None) -> ListingPage:
    """Return a page of the rows behind a figure.

    Raises:
        NotFoundError: there is no such list, or it is of the whole service and the site is not the
            operator's.
        ValidationError: the cursor is of another list.
    """
    kind, span = _kind(name, site_id), rules.span_of(asked.period, clock.now().date())
    after, limit = asked.cursor, asked.limit
    if after is not None and after[0] != name:
        message = gettext("This cursor is of another list. Begin without one.")
        raise ValidationError(message, field="cursor", code="bad_cursor")
    rows = kind.read(_Asked(span, after and after[1:], limit + 1, site_id))
    shown = rows[:limit]
    return ListingPage(
        columns=[str(column) for column in kind.columns],
        items=[line for line, _ in shown],
        next_cursor=seal(CURSOR, [name, *shown[-1][1]]) if len(rows) > limit else None,
    )


def _kind(name: str, site_id: str | None) -> _Kind:
    if name not in KINDS or (site_id is not None and name not in OWN):
        message = gettext("There is no such list for this site.")
        raise NotFoundError(message)
    return KINDS[name]


def figure_file(name: str, period: Period, *, site_id: str | None = None) -> str:
    """Return the rows behind a figure as CSV, the newest 20,000; no cell is a formula."""
    kind, span = _kind(name, site_id), rules.span_of(period, clock.now().date())
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(cells.safe_row(str(column) for column in kind.columns))
    after: Place | None = None
    for _ in range(FILE_ROWS // FILE_STEP):
        rows = kind.read(_Asked(span, after, FILE_STEP, site_id))
        writer.writerows(cells.safe_row(line) for line, _ in rows)
        if len(rows) < FILE_STEP:
            break
        after = rows[-1][1]
    return file.getvalue()


def money_text(minor: int, currency: str) -> str:
    """Return an amount as a plain number in the currency's own decimals."""
    return f"{Decimal(minor).scaleb(-get_currency_precision(currency)):f}"


def _names(user_ids: Iterable[int | None]) -> dict[int, str]:
    found = accounts.pseudonyms([user_id for user_id in set(user_ids) if user_id is not None])
    return {user_id: f"{name} (#{user_id})" for user_id, name in found.items()}


def _movements(asked: _Asked) -> list[tuple[list[str], Place]]:
    rows = queries.movements(asked.span, asked.after, asked.limit)
    names = _names(row.user_id for row in rows)
    return [
        (
            [
                row.day.isoformat(), row.kind, names.get(row.user_id, ""), row.ladder,
                money_text(row.amount_minor, row.currency), row.currency, str(row.subscription_id),
            ],
            [row.day.isoformat(), row.id],
        )
        for row in rows
    ]  # fmt: skip


def _revenue(asked: _Asked) -> list[tuple[list[str], Place]]:
    return [
        (
            [
                row.day.isoformat(), entry.source_type, entry.source_id, entry.purpose, row.debit,
                row.credit, money_text(row.amount_minor, row.currency), row.currency,
            ],
            [row.id],
        )
        for row, entry in queries.revenue(asked.span, asked.after, asked.limit)
    ]  # fmt: skip


def _payouts_due(asked: _Asked) -> list[tuple[list[str], Place]]:
    rows = [
        (int(account.partition(":")[2]), currency, int(balance))
        for account, currency, balance in sums.journal_balances("payable:")
    ]
    rows = sorted(row for row in rows if asked.after is None or [row[0], row[1]] > asked.after)
    names = _names(user_id for user_id, _, _ in rows[: asked.limit])
    return [
        ([names.get(user_id, f"#{user_id}"), money_text(balance, currency), currency],
         [user_id, currency])
        for user_id, currency, balance in rows[: asked.limit]
    ]  # fmt: skip


def _sign_ups(asked: _Asked) -> list[tuple[list[str], Place]]:
    rows = queries.sign_ups(asked.span, asked.after, asked.limit, asked.site_id)
    names = _names(row.user_id for row in rows)
    return [
        (
            [
                row.happened_at.isoformat(timespec="seconds"), names.get(row.user_id or 0, ""),
                row.source or "", row.site_id or "",
            ],
            [row.id],
        )
        for row in rows
    ]  # fmt: skip


def _first_plans(asked: _Asked) -> list[tuple[list[str], Place]]:
    rows = queries.first_plans(asked.span, asked.after, asked.limit)
    names = _names(row.user_id for row in rows)
    return [
        (
            [
                row.day.isoformat(), names.get(row.user_id, ""), row.tier,
                row.signed_up_on.isoformat(),
            ],
            [row.day.isoformat(), row.user_id, row.tier],
        )
        for row in rows
    ]  # fmt: skip


def _trials(asked: _Asked) -> list[tuple[list[str], Place]]:
    rows = queries.trials(asked.span, asked.after, asked.limit)
    names = _names(row.user_id for row in rows)
    return [
        (
            [
                "" if row.trial_end is None else row.trial_end.isoformat(timespec="seconds"),
                names.get(row.user_id, ""), row.ladder, row.plan, row.status,
                money_text(row.price_minor, row.currency), row.currency,
            ],
            [row.id],
        )
        for row in rows
    ]  # fmt: skip


def _calls(asked: _Asked) -> list[tuple[list[str], Place]]:
    return [
        (
            [row.day.isoformat(), row.ladder, row.plan, row.place, row.site_id, str(row.count)],
            [row.day.isoformat(), row.site_id, row.ladder, row.plan, row.place],
        )
        for row in clicks.list_clicks(asked.span, asked.after, asked.limit, asked.site_id)
    ]


_DAY, _MEMBER = lazy_gettext("Day"), lazy_gettext("Member")
_CURRENCY, _LADDER = lazy_gettext("Currency"), lazy_gettext("Ladder")
KINDS: dict[str, _Kind] = {
    "mrr_movements": _Kind(
        (_DAY, lazy_gettext("Kind"), _MEMBER, _LADDER, lazy_gettext("A month"), _CURRENCY,
         lazy_gettext("Row of the history")),
        _movements,
    ),
    "revenue": _Kind(
        (_DAY, lazy_gettext("Cause"), lazy_gettext("Number"), lazy_gettext("What happened"),
         lazy_gettext("Debit"), lazy_gettext("Credit"), lazy_gettext("Amount"), _CURRENCY),
        _revenue,
    ),
    "payouts_due": _Kind((lazy_gettext("Creator"), lazy_gettext("Balance"), _CURRENCY), _payouts_due),
    "sign_ups": _Kind(
        (lazy_gettext("When"), _MEMBER, lazy_gettext("Source"), lazy_gettext("Site")), _sign_ups
    ),
    "calls": _Kind(
        (_DAY, _LADDER, lazy_gettext("Plan"), lazy_gettext("Place"), lazy_gettext("Site"),
         lazy_gettext("Clicks")),
        _calls,
    ),
    "first_plans": _Kind(
        (_DAY, _MEMBER, lazy_gettext("Plan"), lazy_gettext("Came on")), _first_plans
    ),
    "trials": _Kind(
        (lazy_gettext("Trial ended"), _MEMBER, _LADDER, lazy_gettext("Plan"), lazy_gettext("State"),
         lazy_gettext("Price"), _CURRENCY),
        _trials,
    ),
}  # fmt: skip
