"""Floor 6: what models propose on a chart, kept as predictions and scored."""

from __future__ import annotations

from flask import Flask

from app.analysis import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.ai import service as ai
    from app.analysis import api, service

    ai.register_prompt(service.TASK, service.PROMPT)
    app.register_blueprint(api.api)
