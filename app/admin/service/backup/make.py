"""Making a backup, by hand, before a migration and by the clock; and letting old ones go."""

from __future__ import annotations

import contextlib
import fcntl
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from flask import current_app
from sqlalchemy import inspect

from app.accounts import service as accounts
from app.admin.service.backup import archive, facts
from app.admin.service.backup.archive import DATABASE, FORMAT, BackupError, Facts, Manifest, Member
from app.admin.service.backup.engines import connected, engine_for
from app.core import clock, installation, long_jobs, vault
from app.core.db import db, transaction
from app.core.versions import VERSION

log = structlog.get_logger()

NAME = re.compile(r"trading-robot-(\d{8}T\d{6}Z)\.zip")
STAMP = "%Y%m%dT%H%M%SZ"
# A day's backup that failed late and is tried again is not made twice.
FRESH = timedelta(hours=12)


def folder() -> Path:
    """Return where backups are kept by themselves (BACKUP_DIR)."""
    path = Path(str(current_app.config["BACKUP_DIR"]))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def backup(path: Path | None = None) -> tuple[Path, Manifest]:
    """Write one file with everything but the encryption key; return its path and what it says."""
    made_at = clock.now()
    target = path or folder() / f"trading-robot-{made_at:{STAMP}}.zip"
    if not target.parent.is_dir():
        message = f"{target.parent}: there is no such folder."
        raise BackupError(message)
    url = db.engine.url
    engine = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as work:
        copy = Path(work) / DATABASE[engine]
        found = engine_for(url).dump(copy)
        with copy.open("rb") as file:
            member = archive.digest(file)
        manifest = _manifest(made_at, engine, found, member)
        archive.write(target, manifest, copy)
    _note(target, manifest)
    return target, manifest


def _manifest(made_at: datetime, engine: str, found: Facts, member: Member) -> Manifest:
    row = installation.find() if "installation" in found.rows else None
    prints = vault.fingerprints()
    return Manifest.model_validate(
        {
            "format": FORMAT,
            "made_at": made_at,
            "service_version": VERSION,
            "engine": engine,
            "installation_id": row.installation_id if row else "",
            "public_url": str(current_app.config["PUBLIC_URL"]),
            "key_fingerprint": prints[0] if prints else None,
            "facts": found,
            "members": {DATABASE[engine]: member},
        }
    )


def _note(target: Path, manifest: Manifest) -> None:
    if manifest.facts.audit_seq is None:
        return  # the schema is from before the audit log
    with transaction():
        accounts.audit(
            "backup.made",
            subject=f"backup:{target.name}",
            sha256=next(iter(manifest.members.values())).sha256,
        )


def backup_before_upgrade() -> Path | None:
    """Keep what there is before migrations change it; None where there is nothing to miss."""
    with connected(db.engine.url) as connection:
        if not inspect(connection).has_table("alembic_version") or not facts.is_used(connection):
            return None
        revision = facts.revision(connection)
    made, _ = backup(folder() / f"before-upgrade-from-{revision}-{clock.now():{STAMP}}.zip")
    return made


def daily_backup() -> None:
    """Make the day's backup and let those go that are older than a week; safe to run twice."""
    with _one_at_a_time(), long_jobs.renewed():
        newest = max(_kept(), default=None)
        if newest is None or newest[0] < clock.now() - FRESH:
            made, manifest = backup()
            log.info("backup_made", file=made.name, rows=sum(manifest.facts.rows.values()))
        prune(int(current_app.config["BACKUP_KEEP_DAYS"]))


def prune(days: int) -> list[str]:
    """Remove own backups that are older than `days`, but never the newest; return their names."""
    kept = sorted(_kept())
    before = clock.now() - timedelta(days=days)
    old = [path for made_at, path in kept[:-1] if made_at < before]
    for path in old:
        path.unlink(missing_ok=True)
    return [path.name for path in old]


def _kept() -> list[tuple[datetime, Path]]:
    found = ((NAME.fullmatch(path.name), path) for path in folder().iterdir())
    return [
        (datetime.strptime(match[1], STAMP).replace(tzinfo=clock.now().tzinfo), path)
        for match, path in found
        if match
    ]


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
