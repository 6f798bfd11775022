"""The folder of mails that stands in for a mail server, read again."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from flask import current_app

from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.notifications.clients.mail import FOLDER

MOST = 200
LINK = re.compile(r"https?://[^\s<>\"]+")
STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Kept:
    """A mail of the folder."""

    name: str
    at: datetime
    message: EmailMessage

    def part(self, kind: str) -> str:
        """Return its text ("plain") or HTML ("html")."""
        found = self.message.get_body((kind,))
        return str(found.get_content()) if found is not None else ""

    def headers(self) -> list[tuple[str, str]]:
        """Return its headers as they were written."""
        return [(name, str(value)) for name, value in self.message.items()]

    def links(self) -> list[str]:
        """Return the addresses in it, each once."""
        return list(dict.fromkeys(LINK.findall(self.part("plain"))))


def list_kept() -> list[Kept]:
    """Return the newest mails of the folder, the newest first."""
    return [_read(path) for path in _paths()[:MOST]]


def get_kept(name: str) -> Kept:
    """Return one mail; NotFoundError for a name that the folder has not."""
    for path in _paths():
        if path.stem == name:
            return _read(path)
    raise NotFoundError(gettext("There is no such mail."))


def _paths() -> list[Path]:
    folder = Path(current_app.config["DATA_DIR"]) / FOLDER
    return sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _read(path: Path) -> Kept:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    at = datetime.strptime(path.stem.partition("-")[0], STAMP).replace(tzinfo=UTC)
    return Kept(path.stem, at, message)
