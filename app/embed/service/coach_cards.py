"""The cards beside the coach's answers: six kinds, each of typed figures, and their large views."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.billing import service as billing
from app.coach.schemas import CHART, Card
from app.core import clock, formatters
from app.core.errors import NotFoundError
from app.core.i18n import gettext, language, lazy_gettext
from app.embed import rules
from app.embed.schemas import BarsQuery, DeskQuery
from app.embed.service import cards, coach_live, deployments, desk, desk_levels
from app.embed.service.options.positions import RIGHTS
from app.embed.service.robot import RobotPage, robot_page
from app.ledger import service as ledger
from app.ledger.schemas import AccountView
from app.market import service as market
from app.performance import service as performance
from app.performance.schemas import Metrics
from app.trading import service as trading
from app.trading.schemas.portfolio import Portfolio, PortfolioQuery

TITLES = {
    "levels": lazy_gettext("Key levels"),
    "positions": lazy_gettext("Position summary"),
    "pnl": lazy_gettext("P&L tracker"),
    "alerts": lazy_gettext("Alert status"),
    "performance": lazy_gettext("Performance"),
    "robot": lazy_gettext("Robot"),
    CHART: lazy_gettext("Chart"),
}
NEAREST = 3
FEW = 4
AGE_STEP = 5
"""Seconds after which a live price's age is told anew, where no other price came."""
KINDS = ("live", "journal", "copy", "paper")
"""Of accounts, in the order in which they are shown; what happened on paper is never mixed in."""
TIMEFRAME = "M5"

RIGHT_NAMES = dict(RIGHTS)


@dataclass(frozen=True)
class Levels:
    """A price, the levels next to it on both sides, and how far the instrument moves in a day."""

    symbol: str
    now: desk.Now
    above: Sequence[desk_levels.Line]
    """Resistance, the highest first."""
    below: Sequence[desk_levels.Line]
    """Support, the nearest first."""
    atr: float | None

    def in_days(self, line: desk_levels.Line) -> float | None:
        """Return how many usual days' ranges a level is away."""
        return abs(line.away) / self.atr if self.atr else None


@dataclass(frozen=True)
class Held:
    """What the accounts of one kind and currency hold."""

    kind: str
    currency: str
    positions: Sequence[coach_live.Valued]
    is_simulated: bool

    @property
    def open_pnl(self) -> Decimal | None:
        """All of it, live or as last marked; None where nothing is known."""
        known = [each.pnl for each in self.positions if each.pnl is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def freshness(self) -> coach_live.Freshness:
        """Of when it is."""
        return coach_live.freshness(self.positions)


@dataclass(frozen=True)
class Made:
    """What the accounts of one kind and currency have made."""

    kind: str
    currency: str
    accounts: int
    result: Decimal
    today: Decimal
    fees: Decimal
    trades: int
    is_simulated: bool
    freshness: coach_live.Freshness
    """Of when the open part of the result is."""
    is_today_live: bool
    """Whether today's result has it, too."""


@dataclass(frozen=True)
class Measured:
    """The figures of one kind of account."""

    kind: str
    currency: str
    metrics: Metrics
    fees: Decimal
    is_simulated: bool


@dataclass(frozen=True)
class Performance:
    """Figures by kind of account over the longest period that the plan shows."""

    period: str
    rows: Sequence[Measured]


@dataclass(frozen=True)
class Robot:
    """A robot's public record, and the member's own deployments of it."""

    card: cards.RobotCard
    own: Sequence[deployments.Deployment]


@dataclass(frozen=True)
class Alerts:
    """What there is of alerts: how many the plan gives, and whether they can be set yet."""

    limit: int | None
    is_ready: bool


@dataclass(frozen=True)
class CardView:
    """A card with its figures; `data` is None where there is nothing of the kind."""

    card: Card
    data: Levels | Sequence[Held] | Sequence[Made] | Performance | Robot | Alerts | None
    tag: str = ""

    @property
    def element(self) -> str:
        """What the id of its element ends with; one answer shows a card once."""
        return element_of(self.card)

    @property
    def title(self) -> str:
        """What it is."""
        return title_of(self.card)


@dataclass(frozen=True)
class Large:
    """What the panel shows of a card."""

    card: Card
    view: CardView | None = None
    chart: desk.Desk | None = None
    robot: RobotPage | None = None
    books: Sequence[Portfolio] = field(default=())
    """Open positions with their Greeks, one kind of account after the other."""
    marks: str = ""
    """The levels that are marked, as an address has them."""

    @property
    def title(self) -> str:
        """What it is."""
        return title_of(self.card)


def element_of(card: Card) -> str:
    """Return what the id of a card's element ends with."""
    about = re.sub(r"[^a-z0-9]+", "-", card.of.lower()).strip("-")
    return f"{card.kind}{'-' if about else ''}{about}"


def title_of(card: Card) -> str:
    """Return what a card is, with what it is about."""
    title = str(TITLES[card.kind])
    return f"{title}: {card.of}" if card.of and card.kind != "robot" else title


def card_tag(user_id: int, card: Card) -> str:
    """Return what changes whenever a card does: by a few small queries."""
    minute = int(clock.now().timestamp()) // 60
    if card.kind == "levels":
        query = BarsQuery(symbol=card.of, timeframe=TIMEFRAME)
        return rules.short_hash(desk.now_tag(user_id, query), card, language())
    heads = [(one.id, one.head_seq) for one in ledger.list_accounts(user_id)]
    plans = sorted(billing.entitlements(user_id).plans.items())
    prices = _prices(user_id) if card.kind in {"positions", "pnl"} else []
    parts = (performance.version(user_id), heads, plans, minute, language(), prices)
    return rules.short_hash(card, user_id, parts)


def _prices(user_id: int) -> list[Any]:
    """Return what changes with a price of what is held, and with its age while it is live."""
    held_now = [
        each for account in _accounts(user_id) for each in ledger.open_positions(account.id)
    ]
    ages = [market.live_price(each.instrument_id) for each in held_now]
    return [coach_live.watch(held_now), [each and each.age_seconds // AGE_STEP for each in ages]]


def card_view(user_id: int, card: Card) -> CardView:
    """Return a card with its figures of now."""
    makers: dict[str, Any] = {
        "levels": lambda: _levels(user_id, card.of),
        "positions": lambda: held(user_id),
        "pnl": lambda: made(user_id),
        "alerts": lambda: _alerts(user_id),
        "performance": lambda: _performance(user_id),
        "robot": lambda: _robot(user_id, card.of),
    }
    return CardView(card, makers[card.kind](), card_tag(user_id, card))


def large(user_id: int, card: Card, marks: str = "") -> Large:
    """Return what the panel shows of a card: the chart of a symbol, or more than the card has room for."""
    if card.kind in {CHART, "levels"}:
        # Of the timeframe that the member's own chart has: looking at it changes nothing.
        chart = desk.desk(user_id, DeskQuery(symbol=card.of, marks=marks))
        return Large(card, chart=chart, marks=marks)
    if card.kind == "robot":
        return Large(card, robot=_page(card.of))
    books: list[Portfolio] = []
    if card.kind == "positions":
        books = [_book(user_id, kind) for kind in _kinds(user_id)]
    view = card_view(user_id, card)
    return Large(card, view, books=[each for each in books if each.underlyings])


# --- The figures of each kind ---


def _levels(user_id: int, symbol: str) -> Levels | None:
    query = BarsQuery(symbol=symbol, timeframe=TIMEFRAME)
    now = desk.desk_now(user_id, query)
    found, _orders = desk.desk_levels_of(user_id, DeskQuery(symbol=symbol, timeframe=TIMEFRAME))
    if now is None or found is None:
        return None
    above = [each for each in found.lines if each.away >= 0][-NEAREST:]
    below = [each for each in found.lines if each.away < 0][:NEAREST]
    return Levels(symbol, now, above, below, found.atr)


def held(user_id: int) -> list[Held]:
    """Return a member's open positions, live or as last marked, by kind of account and currency."""
    simulated = _simulated(user_id)
    return [
        Held(kind, currency, own, kind in simulated or any(each.is_simulated for each in own))
        for (kind, currency), own in _ordered(_open(user_id))
    ]


def _open(user_id: int) -> dict[tuple[str, str], list[coach_live.Valued]]:
    found: dict[tuple[str, str], list[coach_live.Valued]] = {}
    for account in _accounts(user_id):
        positions = ledger.open_positions(account.id)
        if positions:
            found.setdefault((account.kind, account.currency), []).extend(
                coach_live.valued(positions)
            )
    return found


def held_name(position: ledger.OpenPosition) -> str:
    """Name what is held as people do: an option by underlying, strike, side and last day."""
    named = trading.instrument_of(position.symbol)
    if named.strike is None:
        return position.symbol
    strike, right = formatters.qty(named.strike), str(RIGHT_NAMES[named.right])
    return f"{named.symbol} {strike} {right}, {formatters.day(named.expiry)}"


def made(user_id: int) -> list[Made]:
    """Return what a member's accounts have made, open profit included, by kind and currency."""
    accounts = {account.id: account for account in _accounts(user_id)}
    today, simulated = clock.now().astimezone(formatters.NEW_YORK).date(), _simulated(user_id)
    found: dict[tuple[str, str], list[Any]] = {}
    for account_id, result in performance.account_results(list(accounts), today).items():
        found.setdefault((accounts[account_id].kind, result.currency), []).append(result)
    positions = _open(user_id)
    return [
        _made(kind, currency, results, positions.get((kind, currency), []), kind in simulated)
        for (kind, currency), results in _ordered(found)
    ]


def _made(
    kind: str, currency: str, results: Sequence[Any], held_now: Sequence[coach_live.Valued],
    is_simulated: bool,  # noqa: FBT001 - one use
) -> Made:  # fmt: skip
    shift = coach_live.shift(held_now)
    is_today_live = coach_live.is_all_of_today(held_now)
    today = sum((each.today for each in results), Decimal(0))
    return Made(
        kind=kind, currency=currency, accounts=len(results),
        result=sum((each.result for each in results), shift),
        today=today + shift if is_today_live else today,
        fees=sum((each.fees for each in results), Decimal(0)),
        trades=sum(each.trade_count for each in results),
        is_simulated=is_simulated or any(each.is_simulated for each in held_now),
        freshness=coach_live.freshness(held_now), is_today_live=is_today_live,
    )  # fmt: skip


def _performance(user_id: int) -> Performance:
    period = performance.widest_period(user_id)
    fees = {(each.kind, each.currency): each.fees for each in made(user_id)}
    rows, simulated = [], _simulated(user_id)
    for kind in _kinds(user_id):
        row = performance.own_metrics(user_id, period, kind=kind)
        if row.metrics.trade_count:
            paid = fees.get((kind, row.currency), Decimal(0))
            rows.append(Measured(kind, row.currency, row.metrics, paid, kind in simulated))
    return Performance(period, rows)


def _robot(user_id: int, plugin_id: str) -> Robot | None:
    try:
        card = cards.get_card(plugin_id)
    except NotFoundError:
        return None
    own = [
        each for each in deployments.list_deployments(user_id) if each.view.plugin_id == plugin_id
    ]
    return Robot(card, own)


def _page(plugin_id: str) -> RobotPage | None:
    try:
        return robot_page(plugin_id)
    except NotFoundError:
        return None


def _alerts(user_id: int) -> Alerts:
    return Alerts(billing.limit(user_id, "alerts"), billing.features()["alerts"].ready)


def _book(user_id: int, kind: str) -> Portfolio:
    asked = PortfolioQuery.model_validate({"kind": kind})
    return trading.portfolio_of(trading.open_book(user_id, asked))


def _accounts(user_id: int) -> list[AccountView]:
    return [account for account in ledger.list_accounts(user_id) if account.kind in KINDS]


def _simulated(user_id: int) -> set[str]:
    """Return the kinds of accounts some of whose trades are on an invented market."""
    return {account.kind for account in _accounts(user_id) if account.is_simulated}


def _kinds(user_id: int) -> list[str]:
    has = {account.kind for account in _accounts(user_id)}
    return [kind for kind in KINDS if kind in has]


def _ordered(found: dict[tuple[str, str], list[Any]]) -> list[tuple[tuple[str, str], list[Any]]]:
    return sorted(found.items(), key=lambda each: (KINDS.index(each[0][0]), each[0][1]))


def period_text(period: str) -> str:
    """Return a period in words."""
    names = {
        "daily": gettext("today"), "weekly": gettext("this week"),
        "monthly": gettext("this month"), "all_time": gettext("all time"),
    }  # fmt: skip
    return names.get(period, period)
