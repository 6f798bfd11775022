"""What is read from a picture of positions, whoever reads it: a model or the offline reader."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.trading.schemas import PositionIn

T = TypeVar("T")
Broker = Literal["tastytrade", "thinkorswim", "interactive_brokers", "robinhood", "webull"]
Right = Literal["call", "put", "shares"]
Unreadable = Literal["no_picture", "too_small", "too_large", "blank", "no_text", "no_positions"]


class Seen(BaseModel, Generic[T]):
    """One field as it was read."""

    model_config = ConfigDict(frozen=True)

    value: T | None = Field(default=None, description="Null: not to be seen.")
    confidence: float = Field(default=0, ge=0, le=1, description="0: a guess; 1: plainly legible.")


class Band(BaseModel):
    """Where in a picture something stands, as shares of its height."""

    model_config = ConfigDict(frozen=True)

    top: float = Field(ge=0, le=1, examples=[0.25])
    bottom: float = Field(ge=0, le=1, examples=[0.31])


class SeenPosition(BaseModel):
    """One position, or one leg of a spread."""

    model_config = ConfigDict(frozen=True)

    ticker: Seen[str] = Field(description="The underlying's symbol.")
    right: Seen[Right]
    strike: Seen[Decimal] = Field(default=Seen[Decimal](), description="Null for shares.")
    expiry: Seen[date] = Field(default=Seen[date](), description="Null for shares.")
    quantity: Seen[Decimal] = Field(description="Contracts or shares; below zero: sold.")
    entry_price: Seen[Decimal] = Field(
        default=Seen[Decimal](), description="Paid or taken for one share."
    )
    current_price: Seen[Decimal] = Field(default=Seen[Decimal](), description="Of one share.")
    spread: int | None = Field(
        default=None, description="Legs with the same number belong to one spread."
    )
    band: Band | None = Field(
        default=None, description="Where it stands, from 0 at the top to 1. Null: not known."
    )


class Reading(BaseModel):
    """All that a picture shows."""

    model_config = ConfigDict(frozen=True)

    broker: Seen[Broker] = Seen[Broker]()
    positions: tuple[SeenPosition, ...] = ()
    reason: Unreadable | None = Field(default=None, description="Why there are no positions.")


# --- What becomes of it ---

State = Literal["waiting", "reading", "done", "unreadable", "failed", "confirmed"]


class Found(BaseModel):
    """A position that was read, weighed against what can be."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="Its place in the picture, from 0.")
    position: SeenPosition
    notes: dict[str, str] = Field(
        description="Why a field is doubtful: unseen, absurd, broken, past, far, weekend,"
        " off_chain, off_market."
    )


class ScreenshotIn(BaseModel):
    """A picture to read positions from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: str = Field(
        min_length=1,
        max_length=14_000_000,
        description="PNG, JPEG or WebP of up to 10 MB, in base64.",
        examples=["iVBORw0KGgo="],
    )


class ScreenshotOut(BaseModel):
    """A picture that was sent, and what was read from it."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: State
    reason: str = Field(
        description="Why there is none: budget, away, answer, refused, lost, fault; or of an"
        " unreadable one: no_picture, too_small, too_large, blank, no_text, no_positions."
    )
    width: int
    height: int
    broker: str | None
    found: list[Found]
    asked: dict[int, list[str]] = Field(
        description="By number: the fields that must be changed or named in `sure`."
    )
    model: str = Field(description="Who read it; offline: no model.")
    positions: list[str] = Field(description="Keys of the positions that were written down.")
    sent_at: datetime
    expires_at: datetime


class ScreenshotList(BaseModel):
    """A member's pictures."""

    items: list[ScreenshotOut]


class ConfirmedPosition(PositionIn):
    """A position as its owner has confirmed it."""

    number: int | None = Field(
        default=None, ge=0, le=1000, description="Of what was read; null: added by hand."
    )
    sure: list[Literal["symbol", "right", "strike", "expiry", "qty", "price"]] = Field(
        default=[], max_length=6, description="Doubtful fields that were checked and are right."
    )

    @property
    def signed(self) -> Decimal:
        """The quantity; below zero: sold."""
        return -self.qty if self.side == "sell" else self.qty


class ConfirmIn(BaseModel):
    """What is written down of a picture, all of it or nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positions: list[ConfirmedPosition] = Field(min_length=1, max_length=40)
