"""What a mail to a member can be about: facts of a fixed shape, and the words for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from app.core import formatters
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext
from app.notifications.schemas import Moment
from app.notifications.service.words import Words

MOST_NAME, MOST_LINE = 80, 300


def one_line(text: Any, most: int) -> Any:
    """Return a text as one line of visible characters, cut where it is too long.

    A payment must not fail for the name that a product has: what would break a header is taken out.
    """
    if not isinstance(text, str):
        return text
    visible = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(visible.split())
    return line if len(line) <= most else line[: most - 1] + "\u2026"


Name = Annotated[
    str, BeforeValidator(lambda text: one_line(text, MOST_NAME)), StringConstraints(min_length=1)
]
"""A name as people read it: of a plan, a robot, a limit, an invoice."""
Line = Annotated[
    str, BeforeValidator(lambda text: one_line(text, MOST_LINE)), StringConstraints(min_length=1)
]
"""A reason in words that somebody else has written."""
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{3}$"), AfterValidator(lambda text: text.upper())
]
Amount = Annotated[int, Field(strict=True, ge=0)]
"""Money in minor units, with a currency beside it."""


class Facts(BaseModel):
    """What a topic has to be told; nothing else is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sum(Facts):
    """An amount of money."""

    amount: Amount
    currency: Currency

    def shown(self) -> str:
        """Return it as people read it."""
        return money(self.amount, self.currency)


@dataclass(frozen=True)
class Topic:
    """One kind of mail."""

    name: str
    facts: type[Facts]
    words: Callable[[Any], Words]
    place: str = "overview"
    """Where its link leads, a name of `places.py`; "" without a link."""
    title: Any = ""
    """What members call it where they choose their mails; only of campaigns."""
    is_campaign: bool = False
    """Whether members can end it. Others tell what happened to money, access or a robot."""
    lives: timedelta = timedelta(days=7)
    """So long after it was asked for it still has a meaning."""
    ends: Callable[[Any], datetime | None] = lambda _facts: None
    """When its meaning ends by its own facts: a trial that is over is not "ending" any more."""
    follows: tuple[str, ...] = ()
    """Topics of the same matter that come before it: their mails do not make it one too many."""


def money(amount: int, currency: str) -> str:
    """Return minor units as people read them: 4000 in USD is $40.00, in JPY ¥4,000."""
    return formatters.minor_money(amount, currency)


def on(moment: datetime) -> str:
    """Return the day of a moment, by New York."""
    return formatters.day(moment.astimezone(NEW_YORK).date())


def between(first: date, last: date) -> str:
    """Return a span of days."""
    return f"{formatters.day(first)} \u2013 {formatters.day(last)}"


def per(interval: str) -> str:
    """Return how often something is paid."""
    return gettext("a year") if interval == "year" else gettext("a month")


__all__ = [
    "Amount", "Currency", "Facts", "Line", "Moment", "Name", "Sum", "Topic", "Words", "between",
    "money", "on", "per",
]  # fmt: skip
