"""The import of a file of fills, as a member sees it: preview, progress, outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import FileStorage

from app.core.errors import ValidationError
from app.core.i18n import gettext, lazy_gettext
from app.embed.schemas import ImportForm
from app.ledger import service as ledger
from app.ledger.schemas import ImportView

TITLES = {
    "preview": lazy_gettext("Preview: nothing is written yet"),
    "queued": lazy_gettext("Import is waiting"),
    "running": lazy_gettext("Import is running"),
    "done": lazy_gettext("Import finished"),
    "cancelled": lazy_gettext("Import cancelled"),
    "failed": lazy_gettext("Import stopped"),
}


@dataclass(frozen=True)
class ImportStatus:
    """An import and the words for it."""

    view: ImportView

    @property
    def title(self) -> str:
        """The state in words."""
        return str(TITLES[self.view.state])

    @property
    def good_count(self) -> int:
        """Rows that the preview found fit to import."""
        return max(self.view.row_count - self.view.refused_count, 0)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The first rows as they would be recorded."""
        return [
            {**row, "executed_at": datetime.fromisoformat(row["executed_at"])}
            for row in self.view.rows
        ]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The figures of the present state."""
        view = self.view
        refused = (gettext("Refused"), view.refused_count)
        if view.state == "preview":
            return [(gettext("Rows"), view.row_count), (gettext("Ready"), self.good_count), refused]
        return [
            (gettext("Rows"), view.row_count),
            (gettext("Created"), view.created_count),
            (gettext("Already there"), view.duplicate_count),
            refused,
        ]


def preview_import(user_id: int, form: ImportForm, file: FileStorage | None) -> ImportStatus:
    """Check an uploaded file; nothing goes into the ledger."""
    if file is None or not file.filename:
        message = gettext("Choose a file.")
        raise ValidationError(message, field="file")
    return ImportStatus(
        ledger.preview_import(user_id, form.plugin_id, file.filename, file.stream.read())
    )


def import_status(user_id: int, import_id: int) -> ImportStatus:
    """Return how far an import has come; NotFoundError when it is not the member's."""
    return ImportStatus(ledger.get_import(user_id, import_id))


def start_import(user_id: int, import_id: int) -> ImportStatus:
    """Let a previewed file be imported in the background."""
    return ImportStatus(ledger.start_import(user_id, import_id))


def cancel_import(user_id: int, import_id: int) -> ImportStatus:
    """Stop an import; what it has written stays."""
    return ImportStatus(ledger.cancel_import(user_id, import_id))
