"""`flask robots search`: options in, the search, and what is printed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.errors import ValidationError
from app.robots.cli import backtesting
from app.robots.cli.backtesting import Told
from app.robots.schemas.running import RunFold, RunTry
from app.robots.service import searching
from app.robots.service.tries import tries_of


def run(robot: str, files: Sequence[str], owner: str | None, options: Mapping[str, Any]) -> Told:
    """Try a robot's parameters over files of bars, and keep the best where it has an owner.

    Raises:
        AppError: an option or a file is wrong; the message names it.
    """
    given = backtesting.parameters_of(options["params"])
    grid = {name: _values(text) for name, text in given.items() if "," in text}
    if not grid:
        message = "--param: give one several values, such as fast=5,10,20"
        raise ValidationError(message)
    backtesting.demand_robot(robot)
    fixed = {name: text for name, text in given.items() if name not in grid}
    tries = tries_of(robot, fixed, grid)
    plan, bars = backtesting.plan_of(tries[0], files, options)
    user_id = backtesting.owner_of(owner, plan)
    found = searching.run(plan, tries, options["windows"], bars)
    return backtesting.told(user_id, found.plan, found.done)


def _values(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def as_text(told: Told) -> str:
    """Return a search as lines for a person: tries, windows, then the best of them in full."""
    result = told.result
    lines = [f"{'Sharpe':>10}{'net':>14}{'trades':>8}  parameters"]
    lines += [_try(each) for each in result.tries]
    lines.append(f"Walked forward in {len(result.folds)} windows")
    lines += [_fold(each) for each in result.folds]
    lines += [f"The best of {result.try_count} tries", backtesting.as_text(told)]
    return "\n".join(lines)


def _try(tried: RunTry) -> str:
    why = f"  ({tried.error})" if tried.error else ""
    return (
        f"{_ratio(tried.sharpe_ratio):>10}{tried.total_pnl:>14.2f}{tried.trade_count:>8}"
        f"  {_settings(tried.parameters)}{why}"
    )


def _fold(fold: RunFold) -> str:
    return (
        f"{fold.from_at:%Y-%m-%d} to {fold.to_at:%Y-%m-%d}  before {_ratio(fold.sharpe_before)}"
        f"  after {_ratio(fold.sharpe_after)}  {_settings(fold.parameters)}"
    )


def _settings(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
