"""What the API takes and answers about buying: checkout, switch, pause, cancellation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Interval = Literal["month", "year"]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
Url = Annotated[
    str,
    StringConstraints(min_length=8, max_length=1000),
    Field(examples=["https://example.com/account/"]),
]
# Left out in the examples: most buy a plan, not what a creator sells.
OfferId = Annotated[int | None, Field(ge=1, le=2**31 - 1, examples=[None])]
Feedback = Literal[
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
]  # fmt: skip


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckoutIn(_In):
    """What is to be bought; the provider sends the person back to one of the two addresses."""

    ladder: Key = "robots"
    plan: Key
    interval: Interval = "month"
    offer_id: OfferId = None
    """Of a creator: with the ladder "offers" and the plan "offer"."""
    success_url: Url | None = None
    """An address of the service or of a connected site; {CHECKOUT_SESSION_ID} is filled in."""
    cancel_url: Url | None = None
    source: Annotated[str, StringConstraints(max_length=40)] | None = None


class CheckoutOut(BaseModel):
    """Where to pay."""

    url: str
    trial_days: int
    """So long nothing is paid; 0 without a trial."""


class SwitchQuery(_In):
    """A switch to be looked at."""

    ladder: Key = "robots"
    plan: Key
    interval: Interval = "month"


class SwitchIn(SwitchQuery):
    """A switch to be made; with `proration_at` of a preview it costs what that said."""

    proration_at: int | None = Field(default=None, ge=0, le=2**33)


class SwitchOut(BaseModel):
    """What a switch is and costs. Amounts are in the smallest unit of the currency."""

    kind: Literal["upgrade", "downgrade", "interval", "trial", "back"]
    when: Literal["now", "period_end"]
    takes_effect_at: datetime
    due_minor: int
    credit_minor: int
    currency: str
    price_minor: int
    interval: Interval
    proration_at: int | None


class LadderIn(_In):
    """Which plan: that of a ladder, or a creator's offer."""

    ladder: Key = "robots"
    offer_id: OfferId = None


class CancelIn(LadderIn):
    """An end, when what is paid for ends, or at once."""

    at_once: bool = False
    feedback: Feedback | None = None
    comment: Annotated[str, StringConstraints(max_length=500)] | None = None


class PauseIn(_In):
    """A rest of so many months."""

    ladder: Key = "robots"
    months: int = Field(ge=1, le=3)


class KeepIn(_In):
    """Whose present plan is kept: that of a ladder."""

    ladder: Key = "robots"


class PortalIn(_In):
    """Where the provider's pages lead back to."""

    return_url: Url | None = None
    payment_method: bool = False
    """Begin at the page that changes how it is paid."""


class PortalOut(BaseModel):
    """The address of the provider's own pages; it is good for minutes."""

    url: str


class PaidPlanOut(BaseModel):
    """A plan that is paid, as the provider has it."""

    ladder: str
    plan: str
    offer_id: int | None
    status: str
    interval: str
    price_minor: int
    currency: str
    is_paused: bool
    resumes_at: datetime | None
    trial_end: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    next_plan: str | None
    next_at: datetime | None


class Received(BaseModel):
    """An event is kept."""

    received: bool
