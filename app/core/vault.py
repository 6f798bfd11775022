"""The encryption key: whether it is the right one, and changing it.

A text encrypted when the installation first ran (`installation.marker_encrypted`) tells a wrong key
from the right one. With a wrong, short or missing one no process starts and nothing is written, so
that no secret is ever stored under a key that will be corrected a minute later.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Column, Table, inspect, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from app.core import hold, installation, security
from app.core.config import kept_secret, read_secret
from app.core.db import db, transaction
from app.core.errors import UnavailableError
from app.core.installation import Installation

MARKER = "this installation's encryption key"
CONTEXT = "installation"
SHORTEST = 16
BATCH = 200


class WrongKeyError(UnavailableError):
    """The encryption key is missing, too short, or not the one that this database was made with."""

    code = "wrong_encryption_key"


class Vault:
    """The keys of one application: the first encrypts, all of them read."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._keys: tuple[bytes, ...] = ()

    def keys(self) -> Sequence[bytes]:
        """Return the keys, once it is known that they are the right ones."""
        if not self._keys:
            self._keys = self._checked()
        return self._keys

    def fingerprints(self) -> list[str]:
        """Return what tells the configured keys from others, the present one first."""
        config = self._app.config
        previous = str(config.get("ENCRYPTION_KEY_PREVIOUS") or "").replace(",", " ").split()
        texts = [str(config["ENCRYPTION_KEY"] or ""), *previous]
        return [security.derived_key(text, "backup")[:8].hex() for text in texts if text]

    def forget(self) -> None:
        """Check again before the next use: the database has changed."""
        self._keys = ()

    def _checked(self) -> tuple[bytes, ...]:
        marker = _marker() or _first_secret()
        keys = tuple(security.key_of(text) for text in self._texts(may_make=marker is None))
        if marker is not None and all(security.decrypt_with(key, *marker) is None for key in keys):
            message = (
                "ENCRYPTION_KEY is not the key that this database was made with. Set the right one"
                " (it is kept apart from the backups), or name it as ENCRYPTION_KEY_PREVIOUS while"
                " you change keys. Nothing was written."
            )
            raise WrongKeyError(message)
        return keys

    def _texts(self, *, may_make: bool) -> list[str]:
        config = self._app.config
        folder = Path(config["DATA_DIR"])
        if config["ENCRYPTION_KEY"] is None:
            # Of several processes at the very first start another may have made it meanwhile.
            config["ENCRYPTION_KEY"] = read_secret(folder, "encryption")
        if config["ENCRYPTION_KEY"] is None:
            if not may_make:
                message = (
                    "There is no encryption key, and this database holds secrets that were made"
                    f" with one. Set ENCRYPTION_KEY, or put the file back: {config['DATA_DIR']}"
                    "/secrets/encryption.key. Nothing was written."
                )
                raise WrongKeyError(message)
            config["ENCRYPTION_KEY"] = kept_secret(folder, "encryption")
        previous = str(config.get("ENCRYPTION_KEY_PREVIOUS") or "").replace(",", " ").split()
        texts = [str(config["ENCRYPTION_KEY"]), *previous]
        if any(len(text) < SHORTEST for text in texts):
            message = (
                f"ENCRYPTION_KEY is shorter than {SHORTEST} characters. Make one: python -c"
                " 'import secrets; print(secrets.token_urlsafe(32))'. Nothing was written."
            )
            raise WrongKeyError(message)
        return texts


def register(app: Flask) -> None:
    """Give the application its keys; nothing is read or made before they are needed."""
    app.extensions["vault"] = Vault(app)


def settle(app: Flask) -> None:
    """Look at the key and the address when a process starts; note both on the very first start.

    Raises:
        WrongKeyError: the process must not run.
    """
    with app.app_context():
        try:
            if _is_migrated():
                _vault().keys()
                _note()
        except SQLAlchemyError:
            # The database is away or not made yet: the first use of a key looks again.
            db.session.rollback()
        finally:
            # A worker forks later, and a connection must not be shared with its children.
            db.session.remove()
            db.engine.dispose()


def fingerprints() -> list[str]:
    """Return what tells the configured keys from others, the present one first."""
    return _vault().fingerprints()


def starts_by_command() -> bool:
    """Whether this is a `flask` command: those look at the key only when they use it.

    With a wrong key `flask restore` and `flask db-upgrade` must still run.
    """
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def _vault() -> Vault:
    found: Vault = current_app.extensions["vault"]
    return found


def _is_migrated() -> bool:
    return inspect(db.session.connection()).has_table(Installation.__tablename__)


def _note() -> None:
    url = str(current_app.config["PUBLIC_URL"])
    row = installation.find()
    known = row.public_url if row else ""
    # Tried on its own machine first, and now given the address that it is known by.
    is_named = known != url and not hold.is_elsewhere(known, url)
    if row is not None and row.marker_encrypted and not is_named:
        return
    with transaction():
        row = installation.lock(url)
        row.marker_encrypted = row.marker_encrypted or security.encrypt(MARKER, CONTEXT)
        if is_named:
            row.public_url = url


def _marker() -> tuple[str, str] | None:
    if not _is_migrated():
        return None
    query = select(Installation.marker_encrypted)
    text = db.session.scalar(query)
    return (text, CONTEXT) if text else None


def _first_secret() -> tuple[str, str] | None:
    """Return any stored secret with its context: an installation from before there was a marker."""
    known = set(inspect(db.session.connection()).get_table_names())
    for table in (table for table in sealed_tables() if table.name in known):
        for row in _rows(table, None):
            for column in sealed_columns(table):
                if row[column.name]:
                    return row[column.name], _context(column, row)
    return None


# --- Changing the key ---


def sealed_tables() -> list[Table]:
    """Return the tables that hold secrets, the one with the marker last."""
    found = [table for table in db.metadata.sorted_tables if sealed_columns(table)]
    return sorted(found, key=lambda table: table.name == Installation.__tablename__)


def sealed_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that hold secrets."""
    return [column for column in table.columns if "sealed" in column.info]


def rotate() -> Counter[str]:
    """Encrypt all stored secrets with the present key; return how many were changed, per table.

    It commits in steps and may be cut anywhere: what has the present key already is left alone. The
    marker comes last, so that the old key is asked for until all is done. What no key can read is
    counted as "unreadable" and left as it is.
    """
    counts: Counter[str] = Counter()
    for table in sealed_tables():
        after: tuple[Any, ...] | None = None
        while True:
            with transaction():
                rows = list(_rows(table, after, for_change=True))
                for row in rows:
                    _rotate_row(table, row, counts)
            if len(rows) < BATCH:
                break
            after = tuple(rows[-1][column.name] for column in table.primary_key)
    return counts


def find_unreadable() -> Iterator[str]:
    """Name the rows with a secret that none of the present keys can read."""
    for table in sealed_tables():
        after: tuple[Any, ...] | None = None
        while True:
            rows = list(_rows(table, after))
            for row in rows:
                for column in sealed_columns(table):
                    text = row[column.name]
                    if text and _read(text, _context(column, row)) is None:
                        own = ", ".join(str(row[key.name]) for key in table.primary_key)
                        yield f"{table.name} {own}: {column.name} cannot be read with this key"
            if len(rows) < BATCH:
                break
            after = tuple(rows[-1][column.name] for column in table.primary_key)


def _rows(
    table: Table, after: tuple[Any, ...] | None, *, for_change: bool = False
) -> Iterator[dict[str, Any]]:
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(BATCH)
    if for_change:
        query = query.with_for_update()
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    for row in db.session.execute(query).mappings():
        yield dict(row)


def _rotate_row(table: Table, row: dict[str, Any], counts: Counter[str]) -> None:
    present = _vault().keys()[0]
    changed: dict[str, str] = {}
    for column in sealed_columns(table):
        text, context = row[column.name], _context(column, row)
        if not text or security.decrypt_with(present, text, context) is not None:
            continue
        plain = _read(text, context)
        if plain is None:
            counts["unreadable"] += 1
        else:
            changed[column.name] = security.encrypt_with(present, plain, context)
    if changed:
        counts[str(table.name)] += 1
        own = [column == row[column.name] for column in table.primary_key]
        db.session.execute(update(table).where(*own).values(changed))


def _read(text: str, context: str) -> str | None:
    keys = _vault().keys()
    found = (security.decrypt_with(key, text, context) for key in keys)
    return next((plain for plain in found if plain is not None), None)


def _context(column: Column[Any], row: dict[str, Any]) -> str:
    return str(column.info["sealed"]).format(**row)
