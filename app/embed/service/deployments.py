"""Robots at work on paper, as their member sees them: state, result, position, orders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.billing import service as billing
from app.core import clock, formatters
from app.core.errors import AppError
from app.core.i18n import language, lazy_pgettext
from app.core.versions import VERSION
from app.embed import rules
from app.embed.service import asking, robot_forms
from app.ledger import service as ledger
from app.ledger.schemas import TradeView
from app.market import service as market
from app.performance import service as performance
from app.performance.schemas import AccountResult
from app.robots import service as robots
from app.robots.schemas import Robot
from app.robots.schemas.running import DeploymentView, OrderView, PositionView

STATES = {
    "active": lazy_pgettext("state of a deployment", "Running"),
    "paused": lazy_pgettext("state of a deployment", "Paused"),
    "stopped": lazy_pgettext("state of a deployment", "Stopped"),
    "failed": lazy_pgettext("state of a deployment", "Failed"),
}
ORDER_STATES = {
    "working": lazy_pgettext("state of an order", "Working"),
    "filled": lazy_pgettext("state of an order", "Filled"),
    "partial": lazy_pgettext("state of an order", "Filled in part"),
    "cancelled": lazy_pgettext("state of an order", "Cancelled"),
    "expired": lazy_pgettext("state of an order", "Expired"),
    "rejected": lazy_pgettext("state of an order", "Rejected"),
}
ORDER_KINDS = {
    "market": lazy_pgettext("kind of an order", "Market"),
    "limit": lazy_pgettext("kind of an order", "Limit"),
    "stop": lazy_pgettext("kind of an order", "Stop"),
    "trailing": lazy_pgettext("kind of an order", "Trailing stop"),
}
MOST_ORDERS, MOST_TRADES = 25, 10
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Deployment:
    """A deployment with what it has made and holds."""

    view: DeploymentView
    name: str
    has_page: bool
    result: AccountResult | None
    positions: list[PositionView]

    @property
    def state(self) -> str:
        """The state in words."""
        return str(STATES[self.view.state])

    @property
    def waits_for(self) -> list[str]:
        """The symbols of which nobody brings bars, while it is at work."""
        return market.without_source(self.view.symbols) if self.view.state == "active" else []

    @property
    def is_late(self) -> bool:
        """Whether bars came when their turn was over."""
        return self.view.late_count > 0

    @property
    def is_simulated(self) -> bool:
        """Whether its bars are of the invented market."""
        return any(market.is_simulated(symbol) for symbol in self.view.symbols)

    @property
    def symbols(self) -> str:
        """What it trades."""
        return ", ".join(self.view.symbols)

    @property
    def timeframe(self) -> str:
        """The length of its bars in words."""
        return str(dict(robot_forms.TIMEFRAMES).get(self.view.timeframe, self.view.timeframe))

    @property
    def currency(self) -> str:
        """The currency of its account."""
        return self.result.currency if self.result else "USD"

    @property
    def total(self) -> Decimal:
        """What it has made, open profit as last marked included."""
        return self.result.result if self.result else NOTHING

    @property
    def today(self) -> Decimal:
        """The same of today."""
        return self.result.today if self.result else NOTHING

    @property
    def trade_count(self) -> int:
        """Closed trades."""
        return self.result.trade_count if self.result else 0

    @property
    def won(self) -> int:
        """Closed trades that made money."""
        return self.result.win_count if self.result else 0

    @property
    def has_begun(self) -> bool:
        """Whether a bar has closed since it was started."""
        return self.view.watermark > self.view.created_at

    @property
    def actions(self) -> list[str]:
        """What can be done now: pause, resume, stop."""
        can = {"active": ["pause", "stop"], "stopped": []}
        return can.get(self.view.state, ["resume", "stop"])


@dataclass(frozen=True)
class Order:
    """An order with the words for it."""

    view: OrderView

    @property
    def state(self) -> str:
        """What became of it."""
        return str(ORDER_STATES.get(self.view.state, self.view.state))

    @property
    def kind(self) -> str:
        """Market, Limit, Stop."""
        return str(ORDER_KINDS.get(self.view.kind, self.view.kind))


@dataclass(frozen=True)
class DeploymentNow:
    """What moves on the page of one deployment."""

    deployment: Deployment
    orders: list[Order]
    trades: list[TradeView]
    error: str = ""


@dataclass(frozen=True)
class DeploymentPage:
    """One deployment with its settings."""

    now: DeploymentNow
    fields: list[rules.FormField]
    terms: list[tuple[str, str]]
    errors: Mapping[str, str]
    head_hash: str
    """The hash of the newest event of its record."""
    event_count: int

    @property
    def deployment(self) -> Deployment:
        """The deployment itself."""
        return self.now.deployment

    @property
    def message(self) -> str:
        """What is wrong with no parameter in particular."""
        shown = {each.name for each in self.fields}
        return " ".join(text for name, text in self.errors.items() if name not in shown)


@dataclass(frozen=True)
class Choice:
    """A robot that may be chosen, and whether the member's plan has it."""

    robot: Robot
    is_included: bool
    plan: str
    is_null: bool


def deployments_tag(user_id: int) -> str:
    """Return what changes whenever a member's deployments or their results do."""
    seen = [
        (each.id, each.state, each.watermark, each.updated_at)
        for each in robots.list_deployments(user_id)
    ]
    brings = market.providers_set_up()
    parts = (VERSION, user_id, seen, performance.version(user_id), _today(), language(), brings)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def list_deployments(user_id: int) -> list[Deployment]:
    """Return a member's deployments, those that run first, then the newest first."""
    found = robots.list_deployments(user_id)
    results = _results(found)
    shown = [_deployment(user_id, each, results) for each in found]
    return sorted(shown, key=lambda each: each.view.state == "stopped")


def deployment_now(user_id: int, deployment_id: int, error: str = "") -> DeploymentNow:
    """Return what moves of one deployment; NotFoundError when it is not the member's."""
    view = robots.get_deployment(user_id, deployment_id)
    results = _results([view])
    return DeploymentNow(
        deployment=_deployment(user_id, view, results),
        orders=[Order(each) for each in robots.list_orders(user_id, view.id, MOST_ORDERS)],
        trades=ledger.list_trades(user_id, view.account_id, limit=MOST_TRADES).items,
        error=error,
    )


def deployment_page(
    user_id: int,
    deployment_id: int,
    typed: Mapping[str, str] | None = None,
    error: AppError | None = None,
) -> DeploymentPage:
    """Return one deployment; NotFoundError when it is not the member's."""
    now = deployment_now(user_id, deployment_id)
    view, errors = now.deployment.view, robot_forms.faults_of(error)
    account = ledger.get_account(user_id, view.account_id or 0)
    return DeploymentPage(
        now=now,
        fields=robot_forms.parameter_fields(view.plugin_id, view.parameters, typed, errors),
        terms=robot_forms.cost_words(view.terms),
        errors=errors,
        head_hash=account.head_hash,
        event_count=account.head_seq,
    )


def start_deployment(user_id: int, plugin_id: str, typed: Mapping[str, str]) -> DeploymentPage:
    """Let a robot trade on paper from now on."""
    robots.shown_robot(asking.site_id(), plugin_id)
    made = robots.deploy(user_id, robot_forms.read_deployment(plugin_id, typed))
    return deployment_page(user_id, made.id)


def change_parameters(user_id: int, deployment_id: int, typed: Mapping[str, str]) -> DeploymentPage:
    """Go on with other parameters, which is a new deployment with a record of its own."""
    plugin_id = robots.get_deployment(user_id, deployment_id).plugin_id
    parameters = robot_forms.read_parameters(plugin_id, typed)
    made = robots.change_parameters(user_id, deployment_id, parameters)
    return deployment_page(user_id, made.id)


def pause_deployment(user_id: int, deployment_id: int) -> DeploymentNow:
    """Let a robot rest; what it holds stays."""
    robots.pause(user_id, deployment_id)
    return deployment_now(user_id, deployment_id)


def resume_deployment(user_id: int, deployment_id: int) -> DeploymentNow:
    """Let a robot go on."""
    robots.resume(user_id, deployment_id)
    return deployment_now(user_id, deployment_id)


def stop_deployment(user_id: int, deployment_id: int) -> DeploymentNow:
    """End a deployment; its record stays."""
    robots.stop(user_id, deployment_id)
    return deployment_now(user_id, deployment_id)


def choices(user_id: int) -> list[Choice]:
    """Return the robots that the site shows and that can run; those of the member's plan first."""
    runnable = {each.id for each in robots.load_catalogue()}
    shown = [each for each in asking.shelf().values() if not each.is_hidden]
    found = [
        Choice(
            each.robot,
            billing.covers(user_id, each.facts.min_tier),
            each.robot.min_tier,
            each.facts.strategy == "null",
        )
        for each in shown
        if each.facts.id in runnable
    ]
    return sorted(found, key=lambda each: (not each.is_included, each.is_null, each.robot.name))


def _results(views: Iterable[DeploymentView]) -> dict[int, AccountResult]:
    ids = [each.account_id for each in views if each.account_id is not None]
    return performance.account_results(ids, _today())


def _today() -> date:
    return clock.now().astimezone(formatters.NEW_YORK).date()


def _deployment(
    user_id: int, view: DeploymentView, results: Mapping[int, AccountResult]
) -> Deployment:
    shelf = asking.shelf().get(view.plugin_id)
    return Deployment(
        view=view,
        name=shelf.robot.name if shelf else view.plugin_id,
        has_page=shelf is not None and not shelf.is_hidden,
        result=results.get(view.account_id or 0),
        positions=robots.positions(user_id, view.id),
    )
