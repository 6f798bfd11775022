"""Commands for the operator: plans and money."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from app.billing import service
from app.core.db import transaction
from app.core.errors import AppError

billing = AppGroup("billing", help="Plans, money and the owner's figures.")


@billing.command("rebuild-figures")
def rebuild_figures() -> None:
    """Make the movements of the monthly income and their sums anew from the history of plans."""
    with transaction():
        count = service.rebuild_figures()
    click.echo(f"{count} movements")


@billing.command("sync-plans")
def sync_plans() -> None:
    """Let the payment provider sell what the plans file says; run twice, it does nothing more."""
    try:
        lines = service.sync_plans()
    except AppError as error:
        raise click.ClickException(error.message) from error
    for line in lines:
        click.echo(line)
    click.echo(f"{len(lines)} changes")


@billing.command("replay")
@click.argument("event")
def replay(event: str) -> None:
    """Have an event of the provider (evt_…) worked on again."""
    try:
        with transaction():
            subject = service.replay_event(event)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"will ask about {subject}")


@billing.command("sweep")
def sweep() -> None:
    """Find what no event has told, and have it worked on."""
    try:
        found = service.sweep()
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(json.dumps(found))
