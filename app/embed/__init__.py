"""Floor 10: HTML fragments for pages of a WordPress site."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach the slice to an application."""
