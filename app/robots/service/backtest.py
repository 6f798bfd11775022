"""The built-in robot over past bars."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import current_app

from app.core.errors import ConflictError
from app.core.types import from_scaled, to_scaled
from app.ledger import service as ledger
from app.ledger.schemas import FillIn, FillResult, MarkIn
from app.market import service as market
from app.quant.folds import MetricRow
from app.quant.sessions import SessionCalendar
from app.robots import rules
from app.robots.schemas import (
    Backtest,
    BacktestIn,
    BacktestMetrics,
    BacktestTrade,
    Bar,
    OpenPosition,
)
from app.robots.service.plugins import get_plugin

MA_CROSS = "ma_cross"
VENUE = "XNYS"
SOURCE = "backtest"
NEW_YORK = ZoneInfo("America/New_York")
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def run_backtest(given: BacktestIn, owner_id: int | None = None) -> Backtest:
    """Run the moving-average robot over daily bars, at no costs.

    With an owner the fills and the daily value of the position go into a backtest account of the
    ledger, one for each version of the run; running it again adds nothing.

    Raises:
        ValidationError: the symbol is malformed.
        ConflictError: the ledger refused a fill.
    """
    robot = get_plugin(MA_CROSS).metadata
    settings, cash = given.settings, to_scaled(given.cash)
    run = rules.trade_crosses(given.bars, settings, cash)
    risk_free = float(current_app.config["RISK_FREE_RATE"])
    outcome = rules.evaluate(given.bars, run.fills, cash, risk_free)
    backtest = Backtest(
        robot=robot.id,
        version=rules.run_version(robot.version, given.symbol, [settings, given.cash], given.bars),
        symbol=given.symbol,
        settings=settings,
        cash=given.cash,
        first_session=given.bars[0].session,
        last_session=given.bars[-1].session,
        trades=[_trade(trade, given.bars) for trade in outcome.trades],
        open_position=_open_position(outcome, given.bars),
        skipped_count=run.skipped_count,
        metrics=_metrics(outcome.metrics),
    )
    if owner_id is None:
        return backtest
    return _record(backtest, given, run, outcome, owner_id)


def _record(
    backtest: Backtest,
    given: BacktestIn,
    run: rules.Run,
    outcome: rules.Outcome,
    owner_id: int,
) -> Backtest:
    settings = given.settings
    account = ledger.open_account(
        owner_id,
        backtest.robot,
        "backtest",
        starting_balance=given.cash,
        opened_on=backtest.first_session,
        name=f"{given.symbol} {settings.fast}/{settings.slow}",
        robot_version=backtest.version,
    )
    fills = [_fill_in(fill, given) for fill in run.fills]
    results = ledger.record_fills(account.id, fills, source=SOURCE)
    marks = [_mark_in(at, given) for at, _ in outcome.marks]
    results += ledger.record_marks(account.id, marks, source=SOURCE)
    _demand_taken(results)
    made = sum(result.status == "created" for result in results[: len(fills)])
    return backtest.model_copy(update={"account_id": account.id, "new_fill_count": made})


def _demand_taken(results: list[FillResult]) -> None:
    for result in results:
        if result.status == "refused":
            message = f"the ledger refused {result.external_id}: {result.field} {result.reason}"
            raise ConflictError(message)


def _fill_in(fill: rules.RobotFill, given: BacktestIn) -> FillIn:
    session = given.bars[fill.at].session
    side = "buy" if fill.side == rules.BUY else "sell"
    return FillIn(
        external_id=f"{session}-{'entry' if fill.is_entry else 'exit'}-{side}",
        executed_at=session_times(session)[0],
        symbol=given.symbol,
        side=side,
        qty=1,
        price=from_scaled(fill.price),
        currency="USD",
        asset_class="equity",
    )


def _mark_in(at: int, given: BacktestIn) -> MarkIn:
    bar = given.bars[at]
    return MarkIn(
        external_id=f"{bar.session}-mark",
        occurred_at=session_times(bar.session)[1],
        symbol=given.symbol,
        price=from_scaled(bar.close),
        asset_class="equity",
        currency="USD",
    )


def session_times(session: date) -> tuple[datetime, datetime]:
    """Return when a session of the New York exchange opened and closed.

    A day on which it did not trade (bars of another market, or before the calendar begins) gets
    the usual hours.
    """
    calendar = market.calendar(VENUE)
    if isinstance(calendar, SessionCalendar):
        day = session.toordinal()
        at = _find(calendar, day)
        if at is not None:
            opens, closes = calendar.opens_us[at], calendar.closes_us[at]
            return _instant(opens), _instant(closes)
    opens_at = datetime.combine(session, time(9, 30), NEW_YORK)
    closes_at = datetime.combine(session, time(16), NEW_YORK)
    return opens_at.astimezone(UTC), closes_at.astimezone(UTC)


def _find(calendar: SessionCalendar, day: int) -> int | None:
    at = bisect_left(calendar.days, day)
    return at if at < len(calendar.days) and calendar.days[at] == day else None


def _instant(microseconds: int) -> datetime:
    return UNIX_EPOCH + timedelta(microseconds=microseconds)


def _direction(sign: int) -> Literal["long", "short"]:
    return "long" if sign > 0 else "short"


def _trade(trade: Any, bars: list[Bar]) -> BacktestTrade:
    return BacktestTrade(
        direction=_direction(trade.direction),
        entry_at=session_times(bars[trade.entry_at].session)[0],
        exit_at=session_times(bars[trade.exit_at].session)[0],
        entry_price=from_scaled(trade.entry_price),
        exit_price=from_scaled(trade.exit_price),
        qty=from_scaled(trade.qty),
        pnl=from_scaled(trade.net_pnl),
    )


def _open_position(outcome: rules.Outcome, bars: list[Bar]) -> OpenPosition | None:
    position = outcome.position
    if not position.direction:
        return None
    return OpenPosition(
        direction=_direction(position.direction),
        entry_at=session_times(bars[position.entry_at].session)[0],
        entry_price=from_scaled(position.lots[0][1]),
        qty=from_scaled(position.open_qty),
        mark_price=from_scaled(bars[-1].close),
        unrealized_pnl=from_scaled(rules.open_profit(position, bars[-1].close)),
    )


def _metrics(row: MetricRow) -> BacktestMetrics:
    def money(value: int | None) -> Decimal | None:
        return None if value is None else from_scaled(value)

    drawdown = row.drawdown_ratio
    return BacktestMetrics(
        trade_count=row.trade_count,
        win_count=row.win_count,
        loss_count=row.loss_count,
        total_pnl=from_scaled(row.total_pnl),
        equity_close=from_scaled(row.equity or 0),
        win_rate=None if row.win_ratio is None else 100 * row.win_ratio,
        profit_factor=row.profit_factor,
        sharpe_ratio=row.sharpe_ratio,
        max_drawdown=None if drawdown is None else -100 * drawdown or 0.0,
        avg_trade_size=row.avg_trade_size,
        best_trade_pnl=money(row.best_trade_pnl),
        worst_trade_pnl=money(row.worst_trade_pnl),
        return_ratio=row.return_ratio,
        exposure_ratio=row.exposure_ratio,
        session_count=row.session_count,
    )
