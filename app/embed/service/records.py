"""The public track records: totals, the best three, averages, the leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

from app.core import formatters
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.schemas import LeaderboardQuery
from app.embed.service import asking
from app.embed.service.cards import RobotCard, list_cards, return_points, strategy_options
from app.embed.service.links import Target
from app.performance import service as performance
from app.performance.schemas import Leaderboard, LeaderboardRow, Metrics, Period

BOARD = Target("/embed/leaderboard-table", "leaderboard-table", "performance")
BEST = 3
SPARK_POINTS = 30
PERIODS: dict[str, Period] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "all": "all_time",
}
PERIOD_NAMES = [
    ("day", lazy_gettext("Day")),
    ("week", lazy_gettext("Week")),
    ("month", lazy_gettext("Month")),
    ("all", lazy_gettext("All")),
]
KINDS = [
    ("all", lazy_gettext("Live and paper")),
    ("live", lazy_gettext("Live only")),
    ("paper", lazy_gettext("Paper only")),
]
TRADES = [
    ("30", lazy_gettext("30 trades")),
    ("100", lazy_gettext("100 trades")),
    ("250", lazy_gettext("250 trades")),
]
SORTS = [
    ("rank", lazy_gettext("Rank")),
    ("pnl", lazy_gettext("Net P&L")),
    ("profit_factor", lazy_gettext("Profit factor")),
    ("sharpe", lazy_gettext("Sharpe")),
    ("drawdown", lazy_gettext("Drawdown")),
    ("trades", lazy_gettext("Trades")),
]


@dataclass(frozen=True)
class BoardRow:
    """A row of the leaderboard with the robot's name and the sparkline."""

    row: LeaderboardRow
    robot_name: str
    has_page: bool
    who: str
    """The pseudonym, or the name that the site's administrators have approved."""
    is_verified_name: bool
    spark: rules.Spark | None

    @property
    def return_percent(self) -> float | None:
        """Net return of the period, in percent."""
        ratio = self.row.metrics.return_ratio
        return None if ratio is None else ratio * 100


@dataclass(frozen=True)
class Board:
    """The leaderboard of a query, and what its filter bar offers."""

    query: LeaderboardQuery
    board: Leaderboard
    rows: list[BoardRow]
    strategies: list[tuple[str, str]]
    target: Target = BOARD

    @property
    def ranked(self) -> int:
        """How many rows have a rank."""
        return sum(each.row.rank is not None for each in self.rows)


@dataclass(frozen=True)
class Best:
    """One of the best robots by return, with its curve on the axis that all share."""

    card: RobotCard
    chart: rules.Chart | None


@dataclass(frozen=True)
class Average:
    """The mean of a figure over robots, never without its range and their number."""

    label: str
    mean: str
    low: str
    high: str
    count: int


@dataclass(frozen=True)
class Totals:
    """What the tiles at the top say."""

    with_record: int
    collecting: int
    trades: int
    since: date | None
    in_profit: int
    """By net return, as the cards show it."""
    in_profit_by_money: int
    """Money counts accounts that joined late in full, a return does not; both are told."""
    median_percent: float | None


@dataclass(frozen=True)
class TrackRecords:
    """The performance page."""

    totals: Totals
    best: list[Best]
    averages: list[Average]
    board: Board
    is_simulated: bool
    as_of: date | None


def leaderboard(query: LeaderboardQuery) -> Board:
    """Return the leaderboard that `query` asks for."""
    catalogue, named = asking.shelf(), asking.public_names()
    chosen = {key for key, each in catalogue.items() if each.facts.strategy == query.strategy}
    found = performance.leaderboard(
        period=PERIODS[query.period],
        kind=query.kind,
        strategy_plugins=None if query.strategy == "all" else chosen,
        min_trades=int(query.min_trades),
        sort=query.sort,
    )
    rows = []
    for row in found.rows:
        shown = catalogue.get(row.plugin_id)
        rows.append(
            BoardRow(
                row,
                robot_name=shown.robot.name if shown else row.plugin_id,
                # A robot that the site hides has no page there; its rows stay all the same.
                has_page=shown is not None and not shown.is_hidden,
                who=named.get(row.pseudonym, row.pseudonym),
                is_verified_name=row.pseudonym in named,
                spark=rules.spark(row.spark, SPARK_POINTS),
            )
        )
    facts = (each.facts for each in catalogue.values())
    return Board(query, found, rows, strategy_options(facts, gettext("All strategies")))


def track_records(query: LeaderboardQuery) -> TrackRecords:
    """Return everything on the performance page."""
    cards = list_cards()
    proven = [card for card in cards if card.has_enough]
    known = [card.record for card in cards if card.record and card.metrics]
    return TrackRecords(
        totals=_totals(cards, proven),
        best=_best(proven),
        averages=_averages([card.metrics for card in proven if card.metrics]),
        board=leaderboard(query),
        is_simulated=any(record.is_simulated for record in known),
        as_of=max((record.as_of for record in known if record.as_of), default=None),
    )


def _totals(cards: list[RobotCard], proven: list[RobotCard]) -> Totals:
    returns = [card.return_percent for card in proven if card.return_percent is not None]
    opened = [
        date.fromordinal(card.record.as_of.toordinal() - card.record.days)
        for card in proven
        if card.record and card.record.as_of
    ]
    return Totals(
        with_record=len(proven),
        collecting=len(cards) - len(proven),
        trades=sum(card.trade_count for card in cards),
        since=min(opened, default=None),
        in_profit=sum((card.result or 0) > 0 for card in proven),
        in_profit_by_money=sum(
            card.metrics is not None and card.metrics.total_pnl > 0 for card in proven
        ),
        median_percent=median(returns) if returns else None,
    )


def _best(proven: list[RobotCard]) -> list[Best]:
    ranked = sorted(
        (card for card in proven if card.return_percent is not None),
        key=lambda card: -(card.return_percent or 0.0),
    )[:BEST]
    curves = [return_points(performance.equity_curve(None, card.robot.id)) for card in ranked]
    values = [value for points in curves for _day, value in points]
    axis = rules.value_axis(values, 0.0, "percent", 4) if values else None
    return [
        Best(
            card,
            rules.chart(
                [_series(card, points)], reference=0.0, unit="percent", axis=axis, labels=3
            ),
        )
        for card, points in zip(ranked, curves, strict=True)
    ]


def _series(card: RobotCard, points: list[rules.Point]) -> rules.Series:
    style = "live" if card.evidence.kind == "live" else "paper"
    return rules.Series(card.robot.name, style, points)


def _averages(metrics: list[Metrics]) -> list[Average]:
    figures = (
        (gettext("Win rate"), "win_rate", lambda value: formatters.percent(value, 1)),
        (gettext("Profit factor"), "profit_factor", formatters.ratio),
        (gettext("Sharpe"), "sharpe_ratio", formatters.ratio),
        (gettext("Drawdown"), "max_drawdown", lambda value: formatters.percent(value, 1)),
    )
    result = []
    for label, name, show in figures:
        values = [float(v) for each in metrics if (v := getattr(each, name)) is not None]
        if values:
            worst, best = min(values), max(values)
            average = Average(label, show(fmean(values)), show(worst), show(best), len(values))
            result.append(average)
    return result
