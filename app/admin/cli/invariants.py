"""Whether everything that must always hold does."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
import orjson
from flask import Flask

from app.admin import service
from app.core.errors import AppError

MOST_BROKEN = 100
"""Exit codes beyond this mean other things to shells."""


def register(app: Flask) -> None:
    """Attach the command."""
    app.cli.add_command(invariants)


@click.command("invariants")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--only", multiple=True, help="Only this one (ledger.chains) or this area (ledger).")
def invariants(*, as_json: bool, only: tuple[str, ...]) -> None:
    """Look whether everything that must always hold does; exits with the number broken.

    One line for each: whole, broken with the number of faults, or unknown where it could not be
    looked at.
    """
    found = []
    try:
        for each in service.check_invariants(only):
            found.append(each)
            if not as_json:
                _say(each)
    except AppError as error:
        raise click.ClickException(error.message) from error
    broken = sum(each.state == "broken" for each in found)
    unknown = sum(each.state == "unknown" for each in found)
    if as_json:
        listed = [{**asdict(each), "state": each.state} for each in found]
        document = {"broken": broken, "unknown": unknown, "invariants": listed}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    else:
        click.echo(f"{broken} of {len(found)} broken, {unknown} not checked")
    sys.exit(min(broken, MOST_BROKEN))


def _say(each: service.Checked) -> None:
    count = {"whole": "0", "broken": str(each.broken), "unknown": "-"}[each.state]
    click.echo(f"{each.state:8}{count:>6}  {each.name:24}{each.unknown or each.holds}")
    for example in each.examples:
        click.echo(f"{'':16}{example}")
