"""The simulation: cut anywhere it gives the same fills, and it refuses what robots must not do."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant.indicators import sma
from app.quant.robot import Cancel, Order, Parameters, Robot, SymbolBars, buy, sell
from app.quant.simulation import (
    Costs,
    Market,
    MissingHistoryError,
    RobotFaultError,
    Simulation,
    Terms,
    history_bars,
)
from app.quant.simulation.feeds import timeline
from app.quant.windows import compute
from tests.factories.walks import MINUTE, bar_walks, columns_of, walk
from tests.unit.quant.scripted import Dice, Scripted

COSTS = Costs(
    commission_per_order=0.5,
    commission_per_unit=0.01,
    commission_ratio=0.001,
    spread_ratio=0.001,
    slippage_ratio=0.0005,
    volume_share=0.1,
    borrow_rate=0.3,
)


def _drop_empty(marks):
    return {mark[:2]: mark for mark in marks if mark[2]}


def _compare(robot, columns, terms, cuts, markets=None):
    """Run in one go and in pieces, each a new process would run: state as JSON, few bars before."""
    whole = Simulation(robot(), terms, markets=markets).run(columns)
    state, fills, orders, marks, charges = None, [], {}, {}, []
    times = sorted({int(at) for one in columns.values() for at in one.closed_at})
    for cut in [*sorted(cuts), None]:
        until = None if cut is None else times[cut % len(times)]
        simulation = Simulation(robot(), terms, state, markets=markets)
        given_bars = {}
        for symbol, one in columns.items():
            begin = 0
            if state is not None:
                seen = int(np.searchsorted(one.opened_at, simulation.after, side="right"))
                begin = max(seen - history_bars(simulation.robot), 0)
            given_bars[symbol] = one.rows(begin)
        step = simulation.run(given_bars, until=until)
        state = json.loads(json.dumps(step.state))
        fills += step.fills
        orders |= {one.number: one for one in step.orders}
        for mark in step.marks:
            marks[mark[:2]] = mark
        charges += step.charges
    assert fills == whole.fills
    assert list(orders.values()) == whole.orders
    assert _drop_empty(marks.values()) == _drop_empty(whole.marks)
    assert charges == whole.charges
    assert {**state, "marked": 0, "seen": 0} == {**whole.state, "marked": 0, "seen": 0}
    return whole


@settings(max_examples=150, deadline=None)
@given(
    bar_walks(least=8, minutes_a_session=7),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 120), max_size=5),
    st.booleans(),
)
def test_cut_anywhere_the_rest_gives_the_same_fills(columns, seed, cuts, has_costs):
    terms = Terms(cash=2_000, margin_ratio=0.5, costs=COSTS if has_costs else Costs())
    markets = {"TEST": Market(step=1)}
    _compare(lambda: Dice(seed), {"TEST": columns}, terms, cuts, markets)


@settings(max_examples=60, deadline=None)
@given(
    bar_walks(least=8, minutes_a_session=5),
    bar_walks(least=8, minutes_a_session=5, gaps=(3, 4, 9)),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 120), max_size=4),
)
def test_several_symbols_with_gaps_are_cut_alike(one, other, seed, cuts):
    columns = {"A": one, "B": other}
    _compare(lambda: Dice(seed, ("A", "B")), columns, Terms(cash=3_000, costs=COSTS), cuts)


def test_a_dice_of_some_length_trades_by_every_rule():
    columns = walk(6_000, minutes_a_session=60)
    step = _compare(lambda: Dice(5), {"TEST": columns}, Terms(cash=450, costs=COSTS), [700, 701])
    reasons = {fill.reason for fill in step.fills}
    assert reasons >= {"open", "limit", "stop", "trailing", "stop_loss", "take_profit"}
    states = {(one.state, one.reason) for one in step.orders}
    assert states >= {
        ("filled", ""),
        ("cancelled", "robot"),
        ("cancelled", "replaced"),
        ("expired", ""),
        ("rejected", "cash"),
    }
    assert step.charges


@settings(max_examples=100, deadline=None)
@given(bar_walks(least=8, minutes_a_session=9), st.integers(0, 10**6))
def test_cash_is_what_the_fills_and_charges_leave(columns, seed):
    terms = Terms(cash=2_000, margin_ratio=0.5, costs=COSTS)
    step = Simulation(Dice(seed), terms).run({"TEST": columns})
    cash, held = 2_000.0, 0.0
    for fill in step.fills:
        sign = 1 if fill.side == "buy" else -1
        cash -= sign * fill.qty * fill.price + fill.fee
        held += sign * fill.qty
        bar = int(np.searchsorted(columns.opened_at, fill.bar_opened_at))
        spread = fill.price * (COSTS.spread_ratio / 2 + COSTS.slippage_ratio) * 1.01
        assert columns.low[bar] - spread <= fill.price <= columns.high[bar] + spread
        assert fill.qty <= columns.volume[bar] * 0.1 or fill.reason == "margin"
        assert fill.at_us in {columns.opened_at[bar], columns.closed_at[bar]}
        for number in (fill.qty, fill.price, fill.fee):
            assert round(number, 8) == number
    cash -= sum(amount for *_, amount in step.charges)
    assert step.state["cash"] == pytest.approx(cash, abs=1e-6)
    assert step.state["holdings"]["TEST"][0] == pytest.approx(held, abs=1e-9)


def test_bars_before_the_start_are_looked_back_on_and_not_traded():
    columns = walk(30)
    robot = Scripted({0: [buy("TEST", 1)]})
    start = int(columns.opened_at[20])
    step = Simulation(robot, Terms(), starts_at=start).run({"TEST": columns})
    assert [fill.bar_opened_at for fill in step.fills] == [int(columns.opened_at[21])]
    assert len(robot.books) == 10


def test_too_short_a_history_is_refused_when_it_goes_on():
    columns, robot = walk(60), Dice(1)
    state = Simulation(robot, Terms()).run({"TEST": columns.rows(0, 40)}).state
    with pytest.raises(MissingHistoryError, match="bars before the new ones are needed"):
        Simulation(robot, Terms(), state).run({"TEST": columns.rows(38)})
    with pytest.raises(ValueError, match="other symbols"):
        Simulation(Dice(1, ("OTHER",)), Terms(), state)


def test_no_new_bars_change_nothing():
    columns, robot = walk(60), Dice(3)
    step = Simulation(robot, Terms()).run({"TEST": columns})
    again = Simulation(robot, Terms(), step.state).run({"TEST": columns})
    assert (again.fills, again.orders, again.charges) == ([], [], [])
    assert again.state == step.state
    with pytest.raises(ValueError, match="no bars of TEST"):
        Simulation(robot, Terms()).run({})
    backward = type(columns)(*(column[::-1] for column in columns))
    with pytest.raises(ValueError, match="not in order of time"):
        Simulation(robot, Terms()).run({"TEST": backward})


def test_progress_is_told_and_may_end_the_run():
    columns, told = walk(5_000, minutes_a_session=390, step=MINUTE), []
    Simulation(Scripted({}), Terms()).run(
        {"TEST": columns}, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 5_000), (2_048, 5_000), (4_096, 5_000), (5_000, 5_000)]

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Simulation(Scripted({}), Terms()).run({"TEST": columns}, on_progress=cancel)


GOOD = buy("TEST", 1)
FAULTS = [
    (7, "no list of orders"),
    (["buy"], "no order"),
    ([buy("SPY", 1)], "'SPY', which is none of TEST"),
    ([buy("TEST", math.nan)], "qty is nan"),
    ([buy("TEST", -1)], "qty is -1"),
    ([buy("TEST", math.inf)], "qty is inf"),
    ([buy("TEST", "1")], "qty is '1'"),
    ([buy("TEST", True)], "qty is True"),
    ([buy("TEST", None)], "qty is None"),
    ([Order("TEST", "hold", 1)], "side buy or sell"),
    ([Order("TEST", "buy", 1, "fok")], "side buy or sell"),
    ([Order("TEST", ["buy"], 1)], "side buy or sell"),
    ([Order({}, "buy", 1)], "none of TEST"),
    ([buy("TEST", 1, kind="limit")], "needs a price"),
    ([buy("TEST", 1, kind="stop", price=math.nan)], "price is nan"),
    ([buy("TEST", 1, kind="limit", price=0)], "price is 0"),
    ([sell("TEST", 1, kind="trailing")], "needs a trail"),
    ([buy("TEST", 1, stop_loss=-3)], "stop_loss is -3"),
    ([buy("TEST", 1, stop_loss_ratio=1.5)], "stop_loss_ratio is 1.5"),
    ([buy("TEST", 1, bars=-1)], "bars is -1"),
    ([buy("TEST", 1, bars=0.5)], "bars is 0.5"),
    ([buy("TEST", 1, name="x" * 65)], "at most 64 characters"),
    ([Cancel(3)], "at most 64 characters"),
    ([GOOD] * 101, "more than 100 orders"),
]


@pytest.mark.parametrize(("returned", "fault"), FAULTS)
def test_a_bad_order_stops_the_robot_at_its_bar_and_keeps_what_was_done(returned, fault):
    columns = walk(20)
    robot = Scripted({2: [GOOD], 10: returned})
    with pytest.raises(RobotFaultError) as caught:
        Simulation(robot, Terms()).run({"TEST": columns})
    assert fault in str(caught.value)
    assert caught.value.bar_opened_at == columns.opened_at[10]
    assert [fill.qty for fill in caught.value.step.fills] == [1.0]
    assert caught.value.step.state["after"] == columns.opened_at[10]


def test_orders_without_end_are_stopped():
    columns = walk(30)
    far = [buy("TEST", 1, kind="limit", price=0.01)] * 100
    with pytest.raises(RobotFaultError, match="more than 1000 orders of TEST"):
        Simulation(Scripted(dict.fromkeys(range(20), far)), Terms()).run({"TEST": columns})


def _generator():
    yield GOOD
    message = "half way"
    raise RuntimeError(message)


class Remembering(Robot):
    memory = None

    def on_bar(self, bars, book):
        book.memory = self.memory


@pytest.mark.parametrize(
    ("memory", "fault"),
    [
        ({"a": (1, 2)}, "no JSON object"),
        ({1: 2}, "no JSON object"),
        ([1], "no JSON object"),
        ({"a": {1, 2}}, "is not JSON"),
        ({"a": math.nan}, "is not JSON"),
        ({"a": "x" * 17_000}, "at most 16384"),
    ],
)
def test_a_memory_that_json_does_not_keep_is_refused(memory, fault):
    robot = Remembering(Parameters(), ("TEST",))
    robot.memory = memory
    with pytest.raises(RobotFaultError, match=fault):
        Simulation(robot, Terms()).run({"TEST": walk(5)})


class Raising(Robot):
    def on_bar(self, bars, book):
        return 1 / (len(bars["TEST"].close) - 2)


def test_an_exception_of_a_robot_is_named_with_its_bar():
    columns = walk(5)
    with pytest.raises(RobotFaultError, match="on_bar raised ZeroDivisionError") as caught:
        Simulation(Raising(Parameters(), ("TEST",)), Terms()).run({"TEST": columns})
    assert caught.value.bar_opened_at == columns.opened_at[1]
    with pytest.raises(RobotFaultError, match="half way"):
        Simulation(Scripted({0: _generator()}), Terms()).run({"TEST": columns})


def test_the_future_is_not_in_what_a_robot_sees():
    seen = []

    class Looking(Robot):
        def on_bar(self, bars, book):
            mine = bars["TEST"]
            seen.append([len(mine.close), mine.close[-1], len(mine.opened_at)])

    columns = walk(12)
    Simulation(Looking(Parameters(), ("TEST",)), Terms()).run({"TEST": columns})
    assert seen == [[2, close, 2] for close in columns.close[1:].tolist()]


def test_marks_and_borrow_follow_the_sessions():
    rows = [(100, 100, 100, 100)] * 6
    columns = columns_of(rows, minutes_a_session=2)
    terms = Terms(margin_ratio=0.5, costs=Costs(borrow_rate=0.365))
    robot = Scripted({0: [sell("TEST", 10)], 4: [buy("TEST", 10)]})
    step = Simulation(robot, terms).run({"TEST": columns})
    first = int(columns.session[0])
    assert step.marks == [(first, "TEST", -10.0, 100.0), (first + 1, "TEST", -10.0, 100.0)]
    assert step.charges == [(first, "borrow", 1.0), (first + 1, "borrow", 1.0)]
    assert step.state["cash"] == 9_998.0


# --- The quick ways over bars give what the plain ones give ---


@settings(max_examples=60, deadline=None)
@given(bar_walks(least=8, minutes_a_session=7), st.integers(0, 10**6), st.booleans())
def test_the_loop_of_one_symbol_gives_what_the_loop_of_several_gives(columns, seed, has_costs):
    class Plain(Simulation):
        def _walk_one(self, feeds, count):
            begin = feeds[0].row + 1
            self._walk(feeds, timeline(feeds).rows(begin, begin + count))

    terms = Terms(cash=2_000, margin_ratio=0.5, costs=COSTS if has_costs else Costs())
    quick, plain = (kind(Dice(seed), terms).run({"TEST": columns}) for kind in (Simulation, Plain))
    assert quick == plain


@pytest.mark.parametrize("lookback", [1, 2, 30])
@pytest.mark.parametrize("first", [0, 29, 2_047, 2_048, 2_500])
def test_a_column_that_is_asked_for_late_is_what_it_would_have_been(lookback, first):
    columns = walk(2_600, minutes_a_session=390)
    names = ("open", "high", "low", "close", "volume", "opened_at", "session")
    seen = []

    class Late(Robot):
        count = 0

        @property
        def lookback(self):
            return lookback

        def indicators(self):
            return {"close": sma(5), "slow": sma(9, "volume")}

        def on_bar(self, bars, book):
            self.count += 1
            if self.count > first:
                mine = bars["TEST"]
                shown = {name: list(getattr(mine, name)) for name in names}
                seen.append((shown, list(mine["close"]), list(mine["slow"])))

    Simulation(Late(Parameters(), ("TEST",)), Terms()).run({"TEST": columns})
    quick, slow = compute(sma(5), columns), compute(sma(9, "volume"), columns)
    assert len(seen) == len(columns.close) - (lookback - 1) - first
    for at, (shown, one, other) in enumerate(seen):
        end = at + first + lookback
        span = slice(end - lookback, end)
        for name in names:
            assert shown[name] == getattr(columns, name)[span].tolist()
        assert repr((one, other)) == repr((quick[span].tolist(), slow[span].tolist()))


def test_a_robot_that_empties_its_book_changes_nothing_in_the_account():
    class Emptying(Scripted):
        def on_bar(self, bars, book):
            decisions = super().on_bar(bars, book)
            book.positions.clear()
            return decisions

    columns = {name: walk(300, minutes_a_session=60) for name in ("A", "B")}
    for symbols in (("A",), ("A", "B")):
        script = {3: [buy("A", 5)], 250: [sell("A", 5)]}
        robots = [kind(script, symbols) for kind in (Scripted, Emptying)]
        whole, emptied = (Simulation(robot, Terms()).run(columns) for robot in robots)
        assert len(whole.fills) == 2
        assert emptied == whole
        assert [book[1] for book in robots[1].books] == [book[1] for book in robots[0].books]


def test_a_column_or_an_indicator_that_there_is_not_is_named():
    bars = SymbolBars(2, ["fast"])
    assert list(bars["fast"]) == []
    with pytest.raises(KeyError, match="slow"):
        bars["slow"]
    with pytest.raises(AttributeError, match="closing"):
        _ = bars.closing
