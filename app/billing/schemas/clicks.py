"""Clicks of the calls to action as a site tells of them, and as the owner sees them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ClickIn(BaseModel):
    """Which button was pressed, and on which page of the site. Nothing of who pressed it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ladder: str = Field("robots", pattern=r"^[a-z_]{1,20}$")
    plan: str = Field(pattern=r"^[a-z_]{1,20}$")
    place: Literal["pricing", "home", "other"]


class Reached(BaseModel):
    """How many got as far as a step, of those who took the one before; with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    count: int
    of: int
    """n. Where it is smaller than the count, it was not counted in full: there is no ratio."""
    ratio: float | None
    low: float | None
    high: float | None


class Call(BaseModel):
    """How often the button of a plan was pressed, and how many went on."""

    model_config = ConfigDict(frozen=True)

    ladder: str
    plan: str
    call: str
    """The words on the button."""
    clicks: int
    pricing: int
    """On the site's page of plans."""
    home: int
    """On its front page."""
    other: int
    """On any other page with the plans."""
    started: Reached
    """Checkouts that were begun from the plans, of clicks."""
    finished: Reached
    """Of these, those completed by now: paid, or a trial begun."""


class Calls(BaseModel):
    """The calls to action of a period; no rows while none was followed."""

    model_config = ConfigDict(frozen=True)

    viewed: int
    """How often members read the plans, once a member and day. Visitors' views are not counted."""
    rows: list[Call]
