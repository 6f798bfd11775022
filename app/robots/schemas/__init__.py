"""What the robots slice takes in and gives out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from app.billing.schemas import PlanKey
from app.core.i18n import gettext, lazy_gettext
from app.core.paging import Cursor, Page

StrategyKey = Literal[
    "trend", "reversion", "breakout", "pairs", "arbitrage", "market_making", "options", "null"
]
STRATEGY_LABELS: dict[str, Any] = {
    "trend": lazy_gettext("Trend"),
    "reversion": lazy_gettext("Mean reversion"),
    "breakout": lazy_gettext("Breakout"),
    "pairs": lazy_gettext("Pairs"),
    "arbitrage": lazy_gettext("Arbitrage"),
    "market_making": lazy_gettext("Market making"),
    "options": lazy_gettext("Options"),
    "null": lazy_gettext("Null (random)"),
}


def plain_line(value: str) -> str:
    """Return one line of plain text; ValueError when somebody sends markup or hidden characters."""
    if "<" in value or ">" in value:
        message = gettext("is plain text: leave out < and >")
        raise ValueError(message)
    if any(unicodedata.category(each).startswith("C") for each in value):
        message = gettext("is one line, without characters that do not show")
        raise ValueError(message)
    return value


PlainLine = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(plain_line)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Robot(_Frozen):
    """A robot of the catalogue."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    name: str = Field(min_length=1, max_length=80)
    description: str = Field(min_length=1, max_length=400)
    strategy: StrategyKey
    market: str = Field(min_length=1, max_length=60)
    version: str = Field(min_length=1, max_length=20)
    min_tier: PlanKey
    is_demo: bool
    """Invented: it trades only the simulated market."""

    @property
    def strategy_label(self) -> str:
        """The strategy in words."""
        return str(STRATEGY_LABELS[self.strategy])


Timeframe = Literal["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]
RobotSymbol = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.:/_-]{0,31}$")]


class PluginMetadata(_Frozen):
    """The file metadata.json of a robot."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    """The name of its folder too."""
    name: PlainLine = Field(min_length=1, max_length=80)
    description: PlainLine = Field(min_length=1, max_length=400)
    strategy: StrategyKey
    market: PlainLine = Field(min_length=1, max_length=60)
    version: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")
    min_tier: PlanKey
    timeframe: Timeframe
    symbols: tuple[RobotSymbol, ...] = Field(min_length=1, max_length=20)
    """What it trades unless somebody says otherwise; so many symbols it always needs."""
    author: PlainLine = Field(min_length=1, max_length=80)
    needs_chains: bool = False
    """It sees the option chains of its symbols, and may order their contracts."""
    basic_settings: tuple[str, ...] = ()
    """The parameters that a plan with basic settings may change; others need advanced ones."""


@dataclass(frozen=True)
class RobotPlugin:
    """A robot's folder as it was read, and what its code says about itself."""

    metadata: PluginMetadata
    parameters_schema: dict[str, Any]
    """The JSON schema of its parameters: ranges, titles, defaults."""
    lookback: int
    """How many bars it needs with the parameters' defaults."""
    code_hash: str
    source: str
    path: Path
    is_builtin: bool

    @property
    def id(self) -> str:
        """The robot's id."""
        return self.metadata.id


class Catalogue(_Frozen):
    """The whole catalogue file."""

    robots: list[Robot]


class PluginQuery(_Frozen):
    """Which robots of the catalogue, from where on."""

    strategy: StrategyKey | None = None
    cursor: Annotated[list[str], Cursor("plugins")] | None = None
    limit: int = Field(default=50, ge=1, le=100)


class PluginOut(_Frozen):
    """What the catalogue says of a robot: the same to everybody."""

    id: str
    name: str
    description: str
    strategy: StrategyKey
    market: str
    """What it trades, in words."""
    version: str
    min_tier: PlanKey
    """The least plan that includes it."""
    is_demo: bool
    """Invented: it trades only the simulated market."""

    @classmethod
    def of(cls, robot: Robot) -> PluginOut:
        """Return the public facts of a robot, whatever else we come to know of it."""
        return cls.model_validate({name: getattr(robot, name) for name in cls.model_fields})


class PluginPage(Page):
    """Robots by name."""

    items: list[PluginOut]


class PresentationIn(_Frozen):
    """How a site wants to present a robot; None leaves the catalogue's own words."""

    title: PlainLine | None = Field(default=None, min_length=1, max_length=80)
    summary: PlainLine | None = Field(default=None, min_length=1, max_length=400)
    is_featured: bool = Field(default=False, strict=True)
    is_hidden: bool = Field(default=False, strict=True)
    position: int = Field(default=0, ge=0, le=999, strict=True)


class ShelfRobot(_Frozen):
    """A robot as a site presents it."""

    facts: Robot
    """What the catalogue says, which no site changes."""
    robot: Robot
    """The same in the site's own words."""
    title: str | None = None
    summary: str | None = None
    is_featured: bool = False
    is_hidden: bool = False
    position: int = 0
    version: int = 0
    """0: never changed by this site."""
    updated_by: int | None = None
    updated_at: datetime | None = None


class Strategy(_Frozen):
    """A strategy that at least one listed robot follows, for filters."""

    key: str
    label: str


class RobotPage(NamedTuple):
    """A page of the catalogue."""

    items: list[Robot]
    next_cursor: str | None


class ActiveRobot(_Frozen):
    """A robot that a member keeps accounts of, whether we list it or not."""

    plugin_id: str
    name: str
    robot: Robot | None
    """None: not in our catalogue (an imported record)."""
    kinds: list[str]
    account_ids: list[int]
    is_simulated: bool
    opened_on: date | None
