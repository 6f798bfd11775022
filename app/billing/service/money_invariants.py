"""What must always hold of money: I5 to I9, looked at by `flask invariants` and each night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import String, cast, func, select, text

from app.billing.models import (
    Invoice,
    JournalDay,
    JournalEntry,
    JournalPosting,
    Payout,
    Split,
)
from app.billing.queries import journal as queries
from app.billing.rules import chart
from app.billing.rules.postings import Posting
from app.billing.rules.shares import split
from app.core import clock, invariants
from app.core.db import db
from app.core.invariants import Ask, Invariant, Part

STEP = 5_000
"""So many entries are looked at in one part."""
LATELY = timedelta(days=35)
GRACE = timedelta(minutes=15)
"""So young a payment may still be on its way into the journal."""
MOST = 20

# What a payout in each state has in the journal.
ENTRIES = {
    "pending": {"pending"},
    "unknown": {"pending"},
    "sent": {"pending", "sent"},
    "reversed": {"pending", "sent"},
    "failed": {"pending", "failed"},
}


def register() -> None:
    """Let the invariants of money be looked at."""
    invariants.register_invariants((
        Invariant("billing.balances", "the sums of days are those of the postings",
                  find_wrong_sums),
        Invariant("billing.shares", "shares, platform and taxes add up to what was paid",
                  find_wrong_shares),
        Invariant("billing.posted", "each payment is in the journal, and nothing else is",
                  find_unposted),
        Invariant("billing.payouts", "payouts never exceed what was payable",
                  find_overpaid),
        Invariant("billing.payout_entries", "each payout moved its money once",
                  find_wrong_payouts),
    ))  # fmt: skip


def find_wrong_sums(ask: Ask) -> Part:
    """Compare the kept sums with the postings; lately, or of all days."""
    first = None if ask.is_full else clock.now().date() - LATELY
    counted: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for place, account in enumerate((JournalPosting.debit, JournalPosting.credit)):
        keys = account, JournalPosting.currency, JournalPosting.day
        query = select(*keys, func.sum(JournalPosting.amount_minor)).group_by(*keys)
        if first is not None:
            query = query.where(JournalPosting.day >= first)
        for *key, amount in db.session.execute(query):
            counted[tuple(key)][place] = int(amount)
    return Part(list(_differences(counted, first))[:MOST])


def _differences(counted: dict[Any, list[int]], first: Any) -> Iterator[str]:
    query = select(JournalDay)
    if first is not None:
        query = query.where(JournalDay.day >= first)
    for row in db.session.scalars(query):
        found = counted.pop((row.account, row.currency, row.day), [0, 0])
        if found != [row.debit_minor, row.credit_minor]:
            yield f"{row.account} {row.currency} {row.day}: its sums are not those of its postings"
    for account, currency, day in counted:
        yield f"{account} {currency} {day}: its postings are in no sum"


def find_wrong_shares(ask: Ask) -> Part:
    """Look at each paid invoice's entry: its parts are the total, shared as its split says."""
    query = (
        select(JournalEntry, Invoice, Split)
        .join(Invoice, JournalEntry.source_id == cast(Invoice.id, String))
        .outerjoin(Split, Split.id == JournalEntry.split_id)
        .where(
            JournalEntry.source_type == "invoice",
            JournalEntry.purpose == "paid",
            JournalEntry.id > ask.after,
        )
        .order_by(JournalEntry.id)
        .limit(STEP)
    )
    rows = [(row[0], row[1], row[2]) for row in db.session.execute(query)]
    postings = _postings([row[0].id for row in rows])
    faults = [
        f"invoice {invoice.id}: {fault}"
        for entry, invoice, version in rows
        if (fault := share_fault(postings[entry.id], invoice, version)) is not None
    ]
    return Part(faults, rows[-1][0].id if len(rows) == STEP else None)


def _postings(entry_ids: Sequence[int]) -> defaultdict[int, list[Posting]]:
    found: defaultdict[int, list[Posting]] = defaultdict(list)
    for start in range(0, len(entry_ids), 500):
        some = JournalPosting.entry_id.in_(entry_ids[start : start + 500])
        for row in db.session.scalars(select(JournalPosting).where(some)):
            found[row.entry_id].append(
                Posting(row.debit, row.credit, row.amount_minor, row.currency)
            )
    return found


def share_fault(rows: Sequence[Posting], invoice: Invoice, version: Split | None) -> str | None:
    """Return what is wrong with how an invoice was shared, None when it adds up."""
    moved: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        moved[row.credit.partition(":")[0]] += row.amount_minor
        moved[row.debit.partition(":")[0]] -= row.amount_minor
    creator = moved["payable"] + moved["reserve"]
    if creator + moved["revenue"] + moved[chart.TAXES] != invoice.total_minor:
        return "its parts are not its total"
    if moved[chart.TAXES] != invoice.tax_minor:
        return "its tax is not what was collected"
    if -moved[chart.CLEARING] != max(invoice.paid_minor, 0):
        return "what came in is not what was paid"
    bps = 0 if version is None else version.creator_bps
    net = max(invoice.total_minor - invoice.tax_minor, 0)
    if creator != split(net, bps)[0]:
        return "the creator's part is not that of its split"
    return None


_UNPOSTED = """
SELECT i.id FROM invoices i WHERE i.status = 'paid' AND i.total_minor <> 0
AND i.fetched_at < :before AND NOT EXISTS (
  SELECT 1 FROM journal_entries e WHERE e.source_type = 'invoice' AND e.purpose = 'paid'
  AND e.source_id = CAST(i.id AS VARCHAR)
) ORDER BY i.id LIMIT 20
"""
_UNPAID = """
SELECT e.id FROM journal_entries e WHERE e.source_type = 'invoice' AND e.purpose = 'paid'
AND NOT EXISTS (
  SELECT 1 FROM invoices i WHERE CAST(i.id AS VARCHAR) = e.source_id AND i.status = 'paid'
) ORDER BY e.id LIMIT 20
"""
_EMPTY = """
SELECT e.id FROM journal_entries e WHERE NOT EXISTS (
  SELECT 1 FROM journal_postings p WHERE p.entry_id = e.id
) ORDER BY e.id LIMIT 20
"""


def find_unposted(_ask: Ask) -> Part:
    """Find paid invoices without an entry, entries without a paid invoice, and empty ones."""
    before = {"before": clock.now() - GRACE}
    old = text(_UNPOSTED).bindparams(**_as_stored(before))
    return invariants.whole([
        *(f"invoice {row[0]} is paid and not in the journal" for row in db.session.execute(old)),
        *(f"entry {row[0]} is of no paid invoice" for row in db.session.execute(text(_UNPAID))),
        *(f"entry {row[0]} moves nothing" for row in db.session.execute(text(_EMPTY))),
    ])  # fmt: skip


def _as_stored(times: dict[str, Any]) -> dict[str, Any]:
    if db.engine.dialect.name == "postgresql":
        return times
    return {name: at.replace(tzinfo=None) for name, at in times.items()}


def find_overpaid(_ask: Ask) -> Part:
    """Go over each creator's money in its order: a payout never took more than there was."""
    taken = JournalEntry.source_type == "payout", JournalEntry.purpose == "pending"
    paid = (
        select(JournalPosting.debit, JournalPosting.currency)
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where(*taken)
        .distinct()
    )
    faults: list[str] = []
    for account, currency in db.session.execute(paid).all():
        faults.extend(_overpaid(account, currency))
    return invariants.whole(faults)


def _overpaid(account: str, currency: str) -> Iterator[str]:
    query = (
        select(JournalPosting, JournalEntry.source_type, JournalEntry.purpose)
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where((JournalPosting.debit == account) | (JournalPosting.credit == account))
        .where(JournalPosting.currency == currency)
        .order_by(JournalPosting.id)
    )
    held = 0
    for row, source_type, purpose in db.session.execute(query):
        held += row.amount_minor if row.credit == account else -row.amount_minor
        if held < 0 and (source_type, purpose) == ("payout", "pending"):
            yield f"{account}: payout entry {row.entry_id} took more than there was"


def find_wrong_payouts(_ask: Ask) -> Part:
    """Compare each payout with its entries: which there must be by its state, and how much."""
    query = select(JournalEntry.source_id, JournalEntry.purpose, JournalEntry.id).where(
        JournalEntry.source_type == "payout"
    )
    posted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for key, purpose, entry_id in db.session.execute(query):
        posted[key][purpose] = entry_id
    faults = [
        f"payout {row.id}: {fault}"
        for row in db.session.scalars(select(Payout))
        if (fault := _payout_fault(row, posted.pop(str(row.id), {}))) is not None
    ]
    faults.extend(f"entries of payout {key}, which there is not" for key in posted)
    return invariants.whole(faults)


def _payout_fault(row: Payout, entries: dict[str, int]) -> str | None:
    if set(entries) != ENTRIES[row.state]:
        return f"it is {row.state} and has the entries {', '.join(sorted(entries)) or 'none'}"
    if row.state in ("sent", "reversed") and row.transfer_id is None:
        return "it was sent and names no transfer"
    moved = queries.postings_of(*entries.values())
    if any(one.amount_minor != row.amount_minor for one in moved):
        return "its entries move another amount"
    return None
