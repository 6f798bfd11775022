"""What runs and deployments take in and give out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.i18n import gettext
from app.quant.simulation.terms import Terms

Timeframe = Literal["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]
PLUGIN = r"^[a-z][a-z0-9_]{1,63}$"
MAX_SYMBOLS = 20
MAX_VALUES, MAX_VARIED = 50, 5
MAX_CSV = 20_000_000


TriedValues = Annotated[list[Any], Field(min_length=1, max_length=MAX_VALUES)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class SearchIn(_Strict):
    """What a search varies: values by parameter, all combinations; walked forward in folds."""

    grid: dict[str, TriedValues] = Field(
        min_length=1, max_length=MAX_VARIED, examples=[{"fast": [5, 10, 20], "slow": [30, 50]}]
    )
    """At most 500 combinations."""
    folds: int = Field(default=4, ge=2, le=20)


SEARCH_EXAMPLE: dict[str, Any] = {
    "plugin_id": "ma_cross",
    "kind": "search",
    "symbols": ["SPY"],
    "timeframe": "D1",
    "parameters": {"short": True},
    "search": {"grid": {"fast": [5, 10, 20], "slow": [30, 50]}, "folds": 4},
}


class RunIn(_Strict):
    """A run over past bars: of the service's store, or of files that come with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEARCH_EXAMPLE]})

    plugin_id: str = Field(pattern=PLUGIN)
    kind: Literal["backtest", "search"] = "backtest"
    parameters: dict[str, Any] = Field(default_factory=dict, max_length=50)
    symbols: list[str] = Field(default_factory=list, max_length=MAX_SYMBOLS)
    """Those of the files, where there are files."""
    timeframe: Timeframe = "D1"
    from_at: datetime | None = None
    to_at: datetime | None = None
    terms: Terms = Terms()
    search: SearchIn | None = None
    files: dict[str, str] = Field(default_factory=dict, max_length=MAX_SYMBOLS)
    """CSV text of bars by symbol; without any the bars of the store are taken."""

    @model_validator(mode="after")
    def _fits_together(self) -> RunIn:
        if (self.kind == "search") != (self.search is not None):
            message = gettext("search: belongs to a run of the kind search, and only to one")
            raise ValueError(message)
        if not self.files and not self.symbols:
            message = gettext("symbols: name at least one, or send files of bars")
            raise ValueError(message)
        if sum(map(len, self.files.values())) > MAX_CSV:
            message = gettext("files: are larger than 20 MB together; send fewer bars")
            raise ValueError(message)
        return self


class RunView(_View):
    """A run and how far it is."""

    id: int
    plugin_id: str
    version: str
    kind: str
    parameters: dict[str, Any]
    symbols: list[str]
    timeframe: str
    source: str
    from_at: datetime | None
    to_at: datetime | None
    terms: dict[str, Any]
    search: dict[str, Any] | None
    state: str
    progress: float
    error: str | None
    account_id: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be finished."""
        return self.state in {"queued", "running"}


class RunTrade(_View):
    """A round trip of a run."""

    symbol: str
    direction: str
    entry_at: datetime
    exit_at: datetime
    entry_price: Decimal
    exit_price: Decimal
    qty: Decimal
    fees: Decimal
    pnl: Decimal
    """Net of fees."""


class RunPosition(_View):
    """What a run still holds after its last bar, valued at the last close."""

    symbol: str
    direction: str
    entry_at: datetime
    entry_price: Decimal
    qty: Decimal
    mark_price: Decimal | None
    """None for an option that no chain has valued."""
    unrealized_pnl: Decimal | None


class RunDay(_View):
    """Equity at a session's close, and how far under its peak."""

    session: date
    equity: Decimal
    drawdown: float
    """A ratio, zero or negative."""


class RunMonth(_View):
    """The return of a calendar month as a ratio."""

    month: str
    """2024-05."""
    return_ratio: float


class RunCosts(_View):
    """What trading cost, by kind."""

    commission: Decimal = Decimal(0)
    spread: Decimal = Decimal(0)
    slippage: Decimal = Decimal(0)
    borrow: Decimal = Decimal(0)
    note: str = ""
    """In words, where the run assumed that trading costs nothing."""


class Interval(_View):
    """Where a figure lies with 95 % probability."""

    low: float
    high: float


class RunMetrics(_View):
    """Figures of the whole run, by the same fold as every other figure (docs/metrics.md)."""

    trade_count: int
    win_count: int
    loss_count: int
    total_pnl: Decimal
    """Net P&L of the closed trades."""
    equity_close: Decimal
    win_rate: float | None
    """Percent."""
    win_rate_interval: Interval | None = None
    profit_factor: float | None
    profit_factor_interval: Interval | None = None
    sharpe_ratio: float | None
    sharpe_interval: Interval | None = None
    risk_free_rate: float | None = None
    """A year's, over which the Sharpe ratio is; a run from before it was kept does not say."""
    deflated_sharpe: float | None = None
    """The probability that the true Sharpe ratio is above what the tries give by luck."""
    max_drawdown: float | None
    """Percent of equity, zero or negative."""
    avg_trade_size: float | None
    best_trade_pnl: Decimal | None
    worst_trade_pnl: Decimal | None
    return_ratio: float | None
    exposure_ratio: float
    session_count: int


class Candle(_View):
    """A bar of the chart: several of the run's in one, where they would be too many."""

    at: datetime
    open: float
    high: float
    low: float
    close: float


class RunTry(_View):
    """One choice of parameters of a search."""

    parameters: dict[str, Any]
    sharpe_ratio: float | None
    """Over no interest, by which tries are compared."""
    total_pnl: Decimal
    trade_count: int
    error: str | None = None
    """Why the robot was stopped with these parameters; it counts as a try all the same."""


class RunFold(_View):
    """One step of walking forward: chosen on the bars before, judged on the bars after."""

    parameters: dict[str, Any]
    from_at: datetime
    to_at: datetime
    sharpe_before: float | None
    sharpe_after: float | None
    """Both over no interest."""


class RunResult(_View):
    """What came of a run."""

    version: str
    """Grows out of code, parameters, symbols, terms and bars: the same means the same run."""
    code_hash: str
    bars_hash: str
    bar_count: int
    first_at: datetime
    last_at: datetime
    trades: list[RunTrade]
    open_positions: list[RunPosition]
    days: list[RunDay]
    months: list[RunMonth]
    costs: RunCosts
    metrics: RunMetrics
    candles: dict[str, list[Candle]]
    """By symbol, at most a few hundred each."""
    notes: list[str] = Field(default_factory=list)
    """What its reader should know: it traded nothing, or had no option chain to choose from."""
    rejected_count: int = 0
    """Orders that the cash or the margin did not cover."""
    try_count: int = 1
    """How many choices of parameters this one was picked from."""
    tries: list[RunTry] = Field(default_factory=list)
    folds: list[RunFold] = Field(default_factory=list)


class RunDetail(RunView):
    """A run with what came of it, once it is done."""

    result: RunResult | None


class RunList(BaseModel):
    """The asker's runs, the newest first."""

    items: list[RunView]


class DeploymentIn(_Strict):
    """A robot to trade on paper from now on."""

    plugin_id: str = Field(pattern=PLUGIN)
    parameters: dict[str, Any] = Field(default_factory=dict, max_length=50)
    symbols: list[str] = Field(min_length=1, max_length=MAX_SYMBOLS)
    timeframe: Timeframe = "D1"
    terms: Terms = Terms()


class ParametersIn(_Strict):
    """Other parameters for a deployment: a new version with a record of its own."""

    parameters: dict[str, Any] = Field(max_length=50)


class DeploymentView(_View):
    """A robot that trades on paper."""

    id: int
    plugin_id: str
    version: str
    code_hash: str
    parameters: dict[str, Any]
    symbols: list[str]
    timeframe: str
    terms: dict[str, Any]
    account_id: int | None
    replaces_id: int | None
    state: str
    reason: str | None
    watermark: datetime
    late_count: int
    created_at: datetime
    updated_at: datetime


class DeploymentList(BaseModel):
    """The asker's deployments, the newest first."""

    items: list[DeploymentView]


class OrderView(_View):
    """An order of a deployment."""

    number: int
    name: str
    symbol: str
    side: str
    qty: Decimal
    kind: str
    price: Decimal | None
    given_at: datetime
    state: str
    reason: str
    filled_qty: Decimal


class WorkingOrder(NamedTuple):
    """An order that is not done, of which robot at work."""

    deployment_id: int
    plugin_id: str
    order: OrderView


class OrderList(BaseModel):
    """Orders of a deployment, the newest first."""

    items: list[OrderView]


class PositionView(_View):
    """What a deployment holds, by the ledger."""

    symbol: str
    direction: str
    qty: Decimal
    entry_price: Decimal
    entry_at: datetime
    unrealized_pnl: Decimal | None = Field(
        description="As last marked. Null: never marked, or worth then what was paid."
    )


class PositionList(BaseModel):
    """What a deployment holds."""

    items: list[PositionView]


class Permission(_View):
    """Whether a member may deploy a robot, and if not, why."""

    is_allowed: bool
    reason: str = ""
    feature: str = ""
    """What a larger plan would give more of, if that is the reason."""
    used: int
    """Deployments that are not stopped."""
    most: int | None
    """How many the plan allows; None: as many as one likes."""
    settings: tuple[str, ...] | None = None
    """Which settings of the robot the plan changes; None: all."""
