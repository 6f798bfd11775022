"""What is different between two documents, and how that is taken back."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.charts.rules.documents import written
from app.charts.schemas import Document

LISTS = ("indicators", "drawings")
_FIELDS = ("symbol", "asset_class", "timeframe", "chart_type")


class Change(NamedTuple):
    """One piece of a document before and after; None where it was not there."""

    part: str
    """drawings:d12, indicators:i3, settings:shows_volume, symbol."""
    before: Any
    after: Any
    place: int = 0
    """Where in its list it stood."""


def diff(before: Document, after: Document) -> list[Change]:
    """Return what makes the second document of the first."""
    old, new = written(before), written(after)
    found = [Change(name, old[name], new[name]) for name in _FIELDS if old[name] != new[name]]
    found += [
        Change(f"settings:{name}", value, new["settings"][name])
        for name, value in old["settings"].items()
        if value != new["settings"][name]
    ]
    for name in LISTS:
        had = {one["id"]: (place, one) for place, one in enumerate(old[name])}
        has = {one["id"]: one for one in new[name]}
        found += [
            Change(f"{name}:{key}", one, has.get(key), place)
            for key, (place, one) in had.items()
            if has.get(key) != one
        ]
        found += [Change(f"{name}:{key}", None, one) for key, one in has.items() if key not in had]
    return found


def revert(document: Document, changes: list[Change]) -> Document | None:
    """Return the document without some changes; None where one of them has been changed since."""
    raw = written(document)
    if any(_present(raw, one.part) != one.after for one in changes):
        return None
    for one in sorted(changes, key=lambda each: each.place):
        name, _, key = one.part.partition(":")
        if name in LISTS:
            _put_back(raw[name], key, one)
        elif name == "settings":
            raw["settings"][key] = one.before
        else:
            raw[name] = one.before
    return Document.model_validate(raw)


def _present(raw: dict[str, Any], part: str) -> Any:
    name, _, key = part.partition(":")
    if name in LISTS:
        return next((one for one in raw[name] if one["id"] == key), None)
    return raw["settings"][key] if name == "settings" else raw[name]


def _put_back(parts: list[dict[str, Any]], key: str, change: Change) -> None:
    place = next((at for at, one in enumerate(parts) if one["id"] == key), None)
    if place is None:
        parts.insert(change.place, change.before)
    elif change.before is None:
        del parts[place]
    else:
        parts[place] = change.before
