"""The owner's figures as they are asked for and given."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.billing.schemas.clicks import Calls
from app.core.paging import Cursor, Page

Period = Literal["30d", "90d", "365d"]


class FiguresQuery(BaseModel):
    """Which days: those up to today."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Period = "30d"


class ListingQuery(FiguresQuery):
    """Which rows behind a figure."""

    cursor: Annotated[list[Any] | None, Cursor("figures")] = None
    limit: int = Field(50, ge=1, le=100)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Definition(_Answer):
    """What a figure means."""

    key: str
    name: str
    text: str


class Movements(_Answer):
    """Why the monthly income changed; amounts in minor units with their sign."""

    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churn: int = 0
    reactivation: int = 0


class MovementStep(_Answer):
    """The movements of one day, week or month."""

    begins: dt.date
    movements: Movements
    mrr_minor: int
    """At its end."""


class Leaving(_Answer):
    """How fast members, or money, leave: a ratio a month, with its 95 % interval."""

    left: int
    """n: how many left."""
    member_months: float
    ratio: float | None
    low: float | None
    high: float | None


class Worth(_Answer):
    """A lifetime value in minor units, with the interval that churn gives it."""

    minor: int
    low_minor: int
    high_minor: int
    left: int


class Stream(_Answer):
    """What a stream earned in the period: credits less debits of its revenue, less refunds."""

    stream: str
    earned_minor: int
    refunded_minor: int
    net_minor: int
    before_minor: int
    """Net, in the period of the same length before."""


class RevenueStep(_Answer):
    """The net revenue of one day, week or month by stream, in the order of `streams`."""

    begins: dt.date
    net_minor: list[int]


class Money(_Answer):
    """All figures of one currency; currencies are never added up or converted."""

    currency: str
    digits: int
    """How many decimals the currency has: minor units are so much smaller."""
    mrr_minor: int
    mrr_before_minor: int
    """As the period began."""
    movements: Movements
    steps: list[MovementStep]
    paying_members: int
    arpu_minor: int | None
    churn: Leaving
    revenue_churn: float | None
    clv: Worth | None
    subscriber_worth: Worth | None
    streams: list[Stream]
    revenue_steps: list[RevenueStep]
    net_minor: int
    net_before_minor: int
    growth: float | None
    fees_minor: int
    taxes_minor: int
    payouts_due_minor: int
    creators_due: int


class Ladder(_Answer):
    """Where the monthly income comes from."""

    ladder: str
    currency: str
    mrr_minor: int
    subscriptions: int


class SignUps(_Answer):
    """Who came, by the highest plan of robots that they have paid for since."""

    free: int = 0
    low: int = 0
    mid: int = 0
    premium: int = 0
    before: int = 0
    """All who came in the period of the same length before."""

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.free + self.low + self.mid + self.premium


class FunnelRow(_Answer):
    """Who came in a week from one source, and how many have paid for a plan or a higher one."""

    week: dt.date
    source: str
    signed_up: int
    low: int
    mid: int
    premium: int


class Active(_Answer):
    """Members seen at a connected site."""

    day: int
    week: int
    month: int


class Trials(_Answer):
    """Trials that ended in the period."""

    ended: int
    converted: int
    ratio: float | None


class Creators(_Answer):
    """Who sells, and to how many."""

    total: int
    active: int
    subscribers_each: float | None
    active_before: int
    left: int
    churn: float | None
    """Of those active as the period began, who is no longer; a ratio of the period."""
    first_half_year_ago: int
    kept: int
    retention: float | None
    """Of those who first had a subscriber at least 182 days ago, who still has one."""


class MailTopic(_Answer):
    """The mails of a topic that were asked for in the weeks shown, and what became of them."""

    topic: str
    asked: int
    sent: int
    refused: int
    skipped: int
    dead: int
    waiting: int
    unsubscribed: int
    clicks: int


class Business(_Answer):
    """The owner's figures. Of a site that is not the operator's: its own members, no money."""

    today: dt.date
    period: Period
    first: dt.date
    step: Literal["day", "week", "month"]
    is_operators: bool
    sign_ups: SignUps
    funnel: list[FunnelRow]
    calls: Calls
    active: Active
    money: list[Money]
    ladders: list[Ladder]
    trials: Trials | None
    creators: Creators | None
    mails: list[MailTopic] | None = None
    """By topic; null on a site that is not the operator's."""
    definitions: list[Definition]


class ListingPage(_Answer, Page):
    """Rows that a figure is made of, newest first; the names of the columns, and cells as text."""

    columns: list[str]
    items: list[list[str]] = Field(description="One list of cells a row.")
