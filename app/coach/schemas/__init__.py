"""Conversations as they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.coach.rules.proposing import ChartProposal
from app.coach.rules.showing import CHART, NOTHING, Card, Showing

__all__ = [
    "CHART",
    "Allowance",
    "Card",
    "Conversation",
    "ConversationLine",
    "Message",
    "Piece",
    "Showing",
    "Source",
]


class Source(NamedTuple):
    """A fact that an answer cites."""

    id: str
    label: str
    value: str
    unit: str
    symbol: str
    source: str
    link: str
    """Query of the desk or the dashboard; "" where there is no page of it."""
    n: int | None
    low: Decimal | None
    """Lower end of its 95 % interval."""
    high: Decimal | None


class Piece(NamedTuple):
    """A stretch of an answer, and the number of the source that it cites; 0 for plain text."""

    text: str
    source: int = 0


@dataclass(frozen=True)
class Message:
    """A question with its answer."""

    id: int
    conversation_id: int
    number: int
    question: str
    symbol: str
    state: str
    reason: str
    answer: str
    model: str
    is_offline: bool
    removed_count: int
    feedback: int | None
    asked_at: datetime
    ended_at: datetime | None
    pieces: tuple[Piece, ...] = ()
    sources: tuple[Source, ...] = ()
    text_so_far: str = ""
    """What a model has written up to now; its numbers are not checked yet."""
    doing: str = ""
    """The tool that is asked at the moment."""
    ahead: int | None = None
    """How many questions wait before this one; None once it does not wait."""
    showing: Showing = NOTHING
    """The cards beside the answer, and what it opens in the panel."""
    charts: tuple[ChartProposal, ...] = ()
    """What it proposes for charts; drawings wait for the member."""

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in {"waiting", "writing"}

    @property
    def is_ending(self) -> bool:
        """Whether it was stopped and what was written of it is still being checked."""
        return self.state == "stopped" and self.ended_at is None


@dataclass(frozen=True)
class ConversationLine:
    """A conversation in a list."""

    id: int
    title: str
    changed_at: datetime


@dataclass(frozen=True)
class Conversation:
    """A conversation with all that was said."""

    id: int
    title: str
    created_at: datetime
    changed_at: datetime
    messages: tuple[Message, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return any(message.is_open for message in self.messages)


class Allowance(NamedTuple):
    """How many questions a member has asked this month, of how many."""

    used: int
    most: int | None
    """None: as many as one likes."""

    @property
    def is_used_up(self) -> bool:
        """Whether no more may be asked this month."""
        return self.most is not None and self.used >= self.most
