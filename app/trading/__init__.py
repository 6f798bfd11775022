"""Floor 6: members' accounts at brokers, and the keys to them."""

from __future__ import annotations

from flask import Flask

from app.trading import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.billing import service as billing
    from app.trading import api, service, views
    from app.trading.api import portfolio

    billing.register_gauge("broker_accounts", service.count_accounts)
    app.register_blueprint(api.api)
    app.register_blueprint(portfolio.api)
    app.register_blueprint(views.bp)
    app.register_blueprint(views.pages)
