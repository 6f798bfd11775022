"""What the author of a robot writes against: parameters, the bars so far, a book, orders.

A robot is a class with declared parameters and one method. At the close of each bar it is shown
the last `lookback` bars and its book, and returns orders; they work from the next bar on. The
bars that follow do not exist yet in the memory that it is given, neither in a backtest nor in
paper trading, and both run it through the same simulation (`app.quant.simulation`).

What a robot decides is a function of these bars, its book and its parameters alone: so the same
bars give the same orders after a restart, in a backtest and in paper trading.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from app.quant.indicators import Indicator

if TYPE_CHECKING:
    from app.quant.chains import Chain

SDK_VERSION = 1
"""Raised when the same robot could decide otherwise: a part of the version of every robot."""

BAR_COLUMNS = ("open", "high", "low", "close", "volume", "opened_at", "closed_at", "session")
Side = Literal["buy", "sell"]
OrderKind = Literal["market", "limit", "stop", "trailing"]


class Parameters(BaseModel):
    """The base of a robot's parameters: each a field with its range, a title and a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    ORDERED: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Pairs of fields of which the first has to be smaller than the second."""

    @model_validator(mode="after")
    def _are_ordered(self) -> Self:
        for small, large in self.ORDERED:
            if not getattr(self, small) < getattr(self, large):
                raise PydanticCustomError(
                    "ordered",
                    "{small} must be smaller than {large}",
                    {"small": small, "large": large},
                )
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with the pairs in it, for who checks values without the class."""
        schema = handler(core_schema)
        handler.resolve_ref_schema(schema)["ordered"] = [list(pair) for pair in cls.ORDERED]
        return schema


class Order(NamedTuple):
    """An order, valid from the next bar on. Prices in the instrument's currency."""

    symbol: str
    side: Side
    qty: float
    kind: OrderKind = "market"
    price: float | None = None
    """The price of a limit or a stop order."""
    trail: float | None = None
    """A trailing stop's distance from the best price since the order began to work."""
    stop_loss: float | None = None
    """A price at which what this order opened is closed, from its fill on."""
    stop_loss_ratio: float | None = None
    """The same as a share of the price of the fill: 0.01 is 1 % away."""
    take_profit: float | None = None
    """A price at which what this order opened is closed with a limit order."""
    bars: int = 0
    """How many bars the order works; 0: until it is filled or cancelled."""
    name: str = ""
    """The robot's own name of it: a working order of the same name is replaced."""
    reduce_only: bool = False
    """It only makes a position smaller: what goes beyond it is not traded."""
    combo: str = ""
    """Options of one underlying that are ordered under one such name are filled all or not at all."""


class Cancel(NamedTuple):
    """Take a working order back, by its name; one that works no more is no error."""

    name: str


def buy(symbol: str, qty: float, **terms: Any) -> Order:
    """Return an order to buy; `terms` are the further fields of Order."""
    return Order(symbol, "buy", qty, **terms)


def sell(symbol: str, qty: float, **terms: Any) -> Order:
    """Return an order to sell; `terms` are the further fields of Order."""
    return Order(symbol, "sell", qty, **terms)


class Position:
    """What is held of one symbol; quantity above zero is long, below short, zero is flat."""

    __slots__ = ("bars_held", "entry_price", "qty", "symbol")

    def __init__(
        self, symbol: str, qty: float = 0.0, entry_price: float = 0.0, bars_held: int = 0
    ) -> None:
        self.symbol = symbol
        self.qty = qty
        self.entry_price = entry_price
        """The average price of what is held."""
        self.bars_held = bars_held
        """How many closes it has seen, that of its entry's bar included."""

    def close(self, **terms: Any) -> Order:
        """Return the order that closes it and never opens the other way (quantity 0: ignored)."""
        side: Side = "sell" if self.qty > 0 else "buy"
        return Order(self.symbol, side, abs(self.qty), reduce_only=True, **terms)


class Book:
    """The account as the robot sees it at the close of a bar."""

    __slots__ = ("cash", "chains", "equity", "memory", "orders", "positions", "steps")

    def __init__(self) -> None:
        self.cash = 0.0
        self.equity = 0.0
        """Cash and what is held, at the last closes."""
        self.positions: dict[str, Position] = {}
        """Only what is not flat."""
        self.orders: dict[str, Order] = {}
        """Working orders by name; one without a name has its number, such as #7."""
        self.chains: dict[str, Chain] = {}
        """The newest option chain of each symbol that was quoted by now (`needs_chains`)."""
        self.steps: dict[str, float] = {}
        """The smallest quantity of each symbol: 1 for shares."""
        self.memory: dict[str, Any] = {}
        """The robot's own, kept from bar to bar and over restarts: JSON of at most 16 kB."""

    def position(self, symbol: str) -> Position:
        """Return what is held of a symbol, flat when nothing is."""
        return self.positions.get(symbol) or Position(symbol)


class SymbolBars(dict[str, deque[float]]):
    """The last `lookback` bars of one symbol, the newest at [-1], and its indicators by name.

    `bars.close[-1]` is the last close and `bars["fast"][-1]` the last value of an indicator; NaN:
    no answer yet. A column is unpacked when it is first asked for and kept up to date from then
    on, so that what a robot does not read costs it nothing.
    """

    __slots__ = (*BAR_COLUMNS, "asked", "lookback", "made", "names", "past", "row")

    opened_at: deque[int]
    """Microseconds since 1970, UTC."""
    session: deque[int]
    """Date ordinals of the exchange sessions."""
    open: deque[float]
    high: deque[float]
    low: deque[float]
    close: deque[float]
    volume: deque[float]

    def __init__(
        self, lookback: int, indicators: Iterable[str] = (), asked: list[str] | None = None
    ) -> None:
        """Begin without a bar; the name of each column that is asked for goes into `asked`."""
        self.lookback = lookback
        self.names = tuple(indicators)
        self.row = struct.Struct(f"<5d3q{len(self.names)}d")
        """How a bar is packed: its columns, then its indicators."""
        self.past: deque[bytes] = deque(maxlen=max(lookback, 1))
        """The bars that have closed, packed."""
        self.asked = [] if asked is None else asked
        self.made: dict[str, deque[Any]] = {}
        """The columns that were asked for."""

    def __getattr__(self, name: str) -> deque[Any]:
        """Unpack a column that is asked for the first time."""
        if name not in BAR_COLUMNS:
            raise AttributeError(name)
        column = self._make(name, BAR_COLUMNS.index(name))
        setattr(self, name, column)
        return column

    def __missing__(self, indicator: str) -> deque[float]:
        """Do the same for a declared indicator."""
        if indicator not in self.names:
            raise KeyError(indicator)
        column = self._make(indicator, len(BAR_COLUMNS) + self.names.index(indicator), "i:")
        self[indicator] = column
        return column

    def _make(self, name: str, place: int, kind: str = "") -> deque[Any]:
        column = deque([self.row.unpack(row)[place] for row in self.past], self.lookback)
        self.made[kind + name] = column
        self.asked.append(name)
        return column


class Robot:
    """A trading robot. Subclass it, declare `Parameters`, write `on_bar`."""

    Parameters: ClassVar[type[BaseModel]] = Parameters

    def __init__(self, parameters: BaseModel, symbols: tuple[str, ...]) -> None:
        self.parameters: Any = parameters
        self.symbols = symbols
        self.symbol = symbols[0]
        """The first one: the only one of most robots."""

    @property
    def lookback(self) -> int:
        """How many bars it needs to see; before there are as many it is not asked."""
        return 2

    def indicators(self) -> Mapping[str, Indicator]:
        """Declare what is to be computed from each symbol's bars; each has a finite memory."""
        return {}

    def on_bar(self, bars: Mapping[str, SymbolBars], book: Book) -> Iterable[Order | Cancel] | None:
        """Decide at the close of a bar; None or nothing: leave everything as it is."""
        raise NotImplementedError

    def signals(self, columns: Any) -> Any:
        """Return the same decisions for all bars at once, where a robot can (optional).

        Takes the `BarColumns` of its one symbol, returns one number a bar: the position wanted
        from the next open on (+qty long, -qty short, 0 flat). The look-ahead check replays each
        of them on bars cut off there.
        """
        raise NotImplementedError
