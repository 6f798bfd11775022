"""`flask backup` and `flask restore`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from app.admin.service import backup as backups
from app.admin.service.backup import BackupError


def register(app: Flask) -> None:
    """Attach the commands, and keep the data before each migration."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)
    app.extensions["before_upgrade"] = _before_upgrade


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--keep", type=click.IntRange(1), help="Then remove own backups older than this many days."
)
@click.option(
    "--daily",
    is_flag=True,
    help="What the clock does: nothing if there is one of today, then keep.",
)
def backup(file: Path | None, keep: int | None, *, daily: bool) -> None:
    """Write everything but the encryption key into FILE (default: a new one in BACKUP_DIR)."""
    try:
        if daily:
            backups.daily_backup()
            return
        path, manifest = backups.backup(file)
    except BackupError as error:
        raise click.ClickException(error.message) from error
    found = manifest.facts
    click.echo(
        f"{path}: schema {found.revision}, {sum(found.rows.values())} rows,"
        f" {found.ledger_events} events of {found.ledger_accounts} accounts,"
        f" {path.stat().st_size} bytes."
    )
    click.echo(f"{manifest.note} Its fingerprint is {manifest.key_fingerprint}.")
    for name in backups.prune(keep) if keep else ():
        click.echo(f"Removed {name}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that holds something.")
def restore(file: Path, *, force: bool) -> None:
    """Put the backup FILE in place of the database; the service is held until `flask release`.

    Stop web, worker and clock before. The former database is kept beside.
    """
    try:
        done = backups.restore(file, force=force)
    except BackupError as error:
        raise click.ClickException(error.message) from error
    found = done.manifest.facts
    click.echo(
        f"Restored what stood at {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC:"
        f" {found.ledger_events} events of {found.ledger_accounts} accounts, schema {done.revision}."
        " Ledger and audit log are whole."
    )
    if done.kept:
        click.echo(f"The former database is kept: {done.kept}")
    click.echo("Held: nothing is sent. See what is due: flask release --dry-run")


def _before_upgrade() -> None:
    try:
        made = backups.backup_before_upgrade()
    except BackupError as error:
        message = f"No backup, so no migration: {error.message} (or: --no-backup)"
        raise click.ClickException(message) from error
    if made:
        click.echo(f"Kept what there was: {made}")
