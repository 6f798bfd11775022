"""A form from a JSON schema: fields with ranges and hints, and what was typed as JSON values.

The schema says what a robot's author declared. What comes back from a browser is only read here;
whether it is right the robot's own model decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.core.i18n import gettext, listed

PREFIX = "p_"
"""Before the names of parameters, so that none meets a field of the form's own."""
SEARCH_PREFIX = "s_"
"""Before the names of parameters of which several values are to be tried."""
INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})\Z")
Kind = Literal["integer", "number", "flag", "choice", "text"]


@dataclass(frozen=True)
class FormField:
    """One field, ready to be drawn."""

    name: str
    label: str
    kind: Kind
    value: str
    hint: str
    low: str = ""
    high: str = ""
    options: tuple[str, ...] = ()
    error: str = ""

    @property
    def shown(self) -> str:
        """The value as a list of settings says it."""
        if self.kind == "flag":
            return gettext("yes") if self.value else gettext("no")
        return self.value or gettext("none")

    @property
    def step(self) -> str:
        """What a browser lets pass: whole numbers, or any."""
        return "1" if self.kind == "integer" else "any"


def schema_fields(
    schema: Mapping[str, Any],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[FormField]:
    """Return the fields of a robot's parameters, in the order of their declaration.

    Without `typed` each shows its default; `errors` are by name of the parameter.
    """
    return [
        _field(name, _resolved(schema, part), typed, (errors or {}).get(name, ""))
        for name, part in schema.get("properties", {}).items()
    ]


def schema_values(schema: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed as JSON values; an empty field is left out, so its default counts.

    What is no number stays the text that it is: the robot's model says then what is wrong.
    """
    values: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        kind = _kind(_resolved(schema, part))
        text = typed.get(PREFIX + name, "").strip()
        if kind == "flag":
            values[name] = text == "true"
        elif text:
            values[name] = _value(kind, text)
    return values


def search_values(schema: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return by parameter the values that were typed with commas between; empty fields not at all.

    As with `schema_values`, what is no number stays a text for the robot's model to refuse.
    """
    found: dict[str, list[Any]] = {}
    for name, part in schema.get("properties", {}).items():
        kind = _kind(_resolved(schema, part))
        texts = [text.strip() for text in typed.get(SEARCH_PREFIX + name, "").split(",")]
        values = [_value(kind, text) for text in texts if text]
        if values and kind != "flag":
            found[name] = values
    return found


def is_number(text: str) -> bool:
    """Whether a text is a plain decimal number."""
    return NUMBER.match(text) is not None


def parameter_errors(faults: list[Any], field: str | None, message: str) -> dict[str, str]:
    """Return by parameter, or field of the form, what is wrong with it.

    `faults` point at fields as the API does: /parameters/fast. A fault that no field can take
    is named "", one of a value that is to be tried by the name of its own field.
    """
    found = {_leaf(fault["pointer"]): str(fault["detail"]) for fault in faults}
    return found or {_leaf(field or ""): message}


def _leaf(pointer: str) -> str:
    *path, name = re.split(r"[/.]", pointer.strip("/"))
    return SEARCH_PREFIX + name if path == ["search", "grid"] else name


def _value(kind: Kind, text: str) -> Any:
    if kind == "integer" and INTEGER.match(text):
        return int(text)
    if kind == "number" and NUMBER.match(text):
        return float(text)
    return text


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property with references and "or nothing" taken apart."""
    found = dict(part)
    choices = [each for each in found.pop("anyOf", []) if each.get("type") != "null"]
    for inner in (*found.pop("allOf", []), *choices[:1]):
        found = {**_resolved(schema, inner), **found}
    target = str(found.pop("$ref", "")).rpartition("/")[2]
    return {**schema["$defs"][target], **found} if target else found


def _kind(part: Mapping[str, Any]) -> Kind:
    if "enum" in part:
        return "choice"
    kinds: dict[str, Kind] = {"integer": "integer", "number": "number", "boolean": "flag"}
    return kinds.get(str(part.get("type")), "text")


def _field(
    name: str, part: Mapping[str, Any], typed: Mapping[str, str] | None, error: str
) -> FormField:
    kind = _kind(part)
    default = _text(part.get("default"))
    low = _text(part.get("minimum"))
    high = _text(part.get("maximum"))
    return FormField(
        name=name,
        label=str(part.get("title") or name.replace("_", " ").capitalize()),
        kind=kind,
        value=default if typed is None else typed.get(PREFIX + name, ""),
        hint=_hint(part, kind, default),
        low=low,
        high=high,
        options=tuple(_text(each) for each in part.get("enum", ())),
        error=error,
    )


def _hint(part: Mapping[str, Any], kind: Kind, default: str) -> str:
    said = str(part.get("description", "")).strip().rstrip(".")
    parts = [said, _range(part) if kind in {"integer", "number"} else ""]
    if default and kind != "flag":
        parts.append(gettext("usually %(default)s", default=default))
    return listed([each for each in parts if each])


def _range(part: Mapping[str, Any]) -> str:
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    low, high = _text(part.get("minimum")), _text(part.get("maximum"))
    if low and high:
        return gettext("%(low)s to %(high)s", low=low, high=high)
    said = []
    if low:
        said.append(gettext("%(low)s or more", low=low))
    if above is not None:
        said.append(gettext("above %(low)s", low=_text(above)))
    if high:
        said.append(gettext("at most %(high)s", high=high))
    if below is not None:
        said.append(gettext("below %(high)s", high=_text(below)))
    return listed(said)


def _text(value: Any) -> str:
    """Return a value of a schema as a field holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if value else "0"
    return str(value)
