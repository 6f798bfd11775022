"""`flask robots backtest`: options in, the run, and what is printed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from flask import current_app
from pydantic import ValidationError as PydanticError

from app.accounts import service as accounts
from app.core.db import transaction
from app.core.errors import AppError, ValidationError
from app.ledger import service as ledger
from app.quant.bars import BarColumns
from app.quant.simulation.terms import Costs, Terms
from app.robots import service
from app.robots.schemas.running import RunMetrics, RunPosition, RunResult, RunTrade
from app.robots.service import backtests, bars_in, choosing, plugins

MAX_CASH = Decimal(10**9)
COSTS = {
    "commission": "commission_ratio",
    "commission_per_order": "commission_per_order",
    "commission_per_unit": "commission_per_unit",
    "spread": "spread_ratio",
    "slippage": "slippage_ratio",
    "volume_share": "volume_share",
    "borrow": "borrow_rate",
}


class Told(NamedTuple):
    """A finished run and its record, for printing."""

    plan: backtests.Plan
    result: RunResult
    account_id: int | None
    new_fill_count: int


def run(robot: str, files: Sequence[str], owner: str | None, options: Mapping[str, Any]) -> Told:
    """Run a robot over files of bars, and keep the record where it has an owner.

    Raises:
        AppError: an option or a file is wrong; the message names it.
    """
    demand_robot(robot)
    chosen = choosing.choose(robot, parameters_of(options["params"]))
    plan, bars = plan_of(chosen, files, options)
    user_id = owner_of(owner, plan)
    return told(user_id, plan, backtests.run(plan, bars))


def demand_robot(robot: str) -> None:
    """Refuse the name of a robot that is not there, and say where it would have to be.

    Raises:
        ValidationError: there is no such folder, or what is in it is no robot.
    """
    found = plugins.find_folders()
    if robot in found.folders:
        return
    fault = next((reason for path, reason in found.faults.items() if path.name == robot), None)
    if fault is not None:
        message = f"{robot}: {fault}"
        raise ValidationError(message)
    near = get_close_matches(robot, found.folders, 1)
    meant = f" Is it {near[0]}?" if near else ""
    message = (
        f"There is no robot {robot}.{meant} flask robots list names those that there are; "
        f"a folder of yours belongs into {current_app.config['ROBOTS_DIR']}"
    )
    raise ValidationError(message)


def plan_of(
    chosen: choosing.Chosen, files: Sequence[str], options: Mapping[str, Any]
) -> tuple[backtests.Plan, dict[str, BarColumns]]:
    """Return what is to be run, and the bars of its files.

    Raises:
        AppError: an option or a file is wrong; the message names it.
    """
    terms = _terms(options)
    places = _places(files, options["symbol"])
    choosing.check_count(chosen, list(places))
    texts = {symbol: _read(path) for symbol, path in places.items()}
    timeframe = options["timeframe"] or _timeframe(next(iter(texts.values())))
    bars = {symbol: _parse(files, symbol, text, timeframe) for symbol, text in texts.items()}
    return backtests.Plan(chosen, list(bars), timeframe, terms), bars


def owner_of(owner: str | None, plan: backtests.Plan) -> int | None:
    """Return whose ledger keeps the run; None where nobody's does.

    Raises:
        ValidationError: there is no such user, or a symbol that a ledger does not take.
    """
    if owner is None:
        return None
    user_id = _owner(owner)
    choosing.check_symbols(plan.symbols)
    return user_id


def told(user_id: int | None, plan: backtests.Plan, done: backtests.Backtest) -> Told:
    """Keep a run where it has an owner, and return it for printing."""
    if user_id is None:
        return Told(plan, done.result, None, 0)
    account_id, new = backtests.record(user_id, plan, done)
    # The operator ran it: it stands on the robot's page.
    ledger.publish_backtest(account_id)
    return Told(plan, done.result, account_id, new)


def _owner(email: str) -> int:
    with transaction():
        service.sync_catalogue()
        user = accounts.find_user_by_email(email)
    if user is None:
        message = f"There is no user {email}. Make one: flask accounts create-user {email}"
        raise ValidationError(message)
    return user.id


def _places(files: Sequence[str], symbol: str | None) -> dict[str, Path]:
    """Return the files by symbol: SYMBOL=FILE, or one file that is named after its symbol."""
    found: dict[str, Path] = {}
    for text in files:
        name, given, path = text.partition("=")
        if not given:
            name, path = symbol or Path(text).stem, text
        if name.strip().upper() in found:
            message = f"--bars {text}: {name} stands there twice"
            raise ValidationError(message)
        found[name.strip().upper()] = Path(path)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path.name}: is not text in UTF-8"
        raise ValidationError(message) from error
    except OSError as error:
        message = f"--bars {path}: cannot be read ({error.strerror})"
        raise ValidationError(message) from error


def _timeframe(text: str) -> str:
    return "M1" if "opened_at" in text.partition("\n")[0].lower() else "D1"


def _parse(files: Sequence[str], symbol: str, text: str, timeframe: str) -> BarColumns:
    try:
        return bars_in.parse_file(symbol, text, timeframe)
    except AppError as error:
        message = f"{files[0]}, {error.message}" if len(files) == 1 else error.message
        raise ValidationError(message) from error


def parameters_of(params: Sequence[str]) -> dict[str, str]:
    """Return the settings of options such as fast=10.

    Raises:
        ValidationError: one is not NAME=VALUE.
    """
    given = {}
    for param in params:
        name, found, value = param.partition("=")
        if not found or not name.strip():
            message = f"--param {param}: write NAME=VALUE, such as fast=10"
            raise ValidationError(message)
        if name.strip() in given:
            message = f"--param {param}: {name.strip()} stands there twice"
            raise ValidationError(message)
        given[name.strip()] = value.strip()
    return given


def _terms(options: Mapping[str, Any]) -> Terms:
    costs = {field: _number(name, options[name]) for name, field in COSTS.items()}
    cash = _number("cash", options["cash"])
    if not (0 < cash <= MAX_CASH and cash == round(cash, 2)):
        message = f"--cash {options['cash']}: must be an amount above 0 such as 10000"
        raise ValidationError(message)
    try:
        margin = _number("margin", options["margin"])
        return Terms.model_validate(
            {"cash": cash, "margin_ratio": margin, "costs": Costs.model_validate(costs)}
        )
    except PydanticError as error:
        fault = error.errors(include_url=False)[0]
        field = str(fault["loc"][-1])
        name = next((name for name, known in COSTS.items() if known == field), "margin")
        message = f"--{name.replace('_', '-')} {options[name]}: {fault['msg']}"
        raise ValidationError(message) from error


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        message = f"--{name.replace('_', '-')} {text}: must be a number such as 0.001"
        raise ValidationError(message)
    return number


# --- What is printed ---


def as_json(told: Told) -> str:
    """Return a run as JSON, without what only a chart needs."""
    plan, result = told.plan, told.result
    found = {
        "robot": plan.chosen.plugin_id,
        "symbol": plan.symbols[0],
        "symbols": plan.symbols,
        "timeframe": plan.timeframe,
        "parameters": plan.chosen.parameters,
        "terms": plan.terms.model_dump(mode="json"),
        "first_session": str(result.days[0].session),
        "last_session": str(result.days[-1].session),
        "open_position": None,
        **result.model_dump(mode="json", exclude={"candles"}),
        "account_id": told.account_id,
        "new_fill_count": told.new_fill_count,
    }
    found["open_position"] = next(iter(found["open_positions"]), None)
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()


def as_text(told: Told) -> str:
    """Return a run as lines for a person."""
    plan, result = told.plan, told.result
    settings = ", ".join(f"{name}={value}" for name, value in plan.chosen.parameters.items())
    time = f"{result.days[0].session} to {result.days[-1].session}"
    lines = [
        f"{plan.chosen.plugin_id} on {' '.join(plan.symbols)}, {time} (backtest)",
        f"version {result.version}: {settings}",
        f"{'entry':<20}{'price':>12}  {'exit':<20}{'price':>12}{'P&L':>12}  direction",
        *(_line(trade) for trade in result.trades),
    ]
    lines += [
        f"{held.entry_at:%Y-%m-%d %H:%M UTC}{held.entry_price:>12.4f}  still open, "
        f"{_valued(held)}  {held.symbol}"
        for held in result.open_positions
    ]
    lines += [f"{name:<22}{_shown(value)}" for name, value in result.metrics.model_dump().items()]
    if result.metrics.sharpe_ratio is not None:
        lines.append(_sharpe_note(result.metrics))
    lines += result.notes
    if result.rejected_count:
        lines.append(f"{result.rejected_count} orders were not covered by the account")
    costs = result.costs.model_dump(exclude={"note"})
    spelled = ", ".join(f"{name} {value:.2f}" for name, value in costs.items())
    lines.append(f"Costs: {result.costs.note or spelled}")
    if told.account_id is not None:
        lines.append(f"Account {told.account_id}: {told.new_fill_count} new fills")
    return "\n".join(lines)


def _sharpe_note(metrics: RunMetrics) -> str:
    """Return over what the Sharpe ratio is: one share of much cash has a low one whatever it won."""
    rate = metrics.risk_free_rate
    over = "" if rate is None else f"over a risk-free rate of {100 * rate:.1f} % a year; "
    return f"Sharpe ratio: {over}idle cash earns nothing, so much of it makes the ratio low"


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return f"{value['low']:.4f} to {value['high']:.4f}"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _valued(held: RunPosition) -> str:
    if held.mark_price is None or held.unrealized_pnl is None:
        return "its value is not known"
    return f"last close {held.mark_price:.4f}, {held.unrealized_pnl:+.4f}"


def _line(trade: RunTrade) -> str:
    return (
        f"{trade.entry_at:%Y-%m-%d %H:%M UTC}{trade.entry_price:>12.4f}  "
        f"{trade.exit_at:%Y-%m-%d %H:%M UTC}{trade.exit_price:>12.4f}{trade.pnl:>12.4f}"
        f"  {trade.direction} {trade.symbol}"
    )
