"""Floor 7: positions read from pictures of brokers' pages."""

from __future__ import annotations

from flask import Flask

from app.screenshots import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.ai import service as ai
    from app.screenshots import api, cli, service

    ai.register_prompt(service.TASK, service.PROMPT)
    app.register_blueprint(api.api)
    app.cli.add_command(cli.screenshots)
