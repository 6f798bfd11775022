"""Commands of the ledger: verify, rebuild, import."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.core.errors import AppError
from app.core.parse import parse
from app.ledger import service
from app.ledger.errors import UnusableFileError
from app.ledger.schemas import OpeningIn
from app.ledger.service.imports import Counts, RefusedRow, Target, import_file

ledger = AppGroup("ledger", help="Trading accounts, their events and trades.")
SHOWN_REFUSALS = 20
IMPORT_KINDS = ("journal", "paper", "copy", "backtest")


class UnusableError(click.ClickException):
    """Nothing was written; the command exits with 2."""

    exit_code = 2


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(ledger)


@ledger.command("verify")
@click.option("--account", type=int, help="Only this account.")
def verify(account: int | None) -> None:
    """Check the hash chains; exits 1 and names the first broken event."""
    try:
        fault = service.verify(account)
    except AppError as error:
        raise click.ClickException(error.message) from error
    if fault is not None:
        click.echo(f"broken: account {fault.account_id}, event {fault.seq}: {fault.what}")
        raise SystemExit(1)
    click.echo("ok: every event is as it was written")


@ledger.command("rebuild")
@click.option("--account", type=int, help="Only this account.")
def rebuild(account: int | None) -> None:
    """Make trades, positions and daily money anew from the events."""
    try:
        count = service.rebuild(account)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"rebuilt {count} account{'' if count == 1 else 's'}")


@ledger.command("set-opening")
@click.argument("account", type=int)
@click.argument("balance")
@click.option(
    "--on", "opened_on", help="The day it began, YYYY-MM-DD; its first session otherwise."
)
def set_opening(account: int, balance: str, opened_on: str | None) -> None:
    """Say once that the journal ACCOUNT began with BALANCE, so that its ratios have an answer."""
    try:
        opening = parse(OpeningIn, {"starting_balance": balance, "opened_on": opened_on})
        view = service.set_opening(service.owner_of(account), account, opening)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"account {account} began with {view.starting_balance} {view.currency}")


@ledger.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", required=True, help="E-mail address of the user whose fills these are.")
@click.option("--plugin", required=True, help="Id of the robot that traded.")
@click.option("--kind", type=click.Choice(IMPORT_KINDS), default="journal", show_default=True)
@click.option(
    "--refusals", type=click.File("w", lazy=False), help="Write all refused rows into this file."
)
def import_fills(file: Path, owner: str, plugin: str, kind: str, refusals: IO[str] | None) -> None:
    """Import the fills of FILE (CSV). Running it again goes on where it stopped.

    Exits 0 when all rows are in, 1 when some were refused (the others are kept), 2 when the file
    cannot be used and nothing was written.
    """
    user = accounts.find_user_by_email(owner)
    if user is None:
        raise UnusableError(
            f"There is no user {owner}. Make one: flask accounts create-user {owner}"
        )
    shown: list[RefusedRow] = []

    def on_refused(row: RefusedRow) -> None:
        if len(shown) < SHOWN_REFUSALS:
            shown.append(row)
        if refusals is not None:
            refusals.write(f"{row}\n")

    try:
        counts = _import(file, Target(user.id, plugin, kind), on_refused)
    except UnusableFileError as error:
        raise UnusableError(f"{file.name}: {error.message} Nothing was written.") from error
    except AppError as error:
        raise UnusableError(error.message) from error
    _report(counts, shown)
    if counts.refused:
        raise SystemExit(1)


def _import(file: Path, target: Target, on_refused: Any) -> Counts:
    with (
        file.open("rb") as content,
        click.progressbar(length=file.stat().st_size, label="Importing") as bar,
    ):
        return import_file(
            target, content, on_refused, lambda: bar.update(content.tell() - bar.pos)
        )


def _report(counts: Counts, shown: list[RefusedRow]) -> None:
    for row in shown:
        click.echo(str(row))
    if counts.refused > len(shown):
        click.echo(f"... and {counts.refused - len(shown)} more refused rows (see --refusals)")
    click.echo(f"{counts.created} created, {counts.duplicate} duplicate, {counts.refused} refused")
