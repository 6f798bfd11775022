"""Commands for the operator: the send log of mails to members."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.core import clock
from app.core.db import transaction
from app.notifications import service
from app.notifications.models import MAIL_STATES

mails = AppGroup("mails", help="Mails to members: what became of them.")


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(mails)


@mails.command("list")
@click.option("--user", "email", help="Only those to this address.")
@click.option("--state", type=click.Choice(MAIL_STATES))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_mails(email: str | None, state: str | None, limit: int) -> None:
    """List mails to members, the newest first: number, user, topic, what became of it."""
    user_id = None
    if email is not None:
        user = accounts.find_user_by_email(email)
        if user is None:
            message = f"There is no user with the address {email}."
            raise click.ClickException(message)
        user_id = user.id
    for row in service.list_mails(user_id, state, limit):
        became = f"{row.state} ({row.reason})" if row.reason else row.state
        click.echo(
            f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}  user {row.user_id}  {row.topic}  {became}"
            f"  tries {row.attempts}  {row.answer or ''}".rstrip()
        )


@mails.command("figures")
@click.option("--weeks", default=8, show_default=True, type=click.IntRange(1, 106))
def figures(weeks: int) -> None:
    """Print by week and topic what was asked for, and what became of it."""
    today = clock.now().date()
    click.echo("week        topic  asked sent refused skipped dead waiting unsubscribed clicks")
    for row in service.mail_figures(today - timedelta(weeks=weeks - 1), today):
        click.echo(
            f"{row.week}  {row.topic}  {row.asked} {row.sent} {row.refused} {row.skipped}"
            f" {row.dead} {row.waiting} {row.unsubscribed} {row.clicks}"
        )


@mails.command("resend")
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="A day, by UTC.")
def resend(since: datetime) -> None:
    """Let mails go out again that were given up since a day: the mail server was away for long."""
    with transaction():
        count = service.resend_dead(since.replace(tzinfo=UTC))
    click.echo(f"{count} mails go out again")
