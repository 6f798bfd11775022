"""Query forms of the fragments, and the shapes that the pages are made of.

A page is read with the names `trp_period` and so on (they stand in the address of somebody else's
page), a partial with `period`; both are understood. A wrong value in an address is a bad link and
no reason to show an error instead of the page: the default stands in for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.billing.schemas import PlanKey
from app.charts.schemas import Timeframe

PREFIX = "trp_"
RobotId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]

Symbol = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9^/][A-Za-z0-9 ./:-]{0,39}$", to_upper=True)
]
Tab = Literal["overview", "robots", "journal", "accounts", "options", "coach", "plan", "settings"]
Number = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
Marks = Annotated[
    str, StringConstraints(pattern=r"^(?:[a-z][a-z0-9]{1,4}(?:\.[a-z][a-z0-9]{1,4}){0,20})?$")
]
"""Names of levels with dots between: those that somebody speaks of."""


class Query(BaseModel):
    """A form whose state lives in the address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> Self:
        """Return the query of an address; unknown values become the defaults."""
        given: dict[str, Any] = {}
        for name in cls.model_fields:
            value = args.get(PREFIX + name) or args.get(name)
            if value:
                given[name] = value
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = {fault["loc"][0] for fault in error.errors()}
            return cls.model_validate({k: v for k, v in given.items() if k not in wrong})

    def replaced(self, **changes: Any) -> Self:
        """Return the query with some values changed."""
        return self.model_copy(update=changes)

    def params(self, prefix: str = "") -> dict[str, str]:
        """Return what differs from the defaults, in the order of the fields."""
        defaults = type(self)()
        return {
            prefix + name: str(getattr(self, name))
            for name in type(self).model_fields
            if getattr(self, name) != getattr(defaults, name)
        }

    def encoded(self, **changes: Any) -> str:
        """Return the query string for a partial, with "?" when there is one."""
        params = self.replaced(**changes).params()
        return f"?{urlencode(params)}" if params else ""


class LeaderboardQuery(Query):
    """Which rows of the leaderboard, in which order."""

    period: Literal["day", "week", "month", "all"] = "all"
    kind: Literal["all", "live", "paper"] = "all"
    strategy: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] = "all"
    min_trades: Literal["30", "100", "250"] = "30"
    sort: Literal["rank", "pnl", "profit_factor", "sharpe", "drawdown", "trades"] = "rank"
    rows: Literal["5", "25", "all"] = "25"
    """5: the head of the board alone, for a front page that links to the whole."""


class MarketplaceQuery(Query):
    """Which robots of the catalogue, in which order and form."""

    strategy: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] = "all"
    result: Literal["any", "profit", "loss"] = "any"
    evidence: Literal["any", "live", "paper", "none"] = "any"
    plan: PlanKey = "any"
    sort: Literal["return", "win_rate", "profit_factor", "drawdown", "name"] = "return"
    view: Literal["grid", "list"] = "grid"
    robot: RobotId | Literal[""] = ""
    """Show this robot instead of the list."""


class PricingQuery(Query):
    """Which ladder of plans, paid by the month or the year."""

    ladder: Literal["robots", "ai_traders", "signals", "coach", "creator"] = "robots"
    interval: Literal["month", "year"] = "month"


class OverviewQuery(Query):
    """How far back the equity curve goes."""

    range: Literal["1m", "3m", "6m", "all"] = "6m"


class TicketIn(BaseModel):
    """Which fragment a stream shall keep fresh, and what the page shows already."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    fragment: Literal["dashboard-overview", "desk"]
    """The desk has no fragment that is kept fresh: its stream brings bars and word of charts."""
    range: Literal["1m", "3m", "6m", "all"] = "6m"
    known: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | Literal[""] = ""
    """The ETag of the overview that the page shows."""
    instruments: list[Annotated[int, Field(gt=0, lt=2**31)]] = Field(default=[], max_length=20)
    """Of the desk: whose bars the stream brings."""
    charts: list[Annotated[int, Field(gt=0, lt=2**31)]] = Field(default=[], max_length=8)
    """Of the desk: which of the member's charts the page shows."""


class TicketOut(BaseModel):
    """Where the stream is; the address is good once, and for so many seconds."""

    url: str
    expires_in: int


class OpenChartOut(BaseModel):
    """The chart that is meant where none is named."""

    chart_id: int | None = Field(description="null: there is none yet.", examples=[12])


class PlanQuery(PricingQuery):
    """The page of a member's plan, and which step of it."""

    tab: Literal["overview", "plan"] = "overview"
    buy: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] | Literal[""] = ""
    """The plan that is to be had."""
    step: Literal["cancel", "pause", ""] = ""
    paid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,100}$")] | Literal[""] = ""
    """The checkout from which the member comes back."""
    source: (
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")] | Literal[""]
    ) = ""
    """Which page or prompt led here."""


class SeenIn(BaseModel):
    """What a member's page has shown, or which way up was taken from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Annotated[str, StringConstraints(pattern=r"^(pricing|missing|limit\.[a-z_]{1,30})$")]
    step: Literal["shown", "followed"] = "shown"


Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
Strike = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$")]
Shift = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,3}$")]


class OptionsQuery(Query):
    """The tab of options: which part of it, and what it shows."""

    tab: Literal["overview", "options"] = "overview"
    part: Literal["positions", "screenshots", "chain", "curves", "leaps", "macro"] = "positions"
    shot: Number | Literal[""] = ""
    """The screenshot whose positions are looked at."""
    importance: Literal["all", "high"] = "all"
    """Of the releases in the calendar."""
    kind: Literal["live", "journal", "copy", "paper", ""] = ""
    """Of the accounts whose positions are shown."""
    edit: Annotated[str, StringConstraints(pattern=r"^hand-[0-9a-f]{16}$")] | Literal[""] = ""
    """The position by hand that is changed."""
    underlying: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,12}$", to_upper=True)]
        | Literal[""]
    ) = ""
    expiry: Day | Literal[""] = ""
    right: Literal["C", "P"] = "C"
    low: Strike | Literal[""] = ""
    high: Strike | Literal[""] = ""
    """Strikes from and to."""
    legs: Annotated[str, StringConstraints(pattern=r"^[0-9CPS.@_-]{0,300}$")] = ""
    """Of the combination that is built: 1C95@2026-12-18_-1C100@2026-12-18."""
    move: Shift = "0"
    """What if prices move by so many percent,"""
    points: Shift = "0"
    """volatility is so many points higher,"""
    later: Shift = "0"
    """and so many days have passed."""
    leg: (
        Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,6}[0-9]{6}[CP][0-9]{8}$")] | Literal[""]
    ) = ""
    """The contract that is to be rolled."""


OF = r"^[A-Za-z0-9^/][A-Za-z0-9 ./:_-]{0,63}$"


class CoachQuery(Query):
    """The tab of the coach: which conversation, and which ones are listed."""

    tab: Literal["overview", "coach"] = "overview"
    talk: Number | Literal[""] = ""
    """The conversation; the newest where none is named."""
    new: Literal["1", ""] = ""
    """Begin another one."""
    find: Annotated[str, StringConstraints(pattern=r"^[^<>]{1,100}$")] | Literal[""] = ""
    """What stands in the conversations that are listed."""
    show: Literal["chart", "levels", "positions", "pnl", "alerts", "performance", "robot", ""] = ""
    """What the panel beside the conversation shows,"""
    of: Annotated[str, StringConstraints(pattern=OF)] | Literal[""] = ""
    """of which symbol or robot,"""
    marks: Marks = ""
    """with which levels marked."""


class PanelQuery(CoachQuery):
    """What the panel beside the conversation shows."""

    quiet: Literal["1", ""] = ""
    """It opens by itself: whoever is writing keeps the focus."""


class DashboardQuery(OptionsQuery, CoachQuery, PlanQuery, OverviewQuery):
    """Which tab of the dashboard."""

    tab: Tab = "overview"  # type: ignore[assignment]
    look: RobotId | Literal[""] = ""
    """The robot whose record a newcomer looks at."""
    report: RobotId | Literal[""] = ""
    """The robot whose page led to the form for reports."""
    choose: Literal["1", ""] = ""
    """On the tab of robots: which robot to start."""
    activate: RobotId | Literal[""] = ""
    """The robot whose settings are shown, to start it."""
    test: RobotId | Literal[""] = ""
    """The robot that is to be run over past bars."""
    deployment: Number | Literal[""] = ""
    run: Number | Literal[""] = ""


class TradesQuery(Query):
    """Which page of a backtest's trades, on the candles of which of its symbols."""

    page: Number = "1"
    chart: Number = "1"


class JournalQuery(Query):
    """From which trade on."""

    cursor: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{1,200}$")] | Literal[""] = ""


REPLAY = r"^(?:[1-9][0-9]{0,10}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})$"


class DeskQuery(Query):
    """Which instrument the desk shows, in bars of which length; empty: as it was last left."""

    symbol: Symbol | Literal[""] = ""
    timeframe: Timeframe | Literal[""] = ""
    chart: Number | Literal[""] = ""
    """A chart of the member's own."""
    replay: Annotated[str, StringConstraints(pattern=REPLAY)] | Literal[""] = ""
    """As it was then: seconds since 1970, or a time of the exchange's clock."""
    marks: Marks = ""


class AnalysesQuery(Query):
    """Which analysis the desk shows, and which ones are listed and compared."""

    symbol: Symbol | Literal[""] = ""
    timeframe: Timeframe | Literal[""] = ""
    chart: Number | Literal[""] = ""
    analysis: Number | Literal[""] = ""
    """The symbol's newest one where none is named."""
    known: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | Literal[""] = ""
    """The state that the page shows already."""
    find: Annotated[str, StringConstraints(pattern=r"^[^<>]{1,100}$")] | Literal[""] = ""
    """What stands in the analyses that are listed."""
    ids: (
        Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,3}$")]
        | Literal[""]
    ) = ""
    """Those that are shown beside each other."""
    of: Literal["own", "all"] = "own"
    """Whose are judged."""


class BarsQuery(DeskQuery):
    """Which bars of the desk: those before an instant, or those from one on."""

    before: Number | Literal[""] = ""
    after: Number | Literal[""] = ""
    count: Literal["1", "5", "20"] = "1"
    """In a replay: how many bars a step goes."""


class SymbolsQuery(Query):
    """The beginning of a symbol."""

    symbol: Symbol | Literal[""] = ""


class ImportForm(BaseModel):
    """What goes with an uploaded file."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    plugin_id: RobotId = "journal"
