"""What of a document was known at an instant of a replay."""

from __future__ import annotations

from datetime import datetime

from app.charts.schemas import Document


def as_known(document: Document, at: datetime | None) -> Document:
    """Return the document with the drawings that were there at an instant; with all for None.

    A line that was drawn later was drawn by somebody who had seen what came next, wherever on the
    chart it lies. One that was drawn before may reach into the time to come: it guesses.
    """
    if at is None:
        return document
    drawings = [one for one in document.drawings if one.known_at <= at]
    return document.model_copy(update={"drawings": drawings})


def changes_what_is_hidden(before: Document, after: Document, at: datetime) -> bool:
    """Whether two documents differ in drawings that are not shown at an instant."""

    def hidden(document: Document) -> list[object]:
        return [one for one in document.drawings if one.known_at > at]

    return hidden(before) != hidden(after)
