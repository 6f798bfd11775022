"""The three steps of a newcomer: choose a robot, see its record, start it on paper."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.accounts import service as accounts
from app.billing import service as billing
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.embed.service.cards import RobotCard, get_card, list_cards
from app.robots import service as robots

HINT = "first-steps"
CHOOSE, LOOK, START = 1, 2, 3


@dataclass(frozen=True)
class FirstSteps:
    """How far a newcomer is; nothing of it is kept but that they want to see no more of it."""

    step: int
    """1 to 3: the one that is next."""
    choices: list[RobotCard] = field(default_factory=list)
    card: RobotCard | None = None
    """The robot that was chosen."""

    @property
    def done(self) -> int:
        """How many steps are behind."""
        return self.step - 1

    @property
    def names(self) -> list[str]:
        """The three steps in words."""
        return [
            gettext("Choose a robot"),
            gettext("See its record"),
            gettext("Start it on paper"),
        ]


def first_steps(user_id: int, look: str = "", activate: str = "") -> FirstSteps | None:
    """Return the steps for a member who has started no robot yet; None for others.

    Where they stand follows from the robot that the address names and from what they have started.
    """
    if accounts.is_dismissed(user_id, HINT) or robots.list_deployments(user_id):
        return None
    if activate:
        return FirstSteps(START, card=_card(user_id, activate))
    card = _card(user_id, look) if look else None
    if card is not None:
        return FirstSteps(LOOK, card=card)
    choices = _choices(user_id)
    return FirstSteps(CHOOSE, choices) if choices else None


def _choices(user_id: int) -> list[RobotCard]:
    """Return the robots that the member could start now, by name."""
    runnable = {each.id for each in robots.load_catalogue()}
    found = [
        card
        for card in list_cards()
        if card.has_page
        and card.robot.id in runnable
        and card.robot.strategy != "null"
        and billing.covers(user_id, card.robot.min_tier)
    ]
    return sorted(found, key=lambda card: card.robot.name.lower())


def _card(user_id: int, plugin_id: str) -> RobotCard | None:
    try:
        card = get_card(plugin_id)
    except NotFoundError:
        return None
    return card if billing.covers(user_id, card.robot.min_tier) else None


def dismiss(user_id: int) -> None:
    """Show the steps no more."""
    accounts.dismiss(user_id, HINT)
