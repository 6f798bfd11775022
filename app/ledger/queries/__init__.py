"""SQL of the ledger. The recording path speaks to the driver: no object per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Row

from app.core.db import db, is_sqlite
from app.core.i18n import gettext
from app.ledger.errors import AccountNotFoundError
from app.ledger.models import AccountDay, LedgerEvent, Trade, TradingAccount
from app.ledger.rules.book import OPENING, DayKey, TradeRow
from app.ledger.rules.chain import Event
from app.ledger.rules.fills import plain_instant

PAGE = 5000
Moment = tuple[str, int]
"""Instant and sequence number: the order in which events are applied."""
BEGINNING: Moment = ("", 0)

EVENT_COLUMNS = (
    "account_id, seq, kind, occurred_at, received_at, source, external_id, body, prev_hash, hash"
)
TRADE_COLUMNS = (
    "account_id, instrument_id, direction, qty, entry_at, exit_at, entry_price, exit_price, "
    "gross_pnl, fees, net_pnl, entry_notional, currency, closed_on, open_seq, close_seq"
)
# In the order of the sums of rules.book, then the extremes.
DAY_SUMS = (
    "realized, fees, mark_change, flows, open_delta, trade_count, win_count, loss_count, "
    "gross_profit, gross_loss, entry_notional, opening, best, worst"
)
DAY_COLUMNS = f"account_id, currency, day, user_id, plugin_id, kind, is_ranked, {DAY_SUMS}"


# Constants only: no value of anybody's is part of a statement's text.
INSERT_EVENT = f"INSERT INTO ledger_events ({EVENT_COLUMNS}) VALUES ({', '.join('?' * 10)})"
INSERT_TRADE = f"INSERT INTO trades ({TRADE_COLUMNS}) VALUES ({', '.join('?' * 16)})"
UPSERT_DAY = (
    f"INSERT INTO account_days ({DAY_COLUMNS}) VALUES ({', '.join('?' * 21)}) "
    "ON CONFLICT (account_id, currency, day) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in DAY_COLUMNS.split(", ")[3:])
)


def run(sql: str, values: Any = ()) -> Any:
    """Run a statement of ours on the driver; `?` stands for a value on every engine."""
    text = sql if is_sqlite() else sql.replace("?", "%s")
    return db.session.connection().exec_driver_sql(text, values)


def marks(count: int) -> str:
    """Return `count` placeholders."""
    return ", ".join("?" * count)


def stored_instant(text: str) -> str:
    """Return an instant as the engine's column of instants takes it."""
    return f"{text[:10]} {text[11:26]}" if is_sqlite() else text


def read_instant(value: str | datetime) -> str:
    """Return what an engine's column of instants gave as our text."""
    if isinstance(value, str):
        return f"{value[:10]}T{value[11:26]}Z"
    return plain_instant(value)


def get_account(user_id: int | None, account_id: int) -> TradingAccount:
    """Return an account; a user's own when `user_id` is given."""
    account = db.session.get(TradingAccount, account_id)
    if account is None or (user_id is not None and account.user_id != user_id):
        raise AccountNotFoundError(gettext("There is no such trading account."))
    return account


def lock_account(account_id: int) -> TradingAccount:
    """Return an account as it is now and keep others from writing to it until the commit."""
    account = db.session.scalars(
        select(TradingAccount)
        .where(TradingAccount.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if account is None:
        raise AccountNotFoundError(gettext("There is no such trading account."))
    return account


def find_account(user_id: int, plugin_id: str, kind: str) -> TradingAccount | None:
    """Return a user's first account of a robot and a kind, in whatever currency."""
    return db.session.scalars(
        select(TradingAccount)
        .where(
            TradingAccount.user_id == user_id,
            TradingAccount.plugin_id == plugin_id,
            TradingAccount.kind == kind,
        )
        .order_by(TradingAccount.id)
        .limit(1)
    ).one_or_none()


def list_accounts(user_id: int) -> Sequence[TradingAccount]:
    """Return a user's accounts, the oldest first."""
    return db.session.scalars(
        select(TradingAccount).where(TradingAccount.user_id == user_id).order_by(TradingAccount.id)
    ).all()


def list_account_ids() -> Sequence[int]:
    """Return the ids of all accounts."""
    return db.session.scalars(select(TradingAccount.id).order_by(TradingAccount.id)).all()


# --- events ---


def insert_events(events: list[Event]) -> None:
    """Append events."""
    if events:
        run(INSERT_EVENT, events)


def find_events(account_id: int, external_ids: Sequence[str]) -> dict[str, Event]:
    """Return the events of an account that have one of these external ids."""
    found = {}
    for start in range(0, len(external_ids), PAGE):
        page = external_ids[start : start + PAGE]
        rows = run(
            f"SELECT {EVENT_COLUMNS} FROM ledger_events "
            f"WHERE account_id = ? AND external_id IN ({marks(len(page))})",
            (account_id, *page),
        ).all()
        found.update({row[6]: Event(*row) for row in rows})
    return found


def list_replacing(account_id: int, last_seq: int) -> list[Event]:
    """Return the corrections and tombstones of an account up to an event, the oldest first."""
    rows = run(
        f"SELECT {EVENT_COLUMNS} FROM ledger_events WHERE account_id = ? "
        "AND kind IN ('correction', 'tombstone') AND seq <= ? ORDER BY seq",
        (account_id, last_seq),
    ).all()
    return [Event(*row) for row in rows]


def iterate_events(
    account_id: int, after: Moment = BEGINNING, last_seq: int | None = None
) -> Iterator[tuple[str, str, int, str, str]]:
    """Yield (kind, occurred_at, seq, external_id, body) in the order of application.

    Page by page by key, so that memory stays flat and other statements may run in between.
    """
    while True:
        rows = run(
            "SELECT kind, occurred_at, seq, external_id, body FROM ledger_events "
            "WHERE account_id = ? AND (occurred_at, seq) > (?, ?) AND seq <= ? "
            "ORDER BY occurred_at, seq LIMIT ?",
            (account_id, *after, 2**31 - 1 if last_seq is None else last_seq, PAGE),
        ).all()
        for row in rows:
            yield tuple(row)
        if len(rows) < PAGE:
            return
        after = (rows[-1][1], rows[-1][2])


def list_chain(account_id: int, after_seq: int) -> list[Event]:
    """Return the next page of an account's chain."""
    rows = run(
        f"SELECT {EVENT_COLUMNS} FROM ledger_events "
        "WHERE account_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (account_id, after_seq, PAGE),
    ).all()
    return [Event(*row) for row in rows]


def chain_head(account_id: int) -> tuple[int, str]:
    """Return number and hash of the newest event by the account's row."""
    row = db.session.execute(
        select(TradingAccount.head_seq, TradingAccount.head_hash).where(
            TradingAccount.id == account_id
        )
    ).one_or_none()
    if row is None:
        raise AccountNotFoundError(gettext("There is no such trading account."))
    return row[0], row[1]


def received_at(account_id: int, seq: int) -> str:
    """Return when an event came in."""
    return str(
        db.session.execute(
            select(LedgerEvent.received_at).where(
                LedgerEvent.account_id == account_id, LedgerEvent.seq == seq
            )
        ).scalar_one()
    )


def event_ids(account_id: int, seqs: Sequence[int]) -> dict[int, int]:
    """Return the row ids of events by their numbers."""
    rows = db.session.execute(
        select(LedgerEvent.seq, LedgerEvent.id).where(
            LedgerEvent.account_id == account_id, LedgerEvent.seq.in_(seqs)
        )
    )
    return {row[0]: row[1] for row in rows}


# --- trades ---


def insert_trades(trades: Iterable[tuple[int, TradeRow]]) -> None:
    """Write closed trades, each with its account."""
    rows = []
    for account_id, trade in trades:
        instrument_id, _, currency = trade.instrument.partition(":")
        rows.append((
            account_id, int(instrument_id), trade.direction, trade.qty,
            stored_instant(trade.entry_at), stored_instant(trade.exit_at),
            trade.entry_price, trade.exit_price, trade.gross_pnl, trade.fees, trade.net_pnl,
            trade.entry_notional, currency, trade.closed_on, trade.open_seq, trade.close_seq,
        ))  # fmt: skip
    if rows:
        run(INSERT_TRADE, rows)


def last_exit(account_id: int, key: str) -> str:
    """Return when the newest trade of an instrument was closed; "" when there is none."""
    instrument_id, _, currency = key.partition(":")
    value = run(
        "SELECT max(exit_at) FROM trades "
        "WHERE account_id = ? AND instrument_id = ? AND currency = ?",
        (account_id, int(instrument_id), currency),
    ).scalar_one()
    return "" if value is None else read_instant(value)


def flat_before(account_id: int, key: str, at: str, open_seq: int) -> Moment:
    """Return the newest moment before `at` when a position was flat after a trade.

    A flip leaves no such moment: the next trade, or the open one (`open_seq`), begins with the
    fill that ended the last.
    """
    instrument_id, _, currency = key.partition(":")
    row = run(
        "SELECT exit_at, close_seq FROM trades AS t "
        "WHERE account_id = ? AND instrument_id = ? AND currency = ? AND exit_at < ? "
        "AND close_seq <> ? AND NOT EXISTS (SELECT 1 FROM trades AS n WHERE "
        "n.account_id = t.account_id AND n.instrument_id = t.instrument_id "
        "AND n.open_seq = t.close_seq) ORDER BY exit_at DESC, close_seq DESC LIMIT 1",
        (account_id, int(instrument_id), currency, stored_instant(at), open_seq),
    ).one_or_none()
    return BEGINNING if row is None else (read_instant(row[0]), row[1])


def delete_trades(account_id: int, key: str, after: Moment) -> set[DayKey]:
    """Delete the trades of a position closed after a moment; return the days they counted on."""
    instrument_id, _, currency = key.partition(":")
    where = "WHERE account_id = ? AND instrument_id = ? AND currency = ?"
    values: tuple[Any, ...] = (account_id, int(instrument_id), currency)
    if after != BEGINNING:
        where += " AND (exit_at, close_seq) > (?, ?)"
        values += (stored_instant(after[0]), after[1])
    rows = run(f"SELECT DISTINCT closed_on FROM trades {where}", values).all()
    run(f"DELETE FROM trades {where}", values)
    return {(currency, str(row[0])) for row in rows}


def extremes(account_id: int, days: Iterable[DayKey]) -> dict[DayKey, tuple[int, int]]:
    """Return best and worst net P&L of the trades closed on days."""
    found = {}
    for currency, session in days:
        row = run(
            "SELECT max(net_pnl), min(net_pnl) FROM trades "
            "WHERE account_id = ? AND closed_on = ? AND currency = ?",
            (account_id, session, currency),
        ).one()
        if row[0] is not None:
            found[currency, session] = (row[0], row[1])
    return found


# --- daily money ---


def list_days(account_id: int, days: Iterable[DayKey]) -> dict[DayKey, Row[Any]]:
    """Return the sums of the days between the first and the last asked for, by currency."""
    found = {}
    by_currency: dict[str, list[str]] = {}
    for currency, session in days:
        by_currency.setdefault(currency, []).append(session)
    for currency, sessions in by_currency.items():
        rows = run(
            f"SELECT day, {DAY_SUMS} FROM account_days "
            "WHERE account_id = ? AND currency = ? AND day BETWEEN ? AND ?",
            (account_id, currency, min(sessions), max(sessions)),
        )
        found.update({(currency, str(row[0])): row[1:] for row in rows})
    return found


def write_days(rows: list[tuple[Any, ...]]) -> None:
    """Write day rows, new or known."""
    if not rows:
        return
    run(UPSERT_DAY, rows)


def delete_days(account_id: int, days: list[DayKey]) -> None:
    """Delete day rows on which nothing is left."""
    if days:
        run(
            "DELETE FROM account_days WHERE account_id = ? AND currency = ? AND day = ?",
            [(account_id, currency, session) for currency, session in days],
        )


def first_active_day(account_id: int) -> str | None:
    """Return the first day on which something besides the opening happened."""
    names = DAY_SUMS.split(", ")[:OPENING]
    active = " OR ".join(f"{name} <> 0" for name in names)
    value = run(
        f"SELECT min(day) FROM account_days WHERE account_id = ? AND ({active})",
        (account_id,),
    ).scalar_one()
    return None if value is None else str(value)


def day_spans(account_id: int) -> dict[str, str]:
    """Return the first day with a row, by currency."""
    rows = run(
        "SELECT currency, min(day) FROM account_days WHERE account_id = ? GROUP BY currency",
        (account_id,),
    )
    return {currency: str(day) for currency, day in rows}


def last_times(account_id: int) -> tuple[str, str]:
    """Return when the newest timed event and the newest mark of an account occurred."""
    row = run(
        "SELECT max(occurred_at), max(CASE WHEN kind = 'mark' THEN occurred_at END) "
        "FROM ledger_events WHERE account_id = ? AND kind IN ('fill', 'correction', 'mark')",
        (account_id,),
    ).one()
    return row[0] or "", row[1] or ""


def delete_derived(account_id: int) -> None:
    """Delete everything that is derived from an account's events."""
    db.session.execute(delete(Trade).where(Trade.account_id == account_id))
    db.session.execute(delete(AccountDay).where(AccountDay.account_id == account_id))


def list_newest(account_id: int, limit: int) -> Sequence[LedgerEvent]:
    """Return an account's newest fills and corrections by the time they were executed."""
    return db.session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.account_id == account_id, LedgerEvent.kind.in_(("fill", "correction")))
        .order_by(LedgerEvent.occurred_at.desc(), LedgerEvent.seq.desc())
        .limit(limit)
    ).all()


def is_correction(account_id: int, seq: int) -> bool:
    """Whether an event is a correction (else a tombstone)."""
    kind = db.session.execute(
        select(LedgerEvent.kind).where(LedgerEvent.account_id == account_id, LedgerEvent.seq == seq)
    ).scalar_one()
    return kind == "correction"
