"""Commands that compose several slices."""

from __future__ import annotations

from flask import Flask

from app.admin.cli import audit, backup, demo, encryption, held, invariants


def register(app: Flask) -> None:
    """Attach the commands."""
    audit.register(app)
    backup.register(app)
    demo.register(app)
    encryption.register(app)
    held.register(app)
    invariants.register(app)
