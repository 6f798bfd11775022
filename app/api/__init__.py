"""Floor 10: the JSON API's own description."""

from __future__ import annotations

from flask import Flask

from app.api.api import api


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.extensions["api_about_itself"] = {}
    app.register_blueprint(api)
