"""Commands that compose several slices."""

from __future__ import annotations

from flask import Flask

from app.admin.cli import demo, encryption, held


def register(app: Flask) -> None:
    """Attach the commands."""
    demo.register(app)
    encryption.register(app)
    held.register(app)
