"""`flask rotate-encryption-key`: stored secrets under a new key."""

from __future__ import annotations

import click
from flask import Flask

from app.accounts import service as accounts
from app.core import vault
from app.core.db import transaction


def register(app: Flask) -> None:
    """Attach the command."""
    app.cli.add_command(rotate)


@click.command("rotate-encryption-key")
def rotate() -> None:
    """Encrypt all stored secrets with ENCRYPTION_KEY; reads those of ENCRYPTION_KEY_PREVIOUS.

    May be cut and run again. Exits 1 when a secret could be read with no key.
    """
    try:
        counts = vault.rotate()
    except vault.WrongKeyError as error:
        raise click.ClickException(error.message) from error
    unreadable = counts.pop("unreadable", 0)
    with transaction():
        accounts.audit("encryption_key.rotated", rows=dict(counts), unreadable=unreadable)
    changed = ", ".join(f"{count} in {name}" for name, count in sorted(counts.items()))
    click.echo(f"Encrypted anew: {changed or 'nothing, all have this key'}.")
    if unreadable:
        message = (
            f"{unreadable} secrets can be read with none of the keys and were left as they are."
        )
        raise click.ClickException(message)
