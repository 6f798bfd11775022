"""Reading a document: older formats are brought up, newer and too large ones refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pydantic import ValidationError as PydanticError

from app.charts.errors import DocumentError
from app.charts.schemas import FORMAT, LARGEST_DOCUMENT, Document
from app.core.errors import ValidationError
from app.core.faults import told
from app.core.i18n import gettext
from app.core.parse import parse
from app.quant import indicator_settings

Raw = dict[str, Any]
STEPS: Mapping[int, Callable[[Raw], Raw]] = {}
"""By format: what makes the next one of it. The first format is the present one."""


def read_document(
    raw: Any, *, newest: int = FORMAT, steps: Mapping[int, Callable[[Raw], Raw]] = STEPS
) -> Document:
    """Return a document that somebody sent or that was kept.

    Raises:
        DocumentError: it is of a newer or an unknown format, or too large.
        ValidationError: a part of it is wrong.
    """
    if not isinstance(raw, dict):
        message = gettext('The document must be an object, such as {"symbol": "AAPL"}.')
        raise DocumentError(message, field="document")
    found = raw.get("format", newest)
    if not isinstance(found, int) or isinstance(found, bool) or found > newest:
        message = gettext(
            "The document is of format %(given)s; this service reads up to %(newest)s. Update the "
            "service, or save the chart anew.",
            given=str(found)[:20],
            newest=newest,
        )
        raise DocumentError(message, field="format", newest=newest)
    while found < newest:
        if found not in steps:
            message = gettext("There never was a format %(given)s.", given=str(found)[:20])
            raise DocumentError(message, field="format", newest=newest)
        raw = steps[found](raw)
        found += 1
    document = parse(Document, {**raw, "format": found})
    return size_checked(_with_settings(document))


def _with_settings(document: Document) -> Document:
    ids = [part.id for part in (*document.indicators, *document.drawings)]
    if len(set(ids)) != len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        message = gettext("The id '%(id)s' is there twice.", id=twice)
        raise DocumentError(message, field="drawings")
    indicators = [
        one.model_copy(update={"settings": read_settings(one.kind, one.settings)})
        for one in document.indicators
    ]
    return document.model_copy(update={"indicators": indicators})


def read_settings(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an indicator, whole.

    Raises:
        ValidationError: one is unknown or out of its range.
    """
    try:
        return indicator_settings.read(kind, dict(settings))
    except PydanticError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        names = [str(part) for part in fault["loc"]]
        field = "/".join(["settings", *names])
        message = f"{kind}, {' '.join(names) or 'settings'}: {told(fault)}"
        raise ValidationError(message, field=field) from error


def written(document: Document) -> Raw:
    """Return a document as it is kept."""
    return document.model_dump(mode="json")


def size_checked(document: Document) -> Document:
    """Return a document that is not too large.

    Raises:
        DocumentError: it is.
    """
    size = len(orjson.dumps(written(document)))
    if size > LARGEST_DOCUMENT:
        message = gettext(
            "The chart would be %(size)s KB large; %(most)s KB are allowed. Remove drawings.",
            size=size // 1024 + 1,
            most=LARGEST_DOCUMENT // 1024,
        )
        raise DocumentError(message, field="document", code="document_too_large")
    return document
