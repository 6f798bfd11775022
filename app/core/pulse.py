"""Has anybody written to the database since? One cheap question, exact for all processes."""

from __future__ import annotations

import sqlite3
import threading

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db, is_sqlite


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
