"""Floor 7: the catalogue of robots and running them."""

from __future__ import annotations

from flask import Flask

from app.billing import service as billing
from app.robots import cli, subscribers
from app.robots import models as models
from app.robots.api import plugins_api, running
from app.robots.queries.running import count_running
from app.robots.service import invariants


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    cli.register(app)
    app.register_blueprint(plugins_api)
    app.register_blueprint(running.api)
    subscribers.register()
    invariants.register()
    billing.register_gauge("robots", count_running)
