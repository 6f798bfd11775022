"""Making an OpenAPI 3.1 document from routes, their auth decisions and their schemas. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.rules import responses, words
from app.api.rules.examples import example
from app.api.rules.parts import ABOUT, PARAMETERS, SECURITY
from app.core.auth import SCOPES
from app.core.describe import Description

PARAMETER = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\((?P<choices>[^)]*)\))?:)?(?P<name>[a-z_]+)>")
NO_CONTENT = 204
REFERENCE = "#/components/schemas/{model}"


@dataclass(frozen=True)
class Operation:
    """One method of one address, as the application has it."""

    path: str
    method: str
    endpoint: str
    auth: str
    summary: str
    text: str
    is_idempotent: bool
    description: Description


def document(title: str, version: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document of `operations`."""
    known = list(operations)
    definitions, references = _schemas(known)
    paths: dict[str, dict[str, Any]] = {}
    groups: dict[str, str] = {}
    for operation in known:
        path = PARAMETER.sub(r"{\g<name>}", operation.path)
        made = _Writer(operation, references, definitions).write()
        paths.setdefault(path, {})[operation.method.lower()] = made
        groups.setdefault(*words.group(path))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": ABOUT,
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": "/", "description": "This service."}],
        "tags": [{"name": name, "description": text} for name, text in sorted(groups.items())],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**definitions, "Problem": responses.PROBLEM},
            "headers": responses.header_components(),
            "parameters": PARAMETERS,
            "responses": responses.problem_components(),
            "securitySchemes": SECURITY,
        },
    }


References = dict[tuple[type[BaseModel], str], dict[str, Any]]


def _schemas(operations: list[Operation]) -> tuple[dict[str, Any], References]:
    wanted: list[tuple[type[BaseModel], Any]] = []
    for operation in operations:
        described = operation.description
        for model, mode in (
            (described.body, "validation"),
            (described.query, "validation"),
            (described.answer, "serialization"),
        ):
            if model is not None and (model, mode) not in wanted:
                wanted.append((model, mode))
    references, schema = models_json_schema(wanted, ref_template=REFERENCE)
    models: Any = references
    return schema.get("$defs", {}), dict(models)


class _Writer:
    """Writes one operation."""

    def __init__(
        self, operation: Operation, references: References, definitions: dict[str, Any]
    ) -> None:
        self.operation = operation
        self.described = operation.description
        self.references = references
        self.definitions = definitions

    def write(self) -> dict[str, Any]:
        operation, described = self.operation, self.described
        result: dict[str, Any] = {
            "operationId": operation.endpoint.replace(".", "_"),
            "summary": operation.summary,
            "description": operation.text or operation.summary,
            "tags": [words.group(operation.path)[0]],
            "parameters": [
                *_path_parameters(operation),
                *self._query_parameters(),
                *self._header_parameters(),
            ],
            "security": _security(operation.auth),
            "responses": {
                **self._answers(),
                **responses.problems_of(
                    operation.auth,
                    has_path="<" in operation.path,
                    has_body=bool(described.body),
                    more=(*described.problems, *_of_headers(described.headers)),
                ),
            },
        }
        if described.body is not None:
            schema = self.references[described.body, "validation"]
            content = {"schema": schema, "example": example(schema, self.definitions)}
            result["requestBody"] = {"required": True, "content": {"application/json": content}}
        return result

    def _answers(self) -> dict[str, Any]:
        described = self.described
        headers: tuple[str, ...] = () if self.operation.auth == "public" else responses.LIMITS
        headers = (*headers, "ETag") if described.headers else headers
        headers = (*headers, "Idempotent-Replayed") if self.operation.is_idempotent else headers
        if described.query and "cursor" in described.query.model_fields:
            headers = (*headers, "Link")
        done = {"description": "Done.", "headers": responses.headers(headers)}
        full = {**done, "content": {described.media_type: self._content()}}
        answers = {str(status): full for status in (described.status, *described.also)}
        if NO_CONTENT in described.also or described.status == NO_CONTENT:
            answers[str(NO_CONTENT)] = {**done, "description": "There is nothing to say."}
        if "If-None-Match" in described.headers:
            answers["304"] = {**done, "description": "Not changed since."}
        return answers

    def _content(self) -> dict[str, Any]:
        described = self.described
        if described.answer is None:
            shown = {"ok": True} if described.example is None else described.example
            return {
                "schema": {"type": "string" if isinstance(shown, str) else "object"},
                "example": shown,
            }
        schema = self.references[described.answer, "serialization"]
        shown = described.example
        return {
            "schema": schema,
            "example": example(schema, self.definitions) if shown is None else shown,
        }

    def _query_parameters(self) -> list[dict[str, Any]]:
        if self.described.query is None:
            return []
        schema = self.described.query.model_json_schema(ref_template=REFERENCE)
        required = schema.get("required", [])
        return [
            _query_parameter(name, facts, is_required=name in required)
            for name, facts in schema["properties"].items()
        ]

    def _header_parameters(self) -> list[dict[str, Any]]:
        names = list(self.described.headers)
        if self.operation.is_idempotent:
            names.append("Idempotency-Key")
        return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _of_headers(names: tuple[str, ...]) -> tuple[int, ...]:
    # Whoever names a version to read may also ask for that version alone (If-Match).
    return (412,) if "If-None-Match" in names else ()


def _query_parameter(name: str, facts: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    schema = _without_null(facts)
    schema.pop("title", None)
    text = schema.pop("description", "") or words.meaning(name)
    return {
        "name": name,
        "in": "query",
        "required": is_required,
        "description": text,
        "schema": schema,
        "example": example(schema, {}, name),
    }


def _without_null(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: left out is its null."""
    rest = {word: value for word, value in facts.items() if word != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    choices = [one for one in facts.get("anyOf", []) if one.get("type") != "null"]
    if len(choices) == 1:
        return {**rest, **choices[0]}
    return {**rest, "anyOf": choices} if choices else rest


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [_path_parameter(found) for found in PARAMETER.finditer(operation.path)]


def _path_parameter(found: re.Match[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
    if found["kind"] == "int":
        schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    elif found["kind"] == "symbol":
        schema = {"type": "string", "minLength": 1, "maxLength": 40}
    elif found["kind"] == "any":
        schema = {"type": "string", "enum": re.findall(r'"([^"]+)"', found["choices"])}
    return {
        "name": found["name"],
        "in": "path",
        "required": True,
        "description": words.meaning(found["name"]) or "Which one.",
        "schema": schema,
        "example": example(schema, {}, found["name"]),
    }


def _security(auth: str) -> list[dict[str, list[str]]]:
    if auth == "public":
        return []
    if auth in {"site", "site_admin", "owner", "person"}:
        return [{"siteToken": []}]
    scopes = [auth.partition(" ")[2]] if auth.startswith("scope ") else []
    if not set(scopes) <= set(SCOPES):
        return [{"apiKey": scopes}]  # only a key may have it, and only when a person says so
    return [{"apiKey": scopes}, {"siteToken": []}]
