"""Floor 2: users, WordPress sites, sign-in, roles, API keys."""

from __future__ import annotations

from flask import Flask

from app.accounts import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
