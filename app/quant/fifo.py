"""First-in-first-out round trips, exact to 1e-8 of the currency.

Every number is an integer: quantity, price and multiplier are scaled by 1e8, so a
product of the three is exact at 1e-24 and only rounded (half even) when it becomes
money at 1e-8. What a fill realises is the step of the *rounded* running total of its
trade, so the steps of a trade add up to its net P&L without a remainder.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

SCALE = 10**8
_MONEY = SCALE * SCALE  # from 1e-24 to 1e-8
_CENT = SCALE // 100


class Fill(NamedTuple):
    """One execution. `fee` is in the trade currency, 0 when it is charged in another one.

    `at` is opaque (whatever the caller orders by and wants back on the trade), `day`
    the session ordinal, `seq` the number of the ledger event.
    """

    side: int
    qty: int
    price: int
    fee: int
    multiplier: int
    at: Any
    day: int
    seq: int


class ClosedTrade(NamedTuple):
    """A position from flat to flat. Money, prices and quantities are scaled by 1e8."""

    direction: int
    qty: int
    entry_qty: int
    entry_price: int
    exit_price: int
    entry_at: Any
    exit_at: Any
    gross_pnl: int
    fees: int
    net_pnl: int
    entry_notional: int
    open_seq: int
    close_seq: int
    day: int


class FillEffect(NamedTuple):
    """What one fill did to the account.

    `realized` is the move of equity net of the whole fee. On a flip `fee_closing`
    belongs to the trade that closes and `fee_opening` to the one that opens.
    `open_delta` is +1 when the position opened, -1 when it went flat, else 0.
    """

    realized: int
    fee_closing: int
    fee_opening: int
    open_delta: int
    closed: ClosedTrade | None


def divide_half_even(numerator: int, denominator: int) -> int:
    """Divide by a positive integer and round half to even."""
    quotient, rest = divmod(numerator, denominator)
    double = rest + rest
    if double > denominator or (double == denominator and quotient & 1):
        return quotient + 1
    return quotient


def to_cents(money: int) -> int:
    """Money scaled by 1e8 as whole cents, rounded half to even."""
    return divide_half_even(money, _CENT)


class Position:
    """The open lots of one account in one instrument and the running trade.

    The multiplier of a trade is that of its opening fill.
    """

    __slots__ = (
        "cost",
        "direction",
        "entry_at",
        "entry_qty",
        "entry_value",
        "exit_value",
        "fees",
        "gross",
        "lots",
        "max_cost",
        "max_qty",
        "multiplier",
        "open_qty",
        "open_seq",
    )

    def __init__(self) -> None:
        """Start flat."""
        self.lots: deque[tuple[int, int]] = deque()
        self.direction = 0
        self.open_qty = 0  # never negative; the sign is the direction
        self.cost = 0  # sum of qty x price of the open lots, at 1e-16
        self.multiplier = SCALE
        self.gross = 0  # realised before fees, rounded to money so far
        self.fees = 0
        self.entry_qty = 0
        self.entry_value = 0
        self.exit_value = 0
        self.max_qty = 0
        self.max_cost = 0
        self.entry_at: Any = None
        self.open_seq = 0

    def to_state(self) -> list[Any]:
        """Everything as a list for JSON (`entry_at` must be JSON-able itself)."""
        return [
            [list(lot) for lot in self.lots],
            *(getattr(self, name) for name in _STATE_FIELDS),
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> "Position":
        """Read back what `to_state` wrote down."""
        position = cls()
        position.lots = deque((qty, price) for qty, price in state[0])
        for name, value in zip(_STATE_FIELDS, state[1:], strict=True):
            setattr(position, name, value)
        return position

    def signed_qty(self) -> int:
        """Give the open quantity, negative when short."""
        return self.direction * self.open_qty

    def unrealized_pnl(self, price: int) -> int:
        """Value of the open lots at `price` less what they cost, before fees."""
        exact = self.direction * (price * self.open_qty - self.cost) * self.multiplier
        return divide_half_even(exact, _MONEY)


_STATE_FIELDS = tuple(name for name in Position.__slots__ if name != "lots")


def apply(position: Position, fill: Fill) -> FillEffect:
    """Book one fill, oldest lot first, and say what it realised.

    Raises:
        ValueError: quantity not above zero, or side neither +1 nor -1.
    """
    side, qty, price, fee, multiplier, at, _, seq = fill
    if qty <= 0 or side * side != 1:
        message = f"A fill needs side +1 or -1 and a quantity above zero, not {side}, {qty}"
        raise ValueError(message)
    direction = position.direction
    if direction == -side:
        return _reduce(position, fill)
    value = qty * price
    position.lots.append((qty, price))
    if direction:
        position.open_qty += qty
        position.cost += value
        position.entry_qty += qty
        position.entry_value += value
        position.fees += fee
        if position.open_qty > position.max_qty:
            position.max_qty = position.open_qty
            position.max_cost = position.cost
        return FillEffect(-fee, 0, fee, 0, None)
    position.direction = side
    position.multiplier = multiplier
    position.open_qty = position.entry_qty = position.max_qty = qty
    position.cost = position.entry_value = position.max_cost = value
    position.exit_value = position.gross = 0
    position.fees = fee
    position.entry_at = at
    position.open_seq = seq
    return FillEffect(-fee, 0, fee, 1, None)


def apply_all(position: Position, fills: Iterable[Fill]) -> list[FillEffect]:
    """Book fills in the given order."""
    return [apply(position, fill) for fill in fills]


def _reduce(position: Position, fill: Fill) -> FillEffect:
    _, qty, price, fee, *_ = fill
    closing = min(qty, position.open_qty)
    opening = qty - closing
    fee_closing = divide_half_even(fee * closing, qty) if opening else fee
    position.cost -= _take_lots(position.lots, closing)
    position.open_qty -= closing
    position.exit_value += closing * price
    # Entry value of what is gone = all entries less the cost of what is still open.
    exact = position.exit_value - (position.entry_value - position.cost)
    gross = divide_half_even(position.direction * exact * position.multiplier, _MONEY)
    realized = gross - position.gross - fee_closing
    position.gross = gross
    position.fees += fee_closing
    if position.open_qty:
        return FillEffect(realized, fee_closing, 0, 0, None)
    closed = _close(position, fill)
    position.direction = 0
    if not opening:
        return FillEffect(realized, fee_closing, 0, -1, closed)
    fee_opening = fee - fee_closing
    apply(position, fill._replace(qty=opening, fee=fee_opening))
    return FillEffect(realized - fee_opening, fee_closing, fee_opening, 0, closed)


def _take_lots(lots: deque[tuple[int, int]], qty: int) -> int:
    """Remove `qty` from the oldest lots and return what it had cost."""
    cost = 0
    while qty:
        lot_qty, lot_price = lots[0]
        if lot_qty > qty:
            lots[0] = (lot_qty - qty, lot_price)
            return cost + qty * lot_price
        lots.popleft()
        cost += lot_qty * lot_price
        qty -= lot_qty
    return cost


def _close(position: Position, fill: Fill) -> ClosedTrade:
    entry_qty = position.entry_qty
    return ClosedTrade(
        direction=position.direction,
        qty=position.max_qty,
        entry_qty=entry_qty,
        entry_price=divide_half_even(position.entry_value, entry_qty),
        exit_price=divide_half_even(position.exit_value, entry_qty),
        entry_at=position.entry_at,
        exit_at=fill.at,
        gross_pnl=position.gross,
        fees=position.fees,
        net_pnl=position.gross - position.fees,
        entry_notional=divide_half_even(position.max_cost * position.multiplier, _MONEY),
        open_seq=position.open_seq,
        close_seq=fill.seq,
        day=fill.day,
    )
