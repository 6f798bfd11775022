"""Floor 10: what is kept of a person, over all slices: told and erased."""

from __future__ import annotations

from flask import Flask

from app.privacy.api import api


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(api)
