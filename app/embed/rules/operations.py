"""A change of a chart as a page sends it: as JSON by its script, or as the fields of a form. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

LARGEST = 64 * 1024
OWN = frozenset({"chart", "version", "symbol", "timeframe", "replay", "operation", "id", "levels"})
"""Fields that say which chart is meant, and no part of an operation by themselves."""
SWITCHES = (
    "shows_volume",
    "shows_sessions",
    "shows_extended_hours",
    "shows_trades",
)
LEVEL = "level."
NEED_ID = frozenset({"remove_drawing", "remove_indicator", "take_over"})


class UnreadableError(ValueError):
    """What was sent is no operation."""


def read_operations(
    fields: Mapping[str, str], zone: str, document: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what is asked for as the chart takes it: mostly one operation.

    A form names parts of parts with a dot (`start.price`) and tells times of `zone`. Of a drawing
    that is moved it holds the new places alone, and of settings those that can be switched: the
    rest is taken from the document.

    Raises:
        UnreadableError: it is no JSON, or a time cannot be read.
    """
    if "operation" in fields:
        return [_from_json(fields["operation"])]
    found, kind, given = _nested(fields, ZoneInfo(zone)), fields.get("kind"), fields.get("id", "")
    if kind == "move_drawing":
        places = {name: value for name, value in found.items() if name != "kind"}
        known: dict[str, Any] = next(
            (one for one in document["drawings"] if one["id"] == given), {}
        )
        return [{"kind": "move_drawing", "drawing": {**known, **_whole(known, places)}}]
    if kind == "change_indicator":
        settings = {"indicator": found.get("indicator"), "settings": found.get("settings", {})}
        return [
            {"kind": "remove_indicator", "id": given},
            {"kind": "add_indicator", **settings},
        ]
    if kind == "change_settings":
        switched = {name: name in fields for name in SWITCHES} | _levels(fields)
        return [{"kind": kind, "settings": {**document["settings"], **switched}}]
    return [{**found, "id": given} if kind in NEED_ID else found]


def _levels(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the levels that were chosen (`level.pdh`), where they are not those shown before.

    `levels` are those, joined by dots. Left alone, a chart goes on showing what suits its bars.
    """
    chosen = [name.removeprefix(LEVEL) for name in fields if name.startswith(LEVEL)]
    before = fields.get("levels")
    same = before is None or set(chosen) == set(filter(None, before.split(".")))
    return {} if same else {"levels": chosen}


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= LARGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreadableError
    return found


def _nested(fields: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in fields.items():
        head, _, tail = name.partition(".")
        if name in OWN or not text.strip():
            continue
        value = _instant(text, zone) if tail == "at" or name == "by_when" else text.strip()
        if tail:
            part = found.setdefault(head, {})
            if isinstance(part, dict):
                part[tail] = value
        else:
            found[name] = value
    return found


def _whole(known: Mapping[str, Any], places: dict[str, Any]) -> dict[str, Any]:
    """Keep of a place what the form has left out."""
    return {
        name: {**known[name], **value}
        if isinstance(value, dict) and isinstance(known.get(name), dict)
        else value
        for name, value in places.items()
    }


def _instant(text: str, zone: ZoneInfo) -> str:
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UnreadableError from error
    return (local if local.tzinfo else local.replace(tzinfo=zone)).isoformat()
