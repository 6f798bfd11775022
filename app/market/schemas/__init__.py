"""What the market slice gives to others."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from app.quant.bars import BarColumns, ScaledBars


class Instrument(BaseModel):
    """Something that can be traded, at one venue."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    symbol: str
    asset_class: str
    multiplier: Decimal
    currency: str
    venue: str
    is_assumed: bool


class StoreResult(BaseModel):
    """What became of bars that were given to be kept."""

    model_config = ConfigDict(frozen=True)

    created: int = 0
    same: int = 0
    """Already there, and left as they are."""
    corrected: int = 0


class FillResult(BaseModel):
    """What fetching bars has brought."""

    model_config = ConfigDict(frozen=True)

    created: int = 0
    same: int = 0
    corrected: int = 0
    dropped: int = 0
    """Sent, but unfinished or no bars at all."""
    sources: tuple[str, ...] = ()

    def plus(self, source: str, result: StoreResult, dropped: int) -> FillResult:
        """Return this with what one more step has brought."""
        return FillResult(
            created=self.created + result.created,
            same=self.same + result.same,
            corrected=self.corrected + result.corrected,
            dropped=self.dropped + dropped,
            sources=self.sources if source in self.sources else (*self.sources, source),
        )


class Series(BaseModel):
    """The kept bars of one instrument and timeframe."""

    model_config = ConfigDict(frozen=True)

    symbol: str
    asset_class: str
    venue: str
    timeframe: str
    first_at: datetime | None
    newest_at: datetime | None
    bar_count: int
    correction_count: int


class RowFault(NamedTuple):
    """What is wrong with a row of a file; the header is row 1."""

    row: int
    field: str
    """The column; empty where the whole row is meant."""
    reason: str

    def __str__(self) -> str:
        """Say it in one line: row 7, high: 8 is below the low of 9."""
        return (
            f"row {self.row}, {self.field}: {self.reason}"
            if self.field
            else f"row {self.row} {self.reason}"
        )


class FileGap(NamedTuple):
    """Bars of regular hours that a file leaves out before a row; no fault by itself."""

    row: int
    after: int
    """When the bar before the gap opened, in microseconds since 1970."""
    before: int
    """When the bar of the row opens."""
    missing: int
    sessions: int
    """How many whole sessions are among them."""


class BarFile(NamedTuple):
    """What is in a file of bars: the good rows, and what is wrong with the others."""

    timeframe: str
    columns: BarColumns
    scaled: ScaledBars
    """The same bars as they are kept."""
    faults: list[RowFault]
    """The first thousand, in order of rows."""
    fault_count: int
    gaps: list[FileGap]


class OptionQuote(NamedTuple):
    """One contract of a chain as it was published; what was not told is None."""

    expiry: date
    strike: Decimal
    option_right: str
    """C (call) or P (put)."""
    bid: Decimal | None = None
    ask: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    close: Decimal | None = None
    volume: int | None = None
    open_interest: int | None = None
    implied_volatility: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    rho: float | None = None
    quoted_at: datetime | None = None
    """When bid and ask were made."""


class OptionChain(NamedTuple):
    """The options of an underlying as they stood at the close of a session."""

    underlying: str
    session: date
    price: Decimal | None
    """What the underlying closed at, where it was told."""
    quotes: tuple[OptionQuote, ...]
    """By expiry, strike and right."""


class ChainFile(NamedTuple):
    """What is in a file of a chain: the good rows, and what is wrong with the others."""

    price: Decimal | None
    quotes: list[OptionQuote]
    faults: list[RowFault]


class LiveState(BaseModel):
    """How the bars of an instrument come in."""

    model_config = ConfigDict(frozen=True)

    state: Literal["live", "delayed", "stale", "closed"]
    since: datetime | None
    """Live and delayed: since when it comes in; stale: the last word; closed: since when."""
    source: str = ""
    """Who brings it, where somebody does."""
