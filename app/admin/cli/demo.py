"""People and the demo."""

from __future__ import annotations

import click
from flask import Flask

from app.admin import service
from app.billing import service as billing
from app.core.db import transaction
from app.core.errors import AppError


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(seed_demo)
    # Beside the other account commands; here, because a plan is the business of a higher floor.
    group = app.cli.commands["accounts"]
    if isinstance(group, click.Group):
        group.add_command(create_user)


@click.command("create-user")
@click.argument("email")
@click.option(
    "--tier",
    type=click.Choice(billing.plan_keys()),
    default=billing.plan_keys()[0],
    show_default=True,
)
def create_user(email: str, tier: str) -> None:
    """Make a user with the address EMAIL on a plan; prints the user's id as the last word."""
    try:
        with transaction():
            user_id = service.create_user(email, tier)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"Created {email} on the plan {tier}, user {user_id}")


@click.command("seed-demo")
@click.option(
    "--for", "email", help="Also give the user EMAIL (made at need) a sample record on paper."
)
def seed_demo(email: str | None) -> None:
    """Fill the service with a simulated year of 12 robots and 60 members; safe to repeat."""
    try:
        seeded = service.seed(click.echo, email)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(
        f"demo: {seeded.members} new members, {seeded.accounts} new accounts, "
        f"{seeded.events} new events"
    )
