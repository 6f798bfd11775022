"""Has anybody written to the database since? One cheap question, exact for all processes."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import commits, db, is_sqlite


class Pulse:
    """Reads a value that changes with every commit, whoever makes it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._sqlite: sqlite3.Connection | None = None

    def read(self) -> object:
        """Return the value; equal values mean that nothing was written in between.

        From a database that does not answer comes one that equals no other.
        """
        try:
            with self._app.app_context():
                return self._data_version() if is_sqlite() else self._snapshot()
        except (SQLAlchemyError, sqlite3.Error):
            return object()

    @staticmethod
    def _snapshot() -> object:
        with db.engine.connect() as connection:
            # The whole snapshot: who began to write earlier and commits now changes it too.
            return connection.scalar(text("SELECT pg_current_snapshot()::text"))

    def _data_version(self) -> int:
        # The number means something on one connection only, so it gets its own.
        with self._lock:
            if self._sqlite is None:
                path = str(db.engine.url.database)
                self._sqlite = sqlite3.connect(path, check_same_thread=False)
            return int(self._sqlite.execute("PRAGMA data_version").fetchone()[0])


class _Seen(NamedTuple):
    value: object
    commits: int
    at: float


class Watch:
    """The pulse, read at most once in FRAGMENT_SECONDS, and at once after a commit of our own.

    What was made after `now()` gave a value may be repeated while it gives the same one: another
    process's change counts within that time, one of this process at the next question.
    """

    def __init__(self, app: Flask) -> None:
        self._pulse = Pulse(app)
        self._blink = float(app.config["FRAGMENT_SECONDS"])
        self._seen: _Seen | None = None

    def now(self) -> object:
        """Return the pulse of the database."""
        made, moment = commits(), time.monotonic()
        seen = self._seen
        if seen and seen.commits == made and 0 <= moment - seen.at < self._blink:
            return seen.value
        value = self._pulse.read()
        self._seen = _Seen(value, made, moment)
        return value


Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Name, Value]):
    """What was read from the database, for as long as nobody has written to it.

    `read` must not use the session: what that has begun to read may be older than the pulse.
    """

    def __init__(self, read: Callable[[Name], Value | None], count: int = 4096) -> None:
        self._read = read
        self._count = count
        self._lock = threading.Lock()
        self._kept: OrderedDict[Name, tuple[object, Value]] = OrderedDict()

    def find(self, name: Name) -> Value | None:
        """Return what the database holds under a name now; None is not kept."""
        pulse = watch().now()
        kept = self._kept.get(name)
        if kept is not None and kept[0] == pulse:
            return kept[1]
        found = self._read(name)
        with self._lock:
            self._kept.pop(name, None)
            if found is not None:
                self._kept[name] = (pulse, found)
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
        return found


def register(app: Flask) -> None:
    """Give the application one watch."""
    app.extensions["watch"] = Watch(app)


def watch() -> Watch:
    """Return the application's watch."""
    found: Watch = current_app.extensions["watch"]
    return found
