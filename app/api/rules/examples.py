"""An example for every schema, from the words that we use for its fields."""

from __future__ import annotations

import re
from typing import Any

from app.api.rules.words import FIELDS

FORMATS = {
    "date": "2026-05-20",
    "date-time": "2026-05-20T13:30:00Z",
    "uri": "https://example.com/",
    "email": "dana@example.com",
    "uuid": "8f14e45f-ceea-467f-a0e6-1f7a0b6d0e2c",
    "ipv4": "203.0.113.7",
}
PLAIN: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
PYTHON: dict[str, Any] = {"integer": int, "number": (int, float), "string": str, "array": list}
MOST_DEEP = 8


def example(schema: dict[str, Any], definitions: dict[str, Any], name: str = "") -> Any:
    """Return a value that fits `schema`, which is the field `name` of something."""
    return _Maker(definitions).make(schema, name, 0)


class _Maker:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self.definitions = definitions

    def make(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        if "$ref" in schema:
            return self.make(self.definitions[schema["$ref"].rpartition("/")[2]], name, depth)
        if schema.get("examples"):
            return schema["examples"][0]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return self._one_of(schema[word], name, depth)
        return self._plain(schema, name, depth)

    def _one_of(self, choices: list[dict[str, Any]], name: str, depth: int) -> Any:
        # A number that may be sent as text is best sent as text.
        texts = [choice for choice in choices if choice.get("type") == "string"]
        others = [choice for choice in choices if choice.get("type") != "null"]
        return self.make((texts or others or choices)[0], name, depth)

    def _plain(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = kind[0]
        known = FIELDS.get(name, (None, ""))[0]
        if isinstance(known, PYTHON.get(kind, ())) and _fits(known, schema):
            return known
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        return _text(schema) if kind == "string" else _number(schema, kind)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        if depth > MOST_DEEP:
            return {}
        found = {
            name: self.make(facts, name, depth + 1)
            for name, facts in schema.get("properties", {}).items()
        }
        more = schema.get("additionalProperties")
        return (
            {"journal": self.make(more, "", depth + 1)}
            if isinstance(more, dict) and more and not found
            else found
        )

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        if schema.get("prefixItems"):
            return [self.make(one, "", depth + 1) for one in schema["prefixItems"]]
        item = self.make(schema.get("items", {"type": "string"}), name.rstrip("s"), depth + 1)
        return [item] * max(1, schema.get("minItems", 1))


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    if isinstance(value, list):
        return bool(schema.get("items", {}).get("type") == "string")
    if not isinstance(value, str):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    plain = FORMATS.get(schema.get("format", ""))
    if plain is not None and len(plain) != len(value):
        return False
    short = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    return bool(short) and bool(re.search(schema.get("pattern", ""), value))


def _text(schema: dict[str, Any]) -> str:
    plain = FORMATS.get(schema.get("format", ""), "text")
    candidates = [plain, "ma_cross", "10", "USD", "https://example.com/", "plain text here"]
    return next((one for one in candidates if _fits(one, {**schema, "format": ""})), plain)


def _number(schema: dict[str, Any], kind: str) -> Any:
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    plain = PLAIN.get(kind, 1)
    return plain if least is None or plain > least else least + 1
