"""Floor 10: the JSON API's own pages (OpenAPI document, who am I)."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach the slice to an application."""
