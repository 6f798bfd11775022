"""Copying a database as it stood at one moment, and putting a copy in its place, per engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.admin.service.backup import facts
from app.admin.service.backup.archive import BackupError, Facts

WAIT_SECONDS = 20
MAINTENANCE = ("postgres", "template1")
LONGEST_NAME = 63
SWAP_ATTEMPTS = 5


class Engine(Protocol):
    """What backup and restore need of a database."""

    def dump(self, target: Path) -> Facts:
        """Write a copy of one moment, while others write on; return what it holds."""

    def load(self, source: Path, stamp: str) -> URL:
        """Make a database of its own from a copy; return its address."""

    def swap(self, scratch: URL, stamp: str) -> str | None:
        """Put the scratch database in place at once; return where the former one is kept."""

    def discard(self, scratch: URL) -> None:
        """Remove what is left of a scratch database."""


def engine_for(url: URL) -> Engine:
    """Return the way to handle a database."""
    return Sqlite(url) if url.get_backend_name() == "sqlite" else Postgres(url)


@contextlib.contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """Yield a connection that nothing else shares."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def check_sqlite(path: Path) -> None:
    """Refuse a damaged file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found != ["ok"] or orphans is not None:
        message = (
            f"The copy is damaged: {found[0] if found != ['ok'] else f'orphans in {orphans[0]}'}."
        )
        raise BackupError(message)


class Sqlite:
    """One file; its online backup reads one snapshot and stops no writer."""

    def __init__(self, url: URL) -> None:
        self._path = Path(str(url.database))

    def dump(self, target: Path) -> Facts:
        """Write a copy of one moment, while others write on; return what it holds."""
        if not self._path.exists():
            message = f"{self._path}: there is no database yet. Run: flask db-upgrade"
            raise BackupError(message)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with (
            contextlib.closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            # In one step: it reads one snapshot, and is not begun anew by each writer.
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(target)
        with connected(_sqlite_url(target)) as connection:
            return facts.read(connection)

    def load(self, source: Path, stamp: str) -> URL:
        """Make a database of its own from a copy; return its address."""
        scratch = self._path.with_name(f"restore-{stamp}.sqlite3")
        source.replace(scratch)
        check_sqlite(scratch)
        return _sqlite_url(scratch)

    def swap(self, scratch: URL, stamp: str) -> str | None:
        """Put the scratch database in place at once; return where the former one is kept."""
        path = Path(str(scratch.database))
        kept = self._keep(stamp)
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS)) as target,
        ):
            self._path.chmod(0o600)
            target.execute("PRAGMA journal_mode=WAL")
            target.execute("PRAGMA synchronous=FULL")
            # One transaction of the target: cut anywhere, it is the old database or the new one,
            # also for processes that have it open.
            source.backup(target, pages=-1)
        check_sqlite(self._path)
        return kept

    def _keep(self, stamp: str) -> str | None:
        if not self._path.exists():
            return None
        kept = self._path.with_name(f"before-restore-{stamp}.sqlite3")
        try:
            with (
                contextlib.closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS)) as source,
                contextlib.closing(sqlite3.connect(kept)) as copy,
            ):
                source.backup(copy, pages=-1)
            kept.chmod(0o600)
        except sqlite3.DatabaseError:
            # Too damaged to be read: it is moved away as it is, with what belongs to it.
            for ending in ("", "-wal", "-shm"):
                file = Path(f"{self._path}{ending}")
                if file.exists():
                    file.replace(f"{kept}{ending}")
        return str(kept)

    def discard(self, scratch: URL) -> None:
        """Remove what is left of a scratch database."""
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{scratch.database}{ending}").unlink(missing_ok=True)


def _sqlite_url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


class Postgres:
    """A database of a server: pg_dump reads an exported snapshot; a rename puts a copy in place."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def dump(self, target: Path) -> Facts:
        """Write a copy of one moment, while others write on; return what it holds."""
        with connected(self._url) as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            arguments = ("--format=custom", f"--snapshot={snapshot}", f"--file={target}")
            self._run("pg_dump", self._url, *arguments)
            return facts.read(connection)

    def load(self, source: Path, stamp: str) -> URL:
        """Make a database of its own from a copy; return its address."""
        scratch = self._url.set(database=self._name("restore", stamp))
        with self._maintenance() as connection:
            connection.exec_driver_sql(
                f"CREATE DATABASE {_quoted(scratch.database)} TEMPLATE template0 ENCODING 'UTF8'"
            )
        self._run("pg_restore", scratch, "--exit-on-error", str(source))
        return scratch

    def swap(self, scratch: URL, stamp: str) -> str | None:
        """Put the scratch database in place at once; return where the former one is kept."""
        kept = self._name("before", stamp)
        own, new = _quoted(self._url.database), _quoted(scratch.database)
        with self._maintenance() as connection:
            for attempt in range(SWAP_ATTEMPTS):
                self._end_connections(connection)
                try:
                    # Both names change in one transaction: cut anywhere, it is the old database or
                    # the new one.
                    connection.exec_driver_sql("BEGIN")
                    connection.exec_driver_sql(f"ALTER DATABASE {own} RENAME TO {_quoted(kept)}")
                    connection.exec_driver_sql(f"ALTER DATABASE {new} RENAME TO {own}")
                    connection.exec_driver_sql("COMMIT")
                    break
                except DBAPIError as error:
                    connection.exec_driver_sql("ROLLBACK")
                    # Somebody connected in between: a service that still runs comes back at once.
                    if attempt == SWAP_ATTEMPTS - 1:
                        message = (
                            "The database is in use. Stop the web, worker and clock processes, and"
                            " run this again. Nothing was changed."
                        )
                        raise BackupError(message) from error
        return f"database {kept}"

    def discard(self, scratch: URL) -> None:
        """Remove what is left of a scratch database."""
        with self._maintenance() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {_quoted(scratch.database)}")

    def _name(self, purpose: str, stamp: str) -> str:
        ending = f"_{purpose}_{stamp.replace('-', '_').lower()}"
        return f"{str(self._url.database)[: LONGEST_NAME - len(ending)]}{ending}"

    def _end_connections(self, connection: Connection) -> None:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(query), {"name": self._url.database})

    @contextlib.contextmanager
    def _maintenance(self) -> Iterator[Connection]:
        """Yield a connection to another database of the server, each statement on its own."""
        failure: DBAPIError | None = None
        for name in MAINTENANCE:
            engine = create_engine(
                self._url.set(database=name), poolclass=NullPool, isolation_level="AUTOCOMMIT"
            )
            try:
                connection = engine.connect()
            except DBAPIError as error:
                failure = error
                continue
            with connection:
                yield connection
            return
        message = "A restore needs to reach the database postgres or template1 of the server."
        raise BackupError(message) from failure

    def _run(self, program: str, url: URL, *arguments: str) -> None:
        path = shutil.which(program)
        if path is None:
            message = (
                f"{program} is not on the PATH. Install PostgreSQL's client programs in the"
                " server's version (Debian: apt-get install postgresql-client)."
            )
            raise BackupError(message)
        # The password goes by the environment: a command line is seen by everybody on the machine.
        plain = url.set(drivername="postgresql", password=None)
        address = plain.render_as_string(hide_password=False)
        environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
        command = [path, "--no-owner", "--no-privileges", f"--dbname={address}", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = f"{program} failed: {done.stderr.strip()[-500:]}"
            raise BackupError(message)


def _quoted(name: str | None) -> str:
    return '"' + str(name).replace('"', '""') + '"'
