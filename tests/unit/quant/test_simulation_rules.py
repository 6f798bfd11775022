"""The fill rules, one by one, on bars made for them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.robot import Cancel, Order, buy, sell
from app.quant.simulation import Costs, Market, Simulation, Terms, rules
from tests.factories.walks import columns_of
from tests.unit.quant.scripted import Scripted

FLAT = (100, 100, 100, 100)
RICH = Terms(cash=1e6, margin_ratio=0.5)
PRICES = st.floats(0.01, 1e6)


def play(script, rows, terms=RICH, volume=1_000.0, **more):
    """Give orders at the close of numbered bars; return the step and (bar, side, qty, price, why)."""
    columns = columns_of(rows, volume)
    robot = Scripted(script)
    step = Simulation(robot, terms, **more).run({"TEST": columns})
    opened = columns.opened_at.tolist()
    fills = [
        (opened.index(one.bar_opened_at), one.side, one.qty, one.price, one.reason)
        for one in step.fills
    ]
    return step, fills, robot


def fills_of(script, *rows, **more):
    return play(script, rows, **more)[1]


def test_a_market_order_is_filled_at_the_next_open():
    step, fills, robot = play({0: [buy("TEST", 2)]}, [FLAT, (101, 103, 99, 102), FLAT])
    assert fills == [(1, "buy", 2.0, 101.0, "open")]
    assert step.fills[0].at_us == step.fills[0].bar_opened_at
    assert robot.books[1][:2] == (1e6 - 202, 1e6 + 2)
    held = robot.books[2][2]["TEST"]
    assert (held.qty, held.entry_price, held.bars_held) == (2.0, 101.0, 2)


@pytest.mark.parametrize(
    ("order", "bar", "price", "is_inside"),
    [
        (buy("TEST", 1, kind="limit", price=98), (97, 99, 96, 98), 97, False),
        (buy("TEST", 1, kind="limit", price=98), (99, 99, 98, 99), 98, True),
        (buy("TEST", 1, kind="limit", price=98), (99, 99, 98.01, 99), None, False),
        (sell("TEST", 1, kind="limit", price=102), (103, 103, 101, 102), 103, False),
        (sell("TEST", 1, kind="limit", price=102), (101, 102, 101, 101), 102, True),
        (buy("TEST", 1, kind="stop", price=102), (104, 105, 103, 104), 104, False),
        (buy("TEST", 1, kind="stop", price=102), (101, 102, 100, 101), 102, True),
        (buy("TEST", 1, kind="stop", price=102), (101, 101.99, 100, 101), None, False),
        (sell("TEST", 1, kind="stop", price=98), (95, 96, 94, 95), 95, False),
        (sell("TEST", 1, kind="stop", price=98), (99, 99, 97, 98), 98, True),
        (sell("TEST", 1, kind="trailing", trail=3), (99, 99, 96.5, 98), 97, True),
        (sell("TEST", 1, kind="trailing", trail=3), (110, 120, 98, 118), None, False),
        (buy("TEST", 1, kind="trailing", trail=3), (104, 105, 103, 104), 104, False),
    ],
)
def test_an_order_is_filled_where_its_bar_reaches_it(order, bar, price, is_inside):
    step, fills, _ = play({0: [order]}, [FLAT, bar])
    if price is None:
        assert fills == []
        assert step.orders[0].state == "working"
        return
    assert fills == [(1, order.side, 1.0, price, order.kind)]
    assert (step.fills[0].at_us > step.fills[0].bar_opened_at) == is_inside


def test_a_trailing_stop_follows_the_bars_before_and_not_its_own():
    rows = [FLAT, (101, 110, 101, 109), (109, 130, 106, 107), FLAT]
    order = sell("TEST", 1, kind="trailing", trail=3)
    # 110 is the best before the third bar; its own 130 does not count.
    assert fills_of({0: [order]}, *rows) == [(2, "sell", 1.0, 107.0, "trailing")]


def exits(order, bar, *more):
    return [(at, price, why) for at, _, _, price, why in fills_of({0: [order]}, FLAT, bar, *more)][
        1:
    ]


@pytest.mark.parametrize(
    ("order", "bar", "expected"),
    [
        # Entered at the open: all of the bar follows.
        (buy("TEST", 1, stop_loss=98), (100, 101, 97, 100), (1, 98, "stop_loss")),
        (buy("TEST", 1, stop_loss_ratio=0.01), (200, 201, 198, 200), (1, 198, "stop_loss")),
        (sell("TEST", 1, stop_loss_ratio=0.01), (200, 202, 198, 200), (1, 202, "stop_loss")),
        (buy("TEST", 1, take_profit=102), (100, 103, 99, 100), (1, 102, "take_profit")),
        (sell("TEST", 1, take_profit=98), (100, 101, 97, 100), (1, 98, "take_profit")),
        # Both reached: the loss is taken to be first.
        (buy("TEST", 1, stop_loss=98, take_profit=102), (100, 103, 97, 100), (1, 98, "stop_loss")),
        # The open is past the stop already.
        (buy("TEST", 1, stop_loss=98), (95, 96, 94, 95), (1, 95, "stop_loss")),
        # Entered by a limit inside: the low follows, the high may have been before.
        (
            buy("TEST", 1, kind="limit", price=98, stop_loss=96),
            (100, 101, 95, 99),
            (1, 96, "stop_loss"),
        ),
        (buy("TEST", 1, kind="limit", price=98, take_profit=101), (100, 102, 97, 99), None),
        (
            buy("TEST", 1, kind="limit", price=98, take_profit=101),
            (100, 102, 97, 101.5),
            (1, 101, "take_profit"),
        ),
        # Entered by a stop inside: the high follows; the low only if the bar opened above it.
        (buy("TEST", 1, kind="stop", price=105, stop_loss=103), (100, 106, 99, 104), None),
        (
            buy("TEST", 1, kind="stop", price=105, stop_loss=103),
            (100, 106, 99, 102),
            (1, 103, "stop_loss"),
        ),
        (
            buy("TEST", 1, kind="stop", price=105, stop_loss=103),
            (104, 106, 102, 105),
            (1, 103, "stop_loss"),
        ),
        (
            buy("TEST", 1, kind="stop", price=105, take_profit=107),
            (104, 108, 104, 106),
            (1, 107, "take_profit"),
        ),
        (
            sell("TEST", 1, kind="stop", price=95, stop_loss=97),
            (100, 101, 94, 98),
            (1, 97, "stop_loss"),
        ),
    ],
)
def test_attached_exits_work_in_the_bar_of_the_entry(order, bar, expected):
    assert exits(order, bar) == ([] if expected is None else [expected])


def test_a_gap_over_an_attached_exit_is_filled_at_the_open():
    order = buy("TEST", 1, stop_loss=98, take_profit=102)
    assert exits(order, FLAT, (90, 91, 89, 90)) == [(2, 90.0, "stop_loss")]
    assert exits(order, FLAT, (110, 111, 89, 90)) == [(2, 110.0, "take_profit")]


def test_a_sale_at_the_open_goes_before_the_stop_loss():
    rows = [FLAT, FLAT, (90, 91, 80, 85), FLAT]
    script = {0: [buy("TEST", 1, stop_loss=95)], 1: [sell("TEST", 1)]}
    assert fills_of(script, *rows)[1:] == [(2, "sell", 1.0, 90.0, "open")]


def test_an_exit_guards_no_more_than_is_left():
    rows = [FLAT, FLAT, FLAT, (97, 97, 90, 92), FLAT]
    script = {0: [buy("TEST", 5, stop_loss=95)], 1: [sell("TEST", 3)]}
    assert fills_of(script, *rows)[2:] == [(3, "sell", 2.0, 95.0, "stop_loss")]
    turned = {0: [buy("TEST", 5, stop_loss=95)], 1: [sell("TEST", 8)]}
    assert len(fills_of(turned, *rows)) == 2


def test_only_a_share_of_the_volume_is_filled_and_the_rest_goes_on():
    terms = RICH.model_copy(update={"costs": Costs(volume_share=0.25, commission_per_order=2)})
    rows = [FLAT, (101, 102, 100, 101), (102, 103, 101, 102), (103, 104, 102, 103)]
    step, fills, robot = play(
        {0: [buy("TEST", 7, name="mine")]},
        rows,
        terms,
        volume=[10, 13, 2, 100],
        markets={"TEST": Market(step=1)},
    )
    # 3.25 of the second bar's 13 are whole 3; half a share of the third is nothing.
    assert fills == [(1, "buy", 3.0, 101.0, "open"), (3, "buy", 4.0, 103.0, "open")]
    assert [fill.fee for fill in step.fills] == [2.0, 0.0]
    assert step.orders[0].state == "filled"
    assert robot.books[1][3]["mine"].qty == 4.0


def test_the_rest_of_a_stop_goes_at_the_market():
    terms = RICH.model_copy(update={"costs": Costs(volume_share=0.5)})
    rows = [FLAT, FLAT, (100, 100, 94, 99), (101, 101, 100, 100)]
    script = {0: [buy("TEST", 10, stop_loss=95)]}
    fills = fills_of(script, *rows, terms=terms, volume=[20, 20, 8, 20])
    assert fills[1:] == [(2, "sell", 4.0, 95.0, "stop_loss"), (3, "sell", 6.0, 101.0, "stop_loss")]


def test_what_the_cash_does_not_cover_is_rejected_and_a_reduction_never():
    poor = Terms(cash=250)
    step, fills, _ = play({0: [buy("TEST", 3)], 1: [buy("TEST", 2)]}, [FLAT] * 4, poor)
    assert fills == [(2, "buy", 2.0, 100.0, "open")]
    assert (step.orders[0].state, step.orders[0].reason) == ("rejected", "cash")
    rows = [FLAT, FLAT, (1, 1, 1, 1), (1, 1, 1, 1)]
    costly = Terms(cash=250, costs=Costs(commission_per_order=30))
    assert len(fills_of({0: [buy("TEST", 2)], 2: [sell("TEST", 2)]}, *rows, terms=costly)) == 2
    # Turning round closes what is held; what is not covered is not opened.
    step, fills, _ = play({0: [buy("TEST", 2)], 1: [sell("TEST", 9)]}, [FLAT] * 4, poor)
    assert fills[1] == (2, "sell", 2.0, 100.0, "open")
    assert (step.orders[1].state, step.orders[1].filled_qty) == ("rejected", 2.0)
    step, _, _ = play({0: [sell("TEST", 5)]}, [FLAT] * 3, Terms(cash=249, margin_ratio=0.5))
    assert step.orders[0].reason == "margin"


def test_an_account_that_has_lost_its_margin_is_closed_at_the_next_open():
    rows = [FLAT, FLAT, (170, 180, 170, 180), (185, 190, 180, 185), FLAT]
    script = {0: [sell("TEST", 10), buy("TEST", 1, kind="limit", price=1)]}
    step, fills, _ = play(script, rows, Terms(cash=1_000))
    assert fills[1:] == [(3, "buy", 10.0, 185.0, "margin")]
    assert {(one.state, one.reason) for one in step.orders} == {
        ("filled", ""),
        ("cancelled", "margin"),
    }


def test_orders_live_for_their_bars_are_replaced_and_taken_back_by_name():
    far = {"kind": "limit", "price": 50, "name": "entry"}
    rows = [FLAT] * 4 + [(100, 100, 40, 100)]
    step, fills, _ = play({0: [buy("TEST", 1, bars=2, **far)]}, rows)
    assert (fills, step.orders[0].state) == ([], "expired")
    step, fills, _ = play({0: [buy("TEST", 1, **far)], 1: [buy("TEST", 2, **far)]}, rows)
    assert fills == [(4, "buy", 2.0, 50.0, "limit")]
    assert (step.orders[0].state, step.orders[0].reason) == ("cancelled", "replaced")
    step, fills, robot = play(
        {0: [buy("TEST", 1, **far)], 1: [Cancel("entry"), Cancel("no")]}, rows
    )
    assert (fills, step.orders[0].reason) == ([], "robot")
    assert list(robot.books[1][3]) == ["entry"]
    assert not robot.books[2][3]


def test_an_order_that_only_reduces_never_opens():
    order = sell("TEST", 5, reduce_only=True)
    step, fills, _ = play({0: [buy("TEST", 2)], 1: [order]}, [FLAT] * 4)
    assert fills[1] == (2, "sell", 2.0, 100.0, "open")
    assert step.orders[1].reason == "nothing_to_close"
    step, fills, _ = play({0: [order]}, [FLAT] * 3)
    assert (fills, step.orders[0].state) == ([], "cancelled")
    assert fills_of({0: [Order("TEST", "sell", 0)]}, FLAT, FLAT) == []


def test_costs_make_prices_worse_but_no_limit_worse_than_its_price():
    costs = Costs(spread_ratio=0.02, slippage_ratio=0.01, commission_ratio=0.001)
    terms = RICH.model_copy(update={"costs": costs})
    limit = {"kind": "limit", "price": 99}
    step, fills, _ = play({0: [buy("TEST", 1)]}, [FLAT, FLAT], terms)
    assert fills == [(1, "buy", 1.0, 102.0, "open")]
    assert step.fills[0].fee == pytest.approx(0.102)
    bar = (100, 100, 98.5, 100)
    assert fills_of({0: [buy("TEST", 1, **limit)]}, FLAT, bar, terms=terms) == []
    bar = (100, 100, 98, 100)
    assert fills_of({0: [buy("TEST", 1, **limit)]}, FLAT, bar, terms=terms)[0][3] == 99.0
    bar = (98, 100, 98, 100)
    assert fills_of({0: [buy("TEST", 1, **limit)]}, FLAT, bar, terms=terms)[0][3] == 99.0
    bar = (90, 100, 90, 100)
    assert fills_of({0: [buy("TEST", 1, **limit)]}, FLAT, bar, terms=terms)[0][3] == 91.8


@given(st.sampled_from([1, -1]), PRICES, PRICES, st.floats(0, 0.1), st.floats(0, 0.1))
def test_a_limit_is_never_filled_worse_than_its_price(side, price, opened, half, slip):
    price = rules.to_tick(price)
    found = rules.limit_at_open(side, price, opened, half, slip)
    if not math.isnan(found):
        assert side * (price - found) >= 0
        assert side * (found - opened) >= -1e-8


@given(PRICES)
def test_a_price_of_eight_decimals_stays_as_it_is(price):
    tick = rules.to_tick(price)
    assert rules.to_tick(tick) == tick == round(tick, 8)
    assert abs(tick - price) <= 1e-8
