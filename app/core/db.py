"""The database: one session, one commit per request or job, SQLite made fit for several writers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData, delete, event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_SECONDS = 20
"""How long a writer on SQLite waits for the others."""
CONNECT_SECONDS = 5
"""How long a connection to PostgreSQL may take to come about."""
TURN = "has_turn"
"""Marks the connection of this process that writes, on SQLite."""


class Base(DeclarativeBase):
    """The base of all models; constraint names follow one convention on every engine."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after", default=None)
_keeps_nothing: ContextVar[bool] = ContextVar("keeps_nothing", default=False)
_commits = 0


def register(app: Flask) -> None:
    """Bind the database to `app` and set up the engine."""
    # The text of a database's error goes into logs; the values of its statement do not.
    options = {"hide_parameters": True, **app.config["SQLALCHEMY_ENGINE_OPTIONS"]}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        options.setdefault("connect_args", {"timeout": BUSY_SECONDS})
    else:
        options.setdefault("connect_args", {"connect_timeout": CONNECT_SECONDS})
        # After a restart of the server the first request on each connection finds out and gets
        # another one, instead of an error.
        options.setdefault("pool_pre_ping", True)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN comes too late and is deferred; we issue it ourselves below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    turn = threading.Lock()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another one wrote in
        # between, whatever the timeout. Writers therefore take the lock before they read.
        if not _writing.get():
            connection.exec_driver_sql("BEGIN")
            return
        # Who finds the lock taken tries again after ever longer naps, so under load some thread
        # always comes last. Threads of one process wake each other instead.
        if not connection.info.get(TURN) and turn.acquire(timeout=BUSY_SECONDS):
            connection.info[TURN] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "invalidate")
    def give_turn(_connection: Any, record: Any, *_rest: Any) -> None:
        if record.info.pop(TURN, False):
            turn.release()


@contextmanager
def transaction() -> Iterator[None]:
    """Run a writing transaction: commit at the end, roll back on an error.

    Inside another one it joins it. What `after_commit` was given runs once the commit stands. Below
    `keeps_nothing` it rolls back in any case, and what was to come after it is left out.
    """
    if _writing.get():
        yield
        return
    # An open read transaction cannot become a writing one (see `begin`), so it ends here.
    db.session.rollback()
    writing, callbacks = _writing.set(True), _after_commit.set([])
    pending: list[Callable[[], None]] = []
    try:
        yield
        if _keeps_nothing.get():
            db.session.rollback()
        else:
            db.session.commit()
            _count_commit()
            pending = _after_commit.get() or []
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(writing)
        _after_commit.reset(callbacks)
    for callback in pending:
        callback()


@contextmanager
def keeps_nothing() -> Iterator[None]:
    """Let every transaction that begins in here end as if it had not been."""
    before = _keeps_nothing.set(True)
    try:
        yield
    finally:
        _keeps_nothing.reset(before)


def _count_commit() -> None:
    global _commits  # noqa: PLW0603 - one number of the process, whichever thread commits
    _commits += 1


def commits() -> int:
    """Return a number that has grown when this process has committed anything since."""
    return _commits


def delete_in_steps(table: Any, is_old: Any, step: int = 5_000) -> int:
    """Delete all rows of a table with an `id` that are old; return how many.

    In steps with transactions of their own, so that nobody waits long behind a large deletion.
    """
    total = 0
    while True:
        with transaction():
            ids = db.session.scalars(select(table.id).where(is_old).limit(step)).all()
            if ids:
                db.session.execute(
                    delete(table)
                    .where(table.id.in_(ids))
                    .execution_options(synchronize_session=False)
                )
        total += len(ids)
        if len(ids) < step:
            return total


@contextmanager
def begins_writing() -> Iterator[None]:
    """Let transactions that are begun on a connection of one's own take SQLite's lock first."""
    writing = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(writing)


def in_transaction() -> bool:
    """Whether a writing transaction is open here."""
    return _writing.get()


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` when the present transaction has been committed, and only then."""
    callbacks = _after_commit.get()
    if callbacks is None:
        message = "after_commit needs an open transaction()"
        raise RuntimeError(message)
    callbacks.append(callback)


def is_sqlite() -> bool:
    """Whether the service runs on SQLite (else PostgreSQL)."""
    return db.engine.dialect.name == "sqlite"
