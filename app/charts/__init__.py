"""Floor 5: charts as data, what is drawn on them, and pictures of them."""

from __future__ import annotations

from flask import Flask

from app.charts import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.charts import api, cli, views

    app.cli.add_command(cli.charts)
    for blueprint in api.BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(views.pages)
