"""An answer tells nothing that no tool has found: 1,000 answers that try, and as many that are right."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.coach.rules.citing import Citation, check
from app.coach.rules.facts import Fact
from tests.factories import citing

D = Decimal
LEVELS = (
    ("pdh", "previous day high", ("PDH", "yesterday's high")),
    ("pdl", "previous day low", ("PDL", "yesterday's low")),
    ("pmh", "pre-market high", ("PMH",)),
    ("pml", "pre-market low", ("PML",)),
    ("r1", "first resistance", ("R1",)),
    ("atr", "ATR (14)", ("ATR",)),
    ("vwap", "VWAP", ()),
)
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int) -> str:
    """Write a whole number below a thousand in words."""
    if number >= 100:
        rest = f" {spelled(number % 100)}" if number % 100 else ""
        return f"{WORDS[number // 100]} hundred{rest}"
    if number >= 20:
        return TENS[number // 10 - 2] + (f"-{WORDS[number % 10]}" if number % 10 else "")
    return WORDS[number]


def facts(dice: random.Random) -> list[Fact]:
    """Return what tools may have found of two instruments and of the member; no two values alike."""
    used: set[int] = set()

    def fresh(low: int, high: int) -> D:
        while True:
            cents = dice.randrange(low, high)
            # Neither rounded to a point nor as it stands may one figure be taken for another.
            if cents not in used and cents // 100 not in {one // 100 for one in used}:
                used.add(cents)
                return D(cents) / 100

    found = [
        Fact(f"{call}.{key}", label, fresh(20_000, 90_000), "price", symbol, names)
        for call, symbol in ((1, "SPY"), (2, "QQQ"))
        for key, label, names in LEVELS
    ]
    return [
        *found,
        Fact("3.win", "win rate", fresh(4_000, 7_000), "percent", n=dice.randrange(100, 190),
             low=D("31.25"), high=D("78.75")),
        Fact("3.pnl", "net P&L", -fresh(110_000, 190_000), "money", names=("P&L",), is_signed=True),
        Fact("1.at", "as of", datetime(2026, 11, 27, 19, 31, tzinfo=UTC), "when"),
        Fact("1.session", "session", date(2026, 11, 27), "when"),
    ]  # fmt: skip


def right(dice: random.Random, found: list[Fact]) -> str:
    """Return a sentence that tells a fact as people tell it."""
    level = dice.choice([one for one in found if one.symbol])
    name = dice.choice([level.label, *level.names])
    win, pnl = (next(one for one in found if one.id == key) for key in ("3.win", "3.pnl"))
    return dice.choice([
        f"{level.symbol}'s {name} is {level.value}.",
        f"The {name} of {level.symbol} is ${level.value:,.2f}.",
        f"On {level.symbol} the {name} lies at {level.value:.1f}, as of 14:31.",
        f"{level.symbol}: {level.value} is the {name}.",
        f"For {level.symbol}, watch the {name} near {round(level.value)}.",
        f"The {name} of {level.symbol} is {spelled(round(level.value))}.",
        f"On November 27 the {name} of {level.symbol} was {level.value}.",
        f"- {level.symbol} {name}: {level.value}",
        f"Your win rate is {win.value:.1f}% over {win.n} trades, with a 95% interval of 31.25% to 78.75%.",
        f"Your win rate is {win.value}%.",
        f"You lost ${abs(pnl.value):,.2f}.",
        f"Your net P&L is \u2212${abs(pnl.value):,.2f}.",
        f"Your P&L is -{abs(pnl.value)}.",
    ])  # fmt: skip


def wrong(dice: random.Random, found: list[Fact]) -> tuple[str, str]:
    """Return a sentence that tells what no tool has found, and how it tries."""
    level, other = dice.sample([one for one in found if one.symbol == "SPY"], 2)
    away = next(one for one in found if one.symbol == "QQQ" and one.label == level.label)
    name = dice.choice([level.label, *level.names])
    win, pnl = (next(one for one in found if one.id == key) for key in ("3.win", "3.pnl"))
    invented = level.value + D(dice.randrange(150, 9_000)) / 100
    return dice.choice([
        ("invented", f"SPY's {name} is {invented}."),
        ("invented", f"SPY should reach {invented} tomorrow."),
        ("invented", f"There is support at {round(invented / 10) * 10}."),
        ("another instrument's", f"The {name} of SPY is {away.value}."),
        ("another instrument's", f"SPY's {name} is ${away.value}."),
        ("an unknown instrument", f"Apple's {name} is {level.value}."),
        ("an unknown instrument", f"The {name} of NVDA is {level.value}."),
        ("another level's", f"SPY's {name} is {other.value}."),
        ("in words", f"SPY's {name} is {spelled(round(invented))}."),
        ("in words", f"You win {spelled(dice.randrange(80, 99))} percent of your trades."),
        ("in words", "Your account has doubled."),
        ("in words", "Half of your trades were made before noon."),
        ("rounded off", f"SPY's {name} is about {round(level.value + 50, -2)}."),
        ("rounded wrongly", f"SPY's {name} is {level.value + D('0.1'):.1f}."),
        ("with a unit", f"SPY's {name} is {level.value}%."),
        ("with a unit", f"Your win rate is ${win.value}."),
        ("with a unit", f"Your net P&L is {abs(pnl.value)}%."),
        ("thousands", f"You lost {abs(pnl.value)}k."),
        ("a date", f"On November {dice.randrange(1, 27)} SPY's {name} was {level.value}."),
        ("a date", f"On 2025-11-27 SPY's {name} was {level.value}."),
        ("a time", f"SPY's {name} was {level.value} at {dice.randrange(10, 14)}:05."),
        ("a sign", f"You made ${abs(pnl.value)}."),
        ("a sign", f"Your net P&L is +{abs(pnl.value)}."),
        ("a sign", f"You did not lose {abs(pnl.value)}."),
        ("how many", f"Your win rate is {win.value}% over {win.n + dice.randrange(1, 60)} trades."),
        ("how many", f"You have {dice.randrange(2, 30)} open positions."),
        ("computed", f"SPY is {abs(level.value - other.value)} points from its {name}."),
        ("hidden in a list", f"1. SPY {name}: {invented}"),
        ("beside a true one", f"SPY's {name} is {level.value}, and it may go to {invented}."),
    ])  # fmt: skip


def test_none_of_a_thousand_invented_numbers_reaches_a_member():
    assert citing.slipped(facts, wrong, 20261127) == []


def test_fewer_than_one_in_a_hundred_right_answers_is_lost():
    lost = citing.lost(facts, right, 7)
    assert len(lost) < citing.MANY / 100, lost[:5]


def test_a_wrong_sentence_takes_only_itself_away():
    found = facts(random.Random(1))
    level = found[0]
    text = f"SPY's PDH is {level.value}. It will reach 1,234.56. Wait for the open."
    checked = check(text, found)
    assert checked.text == f"SPY's PDH is {level.value}. Wait for the open."
    assert checked.removed == ("It will reach 1,234.56.",)
    assert [part.fact.id for part in checked.parts if isinstance(part, Citation)] == ["1.pdh"]


def test_it_of_the_next_sentence_is_the_instrument_of_the_one_before():
    found = facts(random.Random(2))
    high, low, away = found[0], found[1], found[len(LEVELS) + 1]
    assert not check(f"SPY's PDH is {high.value}. Its PDL is {low.value}.", found).removed
    assert check(f"SPY's PDH is {high.value}. Its PDL is {away.value}.", found).removed


def test_a_fact_without_an_answer_proves_nothing():
    fact = Fact("1.vwap", "VWAP", None, "price", "SPX", note="an index has no volume")
    assert check("SPX has a VWAP of 0.", [fact]).removed
    assert not check("SPX has no VWAP: an index has no volume.", [fact]).removed


@given(st.text(max_size=300))
def test_whatever_is_said_without_facts_no_citation_comes_of_it_and_no_text_is_made_up(text):
    checked = check(text, [])
    assert not any(isinstance(part, Citation) for part in checked.parts)
    assert all(part in text for part in checked.parts)


@given(st.integers(0, 999))
def test_a_number_in_words_is_the_number(number):
    fact = Fact("1.n", "trades", D(number), "count")
    assert not check(f"You made {spelled(number)} trades.", [fact]).removed
    wrong_one = fact._replace(value=D(number + 1))
    assert check(f"You made {spelled(number)} trades.", [wrong_one]).removed
