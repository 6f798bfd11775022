"""Bars as the driver takes and gives them: columns in, columns out, hundreds of thousands at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.core.db import db, is_sqlite
from app.quant.bars import ScaledBars

_NAMES = ("opened_at", "open", "high", "low", "close", "volume")
_TYPES = [(name, np.float64 if name == "volume" else np.int64) for name in _NAMES]
_COLUMNS = (
    "instrument_id, timeframe, opened_at, open, high, low, close, volume, source, received_at"
)
_INSERT = f"INSERT INTO bars ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - built from constants
_CORRECT = (
    "UPDATE bars SET open = ?, high = ?, low = ?, close = ?, volume = ?, source = ?, "
    "corrected_at = ?, revision = revision + 1 "
    "WHERE instrument_id = ? AND timeframe = ? AND opened_at = ?"
)
_RANGE = (
    "SELECT opened_at, open, high, low, close, volume, source FROM bars "
    "WHERE instrument_id = ? AND timeframe = ? AND opened_at >= ? AND opened_at <= ? "
    "ORDER BY opened_at"
)
# One query however many symbols: the ids travel as one value.
_MANY = {
    True: "IN (SELECT value FROM json_each(?))",
    False: "= ANY (?)",
}


class Kept(NamedTuple):
    """Bars that are kept, with who reported each."""

    bars: ScaledBars
    source: NDArray[Any]


def _cursor() -> Any:
    db.session.flush()
    return db.session.connection().connection.cursor()


def _spell(statement: str) -> str:
    return statement if is_sqlite() else statement.replace("?", "%s")


def _columns(rows: Sequence[Any]) -> ScaledBars:
    table = np.array(rows, dtype=_TYPES)
    return ScaledBars._make(np.ascontiguousarray(table[name]) for name in _NAMES)


def read_range(instrument_id: int, timeframe: str, first: int, last: int) -> Kept:
    """Return the bars of one series that open from `first` to `last`, both included."""
    reading = _cursor()
    reading.execute(_spell(_RANGE), (instrument_id, timeframe, first, last))
    rows = reading.fetchall()
    reading.close()
    return Kept(_columns([row[:6] for row in rows]), np.array([row[6] for row in rows], object))


def read_many(
    instrument_ids: Iterable[int], timeframe: str, first: int, before: int
) -> dict[int, ScaledBars]:
    """Return the bars of many instruments that open from `first` and before `before`, by one query.

    Instruments without such bars are left out.
    """
    ids = sorted(set(instrument_ids))
    lite = is_sqlite()
    statement = (
        "SELECT opened_at, open, high, low, close, volume, instrument_id FROM bars "  # noqa: S608 - built from constants
        f"WHERE timeframe = ? AND instrument_id {_MANY[lite]} AND opened_at >= ? "
        "AND opened_at < ? ORDER BY instrument_id, opened_at"
    )
    reading = _cursor()
    reading.execute(_spell(statement), (timeframe, json.dumps(ids) if lite else ids, first, before))
    rows = reading.fetchall()
    reading.close()
    if not rows:
        return {}
    table = np.array(rows, dtype=[*_TYPES, ("owner", np.int64)])
    owners, cuts = np.unique(table["owner"], return_index=True)
    edges = [*cuts.tolist(), len(table)]
    return {
        owner: ScaledBars(
            *(np.ascontiguousarray(table[name][edges[at] : edges[at + 1]]) for name in _NAMES)
        )
        for at, owner in enumerate(owners.tolist())
    }


def read_openings(instrument_id: int, timeframe: str) -> NDArray[np.int64]:
    """Return when each bar of one series opens, in order."""
    reading = _cursor()
    reading.execute(
        _spell(
            "SELECT opened_at FROM bars WHERE instrument_id = ? AND timeframe = ? "
            "ORDER BY opened_at"
        ),
        (instrument_id, timeframe),
    )
    found = np.array([row[0] for row in reading.fetchall()], np.int64)
    reading.close()
    return found


def insert(instrument_id: int, timeframe: str, bars: ScaledBars, source: str, now: int) -> None:
    """Write bars that are not there yet."""
    rows = (
        (instrument_id, timeframe, *row, source, now)
        for row in zip(*(column.tolist() for column in bars), strict=True)
    )
    writing = _cursor()
    if is_sqlite():
        writing.executemany(_INSERT, rows)
    else:
        with writing.copy(f"COPY bars ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    writing.close()


def correct(instrument_id: int, timeframe: str, bars: ScaledBars, source: str, now: int) -> None:
    """Change bars that are there, and count that."""
    rows = (
        (*values, source, now, instrument_id, timeframe, opened_at)
        for opened_at, *values in zip(*(column.tolist() for column in bars), strict=True)
    )
    writing = _cursor()
    writing.executemany(_spell(_CORRECT), rows)
    writing.close()
