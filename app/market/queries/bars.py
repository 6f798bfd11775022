"""Bars as the driver takes and gives them: columns in, columns out, hundreds of thousands at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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


def read_kept(
    instrument_ids: Iterable[int], timeframe: str, first: int, last: int
) -> dict[int, Kept]:
    """Return the bars of many instruments that open from `first` to `last`, both included.

    By one query, with who reported each; an instrument without such bars has none in its place.
    """
    ids = sorted(set(instrument_ids))
    rows = _read(ids, timeframe, (first, last + 1), ", source")
    found: dict[int, list[Any]] = {each: [] for each in ids}
    for row in rows:
        found[row[6]].append(row)
    return {
        each: Kept(_columns([row[:6] for row in own]), np.array([row[7] for row in own], object))
        for each, own in found.items()
    }


def _columns(rows: Sequence[Any]) -> ScaledBars:
    table = np.array(rows, dtype=_TYPES)
    return ScaledBars._make(np.ascontiguousarray(table[name]) for name in _NAMES)


def _read(ids: list[int], timeframe: str, span: tuple[int, int], more: str = "") -> list[Any]:
    lite = is_sqlite()
    statement = (
        f"SELECT opened_at, open, high, low, close, volume, instrument_id{more} FROM bars "  # noqa: S608 - built from constants
        f"WHERE timeframe = ? AND instrument_id {_MANY[lite]} AND opened_at >= ? "
        "AND opened_at < ? ORDER BY instrument_id, opened_at"
    )
    reading = _cursor()
    reading.execute(_spell(statement), (timeframe, json.dumps(ids) if lite else ids, *span))
    rows: list[Any] = reading.fetchall()
    reading.close()
    return rows


def read_many(
    instrument_ids: Iterable[int], timeframe: str, first: int, before: int
) -> dict[int, ScaledBars]:
    """Return the bars of many instruments that open from `first` and before `before`, by one query.

    Instruments without such bars are left out.
    """
    rows = _read(sorted(set(instrument_ids)), timeframe, (first, before))
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


def count_since(instrument_id: int, timeframe: str, first: int) -> int:
    """Return how many bars of a series open from an instant on."""
    reading = _cursor()
    reading.execute(
        _spell(
            "SELECT count(*) FROM bars WHERE instrument_id = ? AND timeframe = ? AND opened_at >= ?"
        ),
        (instrument_id, timeframe, first),
    )
    count = int(reading.fetchone()[0])
    reading.close()
    return count


def newest_source(instrument_id: int, timeframe: str) -> str | None:
    """Return who reported the newest bar of a series."""
    reading = _cursor()
    reading.execute(
        _spell(
            "SELECT source FROM bars WHERE instrument_id = ? AND timeframe = ? "
            "ORDER BY opened_at DESC LIMIT 1"
        ),
        (instrument_id, timeframe),
    )
    row = reading.fetchone()
    reading.close()
    return row[0] if row else None


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


def insert(bars: Mapping[int, ScaledBars], timeframe: str, source: str, now: int) -> None:
    """Write bars of instruments that are not there yet."""
    rows = (
        (instrument_id, timeframe, *row, source, now)
        for instrument_id, own in bars.items()
        for row in zip(*(column.tolist() for column in own), strict=True)
    )
    writing = _cursor()
    if is_sqlite():
        writing.executemany(_INSERT, rows)
    else:
        with writing.copy(f"COPY bars ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    writing.close()


def correct(bars: Mapping[int, ScaledBars], timeframe: str, source: str, now: int) -> None:
    """Change bars of instruments that are there, and count that."""
    rows = [
        (*values, source, now, instrument_id, timeframe, opened_at)
        for instrument_id, own in bars.items()
        for opened_at, *values in zip(*(column.tolist() for column in own), strict=True)
    ]
    if rows:
        writing = _cursor()
        writing.executemany(_spell(_CORRECT), rows)
        writing.close()
