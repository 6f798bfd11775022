"""Parts of the API's description that no route decides: words at its head, ways to say who asks."""

from __future__ import annotations

from typing import Any

ABOUT = (
    "Money and ratios of the performance answers are numbers; all newer answers send money and "
    "quantities as decimal strings. Times are RFC 3339 in UTC. Ids are opaque. New fields, codes "
    "and values of enumerations may come at any time: ignore what you do not know."
)
SECURITY = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `flask accounts create-key EMAIL`, or the dashboard's "
        "settings. The scope that an operation needs stands beside it.",
    },
    "siteToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The 60-second token that a connected WordPress site signs.",
    },
}
PARAMETERS: dict[str, Any] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Sent again with the same key, the request is done once (7 days).",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "8f14e45f-ceea-467f-a0e6-1f7a0b6d0e2c",
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The `ETag` that was read; refused when it has changed meanwhile.",
        "schema": {"type": "string", "pattern": '^"(0|[1-9][0-9]{0,8})"$'},
        "example": '"3"',
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "An `ETag`; 304 while it is still the version.",
        "schema": {"type": "string"},
        "example": '"9c3e1b0a5d6f4e7c"',
    },
}
