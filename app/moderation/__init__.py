"""Floor 3: what members ask a site's administrators to decide: public names and reports."""

from __future__ import annotations

from flask import Flask

from app.moderation import models as models
from app.moderation import service, subscribers


def register(_app: Flask) -> None:
    """Attach the slice to an application."""
    service.register_invariants()
    subscribers.register()
