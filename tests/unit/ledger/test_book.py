"""The book adds up: realised money and marks telescope to the trades' P&L and the open value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.ledger.rules.book import FEES, MARK_CHANGE, OPEN_DELTA, REALIZED, Book
from app.quant.fifo import SCALE, Fill

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "mark"]),
        st.integers(1, 10**10),
        st.integers(1, 10**12),
        st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=30,
)


@given(STEPS)
def test_equity_is_what_trades_and_open_positions_are_worth(steps):
    book = Book()
    last_price = None
    for seq, (what, qty, price, fee) in enumerate(steps, 1):
        at, session = f"{seq:04d}", f"day-{seq // 4}"
        if what == "mark":
            book.add_mark("1:USD", price, at, "USD", session)
            last_price = price
            continue
        last_price = None
        side = 1 if what == "buy" else -1
        fill = Fill(side, qty, price, fee, SCALE, at, session, seq)
        book.add_fill("1:USD", fill, "USD", ("USD", 0))
    equity = sum(day[REALIZED] + day[MARK_CHANGE] for day in book.days.values())
    held = book.held.get("1:USD")
    closed = sum(trade.net_pnl for trade in book.trades)
    fees = sum(day[FEES] for day in book.days.values())
    assert fees == sum(fee for what, _, _, fee in steps if what != "mark")
    assert sum(day[OPEN_DELTA] for day in book.days.values()) == (held is not None)
    if held is None:
        assert equity == closed
        return
    position = held.position
    running = position.gross - position.fees
    assert equity == closed + running + held.booked
    if last_price is not None:
        assert held.booked == position.unrealized_pnl(last_price)


def test_selling_a_part_reverses_its_share_of_the_mark():
    book = Book()
    book.add_fill("k", Fill(1, 4 * SCALE, 10 * SCALE, 0, SCALE, "1", "d1", 1), "USD", ("USD", 0))
    book.add_mark("k", 12 * SCALE, "2", "USD", "d1")
    book.add_fill("k", Fill(-1, SCALE, 12 * SCALE, 0, SCALE, "3", "d2", 2), "USD", ("USD", 0))
    assert book.days["USD", "d1"][MARK_CHANGE] == 8 * SCALE
    assert book.days["USD", "d2"][REALIZED] == 2 * SCALE
    assert book.days["USD", "d2"][MARK_CHANGE] == -2 * SCALE
    assert book.held["k"].booked == 6 * SCALE


def test_a_mark_on_nothing_is_nothing():
    book = Book()
    book.add_mark("k", SCALE, "1", "USD", "d1")
    assert book.days == {}
