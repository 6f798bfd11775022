"""Floor 8: the coach: questions, and answers whose every number is a citation."""

from __future__ import annotations

from flask import Flask

from app.coach import models as models


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.ai import service as ai
    from app.coach import cli, service

    ai.register_prompt(service.TASK, service.PROMPT)
    app.cli.add_command(cli.coach)
