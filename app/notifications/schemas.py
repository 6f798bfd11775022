"""What goes into webhooks and what they show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from app.core.i18n import gettext
from app.core.paging import Cursor, Page

Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Kind = Annotated[str, StringConstraints(max_length=40)]
Types = Annotated[list[Kind], Field(max_length=50)]
DeliveryState = Literal["pending", "delivered", "dead"]
YEARS = range(2000, 2101)


def _within_years(value: datetime) -> datetime:
    if value.year not in YEARS:
        message = gettext("must lie between the years 2000 and 2100")
        raise ValueError(message)
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_within_years)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointIn(_Strict):
    """A new endpoint. `event_types` left out or empty: all events."""

    url: str
    description: Description = ""
    event_types: Types = []


class EndpointChange(_Strict):
    """What to change of an endpoint; what is left out stays."""

    url: str | None = None
    description: Description | None = None
    event_types: Types | None = None
    state: Literal["active", "disabled"] | None = None


class ReplayIn(_Strict):
    """Which failed deliveries to send again: those made from `since` on, and before `until`."""

    since: Moment
    until: Moment | None = None


class DeliveryQuery(_Strict):
    """Which page of deliveries, the newest first."""

    state: DeliveryState | None = None
    cursor: Annotated[int | None, Cursor("webhook_deliveries")] = None
    limit: int = Field(default=50, ge=1, le=100)


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class EndpointView(_View):
    """An endpoint as its owner sees it, without its secret."""

    id: int
    url: str
    description: str
    event_types: list[str]
    state: str
    disabled_reason: str | None
    """owner, gone (it answered 410) or failing (for five days)."""
    disabled_at: datetime | None
    failing_since: datetime | None
    previous_until: datetime | None
    """Until when the secret before the last rotation signs too."""
    created_at: datetime


class EndpointMade(EndpointView):
    """A new endpoint, or one with a new secret, which is shown only now."""

    secret: str


class EndpointList(_View):
    """All endpoints of a user."""

    items: list[EndpointView]


class DeliveryView(_View):
    """An event on its way to an endpoint, or what became of it."""

    id: int
    endpoint_id: int
    message_id: str
    """The header webhook-id; the same for each attempt and replay."""
    type: str
    state: str
    attempts: int
    next_at: datetime | None
    """When it is tried next; null when it is delivered or given up."""
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryPage(Page):
    """One page of deliveries."""

    items: list[DeliveryView]


class AttemptView(_View):
    """One try: the status that came back, or a word for why none did."""

    number: int
    status: int | None
    error: str | None
    ms: int
    at: datetime


class DeliveryDetail(DeliveryView):
    """A delivery with its attempts of the last 30 days, and the body that is sent."""

    body: str
    tries: list[AttemptView]


class Replayed(_View):
    """How many deliveries go out again, and whether more are left in the range."""

    replayed: int
    more: bool


class Done(_View):
    """It is done."""

    ok: bool = True
