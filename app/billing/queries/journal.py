"""What is read of the journal: entries by their cause, postings, balances from the sums of days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.billing.models import Invoice, JournalDay, JournalEntry, JournalPosting, Split
from app.billing.rules import chart
from app.billing.rules.postings import Cause, Posting
from app.core.db import db


def find_entry(cause: Cause) -> JournalEntry | None:
    """Return the entry of a cause, None when it is not posted."""
    return db.session.scalar(select(JournalEntry).filter_by(**cause._asdict()))


def postings_of(*entry_ids: int) -> list[Posting]:
    """Return the postings of entries, in the order in which they were made."""
    mine = JournalPosting.entry_id.in_(entry_ids)
    rows = select(
        JournalPosting.debit,
        JournalPosting.credit,
        JournalPosting.amount_minor,
        JournalPosting.currency,
    )
    return [Posting(*row) for row in db.session.execute(rows.where(mine).order_by("id"))]


def invoice_postings(invoice: Invoice) -> list[Posting]:
    """Return all postings that a payment and what became of it have made."""
    own = str(invoice.id)
    about: ColumnElement[bool] = or_(
        and_(JournalEntry.source_type == "invoice", JournalEntry.source_id == own),
        and_(
            JournalEntry.source_type.in_(("refund", "dispute")),
            JournalEntry.source_id.startswith(f"{own}:", autoescape=True),
        ),
    )
    # By the payer's entries, which are few; the causes alone have no index that fits both.
    mine = JournalEntry.user_id == invoice.user_id
    ids = db.session.scalars(select(JournalEntry.id).where(mine, about)).all()
    return postings_of(*ids)


def has_open_dispute(invoice: Invoice) -> bool:
    """Whether a bank disputes a payment and has not decided."""
    mine = (
        JournalEntry.user_id == invoice.user_id,
        JournalEntry.source_type == "dispute",
        JournalEntry.source_id.startswith(f"{invoice.id}:", autoescape=True),
    )
    found: dict[str, set[str]] = {}
    for key, purpose in db.session.execute(
        select(JournalEntry.source_id, JournalEntry.purpose).where(*mine)
    ):
        found.setdefault(key, set()).add(purpose)
    return any("opened" in told and not told & {"won", "lost"} for told in found.values())


def lock_invoice(invoice_id: int) -> Invoice | None:
    """Return an invoice that nobody else books on until the transaction ends."""
    mine = Invoice.id == invoice_id
    return db.session.scalar(select(Invoice).where(mine).with_for_update())


def find_split(product_type: str, day: date) -> Split | None:
    """Return the version of a split that holds on a day."""
    past = Split.product_type == product_type, Split.starts_on <= day
    newest = Split.starts_on.desc()
    return db.session.scalar(select(Split).where(*past).order_by(newest).limit(1))


def balance(account: str, currency: str, through: date | None = None) -> int:
    """Return an account's balance on its normal side, at the end of a day or now."""
    mine = [JournalDay.account == account, JournalDay.currency == currency]
    if through is not None:
        mine.append(JournalDay.day <= through)
    sums = func.sum(JournalDay.debit_minor), func.sum(JournalDay.credit_minor)
    debit, credit = db.session.execute(select(*sums).where(*mine)).one()
    return chart.balance(account, int(debit or 0), int(credit or 0))


def newest_postings(account: str | None, limit: int) -> list[tuple[JournalPosting, JournalEntry]]:
    """Return the newest postings of all accounts or of one, with their entries."""
    query = select(JournalPosting, JournalEntry).join(
        JournalEntry, JournalEntry.id == JournalPosting.entry_id
    )
    if account is not None:
        query = query.where((JournalPosting.debit == account) | (JournalPosting.credit == account))
    rows = db.session.execute(query.order_by(JournalPosting.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def balances(
    accounts: Iterable[str] = (), through: date | None = None
) -> list[tuple[str, str, int]]:
    """Return account, currency and balance of all accounts or some, now or at the end of a day."""
    sums = func.sum(JournalDay.debit_minor), func.sum(JournalDay.credit_minor)
    query = select(JournalDay.account, JournalDay.currency, *sums)
    named = list(accounts)
    if named:
        query = query.where(JournalDay.account.in_(named))
    if through is not None:
        query = query.where(JournalDay.day <= through)
    keys = JournalDay.account, JournalDay.currency
    return [
        (account, currency, chart.balance(account, int(debit), int(credit)))
        for account, currency, debit, credit in db.session.execute(
            query.group_by(*keys).order_by(*keys)
        )
    ]
