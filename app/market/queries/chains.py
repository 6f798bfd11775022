"""Option chains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from app.core.db import db
from app.market import models
from app.market.schemas import OptionQuote

_STEP = 1_000


def find_chain(underlying_id: int, session: date | None) -> models.OptionChain | None:
    """Return the chain of a session; without one the newest."""
    query = select(models.OptionChain).where(models.OptionChain.underlying_id == underlying_id)
    if session is not None:
        query = query.where(models.OptionChain.session == session)
    return db.session.scalar(query.order_by(models.OptionChain.session.desc()).limit(1))


def list_chains(underlying_id: int) -> list[models.OptionChain]:
    """Return the chains of an underlying, in order of their sessions."""
    query = select(models.OptionChain).where(models.OptionChain.underlying_id == underlying_id)
    return list(db.session.scalars(query.order_by(models.OptionChain.session)))


def list_sessions(underlying_id: int) -> list[date]:
    """Return the sessions of which there is a chain, in order."""
    query = select(models.OptionChain.session).where(
        models.OptionChain.underlying_id == underlying_id
    )
    return list(db.session.scalars(query.order_by(models.OptionChain.session)))


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
