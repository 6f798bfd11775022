"""Dry runs of the coach's prompt as the operator sees them."""

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
    n: int | None
    low: str | None
    high: str | None


class TrialAnswer(_Answer):
    """What a member would have been shown, and what would have been left out."""

    pieces: list[TrialPiece]
    sources: list[TrialSource]
    removed: list[str]
    """Sentences whose numbers could not be proven."""
    tools: list[str]
    """What it looked up, in order."""
    model: str
    is_offline: bool
    """Whether plain rules have answered: no model has read the prompt."""
    cost: Decimal


class Trial(_Answer):
    """A question with which a version was tried."""

    id: int
    number: int
    question: str
    symbol: str
    state: Literal["waiting", "writing", "done", "failed", "stopped"]
    reason: str
    """Why it failed: budget, away, answer, refused, lost or fault."""
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    answer: TrialAnswer | None


class TrialIn(BaseModel):
    """A question to try a version with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, max_length=2_000)
    symbol: str = Field("", max_length=40, description="Of the chart that is open; may be empty.")
