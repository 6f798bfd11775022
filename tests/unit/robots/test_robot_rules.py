"""Each robot on a few bars made by hand: what lets it in and what lets it out."""

from __future__ import annotations

import numpy as np
import pytest

from app.quant.simulation import Simulation, Terms
from tests.factories.plain_crosses import trade_crosses
from tests.factories.robot_bars import columns, cut, flat, minutes, real, walk
from tests.factories.robots import load_robot

CASH = Terms(cash=100_000)


def run(robot_id, bars, *, terms=CASH, markets=None, **parameters):
    """Return the step of a robot over bars of one or several symbols, in their order."""
    made = bars if isinstance(bars, dict) else {"AAA": bars}
    robot = load_robot(robot_id, list(made), **parameters)
    return Simulation(robot, terms, markets=markets).run(made)


def told(step, bars):
    """Return (number of the bar, side, reason) of each fill."""
    first = next(iter(bars.values())) if isinstance(bars, dict) else bars
    at = {int(opened): number for number, opened in enumerate(first.opened_at)}
    return [(at[fill.bar_opened_at], fill.side, fill.reason) for fill in step.fills]


# --- Moving averages ---


def test_ma_cross_buys_on_a_strict_cross_and_sells_on_the_way_back():
    bars = flat([10, 10, 10, 9, 9, 12, 13, 13, 9, 8, 8])
    step = run("ma_cross", bars, fast=2, slow=3)
    assert told(step, bars) == [(6, "buy", "open"), (9, "sell", "open")]
    assert {fill.qty for fill in step.fills} == {1}


@pytest.mark.req("S0-92")
@pytest.mark.parametrize("short", [False, True])
def test_ma_cross_gives_the_trades_that_it_always_gave(short):
    bars = real("daily", "SPY")
    opens, closes = ([round(float(each) * 1e8) for each in one] for one in (bars.open, bars.close))
    known = trade_crosses(opens, closes, 10, 30, short=short)
    step = run("ma_cross", bars, terms=Terms(), fast=10, slow=30, short=short)
    found = [
        (number, 1 if side == "buy" else -1, round(fill.price * 1e8))
        for (number, side, _), fill in zip(told(step, bars), step.fills, strict=True)
    ]
    assert found == known
    assert len(found) > 150


@pytest.mark.parametrize(("fast", "slow", "short"), [(2, 5, True), (10, 30, False), (7, 50, True)])
def test_ma_cross_at_once_wants_what_it_decides_bar_by_bar(fast, slow, short):
    bars = walk(2000, fast, 20.0, 0.01)
    step = run("ma_cross", bars, fast=fast, slow=slow, short=short)
    wanted = load_robot("ma_cross", ["AAA"], fast=fast, slow=slow, short=short).signals(bars)
    held = np.zeros(len(bars.close))
    for number, side, _ in told(step, bars):
        held[number:] += 1 if side == "buy" else -1
    assert len(step.fills) > 40
    assert np.array_equal(held[1:], wanted[:-1])


def test_a_touch_of_the_averages_is_no_cross_whatever_floats_make_of_it():
    bars = flat([0.1, 0.2, 0.3] * 40)
    assert run("ma_cross", bars, fast=3, slow=6).fills == []


# --- One symbol, days ---


def test_rsi_reversion_buys_weakness_in_a_rise_and_sells_the_recovery():
    closes = [*np.linspace(50, 60, 50), 59.7, 59.4, 60, 61, 62]
    bars = flat(closes)
    step = run("rsi_reversion", bars, n=2, low=25, trend=30, high=60)
    assert told(step, bars) == [(52, "buy", "open"), (53, "sell", "open")]
    falling = flat([*np.linspace(60, 50, 50), 49, 48, 47])
    assert run("rsi_reversion", falling, n=2, low=25, trend=30).fills == []


def test_rsi_reversion_leaves_when_its_time_is_up():
    closes = [*np.linspace(50, 60, 50), 59, *np.linspace(58.9, 58, 10)]
    bars = flat(closes)
    step = run("rsi_reversion", bars, n=2, low=25, trend=30, high=99, longest=3)
    assert told(step, bars)[:2] == [(51, "buy", "open"), (54, "sell", "open")]


def test_donchian_breakout_goes_with_the_range_and_leaves_at_the_shorter_one():
    bars = flat([10, 11, 10, 11, 10, 12, 13, 14, 13, 11, 10])
    step = run("donchian_breakout", bars, into=4, out=2)
    assert told(step, bars) == [(6, "buy", "open"), (10, "sell", "open")]
    down = flat([10, 11, 10, 11, 10, 9, 8, 7, 8, 9.5, 9.6])
    step = run("donchian_breakout", down, into=4, out=2, short=True)
    assert told(step, down) == [(6, "sell", "open"), (10, "buy", "open")]


def test_bollinger_reversion_enters_outside_and_leaves_at_the_mean_or_the_stop():
    quiet = [10, 10.1, 9.9, 10, 10.1, 9.9, 10, 10.1, 9.9, 10]
    back = flat([*quiet, 9.5, 9.6, 10.2, 10.2])
    step = run("bollinger_reversion", back, n=10, width=2)
    assert told(step, back) == [(11, "buy", "open"), (13, "sell", "open")]
    on = flat([*quiet, 9.5, 9.4, 8.5, 8.4])
    step = run("bollinger_reversion", on, n=10, width=2, stop=0.05)
    assert told(step, on)[:2] == [(11, "buy", "open"), (12, "sell", "stop_loss")]
    assert step.fills[1].price == pytest.approx(9.5 * 0.95)


def test_the_atr_trend_buys_a_fresh_rise_and_its_stop_trails():
    closes = [*np.full(150, 50.0), *np.linspace(51, 80, 30), 70, 60, 60]
    bars = columns(closes, np.add(closes, 0.5), np.subtract(closes, 0.5), closes)
    step = run("tsla_improved_strategy", bars, fast=3, slow=10, n=5, room=3, risk=0.02)
    assert [(side, reason) for _, side, reason in told(step, bars)] == [
        ("buy", "open"), ("sell", "trailing"),
    ]  # fmt: skip
    entry, leave = step.fills
    assert told(step, bars)[0][0] == 151
    assert leave.price > entry.price + 15
    # A stop three ranges away may cost about a fiftieth of the account.
    assert 0.015 < entry.qty * 3 * 1.1 / 100_000 < 0.03


def test_random_null_tosses_the_same_coin_again_and_another_with_another_seed():
    bars = walk(400, 1)
    one, again = run("random_null", bars), run("random_null", bars)
    assert one.fills == again.fills
    assert run("random_null", bars, seed=2).fills != one.fills
    assert 10 < len(one.fills) < 80
    assert [fill.side for fill in one.fills[:4]] == ["buy", "sell", "buy", "sell"]


# --- One symbol, minutes ---


def session(prices, noise=0.0):
    """Return minutes from 9:20 of one session whose closes are given by minute of the day."""
    bars = cut(minutes(1), 0, 410)
    closes = np.full(410, 100.0)
    noise = np.tile([noise, -noise], 205)
    for minute, value in prices.items():
        closes[minute - 560 :] = value
    closes = closes + noise
    opened = np.concatenate(([100.0], closes[:-1]))
    high, low = np.maximum(opened, closes) + 0.02, np.minimum(opened, closes) - 0.02
    return bars._replace(open=opened, high=high, low=low, close=closes)


def minute_of(bars, number):
    return 560 + number


def test_opening_range_breakout_goes_with_the_first_break_and_is_flat_before_the_close():
    bars = session({570: 100.2, 580: 99.8, 610: 100.5, 700: 101})
    step = run("opening_range_breakout", bars, minutes=30, leave_at=955)
    assert [(minute_of(bars, number), *rest) for number, *rest in told(step, bars)] == [
        (611, "buy", "open"), (956, "sell", "open"),
    ]  # fmt: skip
    failed = session({570: 100.2, 580: 99.8, 610: 100.5, 700: 99.7, 720: 100.9})
    step = run("opening_range_breakout", failed, minutes=30)
    assert [(minute_of(failed, number), *rest) for number, *rest in told(step, failed)] == [
        (611, "buy", "open"), (700, "sell", "stop_loss"),
    ]  # fmt: skip
    early = cut(session({570: 100.2, 580: 99.8, 610: 100.5}), 30, None)
    assert run("opening_range_breakout", early, minutes=30).fills == [], "its beginning is unseen"


def test_vwap_reversion_buys_far_below_and_sells_at_the_average_within_the_day():
    bars = session({640: 99.0, 655: 100.2}, noise=0.05)
    step = run("vwap_reversion", bars, n=30, width=2, stop=0.05)
    found = [(minute_of(bars, number), *rest) for number, *rest in told(step, bars)]
    assert found[:2] == [(641, "buy", "open"), (656, "sell", "open")]
    held = session({640: 99.0}, noise=0.05)
    step = run("vwap_reversion", held, n=30, width=2, stop=0.05, leave_at=800)
    found = [(minute_of(held, number), *rest) for number, *rest in told(step, held)]
    assert found[-1] == (801, "sell", "open")


@pytest.mark.req("S1-20")
def test_market_making_quotes_both_sides_leans_against_its_stock_and_stops_at_its_most():
    bars = minutes(1, seed=9)
    step = run("market_making", bars, most=2, n=20, aversion=0.2, qty=10)
    assert {fill.reason for fill in step.fills} == {"limit"}
    held = np.cumsum([fill.qty if fill.side == "buy" else -fill.qty for fill in step.fills])
    assert len(held) > 20
    assert np.abs(held).max() <= 30, "two trades, and the quote that was out already"
    prices = {"buy": [], "sell": []}
    robot = load_robot("market_making", ["AAA"], most=5, n=20, qty=10)
    from app.quant.robot import Book, Position, SymbolBars

    shown = SymbolBars(21)
    for name in ("open", "high", "low", "close"):
        getattr(shown, name).extend(getattr(bars, name)[:21])
    for qty in (-20.0, 0.0, 20.0):
        book = Book()
        book.positions = {"AAA": Position("AAA", qty, 100.0, 1)} if qty else {}
        for order in robot.on_bar({"AAA": shown}, book):
            prices[order.side].append(order.price)
    for side in ("buy", "sell"):
        assert prices[side] == sorted(prices[side], reverse=True), "the more held, the lower"
    assert all(bid < ask for bid, ask in zip(prices["buy"], prices["sell"], strict=True))


# --- Several symbols ---


def test_momentum_rotation_holds_the_strongest_and_stays_out_when_none_rises():
    up, slow = np.linspace(100, 160, 60), np.linspace(100, 120, 60)
    turns = np.concatenate((np.linspace(100, 105, 30), np.linspace(106, 230, 30)))
    bars = {"AAA": flat(slow), "BBB": flat(up), "CCC": flat(turns)}
    step = run("momentum_rotation", bars, n=10, every=5)
    assert [(fill.symbol, fill.side) for fill in step.fills] == [
        ("BBB", "buy"), ("BBB", "sell"), ("CCC", "buy"),
    ]  # fmt: skip
    falling = {name: flat(np.linspace(100, 60, 40)) for name in ("AAA", "BBB")}
    assert run("momentum_rotation", falling, n=10, every=5).fills == []


@pytest.mark.req("S1-19")
def test_pairs_trading_enters_a_wide_spread_on_both_legs_and_leaves_when_it_closes():
    chance = np.random.default_rng(3)
    base = 50 * np.exp(np.cumsum(chance.normal(0, 0.01, 90)))
    spread = 0.01 * np.tile([1, -1], 45)
    spread[70:75] = 0.06
    spread[75:] = 0
    bars = {"AAA": flat(np.round(base * np.exp(spread), 3)), "BBB": flat(np.round(base, 3))}
    step = run("pairs_trading", bars, n=40, into=2.5, broken=20)
    legs = [(fill.symbol, fill.side) for fill in step.fills[:2]]
    assert legs == [("AAA", "sell"), ("BBB", "buy")]
    out = [(fill.symbol, fill.side) for fill in step.fills[2:4]]
    assert out == [("AAA", "buy"), ("BBB", "sell")]
    alone = {"AAA": walk(90, 1), "BBB": walk(90, 2)}
    assert run("pairs_trading", alone, n=40, critical=-6).fills == []


def two_prices(gap):
    prices = np.full(len(gap), 1000.0)
    return {"AAA": flat(prices), "BBB": flat(prices * (1 + np.array(gap)))}


@pytest.mark.req("S1-17")
@pytest.mark.parametrize(
    ("robot_id", "parameters"),
    [
        ("venue_arbitrage", {"into": 0.004, "out": 0.0005}),
        ("triangular_arbitrage", {"toll_ratio": 0.001, "gain": 0.001, "out": 0.0005}),
    ],
)
def test_arbitrage_sells_the_dear_side_beyond_the_costs_until_they_agree(robot_id, parameters):
    bars = two_prices([0, 0, 0.003, 0.006, 0.006, 0.002, 0.0002, 0, -0.006, -0.006, 0, 0])
    step = run(robot_id, bars, **parameters)
    found = [(number, fill.symbol, side) for (number, side, _), fill in zip(
        told(step, bars), step.fills, strict=True)]  # fmt: skip
    assert found == [
        (4, "AAA", "buy"), (4, "BBB", "sell"), (7, "AAA", "sell"), (7, "BBB", "buy"),
        (9, "AAA", "sell"), (9, "BBB", "buy"), (11, "AAA", "buy"), (11, "BBB", "sell"),
    ]  # fmt: skip
    assert run(robot_id, two_prices([0, 0.0035] * 9), **parameters).fills == []


@pytest.mark.req("S1-17")
@pytest.mark.parametrize("robot_id", ["venue_arbitrage", "triangular_arbitrage"])
def test_arbitrage_risks_its_share_alone_and_no_longer_than_it_may(robot_id):
    """The gap never closes: it leaves by the clock, and no leg was larger than its share."""
    bars = two_prices([0, 0, *[0.02] * 30])
    step = run(robot_id, bars, longest=5, share=0.2)
    first = [fill for fill in step.fills if fill.bar_opened_at == step.fills[0].bar_opened_at]
    assert {fill.symbol for fill in first} == {"AAA", "BBB"}
    # Sized by the first price; the dear leg is dearer by the gap.
    assert all(fill.qty * 1000 <= 0.2 * 100_000 + 0.01 for fill in first)
    entered, left = told(step, bars)[0][0], told(step, bars)[2][0]
    assert left - entered == 5


# --- Real prices ---


@pytest.mark.parametrize(
    ("robot_id", "kind", "symbols"),
    [
        ("rsi_reversion", "daily", ["SPY"]),
        ("donchian_breakout", "daily", ["SPY"]),
        ("bollinger_reversion", "daily", ["IBM"]),
        ("tsla_improved_strategy", "daily", ["IBM"]),
        ("random_null", "daily", ["SPY"]),
        ("momentum_rotation", "daily", ["IWM", "QQQ", "SPY"]),
        ("pairs_trading", "daily", ["BAC", "AIG"]),
        ("opening_range_breakout", "minute", ["SPY"]),
        ("vwap_reversion", "minute", ["SPY"]),
        ("market_making", "minute", ["IBM"]),
    ],
)
def test_it_trades_real_prices_within_its_account(robot_id, kind, symbols):
    bars = {symbol: real(kind, symbol, 3000) for symbol in symbols}
    step = run(robot_id, bars)
    assert len(step.fills) >= 2
    assert step.state["cash"] > -100_000
    for fill in step.fills:
        own = bars[fill.symbol]
        row = int(np.searchsorted(own.opened_at, fill.bar_opened_at))
        assert own.low[row] - 1e-6 <= fill.price <= own.high[row] + 1e-6


def test_triangular_arbitrage_on_real_bitcoin_with_a_euro_that_is_synthetic():
    """EURUSD of these days is not in the data: the mean of the implied rate stands in for it."""
    dollars, euros = real("minute", "BTCUSD"), real("minute", "BTCEUR")
    both = np.intersect1d(dollars.opened_at, euros.opened_at)
    rate = 1.2276
    around = euros._replace(
        **{name: getattr(euros, name) * rate for name in ("open", "high", "low", "close")}
    )
    bars = {"AAA": dollars, "BBB": around}
    step = run("triangular_arbitrage", bars, mean=240, toll_ratio=0.0, gain=0.001, out=0.0002)
    assert len(both) > 2000
    assert len(step.fills) >= 4
    assert {fill.symbol for fill in step.fills} == {"AAA", "BBB"}
