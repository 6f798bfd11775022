"""Option chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from app.core.db import db
from app.market import models
from app.market.schemas import OptionQuote

CSV = "csv"
HALF_HOUR = 30
_STEP = 1_000
_TRIED = 50
"""An evening's chain may not be there yet at an instant of its session: then one before is."""


def find_chain(
    underlying_id: int, session: date | None, quoted_at: datetime | None = None
) -> models.OptionChain | None:
    """Return the chain of a session's close, or of an instant; without a session the newest close."""
    table = models.OptionChain
    query = select(table).where(table.underlying_id == underlying_id)
    if session is not None:
        query = query.where(table.session == session)
    if quoted_at is None:
        query = query.where(table.quoted_at.is_(None))
    else:
        query = query.where(table.quoted_at == quoted_at)
    return db.session.scalar(query.order_by(table.session.desc()).limit(1))


def newest_chains(underlying_id: int, at: datetime) -> Iterator[models.OptionChain]:
    """Return the chains of the sessions until an instant, newest first; close before the others."""
    table = models.OptionChain
    query = (
        select(table)
        .where(table.underlying_id == underlying_id, table.session <= at.date())
        .where((table.quoted_at <= at) | table.quoted_at.is_(None))
        .order_by(table.session.desc(), table.quoted_at.desc().nulls_first())
        .limit(_TRIED)
    )
    yield from db.session.scalars(query)


def list_chains(underlying_id: int) -> list[models.OptionChain]:
    """Return the chains of an underlying, in order of their sessions, each's close last."""
    table = models.OptionChain
    return list(
        db.session.scalars(
            select(table)
            .where(table.underlying_id == underlying_id)
            .order_by(table.session, table.quoted_at.asc().nulls_last())
        )
    )


def list_sessions(underlying_id: int) -> list[date]:
    """Return the sessions of which there is a chain, in order."""
    query = select(models.OptionChain.session).where(
        models.OptionChain.underlying_id == underlying_id
    )
    return list(db.session.scalars(query.distinct().order_by(models.OptionChain.session)))


def read_quotes(chain_id: int) -> tuple[OptionQuote, ...]:
    """Return the contracts of a chain, by expiry, strike and right."""
    table = models.OptionQuote
    columns: list[Any] = [getattr(table, name) for name in OptionQuote._fields]
    rows = db.session.execute(
        select(*columns)
        .where(table.chain_id == chain_id)
        .order_by(table.expiry, table.strike, table.option_right)
    )
    return tuple(OptionQuote._make(row) for row in rows)


def replace_quotes(chain_id: int, quotes: Sequence[OptionQuote]) -> None:
    """Put these contracts in the place of those that are there."""
    table = models.OptionQuote
    db.session.execute(delete(table).where(table.chain_id == chain_id))
    for start in range(0, len(quotes), _STEP):
        rows = [
            {**quote._asdict(), "chain_id": chain_id} for quote in quotes[start : start + _STEP]
        ]
        db.session.execute(insert(table), rows)


def thin(underlying_id: int, start: datetime, end: datetime) -> int:
    """Keep of the chains that providers gave between two instants one each half hour; how many go."""
    table = models.OptionChain
    query = select(table.id, table.quoted_at).where(
        table.underlying_id == underlying_id,
        table.quoted_at >= start,
        table.quoted_at < end,
        table.source != CSV,
    )
    gone = [row.id for row in db.session.execute(query) if row.quoted_at.minute % HALF_HOUR]
    if gone:
        quotes = models.OptionQuote
        db.session.execute(delete(quotes).where(quotes.chain_id.in_(gone)))
        db.session.execute(delete(table).where(table.id.in_(gone)))
    return len(gone)


def list_underlyings() -> list[str]:
    """Return the symbols of which a chain is kept, in order."""
    query = (
        select(models.Instrument.symbol)
        .join(models.OptionChain, models.OptionChain.underlying_id == models.Instrument.id)
        .distinct()
        .order_by(models.Instrument.symbol)
    )
    return list(db.session.scalars(query))
