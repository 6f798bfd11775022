"""A member's own record: overview, robots, trades, accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.schemas import Plan
from app.core import clock, formatters
from app.core.errors import ValidationError
from app.core.i18n import gettext, language, lazy_gettext, listed, ngettext
from app.core.parse import parse
from app.core.versions import VERSION
from app.embed import rules
from app.embed.schemas import JournalQuery, OverviewQuery
from app.embed.service import asking, words
from app.embed.service.periods import period_start, since
from app.embed.service.robot import Year, years_of
from app.ledger import service as ledger
from app.ledger.schemas import AccountView, FillView, OpeningIn, TradeView
from app.performance import service as performance
from app.performance.schemas import EquityCurve, Metrics, MetricsRow, Period
from app.robots import service as robots
from app.robots.schemas import ActiveRobot, ShelfRobot

RECENT = 8
TRADES = 50
MOST_EVENTS = 20_000
"""Chains longer than this together are not checked while a page waits."""
TILES: tuple[tuple[str, Period], ...] = (
    (lazy_gettext("Today"), "daily"),
    (lazy_gettext("Week"), "weekly"),
    (lazy_gettext("Month"), "monthly"),
    (lazy_gettext("All time"), "all_time"),
)
SPANS = {period: label for label, period in TILES}
NOTHING = Decimal(0)
BACKTEST = "backtest"


@dataclass(frozen=True)
class Tile:
    """Net result, trades and wins of a period that has begun."""

    label: str
    net: Decimal
    percent: float | None
    trades: int
    won: int
    plan: str = ""
    """The plan that shows this period, where the member's does not."""


@dataclass(frozen=True)
class OwnRobot:
    """A robot of the member with today's and all of its figures."""

    plugin_id: str
    name: str
    has_page: bool
    kinds: str
    is_simulated: bool
    is_backtest: bool
    currency: str
    today: Decimal
    metrics: Metrics
    """Of all time, or of the longest period that the member's plan shows."""
    span: str = ""
    """The name of that period, where it is not all time."""


@dataclass(frozen=True)
class OwnFill:
    """A fill with the name of its robot."""

    fill: FillView
    robot_name: str


@dataclass(frozen=True)
class OwnTrade:
    """A closed trade with the name of its robot."""

    trade: TradeView
    robot_name: str


@dataclass(frozen=True)
class OwnAccount:
    """A trading account, and the first broken event of its chain, if there is one."""

    account: AccountView
    robot_name: str
    is_checked: bool
    broken_at: int | None
    error: str | None = None
    """What was wrong with the opening that was sent for it."""

    @property
    def lacks_opening(self) -> bool:
        """Whether its owner may still say what it began with."""
        return self.account.starting_balance is None and self.account.kind in {"journal", "copy"}


@dataclass(frozen=True)
class Overview:
    """The first tab."""

    query: OverviewQuery
    sources: str
    is_simulated: bool
    updated_at: datetime | None
    as_of: date | None
    currency: str
    has_balance: bool
    tiles: list[Tile]
    record: Metrics | None
    """All of it; None before the first closed trade."""
    chart: rules.Chart | None
    data: dict[str, object]
    fills: list[OwnFill]
    robots: list[OwnRobot]
    plan: Plan
    plan_status: str

    @property
    def spoken(self) -> str:
        """What a screen reader says when the figures change."""
        today = self.tiles[0]
        return ngettext(
            "Today %(net)s, %(num)s trade.",
            "Today %(net)s, %(num)s trades.",
            today.trades,
            net=formatters.signed_money(today.net, self.currency),
        )


def overview_tag(user_id: int, query: OverviewQuery) -> str:
    """Return what changes whenever the overview does: by one small query."""
    today = clock.now().astimezone(formatters.NEW_YORK).date()
    plans = sorted(billing.entitlements(user_id).plans.items())
    parts = (VERSION, user_id, performance.version(user_id), query.range, today, language(), plans)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def overview(user_id: int, query: OverviewQuery) -> Overview:
    """Return a member's figures over the four periods, the curve, fills and robots."""
    periods = performance.own_periods(user_id)
    everything = performance.get_metrics(user_id, "all_time")
    curve = performance.own_curve(user_id, None, since(query.range, clock.now()))
    active = own_robots(user_id)
    user = accounts.get_user(user_id)
    chart, data = _curve(curve, is_whole=query.range == "all")
    return Overview(
        query=query,
        sources=_sources(everything),
        is_simulated=curve.is_simulated or any(robot.is_simulated for robot in active),
        updated_at=everything.updated_at,
        as_of=curve.points[-1].on if curve.points else None,
        currency=everything.currency,
        has_balance=curve.has_balance,
        tiles=[_own_tile(user_id, label, period, period in periods) for label, period in TILES],
        record=everything.metrics
        if everything.metrics.trade_count and "all_time" in periods
        else None,
        chart=chart,
        data=data,
        fills=_fills(user_id),
        robots=active,
        plan=billing.plan_of(user_id),
        plan_status=user.subscription_status,
    )


def _sources(row: MetricsRow) -> str:
    if not row.kinds:
        return gettext("Your live, paper and journal accounts together.")
    names = listed((words.kind(kind) for kind in row.kinds), gettext(" and "))
    return gettext(
        "Your %(kinds)s accounts together, in %(currency)s.", kinds=names, currency=row.currency
    )


def _current(row: MetricsRow) -> Metrics | None:
    """Return the figures of a row unless its period is over: then nothing has happened since."""
    if row.on is None or row.on < period_start(row.period, clock.now()):
        return None
    return row.metrics


def _own_tile(user_id: int, label: str, period: Period, is_shown: bool) -> Tile:  # noqa: FBT001 - one of its facts
    if is_shown:
        return _tile(label, performance.own_metrics(user_id, period))
    plan = billing.next_plan(user_id, "periods")
    return Tile(label, NOTHING, None, 0, 0, billing.plan_name(plan) if plan else "")


def _tile(label: str, row: MetricsRow) -> Tile:
    found = _current(row)
    if found is None:
        return Tile(label, NOTHING, None, 0, 0)
    percent = None if found.return_ratio is None else found.return_ratio * 100
    return Tile(label, found.total_pnl, percent, found.trade_count, found.win_count)


def _curve(curve: EquityCurve, *, is_whole: bool) -> tuple[rules.Chart | None, dict[str, object]]:
    if not curve.points:
        return None, {}
    series = rules.Series(
        gettext("Equity") if curve.has_balance else gettext("Net P&L"),
        "paper" if curve.kinds == ["paper"] else "live",
        [
            (point.on, float((point.equity if curve.has_balance else point.pnl) or 0))
            for point in curve.points
        ],
    )
    drawdown = rules.Drawdown("percent" if curve.has_balance else curve.currency, _falls(curve))
    reference = 0.0
    if curve.has_balance:
        # The whole curve is measured from the starting balance, a part of it from its first day.
        reference = series.points[0][1] - (float(curve.points[0].pnl) if is_whole else 0.0)
    chart = rules.chart([series], reference=reference, unit=curve.currency, drawdown=drawdown)
    return chart, rules.chart_data([series], drawdown, reference)


def _falls(curve: EquityCurve) -> list[rules.Point]:
    if curve.has_balance:
        return [(point.on, (point.drawdown_ratio or 0.0) * 100) for point in curve.points]
    return rules.falls([(point.on, float(point.pnl)) for point in curve.points])


def _fills(user_id: int) -> list[OwnFill]:
    names = _names(user_id)
    return [
        OwnFill(fill, names.get(fill.plugin_id, fill.plugin_id))
        for fill in ledger.recent_fills(user_id, RECENT)
    ]


def _names(user_id: int) -> dict[str, str]:
    own = {robot.plugin_id: robot.name for robot in robots.active_robots(user_id)}
    return own | {key: each.robot.name for key, each in asking.shelf().items()}


def own_robots(user_id: int) -> list[OwnRobot]:
    """Return the robots that a member has accounts of; backtests stand in rows of their own."""
    active, shelf = robots.active_robots(user_id), asking.shelf()
    forward = [
        _own_robot(user_id, robot, shelf) for robot in active if set(robot.kinds) - {BACKTEST}
    ]
    tests = [
        _own_robot(user_id, robot, shelf, BACKTEST) for robot in active if BACKTEST in robot.kinds
    ]
    return forward + tests


def own_years(user_id: int) -> list[Year]:
    """Return the monthly returns of all accounts of a member that have a balance.

    Empty for whose plan has no analytics.
    """
    if not billing.can(user_id, "analytics"):
        return []
    return years_of(performance.own_history(user_id, "monthly"))


def _own_robot(
    user_id: int, robot: ActiveRobot, shelf: dict[str, ShelfRobot], kind: str | None = None
) -> OwnRobot:
    shown = shelf.get(robot.plugin_id)
    span: Period = "all_time" if kind == BACKTEST else performance.widest_period(user_id)
    row = performance.own_metrics(user_id, span, plugin_id=robot.plugin_id, kind=kind)
    newest = performance.own_metrics(user_id, "daily", plugin_id=robot.plugin_id, kind=kind)
    today, shown_now = _current(newest), row.metrics if span == "all_time" else _current(row)
    return OwnRobot(
        plugin_id=robot.plugin_id,
        name=shown.robot.name if shown else robot.name,
        has_page=shown is not None and not shown.is_hidden,
        kinds=gettext("over past bars")
        if kind
        else listed(words.kind(each) for each in sorted(set(robot.kinds) - {BACKTEST})),
        is_simulated=robot.is_simulated,
        is_backtest=kind == BACKTEST,
        currency=row.currency,
        today=today.total_pnl if today else NOTHING,
        metrics=shown_now or performance.NOTHING,
        span="" if span == "all_time" else str(SPANS[span]),
    )


def own_trades(user_id: int, query: JournalQuery) -> dict[str, object]:
    """Return a page of a member's closed trades, the newest first, and where the next begins."""
    names = _names(user_id)
    page = ledger.list_trades(user_id, cursor=query.cursor or None, limit=TRADES)
    trades = [OwnTrade(each, names.get(each.plugin_id, each.plugin_id)) for each in page.items]
    return {"trades": trades, "older": page.next_cursor, "is_first": not query.cursor}


def own_accounts(user_id: int, errors: Mapping[int, str] | None = None) -> list[OwnAccount]:
    """Return a member's trading accounts, each with the state of its chain."""
    names = _names(user_id)
    listed = ledger.list_accounts(user_id)
    can_check = sum(account.head_seq for account in listed) <= MOST_EVENTS
    return [
        OwnAccount(
            account,
            names.get(account.plugin_id, account.plugin_id),
            can_check,
            _broken_at(account.id) if can_check else None,
            (errors or {}).get(account.id),
        )
        for account in listed
    ]


def set_opening(user_id: int, account_id: int, fields: Mapping[str, str]) -> None:
    """Keep what an account began with; empty fields of the form count as left out."""
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    try:
        opening = parse(OpeningIn, given)
    except ValidationError as error:
        message = gettext("Write an amount above 0, such as 10000.")
        raise ValidationError(message, field="starting_balance") from error
    ledger.set_opening(user_id, account_id, opening)


def _broken_at(account_id: int) -> int | None:
    fault = ledger.verify(account_id)
    return fault.seq if fault else None
