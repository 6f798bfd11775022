"""Pure: schemas that every client understands, and refusals that say what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

LONGEST_DETAIL = 500
MOST_ERRORS = 10
# The API counts and names the operations of a request; a tool asks for one.
OPERATION = re.compile(r"^/operations/\d+(?:/[a-z]+_[a-z_]+)?")
NEW_KEY = "Make another API key on the site, dashboard, settings, and give it to this client."
FIXES = {
    "missing_scope": "Make an API key that has this scope, and give it to this client.",
    "address_not_allowed": "Use the key from an address that it allows, or make another key.",
    HTTPStatus.UNAUTHORIZED: NEW_KEY,
    HTTPStatus.FORBIDDEN: "Use a key that may do this: see its scopes and the member's plan.",
    HTTPStatus.NOT_FOUND: (
        "Look the symbol up, or leave chart_id out for the chart that was opened last."
    ),
    HTTPStatus.CONFLICT: "Read get_chart_state again, then decide anew and send its version.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Change the argument that is named.",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait as long as is said, then try again.",
}
LATER = "Nothing was changed. Try again in a minute."


def flat_schema(model: type[BaseModel], *, is_answer: bool = False) -> dict[str, Any]:
    """Return a model's JSON schema without references, titles and null, which clients stumble on."""
    schema = model.model_json_schema(mode="serialization" if is_answer else "validation")
    parts = schema.pop("$defs", {})
    found: dict[str, Any] = _flat(schema, parts, may_be_null=is_answer)
    found.pop("description", None)
    return found


def _flat(node: Any, parts: Mapping[str, Any], *, may_be_null: bool) -> Any:
    if isinstance(node, list):
        return [_flat(one, parts, may_be_null=may_be_null) for one in node]
    if not isinstance(node, dict):
        return node
    if name := str(node.get("$ref", "")).rpartition("/")[2]:
        node = {**parts[name], **{key: one for key, one in node.items() if key != "$ref"}}
    options = node.get("anyOf", [])
    if not may_be_null and {"type": "null"} in options:
        left = [one for one in options if one != {"type": "null"}]
        rest = {key: one for key, one in node.items() if key not in {"anyOf", "default"}}
        node = {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}
        return _flat(node, parts, may_be_null=may_be_null)
    return {
        key: _named(one, parts, may_be_null=may_be_null)
        if key == "properties"
        else _flat(one, parts, may_be_null=may_be_null)
        for key, one in node.items()
        if key != "title"
    }


def _named(properties: Any, parts: Mapping[str, Any], *, may_be_null: bool) -> Any:
    """Flatten properties, of which one may be called `title`."""
    return {name: _flat(one, parts, may_be_null=may_be_null) for name, one in properties.items()}


def bad_arguments(error: PydanticError) -> dict[str, Any]:
    """Return what is wrong with the arguments of a tool, by field."""
    faults = [
        {"field": ".".join(str(part) for part in one["loc"]), "detail": one["msg"]}
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ][:MOST_ERRORS]
    return {
        "code": "invalid",
        "detail": "The arguments do not fit this tool.",
        "errors": faults,
        "fix": FIXES[HTTPStatus.UNPROCESSABLE_ENTITY],
    }


def problem(status: int, body: Any, retry_after: str = "") -> dict[str, Any]:
    """Return what the API said against a request, with what to do; of its faults nothing else."""
    said = body if isinstance(body, dict) else {}
    if status == 0 or status >= HTTPStatus.INTERNAL_SERVER_ERROR or "code" not in said:
        code, detail = ("unavailable", "The service does not answer at the moment.")
        return {"code": code, "status": status or 503, "detail": detail, "fix": LATER}
    found: dict[str, Any] = {
        "code": str(said["code"])[:60],
        "status": status,
        "detail": str(said.get("detail", ""))[:LONGEST_DETAIL],
        "errors": [_fault(one) for one in _listed(said.get("errors"))],
        "fix": FIXES.get(str(said["code"])) or FIXES.get(HTTPStatus(status), "Read the detail."),
    }
    if retry_after.isdigit():
        found["retry_after_seconds"] = int(retry_after)
    if "version" in said:
        found["version"] = said["version"]
    return found


def _listed(errors: Any) -> list[dict[str, Any]]:
    found = errors if isinstance(errors, list) else []
    return [one for one in found if isinstance(one, dict)][:MOST_ERRORS]


def _fault(one: Mapping[str, Any]) -> dict[str, str]:
    pointer = OPERATION.sub("", str(one.get("pointer", "")))
    return {
        "field": pointer.strip("/").replace("/", ".")[:100],
        "detail": str(one.get("detail", ""))[:LONGEST_DETAIL],
    }


def as_text(refusal: Mapping[str, Any]) -> str:
    """Return a refusal as sentences."""
    faults = [f"{one['field']}: {one['detail']}" for one in refusal.get("errors", [])]
    wait = refusal.get("retry_after_seconds")
    parts = [refusal["detail"], *faults, f"Wait {wait} seconds." if wait else "", refusal["fix"]]
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )
