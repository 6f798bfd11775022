"""Commands for robots: the catalogue and backtests."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.core import clock
from app.core.db import transaction
from app.core.errors import AppError
from app.robots import rules, service
from app.robots.cli import checking
from app.robots.schemas import (
    Backtest,
    BacktestIn,
    BacktestTrade,
    Bar,
    MovingAverageSettings,
    RobotPlugin,
)
from app.robots.service.checking import Finding

robots = AppGroup("robots", help="The catalogue of robots and backtests.")
MAX_CASH = Decimal(10**9)


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
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--bars",
    "files",
    multiple=True,
    help="SYMBOL=FILE.csv for each symbol; a random walk by default.",
)
def check(folder: Path, files: tuple[str, ...]) -> None:
    """Look at the robot in FOLDER: its files, and whether it holds to the rules."""
    try:
        findings = [_shown_finding(each) for each in checking.check(folder, files)]
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


@robots.command("backtest")
@click.argument("robot", type=click.Choice([service.MA_CROSS]))
@click.option(
    "--bars",
    "bars_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file of daily bars: session, open, high, low, close, volume.",
)
@click.option("--owner", help="E-mail of the user whose ledger keeps the fills.")
@click.option("--param", "params", multiple=True, help="NAME=VALUE: fast=10, slow=30, short=true.")
@click.option("--cash", default="10000", show_default=True, help="Starting balance in USD.")
@click.option("--symbol", help="What the bars are of; the file's name by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backtest(robot: str, bars_path: Path, owner: str | None, **options: Any) -> None:
    """Run ROBOT over daily bars, one share a trade, orders at the next open, without costs."""
    del robot
    try:
        given = BacktestIn(
            symbol=(options["symbol"] or bars_path.stem).strip().upper(),
            bars=read_bars(bars_path),
            settings=MovingAverageSettings.parse(_read_params(options["params"])),
            cash=_read_cash(options["cash"]),
        )
        outcome = _run(given, owner)
    except AppError as error:
        raise BadInputError(error.message) from error
    if options["as_json"]:
        click.echo(outcome.model_dump_json(indent=2))
    else:
        _print(outcome)


def read_bars(path: Path) -> list[Bar]:
    """Read a file of daily bars; the error names file, row and field."""
    today = clock.now().date()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return rules.parse_bars(lines, today)
    except UnicodeDecodeError as error:
        message = f"{path.name}: is not text in UTF-8"
        raise BadInputError(message) from error
    except AppError as error:
        message = f"{path.name}, {error.message}"
        raise BadInputError(message) from error


def _run(given: BacktestIn, owner: str | None) -> Backtest:
    if owner is None:
        return service.run_backtest(given)
    with transaction():
        service.sync_catalogue()
        user = accounts.find_user_by_email(owner)
        if user is None:
            message = f"There is no user {owner}. Make one: flask accounts create-user {owner}"
            raise BadInputError(message)
        return service.run_backtest(given, user.id)


def _read_params(params: tuple[str, ...]) -> dict[str, str]:
    given = {}
    for param in params:
        name, found, value = param.partition("=")
        if not found or not name.strip():
            message = f"--param {param}: write NAME=VALUE, such as fast=10"
            raise BadInputError(message)
        given[name.strip()] = value.strip()
    return given


def _read_cash(text: str) -> Decimal:
    try:
        cash = Decimal(text)
    except InvalidOperation:
        cash = Decimal("NaN")
    if not (cash.is_finite() and 0 < cash <= MAX_CASH and cash == round(cash, 2)):
        message = f"--cash {text}: must be an amount above 0 such as 10000"
        raise BadInputError(message)
    return cash


def _print(outcome: Backtest) -> None:
    settings, metrics = outcome.settings, outcome.metrics
    click.echo(
        f"Moving Average Cross {settings.fast}/{settings.slow} on {outcome.symbol}, "
        f"{outcome.first_session} to {outcome.last_session} (backtest, version {outcome.version})"
    )
    click.echo(f"{'entry':<20}{'price':>12}  {'exit':<20}{'price':>12}{'P&L':>12}  direction")
    for trade in outcome.trades:
        click.echo(_line(trade))
    held = outcome.open_position
    if held is not None:
        click.echo(
            f"{held.entry_at:%Y-%m-%d %H:%M UTC}  {held.entry_price:>13.4f}  still open, "
            f"last close {held.mark_price:.4f}, {held.unrealized_pnl:+.4f}"
        )
    for name, value in metrics.model_dump().items():
        click.echo(f"{name:<18}{_shown(value)}")
    if outcome.skipped_count:
        click.echo(f"{outcome.skipped_count} entries cost more than the account was worth")
    click.echo(f"Costs: {outcome.costs.note}")
    if outcome.account_id is not None:
        click.echo(f"Account {outcome.account_id}: {outcome.new_fill_count} new fills")


def _shown(value: float | Decimal | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _line(trade: BacktestTrade) -> str:
    return (
        f"{trade.entry_at:%Y-%m-%d %H:%M UTC}{trade.entry_price:>12.4f}  "
        f"{trade.exit_at:%Y-%m-%d %H:%M UTC}{trade.exit_price:>12.4f}{trade.pnl:>12.4f}"
        f"  {trade.direction}"
    )
