"""Floor 6: metrics, track records, leaderboards."""

from __future__ import annotations

from flask import Flask

from app.performance import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.performance import api, cli, subscribers
    from app.performance.service import invariants

    app.register_blueprint(api.api)
    app.cli.add_command(cli.performance)
    subscribers.register()
    invariants.register()
