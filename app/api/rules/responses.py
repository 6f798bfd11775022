"""The answers of an operation: its own, and the problems that its auth decision brings."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from app.api.rules.problems import PROBLEMS

PROBLEM = {
    "type": "object",
    "description": "RFC 9457: what went wrong and how to mend it. Further facts stand beside.",
    "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The entry of this code in the documentation.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "A stable word for programs; more may come."},
        "instance": {"type": "string", "format": "uri", "description": "This one occurrence."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "Quote it when you ask about a request.", "type": "string"},
    "Api-Version": {"description": "The dated version of this contract.", "type": "string"},
    "RateLimit": {
        "description": 'What is left: `"default";r=87;t=12`, r requests for t seconds.',
        "type": "string",
    },
    "RateLimit-Policy": {
        "description": 'The policy: `"default";q=100;w=60`, q requests in w seconds.',
        "type": "string",
    },
    "X-RateLimit-Limit": {"description": "The quota.", "type": "integer"},
    "X-RateLimit-Remaining": {"description": "What is left of it.", "type": "integer"},
    "X-RateLimit-Reset": {"description": "Seconds until it is whole again.", "type": "integer"},
    "Retry-After": {"description": "Seconds to wait.", "type": "integer"},
    "ETag": {"description": "The version of what was read.", "type": "string"},
    "Idempotent-Replayed": {
        "description": "`true` when an answer is given again.",
        "const": "true",
    },
    "Link": {"description": 'The next page: `</api/…>; rel="next"`.', "type": "string"},
    "WWW-Authenticate": {"description": "How to say who asks.", "type": "string"},
    "Allow": {"description": "What the address takes.", "type": "string"},
}
EVERYWHERE = ("X-Request-Id", "Api-Version")
LIMITS = (
    "RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)  # fmt: skip
OF_STATUS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    429: ("Retry-After", *LIMITS),
    503: ("Retry-After",),
}
FIRST_CODES = {409: "conflict", 422: "invalid"}
ALWAYS = (422, 429, 500, 503)


def headers(names: tuple[str, ...]) -> dict[str, Any]:
    """Return references to headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*EVERYWHERE, *names)}


def header_components() -> dict[str, Any]:
    """Return every header that an answer may have."""
    return {
        name: {
            "description": facts["description"],
            "schema": {word: value for word, value in facts.items() if word != "description"},
        }
        for name, facts in HEADERS.items()
    }


def problem_components() -> dict[str, Any]:
    """Return one answer for each status of a problem, with its codes."""
    statuses = sorted({problem.status for problem in PROBLEMS.values()})
    return {name(status): _problem(status) for status in statuses}


def name(status: int) -> str:
    """Return the name of the answer of a status, such as NotFound."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _problem(status: int) -> dict[str, Any]:
    codes = [code for code, problem in PROBLEMS.items() if problem.status == status]
    code = FIRST_CODES.get(status, codes[0])
    example = {
        "type": f"/api/docs#error-{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": PROBLEMS[code].cause,
        "code": code,
        "instance": "urn:uuid:9c3e1b0a-5d6f-4e7c-8b9a-0d1e2f3a4b5c",
        "request_id": "9c3e1b0a5d6f4e7c8b9a0d1e2f3a4b5c",
    }
    if code == "invalid":
        example["detail"] = "limit: Input should be greater than or equal to 1"
        example["errors"] = [
            {"pointer": "/limit", "detail": "Input should be greater than or equal to 1"}
        ]
    return {
        "description": f"{HTTPStatus(status).phrase}. Codes: {', '.join(codes)}.",
        "headers": headers(OF_STATUS.get(status, ())),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example,
            }
        },
    }


def problems_of(
    auth: str, *, has_path: bool, has_body: bool, more: tuple[int, ...] = ()
) -> dict[str, Any]:
    """Return the problems that an operation may answer; `more` are its very own."""
    statuses = {*ALWAYS, *more}
    if auth != "public":
        # 404: another's object is not there; 409: a site's user whom nobody has introduced.
        statuses |= {401, 403, 404, 409}
    if has_path:
        # 405: a part of the address that names nothing may lead to another address.
        statuses |= {404, 405}
    if has_body:
        # 401, 403: what is public may be asked with a code or a token in the body.
        statuses |= {401, 403, 409, 413, 415}
    return {
        str(status): {"$ref": f"#/components/responses/{name(status)}"}
        for status in sorted(statuses)
    }
