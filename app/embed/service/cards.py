"""A robot of the catalogue beside its public record: what cards, lists and pages show of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.billing import service as billing
from app.billing.schemas import Plan
from app.core.i18n import gettext, listed, pgettext
from app.embed import rules
from app.embed.service import asking
from app.ledger import service as ledger
from app.ledger.schemas import AccountView
from app.performance import service as performance
from app.performance.schemas import EquityCurve, Metrics, RobotRecord
from app.robots import service as robots
from app.robots.schemas import STRATEGY_LABELS, Robot, ShelfRobot

ENOUGH_TRADES = 30
"""Under this many closed trades no ratio is shown, only how many are still missing."""


@dataclass(frozen=True)
class Evidence:
    """On what a robot's figures stand: live money, paper, or nothing yet."""

    kind: str
    text: str
    name: str = ""
    """The text without the days, for the legend of a chart."""


@dataclass(frozen=True)
class RobotCard:
    """A robot, its record if it has one, and the plan that includes it."""

    robot: Robot
    record: RobotRecord | None
    plan: Plan
    has_backtest: bool
    is_featured: bool = False
    """Put first by the site, which says nothing about its result."""
    position: int = 0
    has_page: bool = True
    """False: the site hides it from its shelf. Its record stays on the boards."""

    @property
    def metrics(self) -> Metrics | None:
        """The figures of the record; None before the first closed trade."""
        found = self.record.metrics if self.record else None
        return found if found is not None and found.trade_count else None

    @property
    def trade_count(self) -> int:
        """Closed trades of the record."""
        return self.metrics.trade_count if self.metrics else 0

    @property
    def has_enough(self) -> bool:
        """Whether there are enough trades for ratios."""
        return self.trade_count >= ENOUGH_TRADES

    @property
    def return_percent(self) -> float | None:
        """Net return over the whole record, in percent."""
        ratio = self.metrics.return_ratio if self.metrics else None
        return None if ratio is None else ratio * 100

    @property
    def result(self) -> float | None:
        """What the card calls profit or loss: the net return, without a balance the money."""
        if self.metrics is None:
            return None
        return (
            self.return_percent
            if self.return_percent is not None
            else float(self.metrics.total_pnl)
        )

    @property
    def evidence(self) -> Evidence:
        """Live wins over paper in the name; both are named when both are in the figures."""
        kinds = set(self.record.kinds) if self.record and self.metrics else set()
        days = self.record.days if self.record else 0
        if {"live", "paper"} <= kinds:
            return Evidence(
                "live", gettext("Live and paper %(days)s d", days=days), gettext("Live and paper")
            )
        if "live" in kinds:
            return Evidence("live", gettext("Live %(days)s d", days=days), gettext("Live"))
        if "paper" in kinds:
            return Evidence("paper", gettext("Paper %(days)s d", days=days), gettext("Paper"))
        if "null" in kinds:
            return Evidence(
                "paper", gettext("Null, paper %(days)s d", days=days), gettext("Null, paper")
            )
        return Evidence(
            "none", gettext("Backtest only") if self.has_backtest else gettext("No record yet")
        )

    @property
    def strategy(self) -> str:
        """Strategy and market in words."""
        return listed((self.robot.strategy_label, pgettext("robot", self.robot.market)))

    @property
    def spark(self) -> rules.Spark | None:
        """The sparkline of the record."""
        return rules.spark(self.record.spark) if self.record and self.metrics else None


def list_cards() -> list[RobotCard]:
    """Return every listed robot with its record, also those that the asking site hides."""
    catalogue = asking.shelf()
    records = performance.robot_records(catalogue)
    tested = {account.plugin_id for account in published_backtests()}
    return [_card(each, records.get(key), tested) for key, each in catalogue.items()]


def get_card(plugin_id: str) -> RobotCard:
    """Return one robot with its record; NotFoundError when the asking site shows none."""
    shown = robots.shown_robot(asking.site_id(), plugin_id)
    tested = {account.plugin_id for account in published_backtests(plugin_id)}
    return _card(shown, performance.robot_records([plugin_id]).get(plugin_id), tested)


def published_backtests(plugin_id: str | None = None) -> list[AccountView]:
    """Return the runs over past bars that the operator has published; members' own are not."""
    return ledger.list_published_backtests(plugin_id)


def _card(shelf: ShelfRobot, record: RobotRecord | None, tested: set[str]) -> RobotCard:
    robot = shelf.robot
    return RobotCard(
        robot,
        record,
        billing.get_plan(robot.min_tier),
        has_backtest=robot.id in tested,
        is_featured=shelf.is_featured,
        position=shelf.position,
        has_page=not shelf.is_hidden,
    )


def strategy_options(catalogue: Iterable[Robot], everything: str) -> list[tuple[str, str]]:
    """Return the strategies that occur, for a filter."""
    keys = dict.fromkeys(robot.strategy for robot in catalogue)
    return [("all", everything), *((key, STRATEGY_LABELS[key]) for key in keys)]


def return_points(curve: EquityCurve) -> list[rules.Point]:
    """Return the compounded return in percent after each close of a curve with a balance."""
    closes = [point for point in curve.points if point.equity is not None]
    returns = rules.cumulative_returns(
        [float(point.equity or 0) for point in closes], [float(point.pnl) for point in closes]
    )
    return list(zip((point.on for point in closes), returns, strict=True))
