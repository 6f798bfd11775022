"""What owners ask of models' use and set for it, and what they are answered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.paging import Cursor, Page

Period = Literal["7d", "30d", "90d"]
NAME = r"^[a-z0-9][a-z0-9._-]{0,59}$"


class UsageQuery(BaseModel):
    """Which days: those up to today; of whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Period = "30d"
    user: int | None = Field(
        None, ge=1, le=2**31 - 1, description="Of one member alone, by `user_id`."
    )


class RunsQuery(UsageQuery):
    """Which requests behind a figure."""

    cursor: Annotated[int | None, Cursor("ai_runs")] = None
    limit: int = Field(50, ge=1, le=100)
    task: str | None = Field(None, pattern=NAME, description="Of one kind of work.")
    model: str | None = Field(
        None, pattern=NAME, description="That asked this model, whoever answered in the end."
    )
    day: dt.date | None = Field(None, description="Of one UTC day of the period.")
    only: Literal["all", "failed", "stopped", "offline", "cached", "own_key", "trial"] = Field(
        "all", description="That ended so, or were asked so."
    )


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Totals(_Answer):
    """All requests of the period together. Costs are US dollars."""

    runs: int = 0
    failed: int = 0
    stopped: int = 0
    offline: int = 0
    """Answered by plain rules, no model was asked or none could answer."""
    cached: int = 0
    """Answered from what was said before."""
    trials: int = 0
    cost: Decimal = Decimal(0)
    """By keys of the service."""
    own_cost: Decimal = Decimal(0)
    """By members' own keys: theirs to pay."""


class DayUse(_Answer):
    """One UTC day."""

    day: dt.date
    runs: int
    cost: Decimal


class MemberUse(_Answer):
    """What one member has asked in the period."""

    user_id: int | None
    """None: nobody, such as checks of models."""
    member_id: int | None
    """Of the asking site; None for a member of another one."""
    name: str
    runs: int
    failed: int
    cost: Decimal
    own_cost: Decimal


class ModelUse(_Answer):
    """What was asked of one model in the period."""

    model: str
    provider: str
    calls: int
    failed: int
    lost: int
    """Cut off: they count at the most that they can have cost."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal
    estimate: Decimal
    """What the settled calls were expected to cost."""
    settled: Decimal
    """What those have cost."""


class OwnUse(_Answer):
    """What a member's own keys were used for on one day."""

    day: dt.date
    label: str
    runs: int
    cost: Decimal


class TaskUse(_Answer):
    """What one kind of work has used in the period."""

    task: str
    label: str
    runs: int
    failed: int
    offline: int
    cached: int
    cost: Decimal
    own_cost: Decimal


class Failure(_Answer):
    """Why requests or calls failed."""

    of: Literal["request", "call"]
    reason: str
    text: str
    count: int


class MonthBudget(_Answer):
    """This month's cost of a member against the budget (S2-189), and analyses against S0's."""

    begins: dt.date
    cost: Decimal
    members: int
    """Who asked something that the service paid."""
    paying_members: int | None
    """None on a site that is not the operator's."""
    per_member: Decimal | None
    per_paying_member: Decimal | None
    most: Decimal
    dearest: list[MemberUse]
    most_analyses: int
    analyses: int
    """The most of any member in the month."""
    is_over: bool


class Alarm(_Answer):
    """What the operator was told."""

    kind: str
    subject: str
    text: str
    begins: dt.date
    amount: Decimal
    limit: Decimal
    told_at: dt.datetime


class Usage(_Answer):
    """What was asked of models, and what it cost; of a site that is not the operator's: its own."""

    today: dt.date
    first: dt.date
    period: Period
    is_operators: bool
    user_id: int | None
    name: str
    totals: Totals
    days: list[DayUse]
    members: list[MemberUse]
    models: list[ModelUse]
    tasks: list[TaskUse]
    failures: list[Failure]
    month: MonthBudget
    alarms: list[Alarm]


class RunItem(_Answer):
    """One request."""

    id: int
    at: dt.datetime
    user_id: int | None
    name: str
    task: str
    label: str
    model: str
    prompt: str
    cost: Decimal
    tool_calls: int
    state: str
    reason: str
    why: str
    seconds: float | None
    is_trial: bool
    uses_own_key: bool
    is_from_cache: bool


class RunPage(_Answer, Page):
    """Requests, the newest first."""

    items: list[RunItem]


class SettingItem(_Answer):
    """Something that can be set, and what holds now."""

    name: str
    kind: str
    of: str
    label: str
    value: str
    usual: str
    """What holds where nothing is set."""
    is_changed: bool
    changed_at: dt.datetime | None


class Settings(_Answer):
    """All that the asking site may set."""

    is_operators: bool
    items: list[SettingItem]
    models: list[str]


class SettingIn(BaseModel):
    """A new value; null goes back to the usual one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    value: str | None = Field(max_length=500)


class Window(_Answer):
    """How a model did in the last hour or day."""

    calls: int
    failed: int
    p95_seconds: float | None


class ModelHealth(_Answer):
    """How a model does."""

    model: str
    provider: str
    provider_label: str
    has_key: bool
    """Whether the service has a key of its provider; the key itself is told to nobody."""
    is_off: bool
    state: Literal["closed", "half_open", "open"]
    """Of its breaker: open is left alone, half_open is tried by the next question."""
    open_until: dt.datetime | None
    failures: int
    """In a row."""
    reason: str
    why: str
    succeeded_at: dt.datetime | None
    failed_at: dt.datetime | None
    hour: Window
    day: Window
    checked_at: dt.datetime | None
    checked: str
    """What the newest check by hand found: running, done or failed; empty without one."""
    ends_on: dt.date | None
    """The day on which its provider ends it, once that is near or over; null: no end is near."""
    days_left: int | None
    """0: it has ended."""
    successor: str | None
    """What to ask in its place, where the catalogue knows it."""
    passed_over_by: list[str]
    """Tasks in whose order it stands and that do not ask it: it has ended, and another one is left."""


class Health(_Answer):
    """All models, and how many questions wait for a worker."""

    models: list[ModelHealth]
    waiting: int
    oldest_seconds: int


class CheckStarted(_Answer):
    """A check that runs now."""

    model: str
