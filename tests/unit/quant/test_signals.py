"""The vectorised path makes the trades of the simulation, plain and compiled, to the bit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant import fifo
from app.quant.bulk import PLAIN as PLAIN_FOLDS
from app.quant.compiled_signals import COMPILED_SIGNALS
from app.quant.days import AccountDays
from app.quant.folds import FoldState, Rates, SessionAxis, fold
from app.quant.robot import Order, Parameters, Robot
from app.quant.simulation import Costs, Market, Simulation, Terms
from app.quant.simulation.signals import PLAIN, Given, changes_of, run_signals
from tests.factories.walks import bar_walks, walk

COSTS = st.builds(
    Costs,
    commission_per_order=st.sampled_from([0, 1.25]),
    commission_per_unit=st.sampled_from([0, 0.01]),
    commission_ratio=st.sampled_from([0, 0.002]),
    spread_ratio=st.sampled_from([0, 0.004]),
    slippage_ratio=st.sampled_from([0, 0.001]),
    borrow_rate=st.sampled_from([0, 0.5]),
)
TERMS = st.builds(
    Terms,
    cash=st.sampled_from([300, 2_000, 1_000_000]),
    margin_ratio=st.sampled_from([1, 0.5, 0.2]),
    costs=COSTS,
)


class Following(Robot):
    """Wants the position of a signal: each change closes what is held and opens anew."""

    def __init__(self, signal, stop_loss_ratio):
        super().__init__(Parameters(), ("TEST",))
        self.signal = signal
        self.terms = {"stop_loss_ratio": stop_loss_ratio} if stop_loss_ratio else {}
        self.at = -1

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        self.at += 1
        wanted = self.signal[self.at]
        if wanted == (self.signal[self.at - 1] if self.at else 0):
            return None
        orders = [book.position("TEST").close()]
        if wanted:
            side = "buy" if wanted > 0 else "sell"
            orders.append(Order("TEST", side, abs(wanted), **self.terms))
        return orders


def rows_of(run, columns):
    names = np.where(run.side > 0, "buy", "sell").tolist()
    return list(
        zip(
            columns.opened_at[run.bar].tolist(),
            names,
            run.qty.tolist(),
            run.price.tolist(),
            run.fee.tolist(),
            run.reason.tolist(),
            strict=True,
        )
    )


def booked(step, columns, terms, multiplier, rates):
    """Book the fills of a simulation as the ledger does, session by session."""
    sessions = np.unique(columns.session).tolist()
    days, position, before = AccountDays(sessions[0], round(terms.cash * 1e8)), fifo.Position(), 0
    closes = {mark[0]: mark[3] for mark in step.marks}
    fills = list(step.fills)
    for session in sessions:
        last = columns.opened_at[columns.session == session][-1]
        while fills and fills[0].bar_opened_at <= last:
            fill = fills.pop(0)
            scaled = [round(one * 1e8) for one in (fill.qty, fill.price, fill.fee, multiplier)]
            side = 1 if fill.side == "buy" else -1
            entry = fifo.Fill(side, *scaled, fill.at_us, session, fill.number)
            days.add_fill(session, fifo.apply(position, entry))
        worth = position.unrealized_pnl(round(closes[session] * 1e8)) if position.direction else 0
        if worth != before:
            days.add_mark_change(session, worth - before)
        before = worth
    for session, _, money in step.charges:
        days.add_fee(session, round(money * 1e8))
    axis = SessionAxis.from_days(sessions)
    rows, _ = fold(FoldState(), days.rows(), axis, sessions[-1], rates)
    return rows


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_both_paths_give_the_same_trades_equity_and_metrics(data):
    columns = data.draw(bar_walks(least=3, minutes_a_session=9))
    count = len(columns.close)
    wanted = st.sampled_from([0.0, 0.0, 1.0, 3.5, -1.0, -2.0])
    signal = np.repeat(data.draw(st.lists(wanted, min_size=count, max_size=count)), 3)[:count]
    terms = data.draw(TERMS)
    stop = data.draw(st.sampled_from([None, 0.002, 0.02]))
    market = Market(multiplier=data.draw(st.sampled_from([1.0, 100.0])))
    rates = Rates.from_annual(0.05)
    more = {"stop_loss_ratio": stop, "given": Given(market, rates)}
    plain = run_signals(columns, signal, terms, loops=PLAIN, **more)
    compiled = run_signals(columns, signal, terms, loops=COMPILED_SIGNALS, **more)
    robot = Following(signal.tolist(), stop)
    step = Simulation(robot, terms, markets={"TEST": market}).run({"TEST": columns})
    expected = [
        (one.bar_opened_at, one.side, one.qty, one.price, one.fee, one.reason) for one in step.fills
    ]
    for run in (plain, compiled):
        assert rows_of(run, columns) == expected
        assert run.cash == step.state["cash"]
        assert run.refused_count == sum(one.state == "rejected" for one in step.orders)
        assert [run.all_time] == booked(step, columns, terms, market.multiplier, rates)[-1:]
        monthly = [row for _, row in run.metrics.monthly.scope_rows()]
        assert run.equity[-1] == monthly[-1].equity


def test_compiled_and_plain_have_the_same_bits_on_a_long_walk():
    columns = walk(20_000, seed=3, jump=0.004, minutes_a_session=390)
    signal = np.sign(np.sin(np.arange(20_000) / 7)) * (np.arange(20_000) % 900 > 100)
    terms = Terms(cash=1e5, margin_ratio=0.5, costs=Costs(commission_ratio=0.0001))
    plain, compiled = (
        run_signals(columns, signal, terms, stop_loss_ratio=0.004, loops=loops)
        for loops in (PLAIN, COMPILED_SIGNALS)
    )
    assert len(plain.bar) > 1_000
    for one, other in zip(plain[:8], compiled[:8], strict=True):
        assert one.tobytes() == other.tobytes()
    assert plain.all_time == compiled.all_time
    assert plain.all_time.sharpe_ratio is not None


def test_what_this_path_cannot_trade_is_refused_by_name():
    columns = walk(10)
    with pytest.raises(ValueError, match="finite number at every bar"):
        changes_of(np.array([0.0, math.nan]))
    with pytest.raises(ValueError, match="volume_share"):
        run_signals(columns, np.zeros(10), Terms(costs=Costs(volume_share=0.5)))
    with pytest.raises(ValueError, match="no bars"):
        run_signals(columns.rows(0, 0), np.zeros(0), Terms())
    with pytest.raises(ValueError, match="do not fit 64 bits"):
        run_signals(columns, np.full(10, 1e10), Terms())
    assert not PLAIN_FOLDS.is_compiled
