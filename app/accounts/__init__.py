"""Floor 2: users, WordPress sites, sign-in, roles, API keys."""

from __future__ import annotations

from flask import Flask

from app.accounts import api, cli, clients, views
from app.accounts import models as models
from app.accounts.service import access, credentials, invariants
from app.core.auth import set_authenticator


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    app.register_blueprint(api.api)
    app.register_blueprint(views.pages)
    cli.register(app)
    credentials.register(app)
    access.register(app)
    invariants.register()
    clients.login_manager.init_app(app)
    app.before_request(clients.refuse_writes_in_views)
    set_authenticator(app, clients.authenticate)
