"""The book: what events do to positions, trades and daily money. Pure, exact, order-preserving.

Everything is a scaled integer and additive, so the money of two books of the same account can be
subtracted: a late fill changes the day rows by (book with it) minus (book without it).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from app.ledger.rules.fills import SIDES, scaled_number
from app.quant.fifo import Fill, FillEffect, Position, apply, divide_half_even, to_cents

# Columns of a day's sums, in the order of the lists in `Book.days`.
REALIZED, FEES, MARK_CHANGE, FLOWS, OPEN_DELTA, TRADES, WINS, LOSSES = range(8)
GROSS_PROFIT, GROSS_LOSS, NOTIONAL, OPENING = range(8, 12)
WIDTH = 12
DayKey = tuple[str, str]
"""Currency and session."""


class TradeRow(NamedTuple):
    """A closed trade, ready for its table but for the account."""

    instrument: str
    """Instrument id and currency, the key of its position."""
    direction: str
    qty: int
    entry_at: str
    exit_at: str
    entry_price: int
    exit_price: int
    gross_pnl: int
    fees: int
    net_pnl: int
    entry_notional: int
    closed_on: str
    open_seq: int
    close_seq: int


class Held:
    """An open position, what it was last marked at, and the last event applied to it."""

    __slots__ = ("at", "booked", "position")

    def __init__(self) -> None:
        self.position = Position()
        self.at = ""
        self.booked = 0
        """Unrealised money that mark_change holds for it so far."""

    def to_state(self) -> list[Any]:
        """Return everything as a list for JSON."""
        return [self.at, self.booked, self.position.to_state()]

    @classmethod
    def from_state(cls, state: list[Any]) -> Held:
        """Read back what `to_state` wrote."""
        held = cls()
        held.at, held.booked = state[0], state[1]
        held.position = Position.from_state(state[2])
        return held


class Book:
    """Open positions of one account, and the days and trades that the events applied here made."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.days: dict[DayKey, list[int]] = {}
        self.extremes: dict[DayKey, tuple[int, int]] = {}
        """Best and worst net P&L of the trades closed here."""
        self.trades: list[TradeRow] = []

    def day(self, currency: str, session: str) -> list[int]:
        """Return the sums of a day, to add to."""
        sums = self.days.get((currency, session))
        if sums is None:
            sums = self.days[currency, session] = [0] * WIDTH
        return sums

    def add_fill(self, key: str, fill: Fill, currency: str, foreign_fee: tuple[str, int]) -> None:
        """Apply a fill to the position `key`; `fill.day` is its session as text.

        `foreign_fee` is a fee in another currency (code and amount; amount 0: none).
        """
        held = self.held.get(key)
        if held is None:
            held = self.held[key] = Held()
        position, before = held.position, held.position.open_qty
        effect = apply(position, fill)
        held.at = fill.at
        sums = self.day(currency, fill.day)  # type: ignore[arg-type]
        sums[REALIZED] += effect.realized
        sums[FEES] += effect.fee_closing + effect.fee_opening
        sums[OPEN_DELTA] += effect.open_delta
        if held.booked and (effect.closed or position.open_qty < before):
            self._reverse_mark(held, before, sums, is_closed=effect.closed is not None)
        if effect.closed is not None:
            self._add_trade(key, currency, effect, sums)
        if not position.open_qty:
            del self.held[key]
        if foreign_fee[1]:
            self.add_fee(foreign_fee[0], fill.day, foreign_fee[1])  # type: ignore[arg-type]

    def _reverse_mark(self, held: Held, before: int, sums: list[int], *, is_closed: bool) -> None:
        # What was booked as unrealised is now realised: the closed share leaves mark_change.
        rest = 0
        if not is_closed:
            rest = divide_half_even(held.booked * held.position.open_qty, before)
        sums[MARK_CHANGE] -= held.booked - rest
        held.booked = rest

    def _add_trade(self, key: str, currency: str, effect: FillEffect, sums: list[int]) -> None:
        trade = effect.closed
        if trade is None:
            return
        net, cents = trade.net_pnl, to_cents(trade.entry_notional)
        sums[TRADES] += 1
        sums[NOTIONAL] += cents
        if net > 0:
            sums[WINS] += 1
            sums[GROSS_PROFIT] += net
        elif net < 0:
            sums[LOSSES] += 1
            sums[GROSS_LOSS] -= net
        session = str(trade.day)
        best, worst = self.extremes.get((currency, session), (net, net))
        self.extremes[currency, session] = (max(best, net), min(worst, net))
        self.trades.append(
            TradeRow(
                key,
                "long" if trade.direction > 0 else "short",
                trade.qty,
                trade.entry_at,
                trade.exit_at,
                trade.entry_price,
                trade.exit_price,
                trade.gross_pnl,
                trade.fees,
                net,
                cents,
                session,
                trade.open_seq,
                trade.close_seq,
            )
        )

    def add_mark(self, key: str, price: int, at: str, currency: str, session: str) -> None:
        """Value the position `key` at a price: the change against the last value is the day's."""
        held = self.held.get(key)
        if held is None:
            return
        worth = held.position.unrealized_pnl(price)
        self.day(currency, session)[MARK_CHANGE] += worth - held.booked
        held.booked, held.at = worth, at

    def add_fee(self, currency: str, session: str, amount: int) -> None:
        """Book a fee that stands outside the trades of its currency."""
        sums = self.day(currency, session)
        sums[REALIZED] -= amount
        sums[FEES] += amount

    def add_flow(self, currency: str, session: str, amount: int) -> None:
        """Book a deposit, or a withdrawal below zero."""
        self.day(currency, session)[FLOWS] += amount

    def take(self, key: str, other: Book) -> None:
        """Hold the position `key` as another book does, or not at all."""
        self.held.pop(key, None)
        if key in other.held:
            self.held[key] = other.held[key]

    def add_days(self, other: Book, sign: int) -> None:
        """Add another book's days (sign 1), or take them away (-1)."""
        for (currency, session), sums in other.days.items():
            total = self.day(currency, session)
            for at, value in enumerate(sums):
                total[at] += sign * value


class Entry(NamedTuple):
    """An event as the book needs it: in effect, keyed, ordered by (at, seq)."""

    kind: str
    at: str
    seq: int
    key: str
    """Key of the position; "" for money that belongs to none."""
    body: dict[str, Any]


def add_entry(book: Book, entry: Entry) -> None:
    """Apply an event that is in effect to the book."""
    body = entry.body
    currency, session = body["currency"], body["session"]
    if entry.kind == "fill":
        fee, fee_currency = scaled_number(body["fee"]), body["fee_currency"]
        is_foreign = fee_currency != currency
        fill = Fill(
            SIDES[body["side"]],
            scaled_number(body["qty"]),
            scaled_number(body["price"]),
            0 if is_foreign else fee,
            scaled_number(body["multiplier"]),
            entry.at,
            session,
            entry.seq,
        )
        book.add_fill(entry.key, fill, currency, (fee_currency, fee if is_foreign else 0))
    elif entry.kind == "mark":
        book.add_mark(entry.key, scaled_number(body["price"]), entry.at, currency, session)
    elif entry.kind == "cash_flow":
        book.add_flow(currency, session, scaled_number(body["amount"]))
    elif entry.kind == "fee":
        book.add_fee(currency, session, scaled_number(body["amount"]))


def read_body(text: str) -> dict[str, Any]:
    """Return an event's body as an object."""
    body: dict[str, Any] = orjson.loads(text)
    return body
