"""What a site's administrators send and get."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.accounts.schemas import ActivityLine, MemberFigures, SiteMemberView
from app.ai.schemas.prompts import PromptText
from app.coach.schemas.trials import Trial
from app.core.paging import Cursor, Page
from app.moderation.schemas import CaseView
from app.robots.schemas import Robot


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(20, ge=1, le=100)


class MembersQuery(_Query):
    """Which members of the site."""

    cursor: Annotated[int | None, Cursor("members")] = None
    search: str = Field("", max_length=100)
    state: Literal["all", "active", "disabled"] = "all"
    plan: str = Field("all", pattern=r"^[a-z_]{1,20}$")
    """The plan of the main ladder, as the list shows it."""
    ladder: str = Field("all", pattern=r"^[a-z_]{1,20}$")
    """Whoever has a plan on this ladder; with `standing`, whose plan on it stands so."""
    standing: Literal[
        "all", "active", "trialing", "past_due", "paused", "cancelling", "ended", "gift", "none"
    ] = "all"
    """How the plan of the ladder stands, of the main one unless another is named."""


class ModerationQuery(_Query):
    """Which cases of the site."""

    cursor: Annotated[int | None, Cursor("cases")] = None
    state: Literal["open", "decided"] = "open"
    kind: Literal["all", "public_name", "report"] = "all"


class AuditQuery(_Query):
    """Which lines of the site's audit log."""

    cursor: Annotated[int | None, Cursor("audit")] = None
    limit: int = Field(50, ge=1, le=100)


class LogsQuery(_Query):
    """Which lines of the site's log."""

    cursor: Annotated[int | None, Cursor("log")] = None
    limit: int = Field(50, ge=1, le=100)
    level: Literal["all", "error", "warning"] = "all"
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class DayCount(_Answer):
    """Fills of one day in New York."""

    day: dt.date
    fills: int


class Jobs(_Answer):
    """How the whole service keeps up; nobody's data is in it."""

    waiting: int
    oldest_seconds: int
    failed: int
    """Given up in the last day."""
    redis: str
    worker: str
    clock: str


class Overview(_Answer):
    """The first screen."""

    at: datetime
    today: dt.date
    members: MemberFigures
    fills_today: int
    fills: list[DayCount]
    """The last fourteen days, oldest first."""
    jobs: Jobs
    errors: int
    """Requests of this site that the service failed to answer in the last 24 hours."""
    open_cases: int
    service_version: str
    oldest_plugin: str
    held: str | None
    """Why the service sends nothing (restored, copied, operator); null when it does."""


class MemberPage(_Answer, Page):
    """Members, those who joined last first."""

    items: list[SiteMemberView]


class OwnRobot(_Answer):
    """A robot of which the member keeps a record."""

    plugin_id: str
    name: str
    kinds: list[str]
    accounts: int


class LogLine(_Answer):
    """One line of the log."""

    id: int
    at: datetime
    level: str
    event: str
    request_id: str
    method: str
    route: str
    status: int
    detail: str
    is_service_wide: bool
    """A failed job: it belongs to no site, and its detail is not told."""


class MemberDetail(_Answer):
    """One member: what was asked, what failed, and how much is kept; no figures of money."""

    member: SiteMemberView
    robots: list[OwnRobot]
    fills_today: int
    fills_in_14_days: int
    public_name: CaseView | None
    reports: list[CaseView]
    log: list[LogLine]


class ShelfItem(_Answer):
    """A robot: the catalogue's facts, the site's presentation, and the record in short."""

    facts: Robot
    strategy_label: str
    plan: str
    title: str | None
    summary: str | None
    is_featured: bool
    is_hidden: bool
    position: int
    version: int
    updated_by: int | None
    updated_at: datetime | None
    kinds: list[str]
    accounts: int
    trades: int
    record_days: int


class Shelf(_Answer):
    """All robots by name."""

    items: list[ShelfItem]


class CaseItem(_Answer):
    """A case, and of whom it is."""

    case: CaseView
    member: SiteMemberView | None
    """None once the member has left the site."""
    robot_name: str | None
    """Of a report: what the site calls the robot."""


class CasePage(_Answer, Page):
    """Cases: open ones the oldest first, decided ones the newest first."""

    items: list[CaseItem]
    open_cases: int


class AuditItem(_Answer):
    """A change of rights or secrets, and the member whom it is about."""

    line: ActivityLine
    member: SiteMemberView | None
    """None where it is about nobody, or about somebody who has left the site."""


class AuditPage(Page):
    """Changes of rights and secrets at the site, the newest first."""

    items: list[AuditItem]


class LogPage(_Answer, Page):
    """Lines of the log, the newest first."""

    items: list[LogLine]


class PromptDetail(PromptText):
    """One version with its newest ten dry runs."""

    trials: list[Trial]
