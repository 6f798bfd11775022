"""Floor 10: HTML fragments for pages of a WordPress site."""

from __future__ import annotations

from flask import Flask

from app.embed import api, service, views
from app.embed.service import quick


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(views.bp)
    app.register_blueprint(views.plan.pages)
    app.register_blueprint(api.api)
    service.add_to_templates(app)
    quick.register(app)
