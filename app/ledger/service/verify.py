"""Checking chains, and making derived rows anew from them."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db, transaction
from app.ledger import queries
from app.ledger.models import LedgerEvent, TradingAccount
from app.ledger.rules.chain import GENESIS, find_fault
from app.ledger.schemas import Fault
from app.ledger.service.derive import rebuild_account


def verify(account_id: int | None = None) -> Fault | None:
    """Check the chain of one account or of all; return the first fault, None when all is whole."""
    ids = queries.list_account_ids() if account_id is None else [account_id]
    for each in ids:
        fault = verify_account(each)
        if fault is not None:
            return fault
    return find_orphan() if account_id is None else None


def find_orphan() -> Fault | None:
    """Find an event whose account is not there."""
    row = db.session.execute(
        select(LedgerEvent.account_id, LedgerEvent.seq)
        .where(LedgerEvent.account_id.not_in(select(TradingAccount.id)))
        .order_by(LedgerEvent.account_id, LedgerEvent.seq)
        .limit(1)
    ).one_or_none()
    what = "inserted, or the row of its account was removed"
    return None if row is None else Fault(row.account_id, row.seq, what)


def verify_account(account_id: int) -> Fault | None:
    """Check numbers, links, hashes and the newest event of one account."""
    seq, head = 0, GENESIS
    while True:
        page = queries.list_chain(account_id, seq)
        for event in page:
            what = find_fault(event, seq + 1, head)
            if what is not None:
                return Fault(account_id, seq + 1, what)
            seq, head = event.seq, event.hash
        if page:
            continue
        # Read after the events: what was appended meanwhile is in both, or is read next.
        head_seq, head_hash = queries.chain_head(account_id)
        if head_seq > seq and queries.list_chain(account_id, seq):
            continue
        return _head_fault(account_id, (seq, head), (head_seq, head_hash))


def _head_fault(account_id: int, found: tuple[int, str], noted: tuple[int, str]) -> Fault | None:
    if noted[0] > found[0]:
        what = f"event {found[0] + 1} is missing, up to the last one, {noted[0]}"
        return Fault(account_id, found[0] + 1, what)
    if noted[0] < found[0]:
        what = f"inserted after the account's last event, {noted[0]}"
        return Fault(account_id, noted[0] + 1, what)
    if noted[1] != found[1] and not (noted[0] == 0 and noted[1] == ""):
        return Fault(account_id, found[0], "is not the last event that the account's row names")
    return None


def rebuild(account_id: int | None = None) -> int:
    """Make trades, positions and daily money of one account or of all anew; return how many."""
    ids = queries.list_account_ids() if account_id is None else [account_id]
    for each in ids:
        with transaction():
            rebuild_account(queries.lock_account(each))
    return len(ids)


def catch_up(account_id: int) -> None:
    """Derive what deferred recordings have left; nothing to do when they left nothing."""
    with transaction():
        account = queries.lock_account(account_id)
        if account.derived_seq < account.head_seq:
            rebuild_account(account)
