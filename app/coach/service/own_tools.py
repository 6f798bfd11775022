"""Tools that look at the member's own record: figures, open positions, the newest trades."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules import contracts
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.core import clock
from app.core.formatters import NEW_YORK
from app.ledger import service as ledger
from app.performance import service as performance
from app.performance.schemas import MetricsRow, Period
from app.trading import service as trading

MOST_POSITIONS = 50
MOST_TRADES = 20
CENT = Decimal("0.01")


class RecordAsked(BaseModel):
    """Which figures."""

    model_config = ConfigDict(extra="forbid")

    period: Literal["daily", "weekly", "monthly", "all_time"] | None = Field(
        default=None, description="The longest that the member's plan shows when left out."
    )
    ago: int = Field(
        default=0, ge=0, le=60, description="How many periods back: 0 the one that runs, 1 the one "
        "before it. Of no meaning for all_time.",
    )  # fmt: skip
    kind: Literal["live", "paper", "journal", "copy", "backtest"] | None = Field(
        default=None, description="Of what kind of account; live, paper, journal and copy together "
        "when left out.",
    )  # fmt: skip


class PositionsAsked(BaseModel):
    """Whose positions: the member's own, of all accounts."""

    model_config = ConfigDict(extra="forbid")


class TradesAsked(BaseModel):
    """Which trades: the member's own, the newest first."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=5, ge=1, le=MOST_TRADES)


def own_tools(evidence: Evidence, user_id: int) -> list[Tool]:
    """Return the tools over a member's own record."""

    def record(asked: RecordAsked) -> list[Fact]:
        period = asked.period or performance.widest_period(user_id)
        # A backtest is of its bars' time: of it the newest period is told.
        is_now = asked.period is not None and asked.kind != "backtest"
        on = _day_of(period, asked.ago) if is_now else None
        return _record_facts(performance.own_metrics(user_id, period, on=on, kind=asked.kind))

    def positions(_asked: PositionsAsked) -> list[Fact]:
        return _position_facts(user_id)

    def trades(asked: TradesAsked) -> list[Fact]:
        return _trade_facts(user_id, asked.count)

    return [
        evidence.tool(
            "get_performance",
            "The member's own figures over a period: trades, win rate with its interval, net P&L, "
            "profit factor, drawdown.",
            RecordAsked,
            record,
        ),
        evidence.tool("get_positions", "What the member holds now.", PositionsAsked, positions),
        evidence.tool("get_trades", "The member's newest closed trades.", TradesAsked, trades),
    ]


def _day_of(period: Period, ago: int) -> date | None:
    """Return a day within the period that lies so many periods back; None for all time."""
    if period == "all_time":
        return None
    day = clock.now().astimezone(NEW_YORK).date()
    for _ in range(ago):
        day = performance.period_start(period, day) - timedelta(days=1)
    return day


def _record_facts(row: MetricsRow) -> list[Fact]:
    kinds = ", ".join(row.kinds) or "no kind yet"
    source = f"Your figures, {row.period.replace('_', ' ')}, {kinds}, as of {row.as_of or '-'}"
    link, metrics = "dashboard", row.metrics
    n = metrics.trade_count
    none_yet = "" if n else "no closed trades in this period"
    about: tuple[str, str] = (source, link)

    def fact(
        key: str, label: str, value: Decimal | None, unit: str, *names: str, **more: object
    ) -> Fact:
        shown = None if value is None else round(value, 2)
        note = none_yet if value is None else ""
        return Fact(key, label, shown, unit, "", names, *about, note=note, **more)  # type: ignore[arg-type]

    win = {"low": _decimal(metrics.win_rate_low), "high": _decimal(metrics.win_rate_high)}
    factor = {
        "low": _decimal(metrics.profit_factor_low),
        "high": _decimal(metrics.profit_factor_high),
    }
    begins = row.on if row.period != "all_time" else None
    since = (
        [] if begins is None else [Fact("since", "period begins", begins, "when", "", (), *about)]
    )
    return [
        *since,
        Fact("trades", "trades", Decimal(n), "count", "", ("closed trades",), *about),
        fact("win_rate", "win rate", metrics.win_rate, "percent", n=n, **win),
        fact(
            "pnl",
            "net P&L",
            metrics.total_pnl,
            "money",
            "P&L",
            "net profit",
            "net loss",
            is_signed=True,
        ),
        fact("profit_factor", "profit factor", metrics.profit_factor, "ratio", n=n, **factor),
        fact("expectancy", "expectancy", metrics.expectancy, "money", is_signed=True, n=n),
        fact("drawdown", "maximum drawdown", _percent(metrics.max_drawdown), "percent", "drawdown"),
        fact("best", "best trade", metrics.best_trade_pnl, "money", is_signed=True),
        fact("worst", "worst trade", metrics.worst_trade_pnl, "money", is_signed=True),
    ]


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(repr(value)), 2)


def _percent(value: Decimal | None) -> Decimal | None:
    """Return a drawdown as it is shown: percent, without a sign."""
    return None if value is None else abs(value)


NOT_MARKED = "it has not been marked to a price yet"


def _position_facts(user_id: int) -> list[Fact]:
    facts: list[Fact] = []
    for account in ledger.list_accounts(user_id):
        if account.kind == "backtest":
            continue
        source = f"Open positions of your {account.kind} account {account.id}"
        for at, held in enumerate(ledger.open_positions(account.id), start=1):
            about: dict[str, Any] = {
                "symbol": _called(held.symbol),
                "source": source,
                "link": "dashboard",
            }
            key = f"{account.id}.{at}"
            pnl = held.unrealized_pnl
            facts += [
                Fact(f"{key}.qty", f"{held.direction} position", held.qty.normalize(), "count", **about),
                Fact(f"{key}.entry", "entry price", held.entry_price.quantize(CENT), "price", names=("entry",), **about),
                Fact(f"{key}.open", "open P&L", None if pnl is None else pnl.quantize(CENT), "money", names=("unrealised P&L",), is_signed=True, note=NOT_MARKED if pnl is None else "", **about),
            ]  # fmt: skip
    shown = facts[: 3 * MOST_POSITIONS]
    count = Fact(
        "count",
        "open positions",
        Decimal(len(facts) // 3),
        "count",
        source="Your open positions",
        link="dashboard",
    )
    return [count, *shown]


def _called(symbol: str) -> str:
    """Return what an answer calls what is held: an option by its underlying, day, strike and right."""
    named = trading.instrument_of(symbol)
    if named.strike is None or named.expiry is None:
        return symbol
    return contracts.called(named.symbol, named.expiry, named.strike, named.right)


def _trade_facts(user_id: int, count: int) -> list[Fact]:
    facts: list[Fact] = []
    for trade in ledger.list_trades(user_id, limit=count).items:
        source = f"Your trade {trade.id} in {trade.symbol}, {trade.kind}"
        about = (source, "dashboard?tab=journal")
        facts += [
            Fact(f"{trade.id}.pnl", "net P&L", trade.net_pnl.quantize(CENT), "money", trade.symbol, ("P&L",), *about, is_signed=True),
            Fact(f"{trade.id}.day", "closed on", trade.closed_on, "when", trade.symbol, (), *about),
        ]  # fmt: skip
    return facts
