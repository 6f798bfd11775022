"""Statements as the driver takes them: the hot path writes tens of rows a fill, a rebuild millions.

SQLAlchemy's own execution costs more than such a statement itself. Written here with "?", the
placeholders become the driver's; days are date ordinals on our side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from flask import current_app

from app.core.db import db

Row = Sequence[Any]


def is_sqlite() -> bool:
    """Whether the database is SQLite; asked many times a fill, so without a look at the engine."""
    return str(current_app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")


def cursor() -> Any:
    """Return a cursor of the session's own connection: inside its transaction."""
    db.session.flush()
    return db.session.connection().connection.cursor()


@lru_cache(maxsize=256)
def _for_postgresql(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


def spell(statement: str) -> str:
    """Return a statement with the placeholders of the present database."""
    return statement if is_sqlite() else _for_postgresql(statement)


def fetch(statement: str, values: Row) -> list[Any]:
    """Run a query and return all rows."""
    reading = cursor()
    try:
        reading.execute(spell(statement), values)
        rows: list[Any] = reading.fetchall()
    finally:
        reading.close()
    return rows


def run_many(statement: str, rows: Iterable[Row]) -> None:
    """Run a statement once for each row; without rows nothing is sent."""
    if isinstance(rows, list) and not rows:
        return
    writing = cursor()
    try:
        writing.executemany(spell(statement), rows)
    finally:
        writing.close()


def for_update() -> str:
    """Return the clause that locks the rows read; SQLite's writer has the whole file already."""
    return "" if is_sqlite() else " FOR UPDATE"


@lru_cache(maxsize=32_768)
def _iso_day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=32_768)
def _date(ordinal: int) -> date:
    return date.fromordinal(ordinal)


def to_day(ordinal: int | None) -> Any:
    """Return a day as the driver takes it."""
    return None if ordinal is None else day_writer()(ordinal)


def day_writer() -> Callable[[int], Any]:
    """Return the function that turns many ordinals into what the driver takes."""
    return _iso_day if is_sqlite() else _date


@lru_cache(maxsize=32_768)
def _parsed(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def from_day(value: Any) -> int:
    """Return the ordinal of a day as the driver gave it."""
    return _parsed(value) if isinstance(value, str) else value.toordinal()


def from_day_or_none(value: Any) -> int | None:
    """Return the ordinal of a day, or None."""
    return None if value is None else from_day(value)


def to_instant(value: datetime) -> Any:
    """Return an aware instant as the driver takes it."""
    if not is_sqlite():
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
