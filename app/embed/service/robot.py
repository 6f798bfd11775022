"""A robot's public page: figures over four periods, curve, months, backtests apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.service import robot_forms
from app.embed.service.cards import RobotCard, get_card, published_backtests, return_points
from app.ledger import service as ledger
from app.ledger.schemas import AccountView
from app.performance import service as performance
from app.performance.schemas import EquityCurve, Metrics, MetricsRow, Period, VersionResult
from app.robots import service as robots
from app.robots.schemas.running import DeploymentView

PERIODS: tuple[tuple[str, Period], ...] = (
    (lazy_gettext("Day"), "daily"),
    (lazy_gettext("Week"), "weekly"),
    (lazy_gettext("Month"), "monthly"),
    (lazy_gettext("All time"), "all_time"),
)


BACKTEST = "backtest"
MOST_PROOFS = 5


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
    points: list[rules.Point]
    """Return in percent after each close."""
    fees: Decimal
    """Commissions and borrowing, as the ledger has them."""
    spread: Decimal | None
    """What the model took in prices; None where a run does not tell."""
    slippage: Decimal | None

    @property
    def cost_total(self) -> Decimal | None:
        """All that trading cost; None where a part is not known."""
        if self.spread is None or self.slippage is None:
            return None
        return self.fees + self.spread + self.slippage


@dataclass(frozen=True)
class Deployed:
    """A deployment behind the public record, with its settings in words."""

    view: DeploymentView
    parameters: list[tuple[str, str]]
    costs: list[tuple[str, str]]


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
    versions: list[VersionResult] = field(default_factory=list)
    proofs: list[AccountView] = field(default_factory=list)
    """The accounts of the record with their hashes, the newest first."""
    at_work: list[Deployed] = field(default_factory=list)
    parameters: list[rules.FormField] = field(default_factory=list)
    """What its code declares; empty for a robot of the demo, which has no code."""

    @property
    def can_run(self) -> bool:
        """Whether a member may start it."""
        return not self.card.robot.is_demo

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
    backtests, proofs = _backtests(plugin_id), ledger.list_ranked(plugin_id)
    return RobotPage(
        card=card,
        periods=[(label, row) for label, row in rows if row.on is not None],
        chart=_chart(card, performance.equity_curve(None, plugin_id), backtests),
        years=years_of(performance.list_metrics(None, "monthly", plugin_id=plugin_id)),
        backtests=backtests,
        fees=_fees(card),
        versions=performance.version_results(plugin_id),
        proofs=proofs[:MOST_PROOFS],
        at_work=_at_work(proofs[:MOST_PROOFS]),
        parameters=[] if card.robot.is_demo else robot_forms.parameter_fields(plugin_id, {}),
    )


def _at_work(proofs: list[AccountView]) -> list[Deployed]:
    return [
        Deployed(
            each,
            [
                (one.label, one.shown)
                for one in robot_forms.parameter_fields(each.plugin_id, each.parameters)
            ],
            robot_forms.cost_words(each.terms),
        )
        for each in robots.list_public([account.id for account in proofs])
    ]


def _chart(card: RobotCard, curve: EquityCurve, backtests: list[Backtested]) -> rules.Chart | None:
    """Draw the record and the newest backtest on one axis, never as one line."""
    past = [rules.Series(gettext("Backtest"), "back", each.points) for each in backtests[-1:]]
    past = [each for each in past if each.points]
    style = "live" if card.evidence.kind == "live" else "paper"
    if curve.has_balance:
        points = return_points(curve)
        falls = [(point.on, (point.drawdown_ratio or 0.0) * 100) for point in curve.points]
        drawdown, unit = rules.Drawdown("percent", falls), "percent"
    else:
        points = [(point.on, float(point.pnl)) for point in curve.points]
        drawdown, unit = rules.Drawdown(curve.currency, rules.falls(points)), curve.currency
    if not points:
        return rules.chart(past, reference=0.0, unit="percent")
    series = [rules.Series(card.evidence.name, style, points)]
    series += past if unit == "percent" else []
    return rules.chart(series, reference=0.0, unit=unit, drawdown=drawdown)


def _fees(card: RobotCard) -> Decimal | None:
    if card.record is None or card.metrics is None:
        return None
    return ledger.public_fees(card.robot.id, card.record.currency)


def _backtests(plugin_id: str) -> list[Backtested]:
    """Return the runs over past bars, those of one member together, without telling whose."""
    found: dict[int, list[AccountView]] = {}
    for account in published_backtests(plugin_id):
        found.setdefault(account.user_id, []).append(account)
    return [_backtest(user_id, plugin_id, accounts) for user_id, accounts in found.items()]


def _backtest(user_id: int, plugin_id: str, accounts: list[AccountView]) -> Backtested:
    titles = [account.name for account in accounts]
    paid = performance.account_results([account.id for account in accounts], date.min)
    title = titles[0] if len(titles) == 1 else gettext("%(num)s runs together", num=len(titles))
    row = performance.get_metrics(user_id, "all_time", plugin_id=plugin_id, kind=BACKTEST)
    curve = performance.equity_curve(user_id, plugin_id, kind=BACKTEST)
    points = return_points(curve)
    returns = [value / 100 for _day, value in points]
    fees = sum((each.fees for each in paid.values()), Decimal(0))
    modelled = (
        _sum([each.modelled_spread for each in accounts]),
        _sum([each.modelled_slippage for each in accounts]),
    )
    return Backtested(title, row, rules.spark(returns), points, fees, *modelled)


def _sum(parts: list[Decimal | None]) -> Decimal | None:
    known = [each for each in parts if each is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


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
