"""Commands that compose several slices."""

from __future__ import annotations

import click
from flask import Flask

from app.admin import service
from app.core.errors import AppError


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(seed_demo)


@click.command("seed-demo")
@click.option("--for", "email", help="Also give the existing user EMAIL a sample record on paper.")
def seed_demo(email: str | None) -> None:
    """Fill the service with a simulated year of 12 robots and 60 members; safe to repeat."""
    try:
        seeded = service.seed(click.echo, email)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(
        f"demo: {seeded.members} new members, {seeded.accounts} new accounts, "
        f"{seeded.events} new events"
    )
