"""Connections to PostgreSQL that the applications of a test have opened.

A pool keeps them, and what a thread or an application has left behind would still be open when the
collector comes by, in the middle of another test. They end with the test's own database.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

_opened: defaultdict[str, list[Any]] = defaultdict(list)


def use() -> None:
    """Note from now on what this process opens."""
    event.listen(Pool, "connect", _note)


def close(database: str) -> None:
    """Close all connections of this process to a database."""
    for connection in _opened.pop(database, ()):
        connection.close()


def _note(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("psycopg"):
        name = connection.info.dbname
        _opened[name] = [one for one in _opened[name] if not one.closed] + [connection]
