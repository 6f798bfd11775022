"""SQL over many accounts at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.core.db import db, is_sqlite
from app.ledger.models import LedgerEvent, TradingAccount
from app.ledger.queries import DAY_SUMS, EVENT_COLUMNS, run
from app.ledger.rules.book import DayKey
from app.ledger.rules.chain import Event

PAGE_OF_KEYS = 400


def position_states(account_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the kept positions of accounts."""
    found: dict[int, dict[str, Any]] = {}
    ids = sorted(account_ids)
    for start in range(0, len(ids), PAGE_OF_KEYS):
        rows = db.session.execute(
            select(TradingAccount.id, TradingAccount.positions).where(
                TradingAccount.id.in_(ids[start : start + PAGE_OF_KEYS])
            )
        )
        found.update({row.id: row.positions or {} for row in rows})
    return found


def fill_bodies(account_ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield account and body of every fill of some accounts."""
    ids = sorted(account_ids)
    for start in range(0, len(ids), PAGE_OF_KEYS):
        rows = db.session.execute(
            select(LedgerEvent.account_id, LedgerEvent.body).where(
                LedgerEvent.account_id.in_(ids[start : start + PAGE_OF_KEYS]),
                LedgerEvent.kind == "fill",
            )
        )
        yield from ((row.account_id, row.body) for row in rows)


def find_events_of(wanted: Sequence[tuple[int, str]]) -> list[Event]:
    """Return the events of many accounts that have one of these (account, external id)."""
    if not wanted:
        return []
    pairs = ", ".join(["(?, ?)"] * len(wanted))
    rows = run(
        f"SELECT {EVENT_COLUMNS} FROM ledger_events "
        f"WHERE (account_id, external_id) IN (VALUES {pairs})",
        tuple(value for pair in wanted for value in pair),
    ).all()
    return [Event(*row) for row in rows]


def days_of(keys: Iterable[tuple[int, str, str]]) -> dict[int, dict[DayKey, Row[Any]]]:
    """Return the sums of days of many accounts, each given as (account, currency, session)."""
    found: dict[int, dict[DayKey, Row[Any]]] = {}
    wanted = sorted(keys)
    cast = "" if is_sqlite() else "::date"
    for start in range(0, len(wanted), PAGE_OF_KEYS):
        page = wanted[start : start + PAGE_OF_KEYS]
        rows = run(
            f"SELECT account_id, currency, day, {DAY_SUMS} FROM account_days "
            f"WHERE (account_id, currency, day) IN (VALUES {', '.join([f'(?, ?, ?{cast})'] * len(page))})",
            tuple(value for key in page for value in key),
        )
        for row in rows:
            found.setdefault(row[0], {})[row[1], str(row[2])] = row[3:]
    return found
