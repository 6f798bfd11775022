"""The check of numbers over Greeks, robots, indicators, bars and patterns: nothing invented, little lost."""

from __future__ import annotations

import random
from decimal import Decimal

from app.coach.rules.citing import check
from app.coach.rules.facts import Fact
from tests.factories import citing

D = Decimal
ROBOTS = ("Moving Average Cross", "RSI Reversion 2", "Iron Condor")
FRAMES = (("M5", "on M5"), ("H1", "on H1"), ("D1", "on the daily chart"))
GREEKS = ("delta", "theta", "vega")
GROUPS = ("opened from 9:30 to 10:00", "opened on Mondays", "in SPY")


class Fresh:
    """Values none of which may be taken for another, however it is rounded."""

    def __init__(self, dice: random.Random) -> None:
        self._dice, self._used = dice, set()

    def __call__(self, low: int, high: int) -> D:
        while True:
            cents = self._dice.randrange(low, high)
            if not {cents // 100, (cents + 50) // 100} & self._used:
                self._used |= {cents // 100, (cents + 50) // 100, cents // 100 + 1}
                return D(cents) / 100


def facts(dice: random.Random) -> list[Fact]:
    """Return what tools may have found."""
    fresh = Fresh(dice)
    found = [
        Fact(f"1.{symbol}.{frame}", "RSI (14)", fresh(2_000, 9_500), "ratio", symbol,
             ("RSI", "RSI 14"), frame=frame)
        for symbol in ("SPY", "QQQ") for frame, _ in FRAMES
    ]  # fmt: skip
    found += [
        Fact(f"2.{symbol}.{name}", f"net {name}", -fresh(12_000, 80_000),
             "ratio" if name == "delta" else "money", symbol, (name,), is_signed=True)
        for symbol in ("", "SPY", "QQQ") for name in GREEKS
    ]  # fmt: skip
    for robot in ROBOTS:
        found += [
            Fact(f"3.{robot}.win", "win rate", fresh(3_000, 9_000), "percent", robot,
                 n=int(fresh(90_000, 190_000)), low=D("21.25"), high=D("95.75")),
            Fact(f"3.{robot}.fees", "fees", fresh(200_000, 400_000), "money", robot, ("costs",)),
        ]  # fmt: skip
    for group in GROUPS:
        for place, phrase in (("here", group), ("there", f"not {group}")):
            found.append(
                Fact(f"4.{group}.{place}", f"win rate of trades {phrase}", fresh(2_000, 9_500),
                     "percent", n=int(fresh(200_000, 290_000)), low=D("11.15"), high=D("97.85"))
            )  # fmt: skip
    return [
        *found,
        Fact("4.looked", "patterns looked at", D(47), "count"),
        Fact("5.1.high", "high on 2026-11-27 at 10:35", fresh(40_000, 49_000), "price", "SPY", frame="M5"),
        Fact("5.2.high", "high on 2026-11-27 at 10:30", fresh(50_000, 59_000), "price", "SPY", frame="M5"),
    ]  # fmt: skip


def of(found: list[Fact], ident: str) -> Fact:
    return next(one for one in found if one.id == ident)


def drawn(dice: random.Random, found: list[Fact]) -> dict[str, Fact]:
    """Return one fact of each kind, and another of the same kind beside it."""
    (frame, _), (other_frame, _) = dice.sample(FRAMES, 2)
    name, other = dice.sample(GREEKS, 2)
    robot, other_robot = dice.sample(ROBOTS, 2)
    group, other_group = dice.sample(GROUPS, 2)
    return {
        "rsi": of(found, f"1.SPY.{frame}"), "rsi_frame": of(found, f"1.SPY.{other_frame}"),
        "rsi_symbol": of(found, f"1.QQQ.{frame}"),
        "greek": of(found, f"2..{name}"), "greek_other": of(found, f"2..{other}"),
        "greek_spy": of(found, f"2.SPY.{name}"), "greek_qqq": of(found, f"2.QQQ.{name}"),
        "win": of(found, f"3.{robot}.win"), "win_other": of(found, f"3.{other_robot}.win"),
        "fees": of(found, f"3.{robot}.fees"),
        "here": of(found, f"4.{group}.here"), "there": of(found, f"4.{group}.there"),
        "here_other": of(found, f"4.{other_group}.here"),
    }  # fmt: skip


def minus(fact: Fact) -> str:
    return f"\u2212{abs(fact.value):,}"


def right(dice: random.Random, found: list[Fact]) -> str:
    """Return a sentence that tells a fact as the analyst or a model tells it."""
    one = drawn(dice, found)
    rsi, greek, win, here = one["rsi"], one["greek"], one["win"], one["here"]
    on = dict(FRAMES)[rsi.frame]
    return dice.choice([
        f"SPY's RSI (14) {on} is {rsi.value}.",
        f"The RSI of SPY {on} stands at {rsi.value:.1f}.",
        f"On {rsi.frame}, SPY's RSI is {rsi.value}.",
        f"SPY: RSI 14 {on} {rsi.value}",
        f"Your {greek.label} is {minus(greek)}.",
        f"Your net {greek.names[0]} is {minus(greek)} a day.",
        f"SPY's {greek.label} is {minus(one['greek_spy'])}.",
        f"- QQQ: {greek.label} {minus(one['greek_qqq'])}",
        f"{win.symbol}: win rate {win.value}% (95% interval 21.25% to 95.75%, {win.n} trades).",
        f"{win.symbol} has a win rate of {win.value:.1f}% over {win.n} trades.",
        f"{win.symbol} is active, fees {one['fees'].value:,}.",
        f"{win.symbol} paid ${one['fees'].value:,} in fees.",
        f"Your {here.label} is {here.value}% (95% interval 11.15% to 97.85%, {here.n} trades).",
        f"Your {one['there'].label} is {one['there'].value}%.",
        "Patterns looked at: 47.",
        f"SPY's high on 2026-11-27 at 10:35 is {of(found, '5.1.high').value}.",
    ])  # fmt: skip


def wrong(dice: random.Random, found: list[Fact]) -> tuple[str, str]:
    """Return a sentence that tells what no tool has found, and how it tries."""
    one = drawn(dice, found)
    rsi, greek, win, here = one["rsi"], one["greek"], one["win"], one["here"]
    on = dict(FRAMES)[rsi.frame]
    far = dice.randrange(150, 9_000) / D(7)
    invented = round(abs(greek.value) + 900 + far, 2)
    return dice.choice([
        ("another timeframe's", f"SPY's RSI (14) {on} is {one['rsi_frame'].value}."),
        ("another timeframe's", f"On {rsi.frame}, SPY's RSI is {one['rsi_frame'].value}."),
        ("another instrument's", f"SPY's RSI (14) {on} is {one['rsi_symbol'].value}."),
        ("a timeframe nobody asked for", f"SPY's RSI on H4 is {rsi.value}."),
        ("another indicator's", f"SPY's RSI (14) {on} is {minus(one['greek_spy'])}."),
        ("another Greek's", f"Your {greek.label} is {minus(one['greek_other'])}."),
        ("the whole's for a part", f"SPY's {greek.label} is {minus(greek)}."),
        ("a part's for another", f"SPY's {greek.label} is {minus(one['greek_qqq'])}."),
        ("a sign", f"Your {greek.label} is +{abs(greek.value)}."),
        ("a sign", f"You earn {abs(greek.value)} a day by {greek.names[0]}."),
        ("invented", f"Your {greek.label} is {invented}."),
        ("invented", f"If you sold a call, your net delta would fall to {invented}."),
        ("a unit", f"Your net theta is {abs(greek.value)}%."),
        ("another robot's", f"{win.symbol} has a win rate of {one['win_other'].value}%."),
        ("another robot's trades", f"{win.symbol} has a win rate of {win.value}% over {one['win_other'].n} trades."),
        ("an unknown robot's", f"Momentum Rocket has a win rate of {win.value}%."),
        ("a robot's name and more", f"Iron Condor Deluxe has a win rate of {of(found, '3.Iron Condor.win').value}%."),
        ("a robot's promise", f"{win.symbol} makes {invented} a month."),
        ("fees for results", f"{win.symbol} has a win rate of {one['fees'].value}%."),
        ("another group's", f"Your {here.label} is {one['here_other'].value}%."),
        ("the group for the rest", f"Your {one['there'].label} is {here.value}%."),
        ("the rest for the group", f"Your {here.label} is {one['there'].value}%."),
        ("a pattern nobody found", f"Your win rate of trades opened on Fridays is {here.value}%."),
        ("a pattern nobody found", f"You win {round(here.value + 3)}% of your trades after 15:00."),
        ("how many were looked at", "Patterns looked at: 3."),
        ("another bar's", f"SPY's high on 2026-11-27 at 10:35 is {of(found, '5.2.high').value}."),
        ("a bar nobody saw", f"SPY's high on 2026-11-27 at 11:15 is {of(found, '5.1.high').value}."),
    ])  # fmt: skip


def test_none_of_a_thousand_invented_numbers_reaches_a_member():
    assert citing.slipped(facts, wrong, 20261128) == []


def test_fewer_than_one_in_a_hundred_right_answers_is_lost():
    lost = citing.lost(facts, right, 8)
    assert len(lost) < citing.MANY / 100, lost[:5]


def test_a_robots_name_may_hold_a_digit_and_gives_no_number_away():
    fact = Fact("1.win", "win rate", D("55.5"), "percent", "RSI Reversion 2", n=40)
    assert not check("RSI Reversion 2 has a win rate of 55.5%.", [fact]).removed
    assert check("RSI Reversion 2 has a win rate of 2%.", [fact]).removed
    # A name without a letter would make every such number a name.
    nameless = fact._replace(symbol="99")
    assert check("You will make 99 today.", [nameless]).removed
