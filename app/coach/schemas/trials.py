"""Dry runs of prompts as the operator sees them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class TrialPiece(_Answer):
    """A stretch of an answer, and the number of the source that it cites; 0 for plain text."""

    text: str
    source: int


class TrialSource(_Answer):
    """A fact that an answer cites."""

    label: str
    value: str
    unit: str
    symbol: str
    source: str
    n: int | None = None
    low: str | None = None
    high: str | None = None


class TrialField(_Answer):
    """One thing that was said or read."""

    name: str
    value: str
    """Empty: nothing."""
    confidence: float | None = None
    expected: str = ""
    """What is there, where that is known."""


class TrialGroup(_Answer):
    """Things that belong together: a proposal, or one position of a picture."""

    title: str
    fields: list[TrialField]
    is_compared: bool = False
    """Whether it is known what is there."""


class TrialAnswer(_Answer):
    """What a member would have been shown, and what would have been left out."""

    pieces: list[TrialPiece]
    sources: list[TrialSource]
    groups: list[TrialGroup]
    removed: list[str]
    """Sentences whose numbers could not be proven."""
    tools: list[str]
    """What it looked up, in order."""
    model: str
    is_offline: bool
    """Whether plain rules have answered: no model has read the prompt."""
    cost: Decimal


class Trial(_Answer):
    """What a version was tried on, and what came of it."""

    id: int
    number: int
    question: str
    symbol: str
    state: Literal["waiting", "writing", "done", "failed", "stopped"]
    reason: str
    """Why it failed: budget, away, answer, refused, lost or fault."""
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    ahead: int | None
    """How many jobs wait before it; null once it does not wait."""
    doing: str
    """The look-up that is being made at the moment."""
    characters: int
    """How much of the answer has been written."""
    answer: TrialAnswer | None


class TrialIn(BaseModel):
    """What to try a version on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field("", max_length=2_000, description="Of the coach's prompt alone.")
    symbol: str = Field(
        "",
        max_length=40,
        description="Of the chart that is open, or that is analysed; may be empty.",
    )
