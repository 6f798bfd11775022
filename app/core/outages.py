"""Failures of the database that pass: away, busy beyond patience, or without room.

They are nobody's mistake and nothing was changed, so the asker is told to come again (503).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core.i18n import lazy_gettext

# What SQLite says, by its primary result code.
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SQLITE_FULL = {sqlite3.SQLITE_FULL}
SQLITE_AWAY = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
PRIMARY = 0xFF
# What PostgreSQL says, by its SQLSTATE or the class of it.
POSTGRES_BUSY = {"40001", "40P01", "55P03", "57014", "53300"}
POSTGRES_FULL = {"53100"}
POSTGRES_AWAY = ("08", "57P", "53", "58")


@dataclass(frozen=True)
class Outage:
    """What is told of a failure that passes: a word for programs, a sentence, and when to retry."""

    code: str
    message: object
    retry_seconds: int


AWAY = Outage(
    "database_away",
    lazy_gettext("The database does not answer. Nothing was changed; try again in a few seconds."),
    5,
)
BUSY = Outage(
    "database_busy",
    lazy_gettext("The database is busy. Nothing was changed; try again in a few seconds."),
    2,
)
FULL = Outage(
    "storage_full",
    lazy_gettext("The service has no room left to write. Nothing was changed; try again later."),
    60,
)


def find_outage(error: BaseException) -> Outage | None:
    """Return which passing failure an error is; None for what is wrong with us."""
    if isinstance(error, PoolTimeoutError):
        return BUSY  # all connections are in use
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)  # raised while a connection was made, which nobody wraps
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _of_postgres(str(state))
    is_lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return AWAY if is_lost else None


def _of_sqlite(error: sqlite3.Error) -> Outage | None:
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    for codes, outage in ((SQLITE_BUSY, BUSY), (SQLITE_FULL, FULL), (SQLITE_AWAY, AWAY)):
        if code in codes:
            return outage
    return None


def _of_postgres(state: str) -> Outage | None:
    if state in POSTGRES_BUSY:
        return BUSY
    if state in POSTGRES_FULL:
        return FULL
    return AWAY if state.startswith(POSTGRES_AWAY) else None
