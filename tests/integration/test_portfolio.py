"""Open positions of a member: written down, valued, moved, and nobody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.parse import parse
from app.ledger import service as ledger
from app.ledger.errors import AccountNotFoundError
from app.ledger.schemas import FillIn
from app.market import service as market
from app.trading import service as trading
from app.trading.schemas import PositionIn
from app.trading.schemas.portfolio import PortfolioQuery, WhatIfIn

NOW = datetime(2026, 5, 19, 21, tzinfo=UTC)
SESSION = date(2026, 5, 19)
HEAD = "expiry,strike,right,bid,ask,close,volume,open_interest\n"
# Around 100, quoted by hand; the last has nobody who bids.
ROWS = (
    ("2026-06-19", "95", "C", "6.70", "6.90"),
    ("2026-06-19", "95", "P", "1.30", "1.40"),
    ("2026-06-19", "100", "C", "3.60", "3.80"),
    ("2026-06-19", "100", "P", "3.20", "3.40"),
    ("2026-06-19", "105", "C", "1.60", "1.70"),
    ("2026-06-19", "105", "P", "6.20", "6.40"),
    ("2026-06-19", "140", "C", "0", "0.05"),
    ("2027-06-18", "100", "C", "13.00", "13.60"),
    ("2027-06-18", "100", "P", "9.10", "9.70"),
)
CALL = {
    "symbol": "acme",
    "right": "call",
    "strike": "100",
    "expiry": "2026-06-19",
    "side": "buy",
    "qty": "2",
    "price": "3.00",
    "opened_on": "2026-05-12",
}


@pytest.fixture
def chain(engine_app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = [HEAD, ",,,,,100.20,,\n"]
    lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
    _, is_taken = market.import_chain(lines, "ACME", SESSION)
    assert is_taken


@pytest.fixture
def owner(chain, member):
    return member(tier="mid")


def note(user_id, **changes):
    return trading.note_position(user_id, parse(PositionIn, {**CALL, **changes}))


def read(user_id, **asked):
    return trading.read_portfolio(user_id, PortfolioQuery(**asked))


@pytest.mark.req("S2-66", "S2-85")
def test_a_position_by_hand_is_a_fill_that_can_be_corrected_and_taken_back(owner):
    key = note(owner)
    (noted,) = trading.noted_positions(owner)
    assert (noted.symbol, noted.strike, noted.expiry) == ("ACME", 100, date(2026, 6, 19))
    (account,) = ledger.list_accounts(owner)
    assert account.kind == "journal"
    changed = parse(PositionIn, {**CALL, "qty": "3", "price": "2.50"})
    trading.change_position(owner, key, changed)
    (noted,) = trading.noted_positions(owner)
    assert (noted.qty, noted.price) == (3, Decimal("2.5"))
    (state,) = read(owner).underlyings
    assert state.positions[0].qty == 3
    trading.drop_position(owner, key)
    assert trading.noted_positions(owner) == []
    assert read(owner).underlyings == []
    assert ledger.verify(account.id) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strike": "101"}, "strike: the chain of ACME has none at 101 on that day; near it: 95"),
        ({"strike": "-5"}, "strike: Input should be greater than 0"),
        ({"strike": ""}, "strike: is needed"),
        ({"strike": "100.0001"}, "strike: must be below 100000 with at most three decimals"),
        ({"expiry": "2026-06-20"}, "expiry: the chain of ACME has none on 20 Jun 2026"),
        ({"expiry": "2026-05-01"}, "expiry: 1 May 2026 lies before the position was opened"),
        ({"expiry": ""}, "expiry: is needed"),
        ({"expiry": "soon"}, "expiry: Input should be a valid date"),
        ({"qty": "0"}, "qty: Input should be greater than 0"),
        ({"qty": "-1"}, "qty: Input should be greater than 0"),
        ({"price": "-3"}, "price: Input should be greater than 0"),
        ({"price": "nan"}, "price: Input should be a finite number"),
        ({"opened_on": "2026-05-20"}, "opened_on: 20 May 2026 lies in the future"),
        ({"symbol": "../x"}, "symbol: String should match"),
        ({"symbol": "TOOLONGX"}, "symbol: options are on a symbol of 1 to 6 letters"),
        ({"right": "straddle"}, "right: Input should be"),
        ({"side": "hold"}, "side: Input should be"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(app, monkeypatch, member, changes, words):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = [HEAD] + [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
    market.import_chain(lines, "ACME", SESSION)
    user_id = member(tier="mid")
    values = {name: text for name, text in {**CALL, **changes}.items() if text}
    with pytest.raises(ValidationError) as caught:
        trading.note_position(user_id, parse(PositionIn, values))
    assert words in caught.value.message
    assert ledger.list_accounts(user_id) == []


@pytest.mark.req("S2-78", "S2-79", "S2-80", "S2-81")
def test_net_greeks_are_the_sums_of_the_chains_own(owner):
    note(owner)
    note(owner, strike="105", side="sell", price="1.50")
    (state,) = read(owner).underlyings
    from app.market.schemas.options import ChainQuery

    quotes = {
        (each.strike, each.right): each
        for each in market.read_option_chain("ACME", ChainQuery(expiry=date(2026, 6, 19))).quotes
    }
    bought, sold = quotes[Decimal(100), "C"], quotes[Decimal(105), "C"]
    for name in ("delta", "gamma", "theta", "vega"):
        wanted = 200 * (getattr(bought, name) - getattr(sold, name))
        assert getattr(state.net, name) == pytest.approx(wanted)
    assert state.net.delta_money == pytest.approx(state.net.delta * 100.2)
    assert state.net.gamma_money == pytest.approx(state.net.gamma * 100.2**2 / 100)
    assert state.value == pytest.approx(200 * (3.70 - 1.65))
    assert state.pnl == pytest.approx(200 * (3.70 - 3.00) - 200 * (1.65 - 1.50))
    (total,) = read(owner).totals
    assert (total.left_out, total.net.theta) == (0, pytest.approx(state.net.theta))


@pytest.mark.req("S2-82", "S2-83", "S2-84")
def test_a_vertical_is_known_by_its_legs_and_its_risk_is_exact(owner):
    note(owner, price="3.60")
    note(owner, strike="105", side="sell", price="1.60")
    (state,) = read(owner).underlyings
    assert [(each.structure, each.legs) for each in state.combinations] == [("vertical", 2)]
    assert state.risk.max_loss.amount == pytest.approx(400)
    assert state.risk.max_gain.amount == pytest.approx(600)
    assert state.risk.breakevens == [pytest.approx(102)]
    assert 0.3 < state.risk.probability_of_profit < 0.5


def test_a_naked_call_can_lose_without_limit_and_says_so(owner):
    note(owner, side="sell")
    (state,) = read(owner).underlyings
    assert state.risk.max_loss.is_unlimited
    assert state.risk.max_loss.amount is None
    assert state.risk.max_gain.amount == pytest.approx(600)


def test_what_nobody_quotes_has_a_dash_with_its_reason_and_is_left_out(owner):
    note(owner)
    note(owner, strike="140", price="0.10")
    note(owner, symbol="OTHER", price="1")
    found = read(owner)
    dead = next(each for each in found.underlyings[0].positions if each.strike == 140)
    assert (dead.price, dead.value, dead.pnl) == (None, None, None)
    assert "nobody bids" in dead.notes
    other = found.underlyings[1]
    assert other.symbol == "OTHER"
    assert other.positions[0].notes == ["There is no option chain of the underlying."]
    assert (other.risk, other.pnl, other.net.delta) == (None, None, None)
    (total,) = found.totals
    assert (total.positions, total.left_out) == (3, 2)
    assert total.pnl == pytest.approx(200 * 0.70)


def test_what_has_expired_asks_how_it_ended(owner):
    note(owner, expiry="2026-05-15", opened_on="2026-05-04")
    (state,) = read(owner).underlyings
    assert "has expired" in state.positions[0].notes[0]
    assert state.positions[0].value is None


def fill(account, symbol, qty="1"):
    item = FillIn(f"x-{symbol}", "2026-05-12T15:00:00Z", symbol, "buy", qty, "3")
    (result,) = ledger.record_fills(account.id, [item], source="api")
    assert result.status == "created", result


def test_paper_and_journal_are_never_in_one_figure_and_a_run_over_past_bars_in_none(owner):
    note(owner)
    with transaction():
        for kind in ("paper", "backtest"):
            fill(ledger.open_account(owner, "robot", kind), "ACME  260619C00105000", "7")
    found = read(owner)
    assert (found.kind, found.kinds) == ("journal", ["journal", "paper"])
    assert [each.strike for each in found.underlyings[0].positions] == [100]
    paper = read(owner, kind="paper")
    assert [each.qty for each in paper.underlyings[0].positions] == [7]
    assert read(owner, kind="live").underlyings == []


@pytest.mark.req("S2-91")
def test_what_if_agrees_with_pricing_the_legs_anew(owner):
    note(owner)
    from app.quant.legs import Scenario, worth

    (entry,) = trading.open_book(owner, PortfolioQuery()).entries
    legs, at = entry.legs, entry.at
    asked = WhatIfIn(move=5, points=-2, days=10)
    (found,) = trading.what_if(owner, asked).underlyings
    then = float(worth(legs, at.spot * 1.05, Scenario(10, -0.02))[0])
    assert found.price_then == pytest.approx(100.2 * 1.05)
    assert found.value_then == pytest.approx(then)
    assert found.change == pytest.approx(then - float(worth(legs, at.spot)[0]))
    (still,) = trading.what_if(owner, WhatIfIn()).underlyings
    assert still.change == pytest.approx(0)
    # The model meets the middle that the volatility was read from.
    assert still.value == pytest.approx(200 * 3.70, abs=0.01)


def test_anothers_positions_are_not_found(owner, member):
    key = note(owner)
    other = member("other@example.com", tier="mid")
    assert read(other).underlyings == []
    with pytest.raises(NotFoundError):
        trading.change_position(other, key, parse(PositionIn, CALL))
    with pytest.raises(NotFoundError):
        trading.drop_position(other, key)
    note(other)
    with pytest.raises(NotFoundError):
        trading.drop_position(other, key)
    (account,) = ledger.list_accounts(owner)
    with pytest.raises(AccountNotFoundError):
        read(other, account_id=account.id)
    assert len(read(owner).underlyings) == 1


@pytest.mark.req("S2-169", "S2-171", "S2-178")
def test_a_leap_ages_to_what_exercising_brings_and_its_roll_agrees_with_arithmetic(owner):
    rows = [
        ("2027-01-15", "90", "C", "15.80", "16.20"),
        ("2027-01-15", "90", "P", "4.10", "4.30"),
        ("2027-06-18", "90", "C", "19.80", "20.20"),
        ("2027-06-18", "90", "P", "6.40", "6.60"),
    ]
    lines = [HEAD, ",,,,,100.20,,\n"]
    lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in rows]
    market.import_chain(lines, "LONG", SESSION)
    note(owner, symbol="LONG", strike="90", expiry="2027-01-15", price="15")
    (one,) = trading.leaps.tracked(trading.open_book(owner, PortfolioQuery()))
    assert one.intrinsic == pytest.approx(10.20)
    assert one.extrinsic == pytest.approx(16.00 - 10.20)
    assert one.breakeven == pytest.approx(105)
    aged = trading.leaps.projected(one)
    assert aged[0].worth == pytest.approx(2 * 1600, abs=0.5)
    worths = [each.worth for each in aged]
    assert worths == sorted(worths, reverse=True)
    # A day before the end hardly more than exercising brings is left.
    assert worths[-1] == pytest.approx(2 * 1020, rel=0.02)
    rolled = trading.leaps.roll(one, Decimal(90), date(2027, 6, 18))
    assert rolled.cash == pytest.approx(200 * (16.00 - 20.00))
    assert rolled.days == pytest.approx((date(2027, 6, 18) - date(2027, 1, 15)).days, abs=0.1)
    assert rolled.breakeven == pytest.approx(90 + 20 + (15 - 16))
    with pytest.raises(ValidationError, match="no strike 91"):
        trading.leaps.roll(one, Decimal(91), date(2027, 6, 18))


def test_positions_without_any_answer_have_no_sum_either(engine_app, member):
    user_id = member(tier="mid")
    with transaction():
        given = {**CALL, "symbol": "NOCHAIN", "right": "shares", "strike": None, "expiry": None}
        trading.note_position(user_id, parse(PositionIn, given))
    (total,) = trading.read_portfolio(user_id, PortfolioQuery()).totals
    assert (total.positions, total.left_out) == (1, 1)
    assert (total.value, total.cost, total.pnl, total.net.delta) == (None, None, None, None)
    (moved,) = trading.what_if(user_id, WhatIfIn(move=5)).totals
    assert (moved.change, moved.left_out) == (None, 1), "nothing known is not zero"
