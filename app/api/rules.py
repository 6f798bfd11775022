"""Making an OpenAPI 3.1 document from routes, their auth decisions and their schemas. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.core.describe import Description

PARAMETER = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")
TYPES = {"int": "integer"}
REFERENCE = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457: what went wrong and how to mend it.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


@dataclass(frozen=True)
class Operation:
    """One method of one address, as the application has it."""

    path: str
    method: str
    endpoint: str
    auth: str
    summary: str
    text: str
    description: Description


def document(title: str, version: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document of `operations`."""
    known = list(operations)
    definitions, references = _schemas(known)
    paths: dict[str, dict[str, Any]] = {}
    for operation in known:
        path = PARAMETER.sub(r"{\g<name>}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": "Money and ratios of the performance answers are numbers; all newer "
            "answers send money and quantities as decimal strings. Times are RFC 3339 in UTC.",
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**definitions, "Problem": PROBLEM},
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `flask accounts create-key EMAIL`, or the "
                    "dashboard's settings.",
                },
                "siteToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The 60-second token that a connected WordPress site signs.",
                },
            },
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


def _operation(operation: Operation, references: References) -> dict[str, Any]:
    described = operation.description
    answer: dict[str, Any] = {"description": "Done."}
    if described.answer is not None:
        content: dict[str, Any] = {"schema": references[described.answer, "serialization"]}
        if described.example is not None:
            content["example"] = described.example
        answer["content"] = {"application/json": content}
    result: dict[str, Any] = {
        "operationId": operation.endpoint.replace(".", "_"),
        "summary": operation.summary,
        "description": operation.text,
        "tags": [operation.endpoint.partition(".")[0].removesuffix("_api")],
        "parameters": [*_path_parameters(operation), *_query_parameters(described)],
        "security": _security(operation.auth),
        "responses": {
            str(described.status): answer,
            "default": {
                "description": "The error, named.",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            },
        },
    }
    if described.body is not None:
        result["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[described.body, "validation"]}},
        }
    return result


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": {"type": TYPES.get(found["kind"] or "", "string")},
        }
        for found in PARAMETER.finditer(operation.path)
    ]


def _query_parameters(described: Description) -> list[dict[str, Any]]:
    if described.query is None:
        return []
    schema = described.query.model_json_schema(ref_template=REFERENCE)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": facts}
        for name, facts in schema["properties"].items()
    ]


def _security(auth: str) -> list[dict[str, list[str]]]:
    if auth == "public":
        return []
    if auth in {"site", "site_admin"}:
        return [{"siteToken": []}]
    return [{"apiKey": []}, {"siteToken": []}]
