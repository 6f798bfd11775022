"""A backtest from bars to its result, and its record in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from flask import current_app

from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.core.types import from_scaled
from app.ledger import service as ledger
from app.ledger.schemas import FeeIn, FillIn, FillResult, MarkIn
from app.market import service as market
from app.quant import fifo
from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.simulation.terms import Step, Terms
from app.quant.stats import profit_factor_interval, sharpe_interval, wilson_interval
from app.robots.host.parent import RobotFault
from app.robots.rules import results
from app.robots.rules.results import Collected, Outcome
from app.robots.schemas.running import (
    Candle,
    Interval,
    RunCosts,
    RunDay,
    RunMetrics,
    RunMonth,
    RunPosition,
    RunResult,
    RunTrade,
)
from app.robots.service import engine, run_notes
from app.robots.service.choosing import Chosen, version_of

SOURCE = "backtest"
CHUNK = 2_000
"""A ledger transaction's events: others write in between."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Plan(NamedTuple):
    """A robot, what it trades and on what terms."""

    chosen: Chosen
    symbols: list[str]
    timeframe: str
    terms: Terms


class Backtest(NamedTuple):
    """A finished run: what is shown of it, and what the ledger is to keep."""

    result: RunResult
    found: Collected
    bars: Mapping[str, BarColumns]


class RobotFailedError(ValidationError):
    """The robot itself failed; the message says how."""


def run(
    plan: Plan,
    bars: Mapping[str, BarColumns],
    on_progress: engine.Progress | None = None,
) -> Backtest:
    """Run a robot over bars.

    Raises:
        RobotFailedError: the robot broke a rule, raised, hung or wanted too much.
        ValidationError: there are no bars.
    """
    chains = engine.chains_for([plan.chosen], plan.symbols)
    found, outcome = _came(plan, bars, chains, on_progress)
    return Backtest(_result(plan, bars, chains, (found, outcome)), found, bars)


def outcome_of(
    plan: Plan,
    bars: Mapping[str, BarColumns],
    on_progress: engine.Progress | None = None,
) -> Outcome:
    """Run a robot over bars for its figures alone; raises what `run` raises."""
    chains = engine.chains_for([plan.chosen], plan.symbols)
    return _came(plan, bars, chains, on_progress)[1]


def _came(
    plan: Plan,
    bars: Mapping[str, BarColumns],
    chains: Mapping[str, ChainColumns],
    on_progress: engine.Progress | None,
) -> tuple[Collected, Outcome]:
    if not bars or not all(len(each.close) for each in bars.values()):
        raise ValidationError(gettext("bars: there are none in this time"), field="bars")
    task = engine.Task(plan.chosen, tuple(plan.symbols), plan.terms)
    (step,) = engine.simulate([task], bars, on_progress, chains)
    found = _collect([_demand(step)])
    risk_free = float(current_app.config["RISK_FREE_RATE"])
    multipliers = _multipliers(_traded(plan, found))
    return found, results.evaluate(bars, found, plan.terms, multipliers, risk_free)


def _traded(plan: Plan, found: Collected) -> list[str]:
    """Return the symbols of a run, and the contracts that were traded besides."""
    return sorted({*plan.symbols, *(fill.symbol for fill in found.fills)})


def _demand(step: Step | RobotFault) -> Step:
    if isinstance(step, RobotFault):
        message = gettext("The robot was stopped: %(fault)s", fault=step.message)
        raise RobotFailedError(message, field="plugin_id")
    return step


def _collect(steps: list[Step]) -> Collected:
    orders = {order.number: order for step in steps for order in step.orders}
    return Collected(
        [fill for step in steps for fill in step.fills],
        [mark for step in steps for mark in step.marks],
        [charge for step in steps for charge in step.charges],
        sum(order.state == "rejected" for order in orders.values()),
    )


def _multipliers(symbols: list[str]) -> dict[str, int]:
    """Return the multipliers of instruments, scaled by 1e8."""
    known = market.describe_all(symbols)
    return {symbol: int(each.multiplier * results.SCALE) for symbol, each in known.items()}


# --- What is shown ---


def _result(
    plan: Plan,
    bars: Mapping[str, BarColumns],
    chains: Mapping[str, ChainColumns],
    came: tuple[Collected, Outcome],
) -> RunResult:
    found, outcome = came
    multipliers = _multipliers(_traded(plan, found))
    drawdowns = results.drawdowns(outcome.equity)
    months = results.monthly_returns(outcome.equity, results.units(plan.terms.cash))
    digest = results.bars_hash(bars, chains)
    closes = results.newest_marks(found.marks)
    return RunResult(
        version=_run_version(plan, digest),
        code_hash=plan.chosen.code_hash,
        bars_hash=digest,
        bar_count=sum(len(each.close) for each in bars.values()),
        first_at=instant(min(int(each.opened_at[0]) for each in bars.values())),
        last_at=instant(max(int(each.closed_at[-1]) for each in bars.values())),
        trades=[_trade(symbol, trade) for symbol, trade in outcome.trades],
        open_positions=[
            _position(symbol, held, _close_of(symbol, bars, closes))
            for symbol, held in outcome.positions.items()
        ],
        days=[
            RunDay(session=date.fromordinal(day), equity=from_scaled(equity), drawdown=under)
            for (day, equity), under in zip(outcome.equity, drawdowns, strict=True)
        ],
        months=[RunMonth(month=month, return_ratio=ratio) for month, ratio in months],
        costs=_costs(plan.terms, results.costs_by_kind(found, plan.terms.costs, multipliers)),
        metrics=_metrics(outcome),
        candles={symbol: _candles(each) for symbol, each in bars.items()},
        notes=run_notes.notes(plan.chosen, plan.timeframe, bars, chains, len(found.fills)),
        rejected_count=found.rejected_count,
    )


def _run_version(plan: Plan, digest: str) -> str:
    text = version_of(plan.chosen, plan.symbols, plan.timeframe, plan.terms) + digest
    return f"{plan.chosen.version[:5]}-{results.short_hash(text)}"


def instant(microseconds: int) -> datetime:
    """Return an instant of the simulation as an aware time."""
    return EPOCH + timedelta(microseconds=microseconds)


def _direction(sign: int) -> str:
    return "long" if sign > 0 else "short"


def _trade(symbol: str, trade: fifo.ClosedTrade) -> RunTrade:
    return RunTrade(
        symbol=symbol,
        direction=_direction(trade.direction),
        entry_at=instant(trade.entry_at),
        exit_at=instant(trade.exit_at),
        entry_price=from_scaled(trade.entry_price),
        exit_price=from_scaled(trade.exit_price),
        qty=from_scaled(trade.qty),
        fees=from_scaled(trade.fees),
        pnl=from_scaled(trade.net_pnl),
    )


def _close_of(
    symbol: str, bars: Mapping[str, BarColumns], closes: Mapping[str, float]
) -> int | None:
    """Return what something is worth at the end; None for an option that no chain has valued."""
    close = float(bars[symbol].close[-1]) if symbol in bars else closes.get(symbol)
    return None if close is None else results.units(close)


def _position(symbol: str, held: fifo.Position, close: int | None) -> RunPosition:
    return RunPosition(
        symbol=symbol,
        direction=_direction(held.direction),
        entry_at=instant(held.entry_at),
        entry_price=from_scaled(fifo.divide_half_even(held.cost, held.open_qty)),
        qty=from_scaled(held.open_qty),
        mark_price=None if close is None else from_scaled(close),
        unrealized_pnl=None if close is None else from_scaled(held.unrealized_pnl(close)),
    )


def _costs(terms: Terms, by_kind: Mapping[str, float]) -> RunCosts:
    note = ""
    if not any(terms.costs.model_dump(exclude={"volume_share"}).values()):
        note = gettext("No fees, spread or slippage: real trading would have earned less.")
    amounts = {kind: from_scaled(results.units(amount)) for kind, amount in by_kind.items()}
    return RunCosts(**amounts, note=note)


def _candles(bars: BarColumns) -> list[Candle]:
    return [
        Candle(at=instant(at), open=opened, high=high, low=low, close=close)
        for at, opened, high, low, close in results.candles(bars)
    ]


def _metrics(outcome: Outcome) -> RunMetrics:
    row = outcome.metrics

    def money(value: int | None) -> Decimal | None:
        return None if value is None else from_scaled(value)

    drawdown = row.drawdown_ratio
    win = wilson_interval(row.win_count, row.trade_count) if row.trade_count else None
    factor = profit_factor_interval(row.profit_factor, row.profit_factor_margin)
    sharpe = sharpe_interval(row.sharpe_ratio, row.session_count, outcome.year)
    return RunMetrics(
        trade_count=row.trade_count,
        win_count=row.win_count,
        loss_count=row.loss_count,
        total_pnl=from_scaled(row.total_pnl),
        equity_close=from_scaled(row.equity or 0),
        win_rate=None if row.win_ratio is None else 100 * row.win_ratio,
        win_rate_interval=None if win is None else Interval(low=100 * win[0], high=100 * win[1]),
        profit_factor=row.profit_factor,
        profit_factor_interval=None if factor is None else Interval(low=factor[0], high=factor[1]),
        sharpe_ratio=row.sharpe_ratio,
        sharpe_interval=None if sharpe is None else Interval(low=sharpe[0], high=sharpe[1]),
        risk_free_rate=outcome.risk_free_rate,
        max_drawdown=None if drawdown is None else -100 * drawdown or 0.0,
        avg_trade_size=row.avg_trade_size,
        best_trade_pnl=money(row.best_trade_pnl),
        worst_trade_pnl=money(row.worst_trade_pnl),
        return_ratio=row.return_ratio,
        exposure_ratio=row.exposure_ratio,
        session_count=row.session_count,
    )


# --- The record ---


def record(user_id: int, plan: Plan, done: Backtest) -> tuple[int, int]:
    """Keep the fills, costs and closing values of a backtest in an account of its version.

    In steps, each safe to be done twice: the account is the version's, and every event has its
    name. Return the account and how many fills are new.

    Raises:
        ConflictError: the ledger refused an event.
    """
    account = ledger.open_account(
        user_id,
        plan.chosen.plugin_id,
        "backtest",
        starting_balance=from_scaled(results.units(plan.terms.cash)),
        opened_on=done.result.days[0].session,
        name=_account_name(plan),
        robot_version=done.result.version,
    )
    fills = [fill_in(fill) for fill in done.found.fills]
    new = 0
    for start in range(0, len(fills), CHUNK):
        answers = ledger.record_fills(account.id, fills[start : start + CHUNK], source=SOURCE)
        demand_taken(answers)
        new += sum(answer.status == "created" for answer in answers)
    marks = _marks(done)
    for start in range(0, len(marks), CHUNK):
        demand_taken(ledger.record_marks(account.id, marks[start : start + CHUNK], source=SOURCE))
    fees = _fees(done)
    demand_taken(ledger.record_fees(account.id, fees, source=SOURCE))
    costs = done.result.costs
    ledger.note_modelled_costs(account.id, costs.spread, costs.slippage)
    return account.id, new


def _account_name(plan: Plan) -> str:
    settings = "/".join(f"{value}" for value in plan.chosen.parameters.values())
    return f"{' '.join(plan.symbols)} {settings}"


def fill_in(fill: Any) -> FillIn:
    """Return a fill of the simulation as the ledger takes it."""
    return FillIn(
        external_id=f"f{fill.number}",
        executed_at=instant(results.within(fill.at_us, fill.bar_opened_at)),
        symbol=fill.symbol,
        side=fill.side,
        qty=results.exact(fill.qty),
        price=results.exact(fill.price),
        fee=results.exact(fill.fee),
    )


def _marks(done: Backtest) -> list[MarkIn]:
    """Return the closing values; the last mark of a session and symbol counts."""
    return [
        mark_in(
            session,
            symbol,
            close,
            session_close(done.bars[results.bars_of(symbol, done.bars)], session),
        )
        for (session, symbol), close in results.last_marks(done.found.marks).items()
    ]


def mark_in(session: int, symbol: str, close: float, at: datetime) -> MarkIn:
    """Return a closing value as the ledger takes it."""
    return MarkIn(
        external_id=f"m{date.fromordinal(session)}-{symbol}",
        occurred_at=at,
        symbol=symbol,
        price=results.exact(close),
    )


def session_close(bars: BarColumns, session: int) -> datetime:
    """Return when the last bar of a session closed."""
    at = results.last_of_session(bars, session)
    return instant(results.within(int(bars.closed_at[at]), int(bars.opened_at[at])))


def _fees(done: Backtest) -> list[FeeIn]:
    """Return what was paid besides the fills, all of one kind and session together."""
    totals: dict[tuple[int, str], int] = {}
    for session, what, money in done.found.charges:
        totals[session, what] = totals.get((session, what), 0) + results.units(money)
    return [
        FeeIn(f"c{date.fromordinal(session)}-{what}", _last_close(done, session), from_scaled(paid))
        for (session, what), paid in totals.items()
        if paid > 0
    ]


def _last_close(done: Backtest, session: int) -> datetime:
    return max(session_close(each, session) for each in done.bars.values())


def demand_taken(answers: list[FillResult]) -> None:
    """Raise ConflictError where the ledger refused something."""
    for answer in answers:
        if answer.status == "refused":
            message = f"the ledger refused {answer.external_id}: {answer.field} {answer.reason}"
            raise ConflictError(message)


def as_json(result: RunResult) -> dict[str, Any]:
    """Return a result as a column of JSON keeps it."""
    found: dict[str, Any] = orjson.loads(result.model_dump_json())
    return found
