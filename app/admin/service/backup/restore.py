"""Putting a backup in place: everything is checked beside it first, then it is swapped at once."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import URL

from app.accounts import service as accounts
from app.admin.service.backup import archive, facts
from app.admin.service.backup.archive import FORMAT, BackupError, Manifest
from app.admin.service.backup.engines import Engine, connected, engine_for
from app.admin.service.backup.make import STAMP
from app.core import clock, hold, vault
from app.core.cli import alembic_config
from app.core.db import db, transaction
from app.ledger import service as ledger


@dataclass(frozen=True)
class Restored:
    """What was put in place."""

    manifest: Manifest
    revision: str
    kept: str | None
    """Where the former database is kept; None when there was none."""


def restore(path: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the present database, and hold the installation.

    The copy is unpacked, checked, brought to the present schema, verified and held beside the
    present database, which is not touched before all of that is done. The swap is one transaction.
    """
    manifest = archive.read_manifest(path)
    _check_fit(manifest)
    with _alone() as stamp:
        _check_target(force=force)
        engine, scratch = engine_for(db.engine.url), None
        part = Path(current_app.config["DATA_DIR"]) / f"restore-{stamp}.part"
        try:
            archive.extract(path, manifest, part)
            scratch = engine.load(part, stamp)
            revision = _prepare(scratch, manifest)
            kept = _swap(engine, scratch, stamp)
        finally:
            part.unlink(missing_ok=True)
            if scratch is not None:
                engine.discard(scratch)
    current_app.extensions["vault"].forget()
    return Restored(manifest, revision, kept)


def _check_fit(manifest: Manifest) -> None:
    from alembic.script import ScriptDirectory

    own = db.engine.url.get_backend_name()
    known = {
        script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    }
    prints = vault.fingerprints()
    if manifest.format != FORMAT or manifest.facts.revision not in known:
        message = (
            f"This backup is of version {manifest.service_version} (schema"
            f" {manifest.facts.revision}), which is newer than this one. Upgrade the service first."
        )
    elif manifest.engine != own:
        message = f"This backup is of {manifest.engine}, and DATABASE_URL names {own}."
    elif manifest.key_fingerprint is not None and manifest.key_fingerprint not in prints:
        message = (
            "This backup was made under another encryption key. Set ENCRYPTION_KEY (or"
            " ENCRYPTION_KEY_PREVIOUS) to the key of that time: without it its secrets cannot be"
            " read."
        )
    else:
        return
    raise BackupError(f"{message} Nothing was changed.")


def _check_target(*, force: bool) -> None:
    db.session.rollback()
    try:
        with connected(db.engine.url) as connection:
            is_used = facts.is_used(connection)
    except Exception as error:
        # A database that cannot even be read is what restores are for; but nobody asked to lose it.
        if not force:
            message = "The present database cannot be read. To replace it: --force."
            raise BackupError(message) from error
        return
    if is_used and not force:
        message = (
            "The present database is not empty. To replace it (it is kept beside): --force."
            " Nothing was changed."
        )
        raise BackupError(message)


@contextlib.contextmanager
def _alone() -> Iterator[str]:
    """Let one restore run at a time, and remove what a cut one left."""
    data = Path(current_app.config["DATA_DIR"])
    with (data / "restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "Another restore is running. Nothing was changed."
            raise BackupError(message) from error
        for left in data.glob("restore-*"):
            left.unlink()
        yield f"{clock.now():{STAMP}}"


def _prepare(scratch: URL, manifest: Manifest) -> str:
    """Compare, migrate, hold and verify the copy; return its schema's number."""
    with connected(scratch) as connection:
        found = facts.read(connection)
    if found != manifest.facts:
        message = "The unpacked database is not what the manifest says. Nothing was changed."
        raise BackupError(message)
    from alembic import command

    with _application(scratch).app_context():
        try:
            command.upgrade(alembic_config(), "head")
            _verify(manifest)
            with transaction():
                hold.hold("restored")
                accounts.audit(
                    "backup.restored",
                    made_at=manifest.made_at.isoformat(),
                    revision=manifest.facts.revision,
                    sessions_ended=accounts.end_everything(),
                )
            with db.engine.connect() as connection:
                return facts.revision(connection) or ""
        finally:
            db.session.remove()
            db.engine.dispose()


def _application(scratch: URL) -> Flask:
    """Return this service on another database."""
    from app import create_app

    address = scratch.render_as_string(hide_password=False)
    return create_app({**current_app.config, "SQLALCHEMY_DATABASE_URI": address})


def _verify(manifest: Manifest) -> None:
    fault = ledger.verify()
    if fault is not None:
        message = f"The ledger in this backup is broken: {fault}. Nothing was changed."
        raise BackupError(message)
    if manifest.facts.audit_seq is None:
        return
    count, broken = accounts.verify_audit()
    if broken is not None or count != manifest.facts.audit_seq:
        message = f"The audit log in this backup is broken: {broken}. Nothing was changed."
        raise BackupError(message)


def _swap(engine: Engine, scratch: URL, stamp: str) -> str | None:
    db.session.remove()
    db.engine.dispose()
    return engine.swap(scratch, stamp)
