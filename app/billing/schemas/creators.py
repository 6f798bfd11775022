"""What the API takes and answers about creators: standing, offers, subscribers, earnings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.billing.schemas.buying import Url
from app.core.paging import Cursor, Page

Price = Annotated[str, StringConstraints(max_length=12)]
Name = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4_000)]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HindranceOut(BaseModel):
    """What keeps a creator from selling, and what mends it."""

    code: Literal["plan", "second_factor", "account", "suspended"]
    message: str


class CreatorOut(BaseModel):
    """Where a creator stands."""

    user_id: int
    can_sell: bool
    hindrances: list[HindranceOut]
    is_payouts_enabled: bool
    """Whether the payment provider would pay them."""
    wanted: list[str]
    """What the provider still wants to know, in plain words."""
    country: str | None
    created_at: datetime


class OnboardingIn(_In):
    """Where the provider sends the person back to; the account page, if left out."""

    return_url: Url | None = None


class OnboardingOut(BaseModel):
    """Where the provider asks what it must know; good for minutes, once."""

    url: str


class OfferIn(_In):
    """An offer that is to be made."""

    name: Name
    description: Text = ""
    price: Price
    """A month, in dollars, such as "49.50"."""


class OfferChangeIn(_In):
    """What is to be changed; what is left out stays."""

    name: Name | None = None
    description: Text | None = None
    price: Price | None = None


class OfferOut(BaseModel):
    """What a creator sells."""

    id: int
    name: str
    description: str
    price: str
    currency: str
    interval: str
    state: Literal["draft", "active", "retired"]
    version: int
    created_at: datetime
    updated_at: datetime


class OfferList(BaseModel):
    """All offers of the asker, the newest first."""

    items: list[OfferOut]


class SubscriberQuery(_In):
    """Which subscribers, from where on."""

    cursor: Annotated[list[str | int], Cursor("subscribers")] | None = None
    limit: int = Field(default=50, ge=1, le=100)


class SubscriberOut(BaseModel):
    """Somebody who has bought an offer; by a number, without name or address."""

    number: int
    offer_id: int
    offer_name: str
    status: str
    price: str
    currency: str
    since: datetime
    ends_at: datetime | None


class SubscriberPage(Page):
    """Subscribers of the asker, the newest first."""

    items: list[SubscriberOut]


class WeekOut(BaseModel):
    """What a week's sales earned, less what was given back in it."""

    monday: date
    earned: str


class HeldOut(BaseModel):
    """What a creator has in one currency."""

    currency: str
    payable: str
    reserve: str
    next_payout: str
    next_payout_at: datetime
    why: str | None
    """Why no more is sent next: suspended, owing, no_account, requirements, second_factor, recent,
    minimum."""
    why_text: str | None
    weeks: list[WeekOut]


class EarningsOut(BaseModel):
    """What a creator has, one row a currency."""

    items: list[HeldOut]


class MonthQuery(_In):
    """Which month, such as 2026-11."""

    month: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$")]


class LineOut(BaseModel):
    """What one entry of the journal did to a creator's money."""

    entry_id: int
    day: date
    kind: str
    text: str
    payable: str
    reserve: str


class StatementOut(BaseModel):
    """A month in one currency: opening and lines make closing."""

    month: str
    currency: str
    opening_payable: str
    opening_reserve: str
    lines: list[LineOut]
    closing_payable: str
    closing_reserve: str


class StatementList(BaseModel):
    """A month's statements, one a currency."""

    items: list[StatementOut]
