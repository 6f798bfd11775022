"""Floor 4: plans, subscriptions, transactions."""

from __future__ import annotations

from flask import Flask

from app.billing import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
