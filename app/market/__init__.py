"""Floor 3: instruments, bars and exchange sessions."""

from __future__ import annotations

from flask import Flask

from app.market import api, cli
from app.market import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.url_map.converters["symbol"] = api.SymbolConverter
    app.register_blueprint(api.api)
    cli.register(app)
