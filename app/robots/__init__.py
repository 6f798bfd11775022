"""Floor 7: the catalogue of robots and running them."""

from __future__ import annotations

from flask import Flask

from app.robots import cli
from app.robots import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    cli.register(app)
