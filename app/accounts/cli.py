"""Commands for the operator: users, keys, sites."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service
from app.core.auth import SCOPES
from app.core.db import transaction
from app.core.errors import AppError

accounts = AppGroup("accounts", help="Users and their API keys.")
sites = AppGroup("sites", help="WordPress connections.")


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(accounts)
    app.cli.add_command(sites)


def fail(error: AppError) -> click.ClickException:
    """Return an error as one clear line."""
    return click.ClickException(error.message)


@accounts.command("create-key")
@click.argument("email")
@click.option("--scopes", help=f"Comma-separated; all by default: {','.join(SCOPES)}.")
@click.option("--name", default="Command line", show_default=True)
def create_key(email: str, scopes: str | None, name: str) -> None:
    """Make an API key for the user EMAIL; prints it once, as the last word."""
    user = service.find_user_by_email(email)
    if user is None:
        message = f"There is no user {email}. Make one: flask accounts create-user {email}"
        raise click.ClickException(message)
    chosen = None if scopes is None else [part for part in scopes.replace(",", " ").split() if part]
    try:
        with transaction():
            text = service.create_key(user.id, chosen, name)
    except AppError as error:
        raise fail(error) from error
    click.echo(f"This key is shown once; keep it safe: {text}")


@sites.command("create-code")
@click.option("--name", default="WordPress site", show_default=True)
@click.option("--url", help="The site known at this address reconnects and keeps its members.")
def create_code(name: str, url: str | None) -> None:
    """Make a one-use connect code for a WordPress site; prints it as the last word."""
    with transaction():
        code = service.create_connect_code(name, url=url)
    click.echo(f"Connect code, good for 24 hours: {code}")
