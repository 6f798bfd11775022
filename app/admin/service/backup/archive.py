"""The file: a zip of the database's copy and a manifest that says what it must be."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST = 1_000_000
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
NOTE = (
    "The encryption key is not in this file. Keep it apart: with another one this file is refused."
)
CHUNK = 1 << 20


class BackupError(Exception):
    """A backup cannot be made, read or put back; for the operator, never for a request."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Member(_Part):
    """One file inside."""

    size: int
    sha256: str


class Facts(_Part):
    """What a database holds, as far as two copies of it must agree."""

    revision: str
    rows: dict[str, int]
    ledger_accounts: int
    ledger_events: int
    ledger_heads: str
    """SHA-256 over number and hash of every account's newest event."""
    audit_seq: int | None
    audit_hash: str | None


class Manifest(_Part):
    """What stands in a backup, and what it needs to be put back."""

    format: int
    made_at: datetime
    service_version: str
    engine: Literal["sqlite", "postgresql"]
    installation_id: str
    public_url: str
    key_fingerprint: str | None
    """Tells the encryption key from others, and tells nothing else of it."""
    facts: Facts
    members: dict[str, Member]
    note: str = NOTE


def digest(file: IO[bytes]) -> Member:
    """Return size and hash of a stream."""
    sha, size = hashlib.sha256(), 0
    while piece := file.read(CHUNK):
        sha.update(piece)
        size += len(piece)
    return Member(size=size, sha256=sha.hexdigest())


def write(path: Path, manifest: Manifest, database: Path) -> None:
    """Write the whole file beside its place first: under its name stands all of it or nothing."""
    partial = path.with_name(f".{path.name}.partial")
    kind = zipfile.ZIP_STORED if manifest.engine == "postgresql" else zipfile.ZIP_DEFLATED
    try:
        # Made anew and for us alone: it holds everybody's data.
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", kind, compresslevel=1) as archive:
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
                archive.write(database, DATABASE[manifest.engine])
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror})."
        raise BackupError(message) from error
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says of itself."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as file:
            return Manifest.model_validate_json(file.read(MOST_MANIFEST))
    except (OSError, KeyError, zipfile.BadZipFile, ValidationError) as error:
        message = f"{path}: is no backup of this service, or is damaged. Nothing was changed."
        raise BackupError(message) from error


def extract(path: Path, manifest: Manifest, target: Path) -> None:
    """Write the database's copy to `target`, having checked every byte against the manifest."""
    name = DATABASE[manifest.engine]
    if set(manifest.members) != {name}:
        message = f"{path}: its manifest does not name {name} alone. Nothing was changed."
        raise BackupError(message)
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(name) as source:
                found = digest(source)
            if found != manifest.members[name]:
                message = f"{path}: {name} is not what its manifest says. Nothing was changed."
                raise BackupError(message)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with archive.open(name) as source, os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        message = f"{path}: is damaged ({name} cannot be read). Nothing was changed."
        raise BackupError(message) from error
    except OSError as error:
        message = f"{target}: cannot be written ({error.strerror}). Nothing was changed."
        raise BackupError(message) from error
