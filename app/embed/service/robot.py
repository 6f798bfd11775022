"""A robot's public page: figures over four periods, curve, months, backtests apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.service.cards import RobotCard, get_card, published_backtests, return_points
from app.ledger import service as ledger
from app.performance import service as performance
from app.performance.schemas import EquityCurve, Metrics, MetricsRow, Period

PERIODS: tuple[tuple[str, Period], ...] = (
    (lazy_gettext("Day"), "daily"),
    (lazy_gettext("Week"), "weekly"),
    (lazy_gettext("Month"), "monthly"),
    (lazy_gettext("All time"), "all_time"),
)


BACKTEST = "backtest"


@dataclass(frozen=True)
class Year:
    """Twelve months of a year and their compounded total."""

    year: int
    cells: list[rules.Heat]
    total: float


@dataclass(frozen=True)
class Backtested:
    """The figures of a robot over history: never part of its record."""

    title: str
    row: MetricsRow
    spark: rules.Spark | None


@dataclass(frozen=True)
class RobotPage:
    """Everything known about a robot."""

    card: RobotCard
    periods: list[tuple[str, MetricsRow]]
    chart: rules.Chart | None
    years: list[Year]
    backtests: list[Backtested]
    fees: Decimal | None = None
    """All fees of the record; None when they are not added up."""

    @property
    def metrics(self) -> Metrics | None:
        """The figures of the whole record."""
        return self.card.metrics


def robot_page(plugin_id: str) -> RobotPage:
    """Return a robot's page; NotFoundError when the catalogue has no such robot."""
    card = get_card(plugin_id)
    rows = [
        (label, performance.get_metrics(None, period, plugin_id=plugin_id))
        for label, period in PERIODS
    ]
    return RobotPage(
        card=card,
        periods=[(label, row) for label, row in rows if row.on is not None],
        chart=_chart(card, performance.equity_curve(None, plugin_id)),
        years=years_of(performance.list_metrics(None, "monthly", plugin_id=plugin_id)),
        backtests=_backtests(plugin_id),
        fees=_fees(card),
    )


def _chart(card: RobotCard, curve: EquityCurve) -> rules.Chart | None:
    style = "live" if card.evidence.kind == "live" else "paper"
    if curve.has_balance:
        points = return_points(curve)
        falls = [(point.on, (point.drawdown_ratio or 0.0) * 100) for point in curve.points]
        drawdown, unit = rules.Drawdown("percent", falls), "percent"
    else:
        points = [(point.on, float(point.pnl)) for point in curve.points]
        drawdown, unit = rules.Drawdown(curve.currency, rules.falls(points)), curve.currency
    if not points:
        return None
    series = rules.Series(card.evidence.name, style, points)
    return rules.chart([series], reference=0.0, unit=unit, drawdown=drawdown)


def _fees(card: RobotCard) -> Decimal | None:
    if card.record is None or card.metrics is None:
        return None
    return ledger.public_fees(card.robot.id, card.record.currency)


def _backtests(plugin_id: str) -> list[Backtested]:
    """Return the runs over past bars, those of one member together, without telling whose."""
    names: dict[int, list[str]] = {}
    for account in published_backtests(plugin_id):
        names.setdefault(account.user_id, []).append(account.name)
    return [_backtest(user_id, plugin_id, titles) for user_id, titles in names.items()]


def _backtest(user_id: int, plugin_id: str, titles: list[str]) -> Backtested:
    title = titles[0] if len(titles) == 1 else gettext("%(num)s runs together", num=len(titles))
    row = performance.get_metrics(user_id, "all_time", plugin_id=plugin_id, kind=BACKTEST)
    curve = performance.equity_curve(user_id, plugin_id, kind=BACKTEST)
    returns = [value / 100 for _day, value in return_points(curve)]
    return Backtested(title, row, rules.spark(returns))


def years_of(rows: list[MetricsRow]) -> list[Year]:
    """Return the returns of months, a year together; months without a balance are left out."""
    found: dict[int, dict[int, float]] = {}
    for row in rows:
        if row.on is not None and row.metrics.return_ratio is not None:
            found.setdefault(row.on.year, {})[row.on.month] = row.metrics.return_ratio
    return [year_of(year, months) for year, months in sorted(found.items())]


def year_of(year: int, months: dict[int, float]) -> Year:
    """Return a year of monthly returns, given as ratios by the number of the month."""
    total = 1.0
    for value in months.values():
        total *= 1 + value
    cells = [
        rules.Heat(month, months.get(month), rules.heat_step(months.get(month)))
        for month in range(1, 13)
    ]
    return Year(year, cells, total - 1)
