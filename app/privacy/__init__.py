"""Floor 10: what is kept of a person, over all slices: told and erased."""

from __future__ import annotations

from flask import Flask

from app.privacy import api, cli, views
from app.privacy import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(api.api)
    app.register_blueprint(api.copies)
    app.register_blueprint(views.bp)
    app.register_blueprint(views.pages)
    cli.register(app)
