"""Which amounts go from where to where when something happens: the cases of docs/money.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.billing.rules import chart
from app.billing.rules.shares import part, share, split

RESERVE_BPS = 1_000
"""The part of a creator's share that is kept back for a while."""


class Posting(NamedTuple):
    """So much from one account to another; both grow or shrink by their own side."""

    debit: str
    credit: str
    amount_minor: int
    currency: str


class Cause(NamedTuple):
    """Why money moved; each is posted once."""

    source_type: str
    source_id: str
    purpose: str


class Sale(NamedTuple):
    """A paid invoice as far as its sharing goes."""

    ladder: str
    """The ladder of plans; for an offer its product type."""
    total_minor: int
    tax_minor: int
    paid_minor: int
    """What came in; the rest of the total was set against the member's credit."""
    currency: str
    creator_id: int | None = None
    creator_bps: int = 0


def posted(postings: Iterable[Posting]) -> list[Posting]:
    """Leave out what moves nothing."""
    return [one for one in postings if one.amount_minor]


def of_sale(sale: Sale) -> list[Posting]:
    """Return what a paid invoice moves: its parts, first those of the creator.

    A negative total is a plan that became cheaper: the member keeps the difference as a credit.
    """
    revenue = chart.revenue(sale.ladder)
    if sale.total_minor < 0:
        # The provider books tax with the sign of the total.
        parts = [(revenue, -(sale.total_minor - sale.tax_minor)), (chart.TAXES, -sale.tax_minor)]
        return posted(Posting(name, chart.CREDIT, amount, sale.currency) for name, amount in parts)
    return _drawn(_parts_of(sale, revenue), sale)


def _parts_of(sale: Sale, revenue: str) -> list[tuple[str, int]]:
    net = sale.total_minor - sale.tax_minor
    if sale.creator_id is None:
        return [(chart.TAXES, sale.tax_minor), (revenue, net)]
    creator, platform = split(net, sale.creator_bps)
    kept = part(creator, RESERVE_BPS)
    return [
        (chart.payable(sale.creator_id), creator - kept),
        (chart.reserve(sale.creator_id), kept),
        (chart.TAXES, sale.tax_minor),
        (revenue, platform),
    ]


def _drawn(parts: list[tuple[str, int]], sale: Sale) -> list[Posting]:
    """Fill the parts from what was paid, and the rest from the member's credit.

    More than the total is paid when something is left owed from before: it becomes a credit.
    """
    left, rows = sale.paid_minor, []
    for name, amount in parts:
        cash = min(left, amount)
        left -= cash
        rows.append(Posting(chart.CLEARING, name, cash, sale.currency))
        rows.append(Posting(chart.CREDIT, name, amount - cash, sale.currency))
    rows.append(Posting(chart.CLEARING, chart.CREDIT, left, sale.currency))
    return posted(rows)


Parts = dict[str, int]
"""What is left of a paid invoice on each account that it filled."""


def parts_left(postings: Iterable[Posting]) -> Parts:
    """Return what the entries of one invoice have left of its parts.

    What was given back of the platform's own part stands on an account of its own (refunds:…).
    """
    left: Parts = {}
    for one in postings:
        for name, amount in ((one.credit, one.amount_minor), (one.debit, -one.amount_minor)):
            held = chart.revenue(name.partition(":")[2]) if is_given_back(name) else name
            if is_part(held):
                left[held] = left.get(held, 0) + amount
    return {name: amount for name, amount in sorted(left.items()) if amount > 0}


def of_return(
    amount_minor: int, left: Parts, currency: str, from_account: str, ladder: str
) -> list[Posting]:
    """Return how a refund or a lost dispute is borne: each part by what is left of it.

    The platform's own part is not taken off its revenue, but booked as given back. What goes
    beyond all parts (a dispute after a refund) is the platform's loss.
    """
    given_back = chart.refunds(ladder)
    covered = min(amount_minor, sum(left.values()))
    parts = share(covered, list(left.values())) if covered else []
    rows = [
        Posting(given_back if is_own(name) else name, from_account, amount, currency)
        for name, amount in zip(left, parts, strict=False)
    ]
    return posted([*rows, Posting(given_back, from_account, amount_minor - covered, currency)])


def of_dispute(
    amount_minor: int, left: Parts, currency: str, creator_id: int | None
) -> list[Posting]:
    """Return what a bank's claim moves: the money goes, and the creator's part of it is kept back."""
    rows = [Posting(chart.DISPUTES, chart.CLEARING, amount_minor, currency)]
    covered = min(amount_minor, sum(left.values()))
    if creator_id is not None and covered:
        parts = dict(zip(left, share(covered, list(left.values())), strict=True))
        mine = chart.payable(creator_id)
        rows.append(Posting(mine, chart.reserve(creator_id), parts.get(mine, 0), currency))
    return posted(rows)


def reversed_(postings: Iterable[Posting]) -> list[Posting]:
    """Return the postings that take others back."""
    return [one._replace(debit=one.credit, credit=one.debit) for one in postings]


def of_fee(amount_minor: int, currency: str) -> list[Posting]:
    """Return what a fee moves; a negative one is given back."""
    if amount_minor < 0:
        return [Posting(chart.CLEARING, chart.FEES, -amount_minor, currency)]
    return posted([Posting(chart.FEES, chart.CLEARING, amount_minor, currency)])


def is_own(account: str) -> bool:
    """Whether an account holds what the platform earned."""
    return account.startswith("revenue:")


def is_given_back(account: str) -> bool:
    """Whether an account holds what the platform gave back."""
    return account.startswith("refunds:")


def is_part(account: str) -> bool:
    """Whether an account is one that a paid invoice fills."""
    return account == chart.TAXES or account.startswith(("revenue:", "payable:", "reserve:"))
