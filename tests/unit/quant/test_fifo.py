"""Round trips against a slow oracle that matches unit lots with fractions."""

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant import fifo
from app.quant.fifo import SCALE, Fill, Position

UNIT = SCALE // 4

fills_strategy = st.lists(
    st.tuples(
        st.sampled_from((1, -1)),
        st.integers(1, 12),
        st.integers(1, 10**12),
        st.integers(-(10**8), 10**10),
    ),
    max_size=40,
).map(
    lambda rows: [
        Fill(side, units * UNIT, price, fee, 3 * SCALE, at, at // 3, at)
        for at, (side, units, price, fee) in enumerate(rows, start=1)
    ]
)


def half_even(value: Fraction) -> int:
    return round(value)


def match_units(fills):
    """Trades by matching quarters of a unit one by one: (gross, fees, qty, notional)."""
    lots, trades, direction = deque(), [], 0
    for fill in fills:
        units = fill.qty // UNIT
        worth = Fraction(fill.price * UNIT * fill.multiplier, SCALE**2)
        to_close = min(units, len(lots)) if direction == -fill.side else 0
        closing_fee = half_even(Fraction(fill.fee * to_close, units))
        for _ in range(to_close):
            trades[-1]["gross"] += direction * (worth - lots.popleft())
        if to_close:
            trades[-1]["fees"] += closing_fee
        if units > to_close:
            if not lots:
                direction = fill.side
                trades.append(dict.fromkeys(("gross", "fees", "most", "notional"), 0))
            trades[-1]["fees"] += fill.fee - closing_fee
            lots.extend([worth] * (units - to_close))
            if len(lots) > trades[-1]["most"]:
                trades[-1].update(most=len(lots), notional=sum(lots))
    return (trades[:-1] if lots else trades), lots


@pytest.mark.req("S4-4", "S4-6", "S4-10")
@given(fills_strategy)
def test_trades_equal_those_of_the_oracle(fills):
    position = Position()
    effects = fifo.apply_all(position, fills)
    closed = [effect.closed for effect in effects if effect.closed]
    expected, open_lots = match_units(fills)
    assert [(trade.gross_pnl, trade.fees, trade.qty, trade.entry_notional) for trade in closed] == [
        (half_even(t["gross"]), t["fees"], t["most"] * UNIT, half_even(Fraction(t["notional"])))
        for t in expected
    ]
    assert position.open_qty == len(open_lots) * UNIT


@given(fills_strategy)
def test_what_the_fills_realise_adds_up_to_the_net_pnl_of_each_trade(fills):
    position, running = Position(), 0
    for fill in fills:
        effect = fifo.apply(position, fill)
        running += effect.realized
        assert effect.fee_closing + effect.fee_opening == fill.fee
        if effect.closed:
            assert running + effect.fee_opening == effect.closed.net_pnl
            assert effect.closed.net_pnl == effect.closed.gross_pnl - effect.closed.fees
            running = -effect.fee_opening


@pytest.mark.req("S4-6")
@given(fills_strategy)
def test_a_flat_account_realised_exactly_its_cash(fills):
    position = Position()
    if fills:
        net = sum(fill.side * fill.qty for fill in fills)
        side = -1 if net > 0 else 1
        if net:
            fills = [*fills, Fill(side, abs(net), 777 * SCALE, 5, 3 * SCALE, 99, 99, 99)]
    effects = fifo.apply_all(position, fills)
    cash = sum(Fraction(-f.side * f.qty * f.price * f.multiplier, SCALE**2) - f.fee for f in fills)
    # Each trade is rounded once to 1e-8, so the sum is within half of one a trade.
    trades = sum(effect.closed is not None for effect in effects)
    assert position.direction == 0
    assert abs(sum(effect.realized for effect in effects) - cash) <= Fraction(trades, 2)


@given(fills_strategy, st.integers(0, 40))
def test_going_on_from_a_written_state_changes_nothing(fills, cut):
    whole = Position()
    expected = fifo.apply_all(whole, fills)
    first = Position()
    effects = fifo.apply_all(first, fills[:cut])
    second = Position.from_state(first.to_state())
    assert effects + fifo.apply_all(second, fills[cut:]) == expected
    assert second.to_state() == whole.to_state()


def test_a_flip_shares_its_fee_by_quantity():
    position = Position()
    fifo.apply(position, Fill(1, 1 * SCALE, 100 * SCALE, 10, SCALE, "a", 1, 1))
    effect = fifo.apply(position, Fill(-1, 3 * SCALE, 110 * SCALE, 100, SCALE, "b", 2, 2))
    assert (effect.fee_closing, effect.fee_opening) == (33, 67)
    assert effect.closed is not None
    assert effect.closed.net_pnl == 10 * SCALE - 43
    assert (effect.closed.entry_at, effect.closed.exit_at) == ("a", "b")
    assert position.signed_qty() == -2 * SCALE
    assert position.unrealized_pnl(100 * SCALE) == 20 * SCALE


def test_the_notional_is_that_of_the_largest_position():
    position = Position()
    for at, (side, qty, price) in enumerate(((1, 1, 10), (1, 2, 20), (-1, 2, 30), (-1, 1, 30))):
        fill = Fill(side, qty * SCALE, price * SCALE, 0, 100 * SCALE, at, 1, at)
        effect = fifo.apply(position, fill)
    assert effect.closed is not None
    assert effect.closed.entry_notional == 5_000 * SCALE
    assert effect.closed.entry_price == 1_666_666_667
    assert effect.closed.exit_price == 30 * SCALE
    assert fifo.to_cents(effect.closed.entry_notional) == 500_000


@pytest.mark.parametrize(("side", "qty"), [(1, 0), (-1, -5), (0, 1), (2, 1)])
def test_it_rejects_a_fill_without_a_side_or_a_quantity(side, qty):
    with pytest.raises(ValueError, match="A fill needs"):
        fifo.apply(Position(), Fill(side, qty, SCALE, 0, SCALE, 1, 1, 1))


@pytest.mark.parametrize(
    ("numerator", "expected"), [(5, 0), (15, 2), (25, 2), (-5, 0), (-15, -2), (26, 3), (-26, -3)]
)
def test_halves_round_to_even(numerator, expected):
    assert fifo.divide_half_even(numerator, 10) == expected
