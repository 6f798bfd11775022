"""Twenty planted leaks and more are caught, twenty clean robots and more pass."""

import numpy as np
import pytest

from app.quant.indicators import sma
from app.quant.robot import Parameters, Robot, buy
from app.quant.simulation import Terms
from app.quant.simulation.lookahead import SHORT, check_on_bar, check_signals
from app.robots.plugins.ma_cross.robot import MovingAverageCross, MovingAverages
from tests.factories.walks import walk
from tests.unit.quant import leaks

COLUMNS = walk(90, seed=4, minutes_a_session=12)
LONG = walk(SHORT + 100, seed=5, minutes_a_session=60)


def signalling(name):
    """Load the robot's module anew, as the service does for each check."""

    def load():
        leaks.REMEMBERED.clear()
        function = getattr(leaks, name)

        class Signalling(Robot):
            def signals(self, columns):
                return function(columns)

        return lambda: Signalling(Parameters(), ("TEST",))

    return load


def deciding(name):
    def load():
        leaks.SEEN.clear()
        function = getattr(leaks, name)

        class Deciding(Robot):
            def indicators(self):
                return {"mean": sma(3)}

            def on_bar(self, bars, book):
                is_long = bool(book.positions)
                wants = function(self, bars, book)
                if wants and not is_long:
                    return [buy(self.symbol, 1)]
                return [book.position(self.symbol).close()] if is_long and not wants else None

        return lambda: Deciding(Parameters(), ("TEST",))

    return load


def names(functions):
    return [one.__name__ for one in functions]


def test_there_are_twenty_of_each():
    assert len(leaks.LEAKING_SIGNALS) + len(leaks.LEAKING_DECISIONS) >= 20
    assert len(leaks.CLEAN_SIGNALS) + len(leaks.CLEAN_DECISIONS) >= 20


@pytest.mark.parametrize("name", names(leaks.LEAKING_SIGNALS))
def test_a_signal_that_looks_ahead_is_caught(name):
    leak = check_signals(signalling(name), COLUMNS)
    assert leak is not None
    assert leak.opened_at == COLUMNS.opened_at[leak.bar]
    assert leak.whole != leak.alone


@pytest.mark.parametrize("name", names(leaks.CLEAN_SIGNALS))
def test_a_signal_that_does_not_look_ahead_passes(name):
    assert check_signals(signalling(name), COLUMNS) is None


@pytest.mark.parametrize("name", names(leaks.LEAKING_DECISIONS))
def test_a_decision_that_looks_ahead_or_is_kept_elsewhere_is_caught(name):
    leak = check_on_bar(deciding(name), {"TEST": COLUMNS.rows(0, 24)}, Terms())
    assert leak is not None
    assert leak.whole != leak.alone


@pytest.mark.parametrize("name", names(leaks.CLEAN_DECISIONS))
def test_a_decision_that_does_not_look_ahead_passes(name):
    assert check_on_bar(deciding(name), {"TEST": COLUMNS}, Terms()) is None


def test_long_data_is_sampled_and_tried_where_something_is_decided():
    assert check_signals(signalling("two_ago"), LONG) is None
    assert check_signals(signalling("sorted_median"), LONG).fault == "later_bars"
    assert check_on_bar(deciding("above_its_mean"), {"TEST": LONG}, Terms()) is None
    assert check_on_bar(deciding("peeking_at_frames"), {"TEST": LONG}, Terms()) is not None


def test_a_robot_of_ours_passes_both_ways():
    def load():
        return lambda: MovingAverageCross(MovingAverages(fast=3, slow=8, short=True), ("TEST",))

    assert check_signals(load, LONG) is None
    assert check_on_bar(load, {"TEST": LONG}, Terms()) is None


def test_the_first_bar_that_differs_is_named():
    def load():
        class Once(Robot):
            def signals(self, columns):
                wanted = np.zeros(len(columns.close))
                wanted[50:51] = columns.close[51:52].sum()
                return wanted

        return lambda: Once(Parameters(), ("TEST",))

    leak = check_signals(load, COLUMNS)
    assert (leak.way, leak.bar, leak.fault) == ("signals", 50, "later_bars")
    assert (leak.whole, leak.alone) == (COLUMNS.close[51], 0.0)


def test_signals_of_another_length_are_refused():
    def load():
        class Short(Robot):
            def signals(self, columns):
                return columns.close[1:]

        return lambda: Short(Parameters(), ("TEST",))

    with pytest.raises(ValueError, match=r"gave \(89,\) numbers for 90 bars"):
        check_signals(load, COLUMNS)
