"""Commands for the operator: a copy of all that is kept of a person, and the person's erasure."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.core.db import transaction
from app.privacy import service

privacy = AppGroup("privacy", help="What is kept of a person.")


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(privacy)


def _find(email: str) -> int:
    user = accounts.find_user_by_email(email)
    if user is None:
        message = f"There is no user {email}."
        raise click.ClickException(message)
    return user.id


@privacy.command("export")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(email: str, file: Path) -> None:
    """Write all that is kept of the user EMAIL into FILE, a new zip that only you can read."""
    user_id = _find(email)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = f"{file} cannot be made: {error.strerror}"
        raise click.ClickException(message) from error
    with os.fdopen(handle, "wb") as target:
        rows = service.write_copy(user_id, target)
    with transaction():
        accounts.audit("privacy.exported", user_id=user_id)
    click.echo(f"{file}: {rows} rows of user {user_id}")


@privacy.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(email: str, *, yes: bool) -> None:
    """Erase what names the user EMAIL, now and for good; records stay without a name."""
    user_id = _find(email)
    if not yes:
        click.confirm(f"Erase {email} for good?", abort=True)
    kept = service.erase_person(user_id)
    click.echo(f"Erased user {user_id}." + (" Records stay without a name." if kept else ""))
