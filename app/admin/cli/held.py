"""`flask hold` and `flask release`: whether anything leaves the house."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import Flask

from app.accounts import service as accounts
from app.core import hold
from app.core.db import transaction

SHOWN = 50


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(hold_now)
    app.cli.add_command(release)


@click.command("hold")
def hold_now() -> None:
    """Let nothing leave (no mail, no webhook, no charge) until `flask release`."""
    with transaction():
        hold.hold("operator")
        accounts.audit("service.held", because="operator")
    click.echo("Held. What is due waits; see: flask release --dry-run")


@click.command("release")
@click.option("--dry-run", is_flag=True, help="List what is due, and change nothing.")
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=int(hold.KEEP.total_seconds() // 3600),
    show_default=True,
    help="Hours; what has been due for longer is dropped.",
)
def release(keep: int, *, dry_run: bool) -> None:
    """Let things leave again. What has waited for more than --keep hours is dropped, not sent."""
    held = hold.state()
    if dry_run:
        _list(held)
        return
    if held is None:
        click.echo("Not held: nothing to release.")
        return
    with transaction():
        dropped = hold.release(timedelta(hours=keep))
        accounts.audit("service.released", because=held.because, keep_hours=keep, dropped=dropped)
    told = ", ".join(f"{count} {name}" for name, count in sorted(dropped.items()) if count)
    click.echo(f"Released. Dropped as too old: {told or 'nothing'}.")


def _list(held: hold.Hold | None) -> None:
    why = "Not held." if held is None else f"Held ({held.because})."
    waiting = hold.waiting()
    click.echo(f"{why} {len(waiting)} due:")
    for one in waiting[:SHOWN]:
        click.echo(f"{one.due_at:%Y-%m-%d %H:%M} UTC  {one.what}  {one.subject}")
    if len(waiting) > SHOWN:
        click.echo(f"... and {len(waiting) - SHOWN} more")
