"""Commands of the core: migrations and the outbox."""

from __future__ import annotations

import click
from alembic import command
from alembic.config import Config
from flask import Flask, current_app

from app.core import outbox


def register(app: Flask) -> None:
    """Attach `flask db-upgrade`, `flask db-downgrade` and `flask outbox-sweep`."""
    app.cli.add_command(db_upgrade)
    app.cli.add_command(db_downgrade)
    app.cli.add_command(outbox_sweep)


def alembic_config() -> Config:
    """Return Alembic's configuration, bound to the present application."""
    config = Config()
    config.set_main_option("script_location", f"{current_app.root_path}/migrations")
    return config


@click.command("db-upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Bring the database to REVISION (default: the newest)."""
    command.upgrade(alembic_config(), revision)


@click.command("db-downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the database back to REVISION ("base" removes all tables)."""
    command.downgrade(alembic_config(), revision)


@click.command("outbox-sweep")
def outbox_sweep() -> None:
    """Publish due jobs again that nobody took up."""
    click.echo(outbox.sweep())
