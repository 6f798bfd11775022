"""What the performance slice gives to others: money is Decimal, None is "no answer"."""

from __future__ import annotations

import datetime as dt
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, create_model

from app.core.paging import Cursor, Page

Period = Literal["daily", "weekly", "monthly", "all_time"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


# A board makes a thousand rows for one page: they are tuples, twenty times cheaper than models.


class Metrics(NamedTuple):
    """The eleven figures of the contract and the further ones, of one scope and period."""

    trade_count: int
    win_count: int
    loss_count: int
    win_rate: Decimal | None
    total_pnl: Decimal
    profit_factor: Decimal | None
    sharpe_ratio: Decimal | None
    max_drawdown: Decimal | None
    avg_trade_size: Decimal | None
    best_trade_pnl: Decimal | None
    worst_trade_pnl: Decimal | None
    gross_profit: Decimal
    gross_loss: Decimal
    expectancy: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    payoff_ratio: Decimal | None
    sortino_ratio: Decimal | None
    exposure_ratio: float | None
    max_drawdown_amount: Decimal
    return_ratio: float | None
    equity_close: Decimal | None
    day_count: int
    win_rate_low: float | None
    """Lower end of the 95 % Wilson interval, percent."""
    win_rate_high: float | None
    sharpe_low: float | None
    """Lower end of the 95 % interval by Lo; None without a ratio."""
    sharpe_high: float | None
    profit_factor_low: float | None
    """Lower end of the 95 % interval by sessions; None under 5 sessions with trades."""
    profit_factor_high: float | None


class MetricsRow(_Frozen):
    """One period of one scope, with what a reader must know beside the figures."""

    user_id: int | None
    plugin_id: str | None
    period: Period
    on: date | None
    """First day of the period; None when there is nothing yet."""
    kinds: list[str]
    currency: str
    as_of: date | None
    metrics: Metrics
    risk_free_rate: Decimal
    updated_at: datetime | None


class CurvePoint(NamedTuple):
    """The close of one session with activity."""

    on: date
    equity: Decimal | None
    """None when the scope has no balance."""
    pnl: Decimal
    """Cumulative change of equity since the opening, flows left out."""
    drawdown_ratio: float | None
    """0 to 1; None without a balance."""


class EquityCurve(_Frozen):
    """Daily closes of a scope, oldest first; flat days between points change nothing."""

    points: list[CurvePoint]
    currency: str
    has_balance: bool
    kinds: list[str]
    is_simulated: bool
    as_of: date | None


class LeaderboardRow(NamedTuple):
    """A ranked account: pseudonym, robot, figures, and why it has no rank yet if it has none."""

    rank: int | None
    account_id: int
    pseudonym: str
    plugin_id: str
    kind: str
    is_simulated: bool
    metrics: Metrics
    lower_bound: float | None
    """Lower 95 % bound of the mean daily return: what the rank goes by."""
    trades_needed: int
    """Trades still missing to be ranked; 0 when ranked."""
    days_needed: int
    spark: list[float]
    """At most 60 values of cumulative return (or P&L without a balance), oldest first."""


class Leaderboard(_Frozen):
    """All rows of a period; those without enough evidence come last, without a rank."""

    rows: list[LeaderboardRow]
    period: Period
    currency: str
    as_of: date | None
    min_trades: int
    min_days: int


class AccountResult(_Frozen):
    """What one account has made: closed trades, and the result with open profit as last marked."""

    currency: str
    trade_count: int
    win_count: int
    result: Decimal
    today: Decimal
    fees: Decimal


class VersionResult(_Frozen):
    """The public record of one version of a robot; the next version begins one of its own."""

    version: str
    first: date
    last: date
    trade_count: int
    win_rate: Decimal | None
    win_rate_low: float | None
    win_rate_high: float | None
    result: Decimal
    currency: str


class RobotRecord(_Frozen):
    """The public record of a robot over its ranked accounts; figures are None until there is one."""

    plugin_id: str
    kinds: list[str]
    account_count: int
    is_simulated: bool
    days: int
    """Days since the record was opened."""
    metrics: Metrics | None
    currency: str
    as_of: date | None
    spark: list[float]


# --- What callers send ---

Kind = Literal[
    "live", "paper", "journal", "copy", "backtest", "training", "replica", "contest", "null"
]
MAX_LIMIT = 1000


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")] | None = None
    limit: int = Field(100, ge=1, le=MAX_LIMIT)


class MetricsQuery(_Query):
    """The query of the figures: one period, or with from, to, limit or cursor a history."""

    kind: Kind | None = None
    date: dt.date | None = None
    from_: dt.date | None = Field(None, alias="from")
    to: dt.date | None = None
    cursor: Annotated[str | None, Cursor("metrics")] = None

    @property
    def is_history(self) -> bool:
        """Whether rows over a time are asked for."""
        return bool({"from_", "to", "cursor", "limit"} & self.model_fields_set)


class BoardQuery(_Query):
    """The query of the leaderboard."""

    period: Literal["day", "week", "month", "all"] = "all"
    kind: Literal["all", "live", "paper"] = "all"
    plugin_id: str | None = None
    """One robot, or several with commas between."""
    min_trades: int = Field(30, ge=30, le=100_000)
    sort: Literal["rank", "pnl", "profit_factor", "sharpe", "drawdown", "trades"] = "rank"
    cursor: Annotated[int | None, Cursor("board")] = None


# --- What the JSON interface answers (for its description; money and ratios are numbers here) ---

Figures: type[BaseModel] = create_model(
    "Figures",
    **{  # type: ignore[call-overload]
        name: (int if name.endswith("_count") else float | None, ...) for name in Metrics._fields
    },
)


class MetricsAnswer(BaseModel):
    """One period of one scope."""

    user_id: int
    plugin_id: str | None
    period: Period
    date: dt.date | None
    kinds: list[str]
    currency: str
    as_of: dt.date | None
    metrics: Figures
    risk_free_rate: float
    updated_at: datetime | None


class BoardItem(BaseModel):
    """A ranked account on the leaderboard."""

    rank: int | None
    id: str
    pseudonym: str
    plugin_id: str
    kind: str
    is_null: bool
    is_simulated: bool
    metrics: Figures
    lower_bound: float | None
    trades_needed: int
    days_needed: int
    spark: list[float]


class MetricsHistory(Page):
    """Several periods of one scope, the oldest first."""

    items: list[MetricsAnswer]


class MetricsAnswers(RootModel[MetricsAnswer | MetricsHistory]):
    """One period; or, when from, to, limit or cursor is given, a page of the history."""


class BoardAnswer(Page):
    """A page of the leaderboard."""

    period: Period
    currency: str
    as_of: dt.date | None
    min_trades: int
    min_days: int
    items: list[BoardItem]
