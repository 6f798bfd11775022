"""Floor 10: what the operator and site administrators see."""

from __future__ import annotations

from flask import Flask

from app.admin import api, cli
from app.admin import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(api.api)
    cli.register(app)
