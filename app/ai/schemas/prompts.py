"""Prompts as the owner sees and changes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Tries = Literal["question", "chart", "picture", "word"]
Number = Annotated[int, Field(ge=1, le=1_000_000)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PromptVersion(_Answer):
    """One version of a prompt."""

    number: int
    made_at: dt.datetime | None
    """None: the program's own text, with which nobody has asked yet."""
    made_by: str
    """Name of the member who wrote it; empty where none is known."""
    wp_user: int | None
    """Which WordPress user of the operator's site wrote it."""
    note: str
    characters: int
    is_used: bool
    """Whether models are told this one now."""
    is_own: bool
    """Whether it is the program's own text."""


class PromptTask(_Answer):
    """A task and the versions of its prompt, the newest first."""

    task: str
    label: str
    chosen: int | None
    """The version that the owner has chosen; None: the program's own."""
    can_try: bool
    """Whether a version can be tried."""
    versions: list[PromptVersion]


class Prompts(_Answer):
    """All tasks that have a prompt."""

    items: list[PromptTask]
    appended: str
    """What the gateway appends to each prompt, whatever it says."""
    longest: int


class PromptText(_Answer):
    """One version with its text, and what it changed."""

    task: str
    label: str
    can_try: bool
    tries: Tries | None
    """On what: a question of one's own, a chart of a symbol, a picture of ours, or one word."""
    most: Decimal
    """US dollars that are held back at most before a request."""
    version: PromptVersion
    text: str
    before: int | None
    """The version that it is compared with; None for the first one."""
    diff: list[str]
    """Lines with " ", "-" or "+" before them, "@" before each place."""


class PromptIn(_Given):
    """A new version."""

    text: str = Field(min_length=1, max_length=25_000, description="At most 20,000 characters.")
    note: str = Field("", max_length=200, description="What is new about it.")


class PromptChoice(_Given):
    """Which version counts from now on; null: the program's own."""

    number: Number | None
