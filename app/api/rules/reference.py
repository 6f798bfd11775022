"""The page of the API's documentation as data: groups of operations with examples to copy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from app.api.rules.problems import PROBLEMS, Problem

HOST = "https://service.example"
SUCCESS = re.compile(r"2\d\d")


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    is_required: bool
    text: str
    form: str


@dataclass(frozen=True)
class Entry:
    """One operation as a person reads it."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    needs: str
    parameters: list[Parameter]
    statuses: list[tuple[str, str]]
    curl: str
    python: str
    answer: str


@dataclass(frozen=True)
class Group:
    """Operations that belong together."""

    name: str
    id: str
    text: str
    entries: list[Entry]


@dataclass(frozen=True)
class Reference:
    """The whole page."""

    title: str
    version: str
    about: str
    groups: list[Group]
    problems: list[tuple[int, list[tuple[str, Problem]]]]


def reference(document: dict[str, Any]) -> Reference:
    """Return the page of an OpenAPI document."""
    entries: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            entry = _entry(document, path, method, operation)
            entries[operation["tags"][0]].append(entry)
    by_status = sorted(PROBLEMS.items(), key=lambda each: each[1].status)
    return Reference(
        title=document["info"]["title"],
        version=document["info"]["version"],
        about=document["info"]["description"],
        groups=[
            Group(tag["name"], tag["name"].replace(" ", "-"), tag["description"], found)
            for tag in document["tags"]
            if (found := entries[tag["name"]])
        ],
        problems=[
            (status, list(found))
            for status, found in groupby(by_status, key=lambda each: each[1].status)
        ],
    )


def _entry(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Entry:
    parameters = [_resolved(document, one) for one in operation["parameters"]]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = operation["responses"]
    done = next(status for status in answers if SUCCESS.fullmatch(status))
    request = _Request(method.upper(), _address(path, parameters), operation, body.get("example"))
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation["description"].removeprefix(operation["summary"]).strip(),
        needs=_needs(operation["security"]),
        parameters=[
            Parameter(
                one["name"], one["in"], one["required"], one["description"], _form(one["schema"])
            )
            for one in parameters
        ],
        statuses=[
            (status, _resolved(document, answer)["description"])
            for status, answer in sorted(answers.items())
        ],
        curl=request.curl(),
        python=request.python(),
        answer=_shown(_example(answers[done])),
    )


def _example(answer: dict[str, Any]) -> Any:
    for content in answer.get("content", {}).values():
        return content.get("example")
    return None


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: dict[str, Any] = document
    for word in part["$ref"].removeprefix("#/").split("/"):
        found = found[word]
    return found


def _address(path: str, parameters: list[dict[str, Any]]) -> str:
    query = {}
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(one["example"]))
        elif one["in"] == "query" and one["name"] == "limit":
            query["limit"] = one["example"]
    return path + (f"?{urlencode(query)}" if query else "")


def _needs(security: list[dict[str, list[str]]]) -> str:
    if not security:
        return "Open to anyone."
    scopes = [scope for way in security for names in way.values() for scope in names]
    ways = [name for way in security for name in way]
    if ways == ["siteToken"]:
        return "The signed token of a connected site."
    with_scope = f" with the scope {scopes[0]}" if scopes else ""
    if ways == ["apiKey"]:
        return f"An API key{with_scope}, which it has only when its maker asked for it."
    return f"An API key{with_scope}, or the signed token of a connected site."


def _form(schema: dict[str, Any]) -> str:
    """Return in a few words what a parameter may be."""
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    kind = schema.get("format") or schema.get("type", "text")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    if "minimum" in schema and schema.get("maximum", 2**53) < 2**53:
        kind = f"{kind}, {schema['minimum']} to {schema['maximum']}"
    return f"{kind}; {schema['default']} when left out" if schema.get("default") else kind


def _shown(example: Any) -> str:
    if example is None or isinstance(example, str):
        return example or ""
    return json.dumps(example, indent=1, ensure_ascii=False)


@dataclass(frozen=True)
class _Request:
    method: str
    address: str
    operation: dict[str, Any]
    body: Any

    def curl(self) -> str:
        method = "" if self.method == "GET" else f"-X {self.method} "
        parts = [f"curl {method}'{HOST}{self.address}'"]
        for name, value in self._headers("$KEY").items():
            # The shell puts the key in only between double quotes.
            quote = '"' if "$" in value else "'"
            parts.append(f"-H {quote}{name}: {value}{quote}")
        if self.body is not None:
            quoted = json.dumps(self.body, ensure_ascii=False).replace("'", "'\\''")
            parts.append(f"-d '{quoted}'")
        return " \\\n  ".join(parts)

    def python(self) -> str:
        lines = ["import requests", ""]
        lines.append(f"answer = requests.{self.method.lower()}(")
        lines.append(f'    "{HOST}{self.address}",')
        headers = self._headers("{KEY}")
        if headers:
            headers.pop("Content-Type", None)  # requests sets it with json=
            prefix = "f" if "Authorization" in headers else ""
            shown = ", ".join(
                f"{name!r}: {prefix if '{' in value else ''}{value!r}"
                for name, value in headers.items()
            )
            lines.append(f"    headers={{{shown}}},")
        if self.body is not None:
            lines.append(f"    json={self.body!r},")
        lines += ["    timeout=30,", ")", "answer.raise_for_status()"]
        return "\n".join(lines)

    def _headers(self, key: str) -> dict[str, str]:
        found = {"Authorization": f"Bearer {key}"} if self.operation["security"] else {}
        names = [one.get("$ref", "").rpartition("/")[2] for one in self.operation["parameters"]]
        if "Idempotency-Key" in names:
            found["Idempotency-Key"] = "8f14e45f-ceea-467f-a0e6-1f7a0b6d0e2c"
        if "If-Match" in names:
            found["If-Match"] = '"3"'
        if self.body is not None:
            found["Content-Type"] = "application/json"
        return found
