"""`flask robots check` finds each of the planted leaks, and nothing at clean robots."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.robots import write_robot
from tests.factories.walks import walk
from tests.unit.quant import leaks

HEAD = """
import numpy as np
from app.quant.indicators import sma
from app.quant.robot import Robot, buy
{more}
N = 5
SEEN, REMEMBERED = {{}}, []

class Planted(Robot):
    def indicators(self):
        return {{"mean": sma(3)}}

    def on_bar(self, bars, book):
        wants, is_long = self.wants(bars, book), bool(book.positions)
        if wants and not is_long:
            return [buy(self.symbol, 1)]
        return [book.position(self.symbol).close()] if is_long and not wants else None
"""
CLEAN = """
    def wants(self, bars, book):
        return bars[self.symbol].close[-1] > bars[self.symbol].close[-2]
"""


def source_of(function, imports=""):
    """Return a robot that decides, or has its signals, by a function of the planted ones."""
    parts = [leaks.above, leaks.rolling, leaks.pairs_of, function]
    code = HEAD.format(more=imports)
    if function in (*leaks.LEAKING_DECISIONS, *leaks.CLEAN_DECISIONS):
        code += f"\n    def wants(self, bars, book):\n        return {function.__name__}(self, bars, book)"
    else:
        code += (
            CLEAN
            + f"\n    def signals(self, columns):\n        return {function.__name__}(columns)"
        )
    return code + "\n\n" + "\n\n".join(inspect.getsource(each) for each in parts)


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """A file of ninety minutes of two sessions."""
    path = tmp_path_factory.mktemp("bars") / "SPY.csv"
    first = datetime(2024, 1, 2, 20, 15, tzinfo=UTC)
    times = [first + timedelta(minutes=at) for at in range(45)]
    times += [datetime(2024, 1, 3, 14, 30, tzinfo=UTC) + timedelta(minutes=at) for at in range(45)]
    columns = walk(90, seed=4)
    rows = ["opened_at,open,high,low,close,volume"]
    for at, opened_at in enumerate(times):
        prices = [getattr(columns, name)[at] for name in ("open", "high", "low", "close")]
        rows.append(
            f"{opened_at:%Y-%m-%dT%H:%M:%SZ}," + ",".join(f"{p:.2f}" for p in prices) + ",900"
        )
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def check(app, bars, tmp_path):
    def run(source):
        folder = write_robot(tmp_path, "planted", source, timeframe="M1")
        outcome = app.test_cli_runner().invoke(
            args=["robots", "check", str(folder), "--bars", f"SPY={bars}"]
        )
        failed = [line[6:] for line in outcome.output.splitlines() if line.startswith("FAIL")]
        return outcome.exit_code, failed, outcome.output

    return run


@pytest.mark.parametrize("function", leaks.LEAKING_SIGNALS, ids=lambda each: each.__name__)
def test_signals_that_look_ahead_are_caught_by_the_command(check, function):
    code, failed, output = check(source_of(function))
    assert (code, failed) == (1, ["no look ahead"]), output
    assert "signals: at 2024-01-0" in output


@pytest.mark.parametrize(
    ("function", "imports", "what", "text"),
    [
        # Inside of the host there is nothing to look at: such a robot is not even read.
        (leaks.peeking_at_frames, "import sys", "robot.py", "may not import sys"),
        (leaks.peeking_at_the_collector, "import gc", "robot.py", "may not import gc"),
        (leaks.remembering_runs, "", "no look ahead", "a run that it had made before"),
        (leaks.counting_on_itself, "", "no look ahead", "bars after it were taken away"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_decisions_that_look_ahead_are_caught_by_the_command(check, function, imports, what, text):
    code, failed, output = check(source_of(function, imports))
    assert code == 1
    assert what in failed, output
    assert text in output


@pytest.mark.parametrize(
    "function",
    [*leaks.CLEAN_DECISIONS, leaks.two_ago, leaks.expanding, leaks.session_open],
    ids=lambda each: each.__name__,
)
def test_what_does_not_look_ahead_passes_the_command(check, function):
    code, failed, output = check(source_of(function))
    assert (code, failed) == (0, []), output
