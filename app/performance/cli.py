"""Commands for the operator: make all figures anew, or compare them with the daily money."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.performance import service

performance = AppGroup("performance", help="Figures: rebuild and reconcile.")


@performance.command("rebuild")
@click.option("--user", "email", help="Only the figures of the user with this address.")
def rebuild(email: str | None) -> None:
    """Make the figures anew from the daily money."""
    user_id = None
    if email is not None:
        user = accounts.find_user_by_email(email)
        if user is None:
            message = f"There is no user {email}."
            raise click.ClickException(message)
        user_id = user.id
    # numba is loaded only where it is used: a web process never imports it.
    from app.quant.compiled import COMPILED

    click.echo(f"Rebuilt {service.rebuild(user_id, COMPILED)} scopes")


@performance.command("reconcile")
def reconcile() -> None:
    """Compare all figures with the daily money; exits with 1 when something differed."""
    differences = service.reconcile()
    click.echo(f"{differences} scopes differed" + (" and were mended" if differences else ""))
    sys.exit(1 if differences else 0)
