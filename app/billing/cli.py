"""Commands for the operator: plans and money."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.billing import service
from app.core.db import transaction

billing = AppGroup("billing", help="Plans, money and the owner's figures.")


@billing.command("rebuild-figures")
def rebuild_figures() -> None:
    """Make the movements of the monthly income and their sums anew from the history of plans."""
    with transaction():
        count = service.rebuild_figures()
    click.echo(f"{count} movements")
