"""Commands for robots: the catalogue and backtests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.db import transaction
from app.core.errors import AppError
from app.robots import service
from app.robots.cli import checking
from app.robots.schemas import RobotPlugin
from app.robots.service.checking import Finding

robots = AppGroup("robots", help="The catalogue of robots and backtests.")


class BadInputError(click.ClickException):
    """One clear line and exit code 2."""

    exit_code = 2


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(robots)


@robots.command("sync")
@click.option(
    "--demo/--no-demo", default=None, help="List or hide the demo robots; left alone by default."
)
def sync(*, demo: bool | None) -> None:
    """Bring the list of robots to their folders, and keep the code of what is new."""
    with transaction():
        changed = service.sync_catalogue(demo=demo)
        new, faults = service.sync_versions()
        listed = len(service.list_robots())
    click.echo(f"{listed} robots listed, {changed} changed, {new} new versions")
    for path, reason in faults.items():
        click.echo(f"{path}: {reason}", err=True)
    if faults:
        raise SystemExit(1)


@robots.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_robots(*, as_json: bool) -> None:
    """Print the real robots, and the listed ones of the demo."""
    plugins = service.load_catalogue()
    if as_json:
        click.echo(json.dumps([_facts(plugin) for plugin in plugins], indent=2))
        return
    for plugin in plugins:
        facts = plugin.metadata
        version = f"{facts.version} {plugin.code_hash[:12]}"
        click.echo(f"{facts.id:<26}{version:<18}{facts.timeframe:<5}{facts.name}")
    for robot in service.list_robots():
        if robot.is_demo:
            click.echo(f"{robot.id:<26}{robot.version:<18}{'':<5}{robot.name} (demo)")


def _facts(plugin: RobotPlugin) -> dict[str, Any]:
    facts = plugin.metadata.model_dump(mode="json")
    parameters = plugin.parameters_schema
    more = {"code_hash": plugin.code_hash, "lookback": plugin.lookback, "parameters": parameters}
    return {**facts, **more}


@robots.command("check")
@click.argument("folder")
@click.option(
    "--bars",
    "files",
    multiple=True,
    help="SYMBOL=FILE.csv for each symbol; a random walk by default.",
)
def check(folder: str, files: tuple[str, ...]) -> None:
    """Look at the robot in FOLDER (or of that id): its files, and whether it holds to the rules."""
    try:
        place = checking.folder_of(folder)
        findings = [_shown_finding(each) for each in checking.check(place, files)]
    except AppError as error:
        raise BadInputError(error.message) from error
    if not all(findings):
        raise SystemExit(1)


def _shown_finding(finding: Finding) -> bool:
    is_good = finding.problem is None
    click.echo(f"{'ok  ' if is_good else 'FAIL'}  {finding.what}")
    if not is_good:
        click.echo(f"      {finding.problem}")
    return is_good


OF_A_RUN = (
    click.option(
        "--bars",
        "files",
        required=True,
        multiple=True,
        help="CSV file of bars, or SYMBOL=FILE for each of several symbols.",
    ),
    click.option("--owner", help="E-mail of the user whose ledger keeps the fills."),
    click.option(
        "--timeframe", type=click.Choice(["M1", "D1"]), help="D1 where the file has days."
    ),
    click.option("--cash", default="10000", show_default=True, help="Starting balance in USD."),
    click.option("--margin", default="1", help="The share of a position that cash has to cover."),
    click.option("--commission", default="0", help="Of a fill, as a ratio of its value: 0.001."),
    click.option("--commission-per-order", default="0", help="In USD."),
    click.option("--commission-per-unit", default="0", help="In USD a share."),
    click.option("--spread", default="0", help="The whole spread as a ratio of the price."),
    click.option("--slippage", default="0", help="As a ratio of the price."),
    click.option(
        "--volume-share", default="1", help="The largest share of a bar's volume to fill."
    ),
    click.option("--borrow", default="0", help="A year, on what is held short: 0.03."),
    click.option("--symbol", help="What the bars are of; the file's name by default."),
)
"""What a backtest and a search are told alike."""


def of_a_run(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a run over files of bars."""
    for option in reversed(OF_A_RUN):
        command = option(command)
    return command


@robots.command("backtest")
@click.argument("robot")
@of_a_run
@click.option("--param", "params", multiple=True, help="NAME=VALUE: fast=10, slow=30, short=true.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backtest(robot: str, files: tuple[str, ...], owner: str | None, **options: Any) -> None:
    """Run ROBOT over bars; orders are filled at the next bar, without costs unless they are given."""
    from app.robots.cli import backtesting

    try:
        told = backtesting.run(robot, files, owner, options)
    except AppError as error:
        raise BadInputError(error.message) from error
    click.echo(backtesting.as_json(told) if options["as_json"] else backtesting.as_text(told))


@robots.command("search")
@click.argument("robot")
@of_a_run
@click.option(
    "--param", "params", multiple=True, help="NAME=VALUE,VALUE: fast=5,10,20; one value is fixed."
)
@click.option("--windows", type=click.IntRange(2, 20), default=4, help="Parts to walk forward in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(robot: str, files: tuple[str, ...], owner: str | None, **options: Any) -> None:
    """Try all combinations of parameters of ROBOT over bars, and walk forward with the best."""
    from app.robots.cli import backtesting, searching

    try:
        told = searching.run(robot, files, owner, options)
    except AppError as error:
        raise BadInputError(error.message) from error
    click.echo(backtesting.as_json(told) if options["as_json"] else searching.as_text(told))
