"""Floor 3: what the service sends of its own accord: mail, and webhooks to programs."""

from __future__ import annotations

from flask import Flask


def register(_app: Flask) -> None:
    """Attach the slice to an application."""
