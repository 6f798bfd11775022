"""The description of the JSON API, read from the running application."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.api import rules
from app.api.rules import Operation, Reference, document
from app.core import idempotency
from app.core.describe import Description
from app.core.versions import VERSION


def openapi(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of every route under /api/."""
    return document("Trading Robot Plug", VERSION, _operations(app))


def reference(app: Flask) -> Reference:
    """Return the page that people read."""
    return rules.reference(openapi(app))


def _operations(app: Flask) -> list[Operation]:
    found: list[Operation] = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        view = app.view_functions[rule.endpoint]
        summary, _, text = (view.__doc__ or "").strip().partition("\n")
        found.extend(
            Operation(
                path=rule.rule,
                method=method,
                endpoint=rule.endpoint,
                is_idempotent=method == "POST" and idempotency.is_idempotent(view),
                auth=getattr(view, "auth_decision", ""),
                summary=summary,
                text=" ".join(text.split()),
                description=getattr(view, "description", Description()),
            )
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        )
    return found
