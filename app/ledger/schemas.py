"""What goes into the ledger and what it gives to others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.core.paging import CURSOR_SCHEMA, Page

Number = str | int | float | Decimal


class FillIn(NamedTuple):
    """One execution as a caller hands it in; `rules.fills` checks every field."""

    external_id: str
    executed_at: str | datetime
    """RFC 3339 with its zone, or an aware datetime."""
    symbol: str
    side: str
    """buy or sell."""
    qty: Number
    price: Number
    fee: Number = 0
    currency: str | None = None
    """None: the instrument's."""
    fee_currency: str | None = None
    """None: the fill's currency."""
    asset_class: str | None = None
    """None: by the form of the symbol."""
    multiplier: Number | None = None
    """None: the instrument's."""
    note: str | None = None
    """Personal text, kept beside the chain and erasable."""


class MarkIn(NamedTuple):
    """The price of an instrument at a session's close: what an open position is worth."""

    external_id: str
    occurred_at: str | datetime
    symbol: str
    price: Number
    asset_class: str | None = None
    currency: str | None = None


class CashFlowIn(NamedTuple):
    """A deposit (above zero) or a withdrawal (below)."""

    external_id: str
    occurred_at: str | datetime
    amount: Number
    currency: str | None = None
    """None: the account's."""


class FeeIn(NamedTuple):
    """What an account pays besides its fills, such as for borrowing; above zero."""

    external_id: str
    occurred_at: str | datetime
    amount: Number
    currency: str | None = None
    """None: the account's."""


class FillResult(NamedTuple):
    """What became of one item: created, duplicate, or refused with the field and the reason."""

    external_id: str
    status: Literal["created", "duplicate", "refused"]
    reason: str | None = None
    field: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first event of an account that is not as it was written."""

    account_id: int
    seq: int
    what: str


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class AccountView(_View):
    """A trading account as its owner sees it."""

    id: int
    user_id: int = Field(exclude=True)
    """Of the owner, who knows it; for callers inside."""
    plugin_id: str
    robot_version: str
    kind: str
    name: str
    currency: str
    starting_balance: Decimal | None
    opened_on: date | None
    is_ranked: bool
    is_simulated: bool
    is_backfilled: bool
    head_seq: int
    head_hash: str
    created_at: datetime
    modelled_spread: Decimal | None = Field(default=None, exclude=True)
    """Of a run over past bars, for its page: what the model took in prices, beside the fees."""
    modelled_slippage: Decimal | None = Field(default=None, exclude=True)


class TradeView(_View):
    """A round trip. Money is in `currency`."""

    id: int
    account_id: int
    plugin_id: str
    kind: str
    symbol: str
    asset_class: str
    direction: str
    qty: Decimal
    entry_at: datetime
    exit_at: datetime
    entry_price: Decimal
    exit_price: Decimal
    gross_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    entry_notional: Decimal
    currency: str
    closed_on: date


class TradePage(_View, Page):
    """Trades, the newest first, and where the next page begins."""

    items: list[TradeView]


class FillView(_View):
    """One fill as it holds now, after corrections."""

    account_id: int
    plugin_id: str
    kind: str
    seq: int
    external_id: str
    executed_at: datetime
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    currency: str
    source: str
    is_corrected: bool
    is_deleted: bool


class ImportView(_View):
    """A file of fills: its preview, its progress, its result."""

    id: int
    plugin_id: str
    account_id: int | None
    file_name: str
    state: str
    row_count: int
    next_row: int
    created_count: int
    duplicate_count: int
    refused_count: int
    refusals: list[dict[str, Any]]
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    rows: list[dict[str, str]]
    """The first rows as they would be recorded; only while the state is "preview"."""

    @property
    def progress_ratio(self) -> float:
        """How much of the file is done, 0 to 1."""
        return self.next_row / self.row_count if self.row_count else 0.0


# --- The shapes of the JSON door, for the OpenAPI document; rules/fills.py reads the items, ---
# --- because one wrong item must not refuse the others. ---


class FillItem(BaseModel):
    """One fill; numbers as text (best) or as JSON numbers."""

    external_id: str = Field(min_length=1, max_length=128)
    executed_at: datetime
    symbol: str = Field(max_length=40)
    side: Literal["buy", "sell"]
    qty: Decimal = Field(gt=0, decimal_places=8)
    price: Decimal = Field(gt=0, decimal_places=8)
    fee: Decimal = Field(default=Decimal(0), ge=0, decimal_places=8)
    currency: str | None = None
    fee_currency: str | None = None
    asset_class: str | None = None
    multiplier: Decimal | None = Field(default=None, gt=0)
    kind: str | None = None
    note: str | None = Field(default=None, max_length=1000)


class FillBatch(BaseModel):
    """Up to 10,000 fills of one robot."""

    model_config = ConfigDict(extra="forbid")

    plugin_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    kind: Literal["journal", "paper", "copy", "backtest"] = "journal"
    fills: list[FillItem] = Field(min_length=1, max_length=10_000)


class FillItemResult(BaseModel):
    """What became of one fill."""

    external_id: str
    status: Literal["created", "duplicate", "refused"]
    reason: str | None = None
    field: str | None = None


class FillAnswer(BaseModel):
    """One result per item, in order."""

    account_id: int | None
    accounts: dict[str, int]
    results: list[FillItemResult]
    created: int
    duplicate: int
    refused: int


class OpeningIn(BaseModel):
    """What an account began with, and when; without a day its first session."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    starting_balance: Decimal = Field(gt=0, le=10_000_000_000, decimal_places=8)
    opened_on: date | None = Field(default=None, ge=date(1970, 1, 1))


class OpeningView(BaseModel):
    """What an account began with; null where nothing has been said."""

    model_config = ConfigDict(frozen=True)

    starting_balance: Decimal | None
    opened_on: date | None

    @property
    def version(self) -> str:
        """What its ETag holds: an opening is said once, so there are two of them."""
        return "0" if self.starting_balance is None and self.opened_on is None else "1"


class AccountList(BaseModel):
    """The asker's trading accounts."""

    items: list[AccountView]


MAX_ACCOUNT_ID = 2**31 - 1


class TradeQuery(BaseModel):
    """Which trades, from where on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account_id: int | None = Field(None, ge=1, le=MAX_ACCOUNT_ID)
    cursor: Annotated[str, WithJsonSchema(CURSOR_SCHEMA)] | None = None
    limit: int = Field(default=50, ge=1, le=500)
