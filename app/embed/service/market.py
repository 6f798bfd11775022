"""The marketplace: the catalogue, filtered and sorted by evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.billing import service as billing
from app.core.i18n import gettext, lazy_gettext, pgettext
from app.embed.schemas import MarketplaceQuery
from app.embed.service.cards import RobotCard, list_cards, strategy_options
from app.embed.service.links import Target

CARDS = Target("/embed/robot-cards", "robot-cards", "marketplace")
RESULTS = [
    ("any", lazy_gettext("Any result")),
    ("profit", lazy_gettext("In profit")),
    ("loss", lazy_gettext("In loss")),
]
EVIDENCE = [
    ("any", lazy_gettext("Any")),
    ("live", lazy_gettext("Live")),
    ("paper", lazy_gettext("Paper")),
    ("none", lazy_gettext("No record yet")),
]
SORTS = [
    ("return", lazy_gettext("Net return")),
    ("win_rate", lazy_gettext("Win rate")),
    ("profit_factor", lazy_gettext("Profit factor")),
    ("drawdown", lazy_gettext("Drawdown")),
    ("name", lazy_gettext("Name")),
]
LAST = 1000
VIEWS = [("grid", lazy_gettext("Grid")), ("list", lazy_gettext("List"))]


@dataclass(frozen=True)
class Shelf:
    """The robots that a query finds, and what the filter bar offers."""

    query: MarketplaceQuery
    cards: list[RobotCard]
    total: int
    strategies: list[tuple[str, str]]
    plans: list[tuple[str, str]]
    is_simulated: bool
    as_of: date | None
    target: Target = CARDS


def shelf(query: MarketplaceQuery) -> Shelf:
    """Return the robots of the catalogue that fit `query`, in its order."""
    cards = [card for card in list_cards() if card.has_page]
    records = [card.record for card in cards if card.record and card.metrics]
    return Shelf(
        query=query,
        cards=_sorted([card for card in cards if _fits(card, query)], query.sort),
        total=len(cards),
        strategies=strategy_options((card.robot for card in cards), gettext("All")),
        plans=[
            ("any", gettext("Any plan")),
            *((plan.tier, pgettext("plan", plan.name)) for plan in billing.list_plans()),
        ],
        is_simulated=any(record.is_simulated for record in records),
        as_of=max((record.as_of for record in records if record.as_of), default=None),
    )


def _fits(card: RobotCard, query: MarketplaceQuery) -> bool:
    return all(
        (
            query.strategy in {"all", card.robot.strategy},
            query.plan in {"any", card.robot.min_tier},
            query.evidence == "any" or _has_evidence(card, query.evidence),
            query.result == "any" or _has_result(card, query.result),
        )
    )


def _has_evidence(card: RobotCard, wanted: str) -> bool:
    if card.record is None or card.metrics is None:
        return wanted == "none"
    # A null robot trades on paper, by chance.
    kinds = {"paper" if kind == "null" else kind for kind in card.record.kinds}
    return wanted in kinds


def _has_result(card: RobotCard, wanted: str) -> bool:
    result = card.result or 0.0
    return result > 0 if wanted == "profit" else result < 0


def _sorted(cards: list[RobotCard], sort: str) -> list[RobotCard]:
    """Best first; robots without enough evidence for the figure come last, by name."""
    if sort == "name":
        return sorted(cards, key=lambda card: card.robot.name.lower())
    figure = _FIGURES[sort]
    # What the site features comes first until a reader asks for an order of their own.
    by_site = sort == MarketplaceQuery().sort

    def key(card: RobotCard) -> tuple[int, bool, float, str]:
        value = figure(card) if card.has_enough else None
        place = card.position if by_site and card.is_featured else LAST
        return (place, value is None, -(value or 0.0), card.robot.name.lower())

    return sorted(cards, key=key)


def _number(name: str) -> Callable[[RobotCard], float | None]:
    def read(card: RobotCard) -> float | None:
        value = getattr(card.metrics, name)
        return None if value is None else float(value)

    return read


_FIGURES: dict[str, Callable[[RobotCard], float | None]] = {
    "return": _number("return_ratio"),
    # By the lower end of the interval: nine of ten is no better than 80 of 100.
    "win_rate": _number("win_rate_low"),
    "profit_factor": _number("profit_factor"),
    # Zero or negative, so the smallest drawdown is the largest value.
    "drawdown": _number("max_drawdown"),
}
