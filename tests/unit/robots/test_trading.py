"""The moving-average robot: against a second, plain implementation on made and real bars."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.robots.errors import ParameterError
from app.robots.rules import SCALE, evaluate, parse_bars, trade_crosses
from app.robots.schemas import Bar, MovingAverageSettings

CASH = 10_000 * SCALE
FIRST = date(2020, 1, 1)
SPY_10_30 = [
    ("1998-05-14", "1998-05-18"),
    ("1998-05-22", "1998-05-28"),
    ("1998-06-19", "1998-06-22"),
    ("2020-07-13", "2020-09-18"),
    ("2020-10-12", "2020-11-03"),
    ("2020-11-12", "2021-03-08"),
]
"""The first and last three of the 101 trades on SPY with 10 and 30 days."""


def bars_of(prices):
    """Return bars from (open, close) in cents."""
    unit = SCALE // 100
    return [
        Bar(
            FIRST + timedelta(days=at),
            opening * unit,
            max(opening, closing) * unit,
            min(opening, closing) * unit,
            closing * unit,
            Decimal(0),
        )
        for at, (opening, closing) in enumerate(prices)
    ]


def plain_trades(bars, fast, slow, *, short):
    """Return (entry, exit, direction) by bar numbers, each average added up anew."""
    closes = [bar.close for bar in bars]
    above: list[int] = []
    for at in range(len(bars)):
        short_sum, long_sum = (sum(closes[max(at - n + 1, 0) : at + 1]) for n in (fast, slow))
        above.append(short_sum * slow - long_sum * fast)
    trades, held, entry = [], 0, 0
    for at in range(slow, len(bars) - 1):
        up, down = above[at - 1] < 0 < above[at], above[at - 1] > 0 > above[at]
        wanted = 1 if up else (-1 if short else 0) if down else held
        if wanted == held:
            continue
        if held:
            trades.append((entry, at + 1, held))
        held, entry = wanted, at + 1
    return trades


def run(bars, settings):
    outcome = evaluate(bars, trade_crosses(bars, settings, CASH).fills, CASH, 0.05)
    return outcome, [(t.entry_at, t.exit_at, t.direction) for t in outcome.trades]


cents = st.integers(500, 700)


@given(
    st.lists(st.tuples(cents, cents), min_size=1, max_size=80),
    st.integers(1, 4),
    st.integers(5, 9),
    st.booleans(),
)
def test_trades_are_those_of_the_plain_implementation(prices, fast, slow, short):
    bars = bars_of(prices)
    settings = MovingAverageSettings(fast=fast, slow=slow, short=short)
    outcome, trades = run(bars, settings)
    assert trades == plain_trades(bars, fast, slow, short=short)
    for trade in outcome.trades:
        assert trade.entry_price == bars[trade.entry_at].open
        assert trade.exit_price == bars[trade.exit_at].open
        assert trade.net_pnl == trade.direction * (trade.exit_price - trade.entry_price)


@given(st.lists(st.tuples(cents, cents), min_size=12, max_size=80), st.booleans())
def test_equity_is_cash_and_trades_and_the_open_position(prices, short):
    bars = bars_of(prices)
    outcome, _ = run(bars, MovingAverageSettings(fast=2, slow=5, short=short))
    held = outcome.position
    rest = held.direction * (bars[-1].close - held.lots[0][1]) if held.direction else 0
    closed = sum(trade.net_pnl for trade in outcome.trades)
    assert outcome.metrics.total_pnl == closed
    assert outcome.metrics.equity == CASH + closed + rest
    assert outcome.metrics.trade_count == len(outcome.trades)


@pytest.mark.parametrize("symbol", ["SPY", "IBM", "AIG", "BAC", "IWM", "QQQ"])
@pytest.mark.parametrize("short", [False, True])
def test_real_daily_bars_give_the_plain_trade_list(market_data, symbol, short):
    with (market_data / "daily" / f"{symbol}.csv").open(newline="") as lines:
        bars = parse_bars(lines, date(2026, 1, 1))
    for fast, slow in ((10, 30), (50, 200)):
        settings = MovingAverageSettings(fast=fast, slow=slow, short=short)
        _, trades = run(bars, settings)
        assert trades == plain_trades(bars, fast, slow, short=short)
        assert len(trades) > 5


@pytest.mark.parametrize("symbol", ["SPY", "IBM"])
def test_pandas_rolling_means_give_the_same_trades(market_data, symbol):
    pandas = pytest.importorskip("pandas")
    path = market_data / "daily" / f"{symbol}.csv"
    table = pandas.read_csv(path)
    gap = table["close"].rolling(10).mean() - table["close"].rolling(30).mean()
    ups = set(table.index[(gap > 0) & (gap.shift(1) < 0)])
    downs = set(table.index[(gap < 0) & (gap.shift(1) > 0)])
    entry, expected = None, []
    for at in range(len(table) - 1):
        if entry is None and at in ups:
            entry = at + 1
        elif entry is not None and at in downs:
            expected.append((entry, at + 1, 1))
            entry = None
    with path.open(newline="") as lines:
        bars = parse_bars(lines, date(2026, 1, 1))
    assert run(bars, MovingAverageSettings())[1] == expected


def test_real_bars_give_the_trades_of_backtesting_py(market_data):
    """The list was made with backtesting.py 0.6.6 (crossover, one share, no costs, next open)."""
    with (market_data / "daily" / "SPY.csv").open(newline="") as lines:
        bars = parse_bars(lines, date(2026, 1, 1))
    outcome, trades = run(bars, MovingAverageSettings())
    assert len(trades) == 101
    assert outcome.metrics.equity == 10_120_03 * SCALE // 100
    shown = [
        (str(bars[t.entry_at].session), str(bars[t.exit_at].session))
        for t in (*outcome.trades[:3], *outcome.trades[-3:])
    ]
    assert shown == SPY_10_30


def test_nothing_happens_before_the_first_cross():
    # Falling all the time, then rising all the time: one cross, one entry, nothing to leave.
    falling = [(1000 - at, 1000 - at) for at in range(40)]
    rising = [(960 + 5 * at, 960 + 5 * at) for at in range(40)]
    outcome, trades = run(bars_of(falling + rising), MovingAverageSettings())
    assert trades == []
    assert outcome.position.direction == 1
    assert outcome.position.entry_at > 40


def test_a_market_that_only_rises_gives_no_cross():
    outcome, trades = run(bars_of([(500 + at, 500 + at) for at in range(100)]),
                          MovingAverageSettings())  # fmt: skip
    assert trades == []
    assert outcome.position.direction == 0
    assert outcome.marks == []


def test_a_cross_on_the_last_bar_finds_no_open_to_trade_at():
    prices = [(5, 5), (4, 4), (9, 9)]
    settings = MovingAverageSettings(fast=1, slow=2)
    assert trade_crosses(bars_of(prices), settings, CASH).fills == []
    assert len(trade_crosses(bars_of([*prices, (8, 8)]), settings, CASH).fills) == 1


def test_an_entry_that_the_cash_does_not_cover_is_skipped():
    prices = [(500, 500), (400, 400), (900, 900), (800, 800), (300, 300), (300, 300)]
    settings = MovingAverageSettings(fast=1, slow=2)
    poor = trade_crosses(bars_of(prices), settings, 7 * SCALE)
    assert (poor.fills, poor.skipped_count) == ([], 1)
    enough = trade_crosses(bars_of(prices), settings, 8 * SCALE)
    assert (len(enough.fills), enough.skipped_count) == (2, 0)


def test_a_longer_history_begins_with_the_shorter_one():
    prices = [(600 + (at * 37) % 90, 600 + (at * 53) % 90) for at in range(200)]
    settings = MovingAverageSettings(fast=3, slow=8, short=True)
    whole = trade_crosses(bars_of(prices), settings, CASH).fills
    for shorter, longer in pairwise(range(9, 200, 10)):
        part = trade_crosses(bars_of(prices[:shorter]), settings, CASH).fills
        assert part == [fill for fill in whole if fill.at < shorter]
        assert longer > shorter


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fast": "30", "slow": "10"}, "smaller than slow"),
        ({"fast": "0"}, "fast=0"),
        ({"fast": "ten"}, "fast=ten"),
        ({"period": "5"}, "no setting period"),
        ({"short": "perhaps"}, "short=perhaps"),
    ],
)
def test_a_wrong_setting_is_named(given, words):
    with pytest.raises(ParameterError, match=words):
        MovingAverageSettings.parse(given)


def test_settings_are_read_as_they_are_typed():
    settings = MovingAverageSettings.parse({"fast": "5", "short": "true"})
    assert settings == MovingAverageSettings(fast=5, slow=30, short=True)
