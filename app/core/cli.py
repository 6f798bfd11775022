"""Commands of the core: migrations and the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from flask import Flask, current_app
from sqlalchemy import event

from app.core.db import db
from app.core.sweep import sweep

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported where it is used: the web process never does.


def register(app: Flask) -> None:
    """Attach `flask db-upgrade`, `flask db-downgrade` and `flask outbox-sweep`."""
    app.cli.add_command(db_upgrade)
    app.cli.add_command(db_downgrade)
    app.cli.add_command(outbox_sweep)
    with app.app_context():
        event.listen(db.engine, "handle_error", _tell_missing_tables)


class OldDatabaseError(click.ClickException):
    """A command came before the migrations: one clear line and exit code 2."""

    exit_code = 2


# As SQLite and PostgreSQL say that a table or a column is not there.
NOT_THERE = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")


def _tell_missing_tables(context: Any) -> None:
    """Tell who typed a command that the database is not made yet, or is of an older version.

    Everybody else gets the database's own error: a request, a job, and the start of a process.
    """
    command = click.get_current_context(silent=True)
    error = context.original_exception
    said = f"{type(error).__name__} {error}"
    if command is None or command.parent is None or not any(each in said for each in NOT_THERE):
        return
    message = "The database has not all tables of this version: run flask db-upgrade"
    raise OldDatabaseError(message) from error


def alembic_config() -> Config:
    """Return Alembic's configuration, bound to the present application."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", f"{current_app.root_path}/migrations")
    return config


@click.command("db-upgrade")
@click.argument("revision", default="head")
@click.option("--no-backup", is_flag=True, help="Do not write a backup into BACKUP_DIR before.")
def db_upgrade(revision: str, *, no_backup: bool) -> None:
    """Bring the database to REVISION (default: the newest), after a backup of what it holds."""
    if not no_backup and _is_behind():
        current_app.extensions["before_upgrade"]()
    from alembic import command

    command.upgrade(alembic_config(), revision)


def _is_behind() -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() not in {None, head}


@click.command("db-downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the database back to REVISION ("base" removes all tables)."""
    from alembic import command

    command.downgrade(alembic_config(), revision)


@click.command("outbox-sweep")
def outbox_sweep() -> None:
    """Publish due jobs again that nobody took up."""
    click.echo(sweep())
