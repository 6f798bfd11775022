"""What must hold of the ledger: whole chains, derived rows as the events say, owners that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from app.core.db import db
from app.core.invariants import Ask, Invariant, Part, register_invariants, whole
from app.core.types import SCALE
from app.ledger import queries
from app.ledger.models import ImportFile, TradingAccount
from app.ledger.queries import BEGINNING, DAY_SUMS, TRADE_COLUMNS
from app.ledger.rules.book import OPENING, WIDTH, Book, DayKey, TradeRow, add_entry
from app.ledger.service.derive import iterate_entries
from app.ledger.service.verify import find_orphan, verify_account

ACCOUNTS_AT_ONCE = 20
TRADES_AT_ONCE = 5000
TRIES = 3
SHOWN = 20
SIZE = 2**64


def register() -> None:
    """Let the ledger's invariants be looked at."""
    register_invariants((
        Invariant("ledger.chains", "every event is as it was written", find_broken_chains),
        Invariant("ledger.derived", "trades, day money and positions are what the events say",
                  find_wrong_derived),
        Invariant("ledger.owners", "what belongs to an account names its owner",
                  find_wrong_owners),
        Invariant("ledger.imports", "the counts of an import add up", find_wrong_counts),
    ))  # fmt: skip


def find_broken_chains(ask: Ask) -> Part:
    """Walk the chains of the next accounts."""

    def look(account_id: int) -> str | None:
        fault = verify_account(account_id)
        return None if fault is None else f"event {fault.seq}: {fault.what}"

    part = _each_account(ask, look)
    orphan = find_orphan() if part.next_after is None else None
    if orphan is not None:
        part.faults.append(f"account {orphan.account_id}, event {orphan.seq}: {orphan.what}")
    return part


def find_wrong_derived(ask: Ask) -> Part:
    """Derive the next accounts from their events, in memory, and compare."""
    return _each_account(ask, _derived_fault)


def _each_account(ask: Ask, look: Callable[[int], str | None]) -> Part:
    query = select(TradingAccount.id).where(TradingAccount.id > ask.after)
    ids = db.session.scalars(query.order_by(TradingAccount.id).limit(ACCOUNTS_AT_ONCE)).all()
    found = [(each, look(each)) for each in ids]
    is_last = len(ids) < ACCOUNTS_AT_ONCE
    return Part(
        [f"account {each}, {what}" for each, what in found if what is not None],
        None if is_last else ids[-1],
    )


class _State(NamedTuple):
    """What an account's row says; equal before and after, nothing was written in between."""

    head_seq: int
    derived_seq: int
    starting_balance: Any
    given_opened_on: date | None
    opened_on: date | None


def _derived_fault(account_id: int) -> str | None:
    """Return what differs; an account that is being written to is looked at again."""
    for _ in range(TRIES):
        db.session.rollback()
        account = queries.get_account(None, account_id)
        before = _state(account_id)
        if before.derived_seq < before.head_seq:
            if _is_awaited(account_id):
                return None
            fault = f"derived up to event {before.derived_seq} of {before.head_seq}"
        else:
            fault = next(_differences(account, before), "")
        # Another statement may see more than the first one did: PostgreSQL.
        if not fault or _state(account_id) == before:
            return fault or None
    return None  # somebody writes to it all the time; the next look will tell


def _state(account_id: int) -> _State:
    names = [getattr(TradingAccount, name) for name in _State._fields]
    row = db.session.execute(select(*names).where(TradingAccount.id == account_id)).one()
    return _State(*row)


def _is_awaited(account_id: int) -> bool:
    """Whether an import that has yet to derive what it recorded is under way."""
    at_work = ImportFile.state.in_(("queued", "running", "cancelled"))
    query = select(ImportFile.id).where(ImportFile.account_id == account_id, at_work)
    return db.session.scalars(query.limit(1)).first() is not None


def _differences(account: TradingAccount, state: _State) -> Iterator[str]:
    book = Book()
    count = checksum = 0
    for _, entry in iterate_entries(account.id, BEGINNING, 0, state.head_seq):
        add_entry(book, entry)
        if len(book.trades) >= TRADES_AT_ONCE:
            count, checksum = _add_trades(book, count, checksum)
    if (*_add_trades(book, count, checksum),) != _stored_trades(account.id):
        yield "its trades are not what its events say"
    held = (account.positions or {}).get("open", {})
    if held != {key: each.to_state() for key, each in book.held.items()}:
        yield "its open positions are not what its events say"
    expected, opened_on = _expected_days(book, state, account.currency)
    if opened_on != state.opened_on:
        yield f"it opened on {opened_on}, not on {state.opened_on}"
    stored = _stored_days(account.id)
    wrong = sorted(
        key for key in stored.keys() | expected.keys() if stored.get(key) != expected.get(key)
    )
    if wrong:
        yield f"its money of {wrong[0][1]} ({wrong[0][0]}) is not what its events say"


def _add_trades(book: Book, count: int, checksum: int) -> tuple[int, int]:
    """Add the book's trades to a sum that does not depend on their order; empty the book."""
    for trade in book.trades:
        checksum = (checksum + hash(tuple(trade))) % SIZE
    count += len(book.trades)
    book.trades.clear()
    return count, checksum


def _stored_trades(account_id: int) -> tuple[int, int]:
    count = checksum = after = 0
    while True:
        rows = queries.run(
            f"SELECT id, {TRADE_COLUMNS} FROM trades WHERE account_id = ? AND id > ? "  # noqa: S608 - built from constants
            "ORDER BY id LIMIT ?",
            (account_id, after, TRADES_AT_ONCE),
        ).all()
        for row in rows:
            checksum = (checksum + hash(tuple(_trade(row)))) % SIZE
        count += len(rows)
        if len(rows) < TRADES_AT_ONCE:
            return count, checksum
        after = rows[-1][0]


def _trade(row: Any) -> TradeRow:
    _, _, instrument_id, direction, qty, entry_at, exit_at, *rest = row
    entry_price, exit_price, gross, fees, net, notional, currency, closed_on, *seqs = rest
    return TradeRow(
        f"{instrument_id}:{currency}", direction, qty, queries.read_instant(entry_at),
        queries.read_instant(exit_at), entry_price, exit_price, gross, fees, net, notional,
        str(closed_on), *seqs,
    )  # fmt: skip


Day = tuple[int | None, ...]


def _expected_days(
    book: Book, state: _State, currency: str
) -> tuple[dict[DayKey, Day], date | None]:
    """Return the day rows and the opening day that an account must have."""
    days = {key: list(sums) for key, sums in book.days.items() if any(sums)}
    active = [date.fromisoformat(key[1]) for key, sums in days.items() if any(sums[:OPENING])]
    if state.given_opened_on is not None:
        active.append(state.given_opened_on)
    opened_on = min(active, default=None)
    has_opening = state.starting_balance is not None or state.given_opened_on is not None
    if opened_on is not None and has_opening:
        sums = days.setdefault((currency, opened_on.isoformat()), [0] * WIDTH)
        sums[OPENING] += int((state.starting_balance or 0) * SCALE)
    extremes = book.extremes
    return {key: (*sums, *extremes.get(key, (None, None))) for key, sums in days.items()}, opened_on


def _stored_days(account_id: int) -> dict[DayKey, Day]:
    rows = queries.run(
        f"SELECT currency, day, {DAY_SUMS} FROM account_days WHERE account_id = ?",  # noqa: S608 - built from constants
        (account_id,),
    )
    return {(row[0], str(row[1])): tuple(row[2:]) for row in rows}


# --- Owners and counts ---

_DAYS_OF_OTHERS = """
SELECT d.account_id, d.day FROM account_days d JOIN trading_accounts a ON a.id = d.account_id
WHERE d.user_id <> a.user_id OR d.plugin_id <> a.plugin_id OR d.kind <> a.kind
OR d.is_ranked <> a.is_ranked ORDER BY d.account_id, d.day LIMIT ?
"""
_IMPORTS_OF_OTHERS = """
SELECT i.id, i.account_id FROM imports i JOIN trading_accounts a ON a.id = i.account_id
WHERE i.user_id <> a.user_id ORDER BY i.id LIMIT ?
"""
_WRONG_COUNTS = """
SELECT id FROM imports WHERE state IN ('running', 'done')
AND created_count + duplicate_count + refused_count <> next_row ORDER BY id LIMIT ?
"""
_UNFINISHED = """
SELECT id FROM imports WHERE state = 'done' AND next_row <> row_count ORDER BY id LIMIT ?
"""


def find_wrong_owners(_ask: Ask) -> Part:
    """Find rows whose copies of an account's columns differ from the account's."""
    days = queries.run(_DAYS_OF_OTHERS, (SHOWN,)).all()
    files = queries.run(_IMPORTS_OF_OTHERS, (SHOWN,)).all()
    return whole(
        [f"the money of account {row[0]} on {row[1]} names another owner" for row in days]
        + [f"import {row[0]} went into account {row[1]} of another user" for row in files]
    )


def find_wrong_counts(_ask: Ask) -> Part:
    """Find imports whose rows do not add up to what was read."""
    wrong = queries.run(_WRONG_COUNTS, (SHOWN,)).all()
    short = queries.run(_UNFINISHED, (SHOWN,)).all()
    return whole(
        [f"the rows of import {row[0]} are not all recorded or refused" for row in wrong]
        + [f"import {row[0]} says done before its last row" for row in short]
    )
