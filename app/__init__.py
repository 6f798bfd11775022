"""Trading Robot Plug: the service. `create_app` puts the slices together."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parent.parent

# Lower floors first, so that a subscriber of a higher slice finds the publisher registered.
SLICES = (
    "accounts",
    "market",
    "moderation",
    "notifications",
    "billing",
    "ai",
    "ledger",
    "charts",
    "performance",
    "analysis",
    "trading",
    "robots",
    "screenshots",
    "coach",
    "embed",
    "admin",
    "api",
    "privacy",
)


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Make the Flask application.

    `overrides` replaces single settings, for tests and tools; everything else comes from the
    environment (see app/core/config.py).
    """
    # Imported here so that app.quant alone stays free of the web and the database.
    from flask import Flask

    from app import core
    from app.core import vault
    from app.core.config import load_config

    app = Flask(
        "app",
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="wp-plugin/assets",
        static_url_path="/static",
    )
    app.config.from_mapping(load_config(overrides or {}))
    core.register(app)
    for name in SLICES:
        import_module(f"app.{name}").register(app)
    if not vault.starts_by_command():
        vault.settle(app)
    return app
