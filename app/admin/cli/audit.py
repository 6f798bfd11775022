"""`flask audit`: the log of changes of rights, secrets and persons."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service as accounts

audit = AppGroup("audit", help="Who changed rights, secrets or persons.")
PAGE = 500
FIELDS = (
    "seq", "at", "action", "actor", "user_id", "site_id", "subject", "detail", "request_id",
    "prev_hash", "hash",
)  # fmt: skip


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(audit)


@audit.command("list")
@click.option("--user", "email", help="Only lines about the user with this address.")
@click.option("--site", "site_id", help="Only lines of this site.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_lines(email: str | None, site_id: str | None, limit: int) -> None:
    """Show the newest lines, the newest first."""
    user_id = None
    if email is not None:
        user = accounts.find_user_by_email(email)
        if user is None:
            message = f"There is no user {email}."
            raise click.ClickException(message)
        user_id = user.id
    for one in accounts.list_audit(user_id=user_id, site_id=site_id, limit=limit):
        about = f"user:{one.user_id}" if one.user_id else ""
        words = (str(one.seq), one.at, one.action, f"by {one.actor}", about, one.site_id or "")
        click.echo("  ".join(part for part in (*words, one.subject, one.detail) if part))


@audit.command("verify")
def verify() -> None:
    """Walk the chain; exits 1 and names the first line that is wrong."""
    count, fault = accounts.verify_audit()
    if fault is not None:
        message = f"After {count} good lines: {fault}"
        raise click.ClickException(message)
    click.echo(f"{count} lines, every hash is right")


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write all lines into FILE, a new one that only you can read: one JSON object a line."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = f"{file} cannot be made: {error.strerror}"
        raise click.ClickException(message) from error
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        before: int | None = None
        while lines := accounts.list_audit(before_id=before, limit=PAGE):
            for one in lines:
                document: dict[str, Any] = {name: getattr(one, name) for name in FIELDS}
                target.write(json.dumps(document) + "\n")
                count += 1
            before = lines[-1].id
    click.echo(f"{file}: {count} lines, the newest first")
