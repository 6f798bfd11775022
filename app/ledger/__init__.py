"""Floor 5: trading accounts, their append-only events, trades and imports."""

from __future__ import annotations

from flask import Flask

from app.ledger import api, cli
from app.ledger import models as models
from app.ledger.service import invariants


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(api.api)
    cli.register(app)
    invariants.register()
