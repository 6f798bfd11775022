"""How far the bars of instruments reach."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import db, is_sqlite
from app.market.models import BarSeries, Instrument


def lock_series(instrument_ids: Iterable[int], timeframe: str) -> dict[int, BarSeries]:
    """Return the series of instruments, locked until the transaction ends; unknown ones are made.

    In order of their ids, so that two who lock the same ones do not wait for each other.
    """
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    ids = sorted(set(instrument_ids))
    common = {"timeframe": timeframe, "bar_count": 0, "correction_count": 0}
    values = [{"instrument_id": each, **common} for each in ids]
    db.session.execute(insert(BarSeries).on_conflict_do_nothing(), values)
    rows = db.session.scalars(
        select(BarSeries)
        .where(BarSeries.instrument_id.in_(ids), BarSeries.timeframe == timeframe)
        .order_by(BarSeries.instrument_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.instrument_id: row for row in rows}


class Reach(NamedTuple):
    """How far the bars of one instrument and timeframe reach."""

    instrument_id: int
    timeframe: str
    first_at: datetime
    newest_at: datetime
    bar_count: int
    correction_count: int


def series_of(instrument_ids: Iterable[int]) -> dict[tuple[int, str], Reach]:
    """Return the series of instruments that hold bars, by instrument and timeframe."""
    ids = sorted(set(instrument_ids))
    columns: list[Any] = [getattr(BarSeries, name) for name in Reach._fields]
    found = {}
    for start in range(0, len(ids), 5_000):
        rows = db.session.execute(
            select(*columns).where(
                BarSeries.instrument_id.in_(ids[start : start + 5_000]), BarSeries.bar_count > 0
            )
        )
        found.update({(row.instrument_id, row.timeframe): Reach._make(row) for row in rows})
    return found


def all_series() -> list[tuple[BarSeries, Instrument]]:
    """Return every series that holds bars with its instrument, by symbol and timeframe."""
    rows = db.session.execute(
        select(BarSeries, Instrument)
        .join(Instrument, Instrument.id == BarSeries.instrument_id)
        .where(BarSeries.bar_count > 0)
        .order_by(Instrument.symbol, Instrument.asset_class, BarSeries.timeframe.desc())
    )
    return [(row.BarSeries, row.Instrument) for row in rows]
