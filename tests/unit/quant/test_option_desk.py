"""Options of chains in the simulation: fills at quotes, cover, values, ends, and no later quote."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.chains import join
from app.quant.options import Contract, contract_name, read_contract
from app.quant.robot import Parameters, Robot, buy, sell
from app.quant.simulation import Costs, Market, RobotFaultError, Simulation, Terms
from app.quant.simulation.cover import intrinsic, worst
from app.quant.simulation.lookahead import check_on_bar
from app.robots.service.samples import sample_chain
from tests.factories.robot_bars import DAY_US, START, flat, walk

NAN = math.nan
EXPIRY = START + 4
MARKETS = {"cash": Market(1, 1), "shares": Market(1, 1, is_delivered=True)}


def name(right, strike, expiry=EXPIRY):
    return contract_name("XYZ", expiry, right, strike)


def chains(bars, quotes):
    """Return chains at the closes of some bars; `quotes` by bar: {(right, strike): (bid, ask)}."""
    heads, rows = [], []
    for at, known in sorted(quotes.items()):
        heads.append((int(bars.closed_at[at]), int(bars.session[at]), float(bars.close[at])))
        settles = int(bars.closed_at[0]) + (EXPIRY - START) * DAY_US
        rows.append([
            (EXPIRY, settles, int(right == "C"), strike, bid, ask, *(rest or (NAN, 100.0)), 1.0, NAN, NAN)
            for (right, strike), (bid, ask, *rest) in known.items()
        ])  # fmt: skip
    return {"XYZ": join(heads, rows)}


class Scripted(Robot):
    """Gives the orders of its script at the numbers of the bars."""

    script: dict = {}  # noqa: RUF012 - one script a test

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        number = (bars[self.symbol].session[-1] - START) if self.symbol in bars else 0
        return self.script.get(int(number))


def run(closes, quotes, script, *, terms=None, kind="cash", until=None, state=None, start=0):
    bars = flat(closes)
    robot = Scripted(Parameters(), ("XYZ",))
    robot.script = script
    simulation = Simulation(
        robot,
        terms or Terms(cash=10_000),
        state,
        markets={"XYZ": MARKETS[kind]},
        chains=chains(bars, quotes),
    )
    return simulation.run({"XYZ": bars}, until=until)


def told(step):
    return [(fill.symbol, fill.side, fill.qty, fill.price, fill.reason) for fill in step.fills]


CALL = ("C", 100.0)


def test_an_order_is_filled_at_the_next_chains_bid_or_ask_and_never_in_the_middle():
    quotes = {at: {CALL: (2.0 + at, 2.5 + at)} for at in range(4)}
    script = {0: [buy(name(*CALL), 2)], 2: [sell(name(*CALL), 2)]}
    terms = Terms(cash=10_000, costs=Costs(commission_per_unit=1, slippage_ratio=0.01))
    step = run([100] * 4, quotes, script, terms=terms)
    assert told(step) == [
        (name(*CALL), "buy", 2, 3.535, "quote"),  # 3.5, the ask of the chain after, and 1 %
        (name(*CALL), "sell", 2, 4.95, "quote"),
    ]
    assert [fill.fee for fill in step.fills] == [2, 2]
    assert [fill.spread for fill in step.fills] == [0.25 * 2 * 100] * 2
    assert step.state["cash"] == 10_000 - 707 - 2 + 990 - 2


def test_a_position_is_worth_what_closing_it_brings_and_unknown_where_no_chain_tells():
    quotes = {0: {CALL: (2, 2.5)}, 1: {CALL: (2, 2.5)}, 3: {CALL: (1, 1.5)}}
    step = run([100] * 4, quotes, {0: [buy(name(*CALL), 1)]})
    assert step.marks == [(START + 1, name(*CALL), 1, 2.0), (START + 3, name(*CALL), 1, 1.0)]
    put = ("P", 100.0)
    quotes = {0: {put: (2, 2.5)}, 1: {put: (2, 2.5)}, 2: {}}
    step = run([100] * 4, quotes, {0: [sell(name(*put), 1)]})
    assert step.marks == [(START + 1, name(*put), -1, 2.5)]


@pytest.mark.parametrize(
    ("quote", "terms", "price"),
    [
        ((NAN, NAN, 3.0, 50.0), Terms(costs=Costs(spread_ratio=0.1)), 3.15),
        ((NAN, NAN, 3.0, 50.0), Terms(), None),
        ((NAN, NAN, 3.0, 0.0), Terms(costs=Costs(spread_ratio=0.1)), None),
        ((2.0, NAN), Terms(costs=Costs(spread_ratio=0.1)), None),
        ((2.0, 3.0, 2.5, 100.0), Terms(costs=Costs(volume_share=0.005)), None),
    ],
)
def test_without_a_quote_there_is_no_fill_and_a_last_price_has_its_spread(quote, terms, price):
    step = run(
        [100] * 3, {0: {CALL: quote}, 1: {CALL: quote}}, {0: [buy(name(*CALL), 1)]}, terms=terms
    )
    assert [fill.price for fill in step.fills] == ([] if price is None else [price])
    if price is not None:
        assert (step.fills[0].reason, step.fills[0].spread) == ("last", pytest.approx(15))


def test_a_limit_waits_for_its_price_and_an_order_for_one_chain_expires():
    quotes = {at: {CALL: (2, 4.0 - at)} for at in range(4)}
    script = {0: [buy(name(*CALL), 1, kind="limit", price=2.0)]}
    assert told(run([100] * 4, quotes, script))[0][3:] == (2.0, "quote")
    script = {0: [buy(name(*CALL), 1, kind="limit", price=2.0, bars=1)]}
    step = run([100] * 4, quotes, script)
    assert (step.fills, step.orders[0].state) == ([], "expired")


def test_a_combo_is_filled_all_or_not_at_all():
    wing = ("C", 110.0)
    both = {CALL: (5, 5.5), wing: (1, 1.5)}
    script = {0: [buy(name(*wing), 1, combo="x"), sell(name(*CALL), 1, combo="x")]}
    half = {CALL: (5, 5.5), wing: (NAN, NAN)}
    step = run([100] * 4, {0: both, 1: half, 2: both}, script)
    assert [(fill.symbol, fill.bar_opened_at // DAY_US % 10) for fill in step.fills] == [
        (name(*wing), (int(flat([1] * 4).opened_at[2]) // DAY_US) % 10),
        (name(*CALL), (int(flat([1] * 4).opened_at[2]) // DAY_US) % 10),
    ]
    assert step.state["cash"] == 10_000 - 150 + 500


@pytest.mark.parametrize(
    ("orders", "cash", "is_taken"),
    [
        ([sell(name("C", 100), 1)], 1e6, False),  # naked: no cash is enough
        ([sell(name("P", 100), 1)], 9_500, True),  # 500 of premium and 9,500 are 100 shares
        ([sell(name("P", 100), 1)], 9_499, False),
        ([buy(name("P", 90), 1, combo="a"), sell(name("P", 100), 1, combo="a")], 700, True),
        ([buy(name("P", 90), 1, combo="a"), sell(name("P", 100), 1, combo="a")], 500, False),
        ([buy(name("C", 100), 1)], 549, False),
    ],
)
def test_what_options_may_cost_has_to_be_there_in_cash(orders, cash, is_taken):
    known = {("C", 100.0): (5, 5.5), ("P", 100.0): (5, 5.5), ("P", 90.0): (1, 1.5)}
    step = run(
        [100] * 3, {0: known, 1: known}, {0: orders}, terms=Terms(cash=cash, margin_ratio=0.5)
    )
    assert len(step.fills) == (len(orders) if is_taken else 0)
    if not is_taken:
        assert {(one.state, one.reason) for one in step.orders} == {("rejected", "options")}


def test_shares_that_cover_a_call_cannot_be_sold_under_it():
    known = {at: {CALL: (2, 2.5)} for at in range(4)}
    script = {0: [buy("XYZ", 100)], 1: [sell(name(*CALL), 1)], 2: [sell("XYZ", 100)]}
    step = run([90] * 4, known, script, terms=Terms(cash=9_000))
    assert [fill.side for fill in step.fills] == ["buy", "sell"]
    assert (step.orders[-1].state, step.orders[-1].reason) == ("rejected", "options")


@pytest.mark.parametrize(
    ("kind", "right", "side", "end", "fills", "cash"),
    [
        ("cash", "C", "buy", 107, [("sell", 7.0, "expiry")], 10_000 - 250 + 700),
        ("cash", "C", "buy", 99, [("sell", 1e-8, "expiry")], 10_000 - 250),
        ("cash", "P", "sell", 94, [("buy", 6.0, "expiry")], 10_000 + 200 - 600),
        ("shares", "C", "buy", 99, [("sell", 1e-8, "expiry")], 10_000 - 250),
        ("shares", "P", "sell", 94, [("buy", 1e-8, "expiry"), ("buy", 100, "assignment")], 200),
        # 100 shares of 100 are more than there is in cash: it ends in cash.
        ("shares", "C", "buy", 107, [("sell", 7.0, "expiry")], 10_000 - 250 + 700),
    ],
)
def test_an_option_ends_at_the_close_of_its_last_day(kind, right, side, end, fills, cash):
    known = {at: {(right, 100.0): (2, 2.5)} for at in range(3)}
    order = (buy if side == "buy" else sell)(name(right, 100), 1)
    step = run([100, 100, 100, 100, end, 120], known, {0: [order]}, kind=kind)
    assert [(fill.side, fill.price, fill.reason) for fill in step.fills[1:]] == fills
    assert step.fills[1].at_us == int(flat([1] * 6).closed_at[4])
    assert step.state["cash"] == pytest.approx(cash, abs=1e-5)
    assert set(step.state["holdings"]) == {"XYZ"}


def test_a_called_share_goes_at_the_strike():
    known = {at: {CALL: (2, 2.5)} for at in range(3)}
    script = {0: [buy("XYZ", 100)], 1: [sell(name(*CALL), 1)]}
    step = run([95, 95, 95, 95, 108, 90], known, script, kind="shares")
    assert told(step)[2:] == [
        (name(*CALL), "buy", 1, 1e-8, "expiry"),
        ("XYZ", "sell", 100, 100, "assignment"),
    ]
    assert step.state["cash"] == pytest.approx(10_000 - 9_500 + 200 + 10_000, abs=1e-5)


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        (buy(name("C", 105), 1), "not in the chain that it sees"),
        (buy("ABC240105C00100000", 1), "none of XYZ"),
        (buy(name(*CALL), 1.5), "whole contracts"),
        (buy(name(*CALL), 1, kind="stop", price=2), "market or with a limit"),
        (buy(name(*CALL), 1, stop_loss=1), "without stops"),
    ],
)
def test_nonsense_is_named(order, fault):
    with pytest.raises(RobotFaultError, match=fault):
        run([100] * 3, {0: {CALL: (2, 2.5)}}, {0: [order]})


class Peeking(Robot):
    """Buys when a later chain, found in a variable of its module, is dearer."""

    later = None

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        chain = book.chains.get(self.symbol)
        if chain is None or book.positions or book.orders:
            return None
        known = self.later(chain) if self.later else chain.price
        option = chain.of(chain.expiries(3)[0], "C")[5]
        return [buy(option.symbol, 1)] if known > 100 else None


def test_who_sees_a_later_chain_is_caught_and_who_does_not_passes():
    bars = walk(60, 5)
    quoted = {"XYZ": sample_chain(bars)}

    def make():
        return Peeking(Parameters(), ("XYZ",))

    assert check_on_bar(lambda: make, {"XYZ": bars}, Terms(), chains=quoted) is None

    def peeking():
        robot = make()
        # The columns that the simulation holds, as code that finds them would read them.
        import gc

        found = []

        def later(chain):
            # Looking through all that is in memory takes long: once for each simulation.
            if not found or chain not in found[0].shown.values():
                desks = [one for one in gc.get_objects() if type(one).__name__ == "Desk"]
                found[:] = [one for one in desks if chain in one.shown.values()]
            mine = found[0]
            return float(mine.chains["XYZ"].snapshots["price"][-1]) + chain.price - 100

        robot.later = later
        return robot

    leak = check_on_bar(lambda: peeking, {"XYZ": bars}, Terms(), chains=quoted)
    assert (leak.way, leak.fault) == ("on_bar", "later_bars")


def test_the_chain_that_is_seen_is_never_later_than_the_bar():
    bars = walk(12, 6)
    quoted = sample_chain(bars, every=3)
    seen = []

    class Looking(Robot):
        @property
        def lookback(self):
            return 1

        def on_bar(self, bars, book):
            chain = book.chains["XYZ"]
            seen.append((bars["XYZ"].session[-1], chain.session))
            assert chain.as_of <= bars["XYZ"].closed_at[-1]
            assert chain.quote(chain.quotes[3].symbol) is chain.quotes[3]

    Simulation(Looking(Parameters(), ("XYZ",)), Terms(), chains={"XYZ": quoted}).run({"XYZ": bars})
    assert seen == [(START + at, START + at // 3 * 3) for at in range(12)]


def test_cut_anywhere_it_does_the_same():
    quotes = {at: {CALL: (2 + at / 10, 2.5 + at / 10)} for at in range(4)}
    script = {0: [buy(name(*CALL), 2)], 2: [sell(name(*CALL), 1)]}
    closes = [100, 101, 102, 103, 104, 99]
    whole = run(closes, quotes, script)
    for cut in range(1, 6):
        until = int(flat(closes).closed_at[cut - 1])
        first = run(closes, quotes, script, until=until)
        state = json.loads(json.dumps(first.state))
        rest = run(closes, quotes, script, state=state)
        assert first.fills + rest.fills == whole.fills
        assert rest.state == json.loads(json.dumps(whole.state))


legs_of = st.lists(
    st.tuples(
        st.sampled_from("CP"),
        st.integers(1, 20).map(lambda each: each * 10.0),
        st.integers(1, 3),
        st.integers(-3, 3),
    ),
    max_size=6,
)


@given(legs_of, st.integers(0, 5).map(lambda each: each * 100.0))
def test_the_worst_is_what_a_search_over_prices_finds(given_legs, shares):
    legs = [
        (Contract("XYZ", expiry, right, strike), qty) for right, strike, expiry, qty in given_legs
    ]
    lowest = 0.0
    for expiry in {leg.expiry for leg, _ in legs}:
        for price in np.arange(0, 2001, 10.0):
            worth = shares * price + sum(
                100 * qty * intrinsic(leg, price) for leg, qty in legs if leg.expiry >= expiry
            )
            lowest = min(lowest, worth)
    found = worst(legs, shares)
    if found == -math.inf:
        assert lowest < 0
    else:
        assert found == pytest.approx(lowest)


def test_the_name_of_a_contract_is_read_back():
    for strike in (70.71, 100.0, 2120.0, 0.5):
        contract = read_contract(contract_name("SPX", START, "P", strike))
        assert contract == ("SPX", START, "P", strike)
