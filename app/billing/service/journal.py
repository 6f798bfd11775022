"""The journal: what moved money is posted once, with all its amounts, and never edited.

Everything here joins the caller's transaction. A call may be repeated: the cause (source and
purpose) is posted once, and a repetition returns the entry that there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import structlog
from sqlalchemy import Executable, insert, inspect
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.errors import JournalConflictError
from app.billing.models import (
    Invoice,
    JournalDay,
    JournalEntry,
    JournalPosting,
    Offer,
    ProviderSubscription,
)
from app.billing.queries import journal as queries
from app.billing.rules import chart, postings
from app.billing.rules.postings import Cause, Posting, Sale
from app.core import clock, metrics
from app.core.db import db, in_transaction, is_sqlite
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

log = structlog.get_logger()

Outcome = Literal["opened", "won", "lost"]
CURRENCY_LETTERS = 3


def post(
    cause: Cause,
    rows: Sequence[Posting],
    happened_at: datetime,
    *,
    user_id: int | None = None,
    split_id: int | None = None,
    note: str = "",
) -> JournalEntry:
    """Post what moved money, once; return the entry, also when it stood there before.

    Raises:
        JournalConflictError: it stands there with other amounts or accounts.
        ValidationError: nothing is moved, or an amount is none.
    """
    _check(rows)
    values = {
        **cause._asdict(),
        "user_id": user_id,
        "split_id": split_id,
        "note": note,
        "happened_at": happened_at,
        "created_at": clock.now(),
    }
    add_entry, add_posting, _ = _statements(is_sqlite=is_sqlite())
    entry_id = db.session.scalar(add_entry, values)
    if entry_id is None:
        return _posted_before(cause, rows)
    day = happened_at.astimezone(UTC).date()
    db.session.execute(
        add_posting,
        [{"entry_id": entry_id, "day": day, **row._asdict()} for row in rows],
    )
    _add_to_days(rows, day)
    return db.session.get_one(JournalEntry, entry_id)


def _check(rows: Sequence[Posting]) -> None:
    if not in_transaction():
        message = "the journal is written in an open transaction()"
        raise RuntimeError(message)
    wrong = [
        row
        for row in rows
        if row.amount_minor <= 0
        or row.debit == row.credit
        or not (len(row.currency) == CURRENCY_LETTERS and row.currency.isupper())
    ]
    if wrong or not rows:
        message = gettext("An entry moves positive amounts between two accounts.")
        raise ValidationError(message, field="postings")


def dialect() -> Any:
    """Return the dialect whose inserts know what to do about a row that is there."""
    return sqlite if is_sqlite() else postgresql


@lru_cache(maxsize=2)
def _statements(*, is_sqlite: bool) -> tuple[Executable, Executable, Executable]:
    """Return how an entry, its postings and the sums of days are written; made once a process."""
    entries, postings_, days = (
        inspect(model).local_table for model in (JournalEntry, JournalPosting, JournalDay)
    )
    make = (sqlite if is_sqlite else postgresql).insert
    day = make(days)
    sums = {name: days.c[name] + day.excluded[name] for name in ("debit_minor", "credit_minor")}
    return (
        make(entries).on_conflict_do_nothing().returning(entries.c.id),
        insert(postings_),
        day.on_conflict_do_update(index_elements=["account", "currency", "day"], set_=sums),
    )


def _posted_before(cause: Cause, rows: Sequence[Posting]) -> JournalEntry:
    entry = queries.find_entry(cause)
    if entry is None:  # pragma: no cover - it was there a moment ago, and nothing is deleted
        message = "an entry of the journal is gone"
        raise RuntimeError(message)
    if sorted(queries.postings_of(entry.id)) != sorted(rows):
        # Told at once and outside of the transaction, which the error ends.
        log.error("journal_conflict", entry_id=entry.id, **cause._asdict())
        metrics.count_now("money_alarms", "journal_conflict")
        message = gettext("This is in the journal already, with other amounts.")
        raise JournalConflictError(message, entry_id=entry.id)
    return entry


def _add_to_days(rows: Sequence[Posting], day: Any) -> None:
    """Add to the sums; in the order of accounts, so that two entries never wait for each other."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        sums[row.debit, row.currency][0] += row.amount_minor
        sums[row.credit, row.currency][1] += row.amount_minor
    values = [
        {
            "account": account,
            "currency": currency,
            "day": day,
            "debit_minor": debit,
            "credit_minor": credit,
        }
        for (account, currency), (debit, credit) in sorted(sums.items())
    ]
    db.session.execute(_statements(is_sqlite=is_sqlite())[2], values)


# --- What the provider tells of members' payments ---


def record_invoice_paid(invoice_id: int) -> JournalEntry | None:
    """Post a paid invoice: to the platform, or shared with the creator whose offer it pays.

    None when no money is moved by it (a trial). Call it whenever an invoice is synced as paid.

    Raises:
        NotFoundError: there is no such invoice.
        ValidationError: it is not paid.
    """
    invoice = _locked(invoice_id)
    cause = Cause("invoice", str(invoice.id), "paid")
    before = queries.find_entry(cause)
    if before is not None:
        # Its split is that of then. What was paid cannot change, and the invoice's later syncs
        # (hosted pages, numbers) are no news to the journal.
        _compare(before, invoice)
        return before
    if invoice.status != "paid":
        message = gettext("This invoice is not paid.")
        raise ValidationError(message, field="invoice_id")
    paid_at = invoice.paid_at or invoice.created_at
    sale, split_id = _sale(invoice, paid_at)
    rows = postings.of_sale(sale)
    if not rows:
        return None
    return post(
        cause,
        rows,
        paid_at,
        user_id=invoice.user_id,
        split_id=split_id,
    )


def _locked(invoice_id: int) -> Invoice:
    found = queries.lock_invoice(invoice_id)
    if found is None:
        message = gettext("There is no such invoice.")
        raise NotFoundError(message)
    return found


def _compare(entry: JournalEntry, invoice: Invoice) -> None:
    """Raise an alarm when what was posted as paid is not what the invoice now says."""
    came_in = sum(
        one.amount_minor for one in queries.postings_of(entry.id) if one.debit == chart.CLEARING
    )
    if came_in != max(invoice.paid_minor, 0):
        log.error("invoice_differs_from_journal", invoice_id=invoice.id, entry_id=entry.id)
        metrics.count_now("money_alarms", "invoice_differs")


def _sale(invoice: Invoice, paid_at: datetime) -> tuple[Sale, int | None]:
    plain = Sale(
        ladder=ladder_of(invoice),
        total_minor=invoice.total_minor,
        tax_minor=invoice.tax_minor,
        paid_minor=invoice.paid_minor,
        currency=invoice.currency.upper(),
    )
    offer = _offer_of(invoice)
    if offer is None:
        return plain, None
    split = queries.find_split(offer.product_type, paid_at.astimezone(UTC).date())
    if split is None:
        message = gettext("No split says how this is shared. Run: flask billing splits")
        raise ValidationError(message, field="product_type")
    shared = plain._replace(creator_id=offer.creator_id, creator_bps=split.creator_bps)
    return shared, split.id


def _subscription_of(invoice: Invoice) -> ProviderSubscription | None:
    if invoice.provider_subscription_id is None:
        return None
    return db.session.get(ProviderSubscription, invoice.provider_subscription_id)


def _offer_of(invoice: Invoice) -> Offer | None:
    bought = _subscription_of(invoice)
    if bought is None or bought.offer_id is None:
        return None
    return db.session.get(Offer, bought.offer_id)


def ladder_of(invoice: Invoice) -> str:
    """Return the stream of income that an invoice belongs to."""
    offer = _offer_of(invoice)
    if offer is not None:
        return offer.product_type
    bought = _subscription_of(invoice)
    return "other" if bought is None else bought.ladder


def record_fee(
    source_type: str,
    source_id: str,
    fee_minor: int,
    currency: str,
    happened_at: datetime,
    *,
    user_id: int | None = None,
) -> JournalEntry | None:
    """Post what the provider kept for something (negative: gave back); None when it is nothing.

    `source_type` and `source_id` are those of the entry that it was kept for. The platform bears
    all fees.
    """
    rows = postings.of_fee(fee_minor, currency.upper())
    if not rows:
        return None
    return post(Cause(source_type, source_id, "fee"), rows, happened_at, user_id=user_id)


def record_refund(
    invoice_id: int, refund_id: str, amount_minor: int, happened_at: datetime
) -> JournalEntry:
    """Post a refund that the provider has made: each part of the payment gives its share back.

    Raises:
        NotFoundError: there is no such invoice.
        ValidationError: the invoice is not paid.
    """
    invoice = _locked(invoice_id)
    key = f"{invoice.id}:{refund_id}"
    before = queries.find_entry(Cause("refund", key, "refunded"))
    if before is not None:
        return _same_amount(before, amount_minor)
    record_invoice_paid(invoice.id)
    left = postings.parts_left(queries.invoice_postings(invoice))
    currency = invoice.currency.upper()
    rows = postings.of_return(amount_minor, left, currency, chart.CLEARING, ladder_of(invoice))
    return post(Cause("refund", key, "refunded"), rows, happened_at, user_id=invoice.user_id)


def _same_amount(entry: JournalEntry, amount_minor: int) -> JournalEntry:
    """Return an entry that stands; what is left to share has changed since, its sum may not."""
    before = sum(one.amount_minor for one in queries.postings_of(entry.id))
    if before != amount_minor:
        log.error("journal_conflict", entry_id=entry.id, purpose=entry.purpose)
        metrics.count_now("money_alarms", "journal_conflict")
        message = gettext("This is in the journal already, with other amounts.")
        raise JournalConflictError(message, entry_id=entry.id)
    return entry


def record_refund_failed(invoice_id: int, refund_id: str, happened_at: datetime) -> JournalEntry:
    """Post that a refund came back (the card is gone): a further entry takes the first one back."""
    invoice = _locked(invoice_id)
    key = f"{invoice.id}:{refund_id}"
    made = queries.find_entry(Cause("refund", key, "refunded"))
    if made is None:
        message = gettext("There is no such refund.")
        raise NotFoundError(message)
    rows = postings.reversed_(queries.postings_of(made.id))
    return post(Cause("refund", key, "failed"), rows, happened_at, user_id=invoice.user_id)


def record_dispute(
    invoice_id: int, dispute_id: str, outcome: Outcome, amount_minor: int, happened_at: datetime
) -> JournalEntry:
    """Post what a bank's claim moves: `opened` once money was taken back, then `won` or `lost`.

    An inquiry takes nothing and is not posted. While it is open the creator's part is kept back. A
    claim that is told of by its end alone is opened here too.
    """
    invoice = _locked(invoice_id)
    key = f"{invoice.id}:{dispute_id}"
    record_invoice_paid(invoice.id)
    opened = queries.find_entry(Cause("dispute", key, "opened"))
    if opened is None:
        opened = _open_dispute(invoice, key, amount_minor, happened_at)
    if outcome == "opened":
        return opened
    before = queries.find_entry(Cause("dispute", key, outcome))
    if before is not None:
        return before
    if outcome == "won":
        rows = _won(opened, key)
    else:
        left = postings.parts_left(queries.invoice_postings(invoice))
        ladder, currency = ladder_of(invoice), invoice.currency.upper()
        taken = _taken(opened)
        rows = postings.of_return(taken, left, currency, chart.DISPUTES, ladder)
    return post(Cause("dispute", key, outcome), rows, happened_at, user_id=invoice.user_id)


def _open_dispute(
    invoice: Invoice, key: str, amount_minor: int, happened_at: datetime
) -> JournalEntry:
    left = postings.parts_left(queries.invoice_postings(invoice))
    offer = _offer_of(invoice)
    creator_id = None if offer is None else offer.creator_id
    rows = postings.of_dispute(amount_minor, left, invoice.currency.upper(), creator_id)
    return post(Cause("dispute", key, "opened"), rows, happened_at, user_id=invoice.user_id)


def _taken(opened: JournalEntry) -> int:
    rows = queries.postings_of(opened.id)
    return sum(one.amount_minor for one in rows if one.debit == chart.DISPUTES)


def _won(opened: JournalEntry, key: str) -> list[Posting]:
    """Return what a won claim gives back; one that was lost before is taken back as well."""
    rows = postings.reversed_(queries.postings_of(opened.id))
    lost = queries.find_entry(Cause("dispute", key, "lost"))
    if lost is None:
        return rows
    return [*postings.reversed_(queries.postings_of(lost.id)), *rows]
