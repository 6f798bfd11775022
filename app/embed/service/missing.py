"""What a larger plan would show a member, from real data alone.

The rule is the same for good and bad: of robots all that the next plan opens are shown, by name,
each with its whole public record; of the member's own history only how many days are hidden, never
whether they were good ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.billing import service as billing
from app.billing.schemas import Plan
from app.embed.service.cards import RobotCard, list_cards
from app.embed.service.prompts import MISSING, hidden_days, way_up
from app.ledger import service as ledger


@dataclass(frozen=True)
class Closed:
    """A robot that a larger plan opens, with what was paid in fees over its record."""

    card: RobotCard
    fees: Decimal | None


@dataclass(frozen=True)
class Missing:
    """What the next plan would show, if there is one and it would show anything."""

    plan: Plan | None
    hidden_days: int
    """Days of the member's own figures before the window of the plan."""
    window_days: int | None
    gains: list[tuple[str, str]]
    """Features of which the next plan gives more: name, and what it gives."""
    robots: list[Closed]
    up: str = ""
    """Where the plan is had; empty where nothing is sold."""

    @property
    def is_anything(self) -> bool:
        """Whether there is something to say."""
        return self.plan is not None


def missing(user_id: int) -> Missing:
    """Return what the next plan of the site's own ladder would show a member."""
    present, keys = billing.plan_of(user_id), billing.plan_keys()
    rank = keys.index(present.tier) + 1
    plan = billing.get_plan(keys[rank]) if rank < len(keys) else None
    if plan is None:
        return Missing(None, 0, None, [], [])
    window = billing.limit(user_id, "history_days")
    return Missing(
        plan=plan,
        hidden_days=hidden_days(user_id),
        window_days=window,
        gains=_gains(user_id, plan),
        robots=_robots(plan),
        up=way_up(plan, MISSING),
    )


def _gains(user_id: int, plan: Plan) -> list[tuple[str, str]]:
    known, present = billing.features(), billing.plan_of(user_id)
    found = []
    for key in billing.get_ladder(plan.ladder).features:
        before, after = billing.plan_value(present, key), billing.plan_value(plan, key)
        if known[key].ready and after != before and after is not False:
            found.append((billing.feature_name(key), after if isinstance(after, str) else ""))
    return found


def _robots(plan: Plan) -> list[Closed]:
    """Return the robots that the plan opens, by name: nobody chooses which are shown."""
    cards = [card for card in list_cards() if card.plan.tier == plan.tier and card.has_page]
    return [
        Closed(card, _fees(card))
        for card in sorted(cards, key=lambda card: card.robot.name.lower())
    ]


def _fees(card: RobotCard) -> Decimal | None:
    if card.record is None or not card.trade_count:
        return None
    return ledger.public_fees(card.robot.id, card.record.currency)
