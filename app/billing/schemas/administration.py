"""What the operator's administrators see and decide of money."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=300),
    Field(examples=["Asked for by letter"]),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlanGiftIn(_Strict):
    """Another plan for a member who does not pay on the ladder, and why."""

    ladder: str = Field("robots", max_length=20)
    plan: str = Field(max_length=20)
    until: dt.date | None = Field(None, examples=["2099-12-31"])
    """The last day, in UTC; null: until it is changed."""
    reason: Reason


class PlanCancelIn(_Strict):
    """The end of what a member pays for, and why."""

    ladder: str = Field("robots", max_length=20)
    at_once: bool = False
    reason: Reason


class PlanChangeQuery(_Strict):
    """Another plan or interval for a member who pays on the ladder."""

    ladder: str = Field("robots", max_length=20)
    plan: str = Field(max_length=20)
    interval: Literal["month", "year"] = "month"


class PlanChangeIn(PlanChangeQuery):
    """The same to be made, and why; with `proration_at` of a preview it costs what that said."""

    proration_at: int | None = Field(None, ge=0, le=2**33)
    reason: Reason


class PlanChange(_Answer):
    """What a change is and costs, before it is made. Amounts are in minor units."""

    ladder: str
    plan: str
    name: str
    """What members call the plan."""
    kind: Literal["upgrade", "downgrade", "interval", "trial", "back"]
    when: Literal["now", "period_end"]
    takes_effect_at: datetime
    due_minor: int
    """What the member pays at once, with tax."""
    credit_minor: int
    """What is kept and taken off the member's later invoices."""
    price_minor: int
    """Each interval from then on, before tax."""
    currency: str
    digits: int
    interval: Literal["month", "year"]
    proration_at: int | None


class RefundIn(_Strict):
    """What is given back of an invoice; all that is left, when no amount is said."""

    invoice_id: int = Field(ge=1, le=2**31 - 1)
    amount_minor: int | None = Field(None, ge=1)
    refunded_minor: int | None = Field(None, ge=0, le=2**63 - 1, examples=[0])
    """What had been given back when it was decided: if that is another by now, a part is not given
    back (409), so that nothing is given back twice."""
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] = "requested_by_customer"
    ends_access: bool = False


class ReasonIn(_Strict):
    """Why."""

    reason: Reason


class HeldPlan(_Answer):
    """What a member is on, on one ladder."""

    ladder: str
    plan: str
    status: str
    source: str
    price_minor: int
    currency: str
    interval: str | None
    started_at: datetime
    ends_at: datetime | None
    reason: str | None
    is_paid: bool
    """At the provider: it is cancelled there, and no gift takes its place."""


class MemberInvoice(_Answer):
    """An invoice of a member."""

    id: int
    number: str | None
    status: str
    total_minor: int
    paid_minor: int
    refunded_minor: int
    """Of it, what was given back."""
    currency: str
    digits: int
    created_at: datetime


class PlanChoice(_Answer):
    """A plan that may be given."""

    ladder: str
    plan: str
    name: str
    is_free: bool = False
    """Nobody pays for it: to get there, what is paid is cancelled."""


class MemberMoney(_Answer):
    """A member's plans and newest invoices, and what may be given."""

    plans: list[HeldPlan]
    invoices: list[MemberInvoice]
    choices: list[PlanChoice]


class Refunded(_Answer):
    """How much was given back."""

    amount_minor: int


class DeadEvent(_Answer):
    """An event of the payment provider that nothing came of."""

    event_id: str
    type: str
    subject: str | None
    reason: str | None
    attempts: int
    received_at: datetime


class DeadJob(_Answer):
    """A job that was given up; its data stays where it is."""

    name: str
    queue: str
    attempts: int
    at: datetime


class QueueDepth(_Answer):
    """How far behind one queue is."""

    queue: str
    waiting: int
    oldest_seconds: int
    dead: int


class Comparison(_Answer):
    """What the provider says our balance is, and what the journal says."""

    day: dt.date
    currency: str
    digits: int
    provider_minor: int
    journal_minor: int
    difference_minor: int
    """What nothing explains; 0 is what it must be."""
    checked_at: datetime


class CreatorDue(_Answer):
    """What a creator may be paid, and why no more."""

    creator_id: int
    name: str
    currency: str
    digits: int
    amount_minor: int
    why: str | None
    is_held: bool


class Operation(_Answer):
    """What may need a hand: events, jobs, the balance, and who is to be paid."""

    events: dict[str, int]
    """How many events of the provider are in each state."""
    dead_events: list[DeadEvent]
    queues: list[QueueDepth]
    dead_jobs: list[DeadJob]
    comparisons: list[Comparison]
    creators: list[CreatorDue]


class Replayed(_Answer):
    """What an event that is worked on again is about."""

    subject: str


class Done(_Answer):
    """It is done."""

    state: Literal["done"] = "done"
