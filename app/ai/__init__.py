"""Floor 5: the gateway to models: one way in, counted, limited and never told another's data."""

from __future__ import annotations

from flask import Flask

from app.ai import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.ai.rules.catalogue import read_catalogue

    read_catalogue()
    from app.ai.service import checkups, prompts

    prompts.register_prompt(checkups.TASK, checkups.PROMPT)
    from app.ai import api, cli, views

    app.register_blueprint(api.api)
    app.register_blueprint(views.pages)
    app.cli.add_command(cli.ai)
