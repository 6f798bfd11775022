"""Alpaca and Massive through their own SDKs against fakes that speak their wire formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import UnavailableError
from app.market import service as market
from app.market.models import Bar
from tests.factories.bars import us
from tests.fakes.market_data import ALPACA_KEYS, MASSIVE_KEY, market_data

OPEN = datetime(2025, 11, 26, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = datetime(2025, 12, 1, 15, 0, 30, tzinfo=UTC)


@pytest.fixture(params=["alpaca", "massive"])
def provider(request):
    return request.param


@pytest.fixture
def fake(app, provider, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with market_data() as found:
        app.config.update(
            MARKET_PROVIDERS=provider,
            ALPACA_KEY_ID=ALPACA_KEYS[0],
            ALPACA_SECRET_KEY=ALPACA_KEYS[1],
            ALPACA_DATA_URL=found.url,
            MASSIVE_API_KEY=MASSIVE_KEY,
            MASSIVE_URL=found.url,
        )
        yield found


def instrument(symbol="SPY"):
    with transaction():
        return market.get_instrument(symbol)


def fill(symbol="SPY", timeframe="M1", start=OPEN, end=OPEN + DAY):
    return market.fill(instrument(symbol), timeframe, start, end)


def test_bars_come_in_by_pages_once(fake, provider):
    fake.add("SPY", OPEN, 390)
    done = fill()
    assert (done.created, done.same, done.dropped, done.sources) == (390, 0, 0, (provider,))
    assert len(fake.requests) == 4
    bars = market.read_bars("SPY", "M1")
    assert bars.opened_at[0] == us(OPEN)
    assert bars.close.tolist()[:2] == [100.25, 100.26]
    assert bars.volume.sum() == 3900
    again = fill()
    assert (again.created, again.same, again.corrected) == (0, 390, 0)


@pytest.mark.parametrize(
    "faults",
    [
        [("status", 429, {"Retry-After": "0"})],
        [("status", 500), ("status", 503)],
        [("drop",)],
        [("cut",)],
    ],
    ids=["429", "500", "drop", "cut"],
)
def test_faults_of_the_wire_are_tried_again(fake, faults):
    fake.add("SPY", OPEN, 150)
    fake.faults += faults
    assert fill().created == 150
    assert fake.faults == []


def test_duplicates_and_disorder_are_put_right_and_a_correction_is_taken(fake):
    fake.add("SPY", OPEN, 10)
    rows = fake.bars["SPY"]
    rows.append({**rows[3], "v": 99})
    rows.insert(0, rows.pop(7))
    assert fill().created == 10
    assert market.read_bars("SPY", "M1").volume.tolist() == [10, 10, 10, 99, *[10] * 6]
    rows[5] = {**rows[5], "c": 100.01}
    assert fill().corrected == 1
    assert db.session.query(Bar).filter_by(revision=1).count() == 1


def test_what_is_no_bar_and_what_has_not_closed_is_dropped(fake):
    fake.add("SPY", OPEN, 5)
    fake.bars["SPY"][2]["h"] = 1.0
    fake.bars["SPY"][3]["v"] = -1
    fake.add("SPY", NOW.replace(second=0), 1)
    done = fill(end=NOW)
    assert (done.created, done.dropped) == (3, 3)


def test_days_open_with_their_session(fake, provider):
    # Both send days at midnight of New York.
    fake.add("SPY", datetime(2025, 11, 26, 5, 0, tzinfo=UTC), 1)
    fake.add("SPY", datetime(2025, 11, 28, 5, 0, tzinfo=UTC), 1)
    assert fill(timeframe="D1", start=OPEN - DAY, end=NOW).created == 2
    days = market.read_bars("SPY", "D1")
    assert days.opened_at.tolist() == [us(OPEN), us(OPEN + 2 * DAY)]
    assert "Day" in fake.requests[0] or "/day/" in fake.requests[0]


def test_around_the_clock_markets_have_names_of_their_own(fake, provider):
    fake.add("BTC/USD" if provider == "alpaca" else "X:BTCUSD", OPEN - timedelta(hours=10), 20)
    assert fill("BTC/USD", start=OPEN - DAY).created == 20


def test_a_wrong_key_is_said_without_the_key(fake, app, provider):
    app.config.update(ALPACA_SECRET_KEY="wrong-secret", MASSIVE_API_KEY="wrong-secret")
    with pytest.raises(UnavailableError, match=f"Nobody gives bars of SPY: {provider}") as caught:
        fill()
    assert "wrong-secret" not in caught.value.message


def test_prices_are_asked_for_as_they_were(fake, provider):
    fake.add("SPY", OPEN, 1)
    fill()
    assert ("adjustment=raw" if provider == "alpaca" else "adjusted=false") in fake.requests[0]


def test_who_is_away_is_stood_in_for_and_does_not_overrule_later(fake, app, provider):
    other = {"alpaca": "massive", "massive": "alpaca"}[provider]
    app.config["MARKET_PROVIDERS"] = f"{provider} {other}"
    fake.add("SPY", OPEN, 3)
    keys = {"alpaca": "ALPACA_SECRET_KEY", "massive": "MASSIVE_API_KEY"}
    good = app.config[keys[provider]]
    app.config[keys[provider]] = "wrong"
    assert fill().sources == (other,)
    app.config[keys[provider]] = good
    fake.bars["SPY"][0]["v"] = 77
    done = fill()
    assert (done.sources, done.same, done.corrected) == ((provider,), 3, 0)


def test_wanted_instruments_are_brought_up_to_date_and_the_others_are_left_alone(fake):
    fake.add("SPY", NOW.replace(second=0) - timedelta(minutes=20), 19)
    fake.add("IBM", NOW.replace(second=0) - timedelta(minutes=20), 19)
    spy, qqq = instrument("SPY"), instrument("QQQ")
    with transaction():
        market.want_bars([spy.id, qqq.id], "robots")
    with transaction():
        market.want_bars([spy.id, qqq.id], "robots")
    assert market.fill_gaps() == 19
    asked = len(fake.requests)
    assert market.fill_gaps() == 0
    assert not any("IBM" in path for path in fake.requests)
    fake.bars["SPY"][4]["v"] = 11
    assert market.fill_gaps() == 1
    with transaction():
        market.want_bars([qqq.id], "robots")
    asked = len(fake.requests)
    market.fill_gaps()
    assert not any("SPY" in path for path in fake.requests[asked:])


@pytest.mark.parametrize("provider", ["alpaca"])
def test_many_symbols_come_in_by_one_request_and_singly_where_that_fails(fake):
    symbols = [f"S{number:02d}" for number in range(30)]
    for symbol in symbols:
        fake.add(symbol, NOW.replace(second=0) - timedelta(minutes=40), 30)
    ids = [instrument(symbol).id for symbol in symbols]
    with transaction():
        market.want_bars(ids, "robots")
    # Who has no history yet gets it alone.
    assert market.fill_gaps() == 30 * 30
    for rows in fake.bars.values():
        rows += [{**rows[-1], "at": rows[-1]["at"] + 60_000}]
        rows[-2]["v"] = 11
    asked = len(fake.requests)
    assert market.fill_gaps() == 30 * 2
    minutes = [path for path in fake.requests[asked:] if "1Min" in path]
    # 30 symbols with 31 minutes each in pages of 100.
    assert len(minutes) == 10
    assert {
        each: len(bars.close) for each, bars in market.read_many(ids, "M1", extended=True).items()
    } == dict.fromkeys(ids, 31)
    fake.faults = [("status", 400)]
    fake.bars["S07"] += [{**fake.bars["S07"][-1], "at": fake.bars["S07"][-1]["at"] + 60_000}]
    assert market.fill_gaps() == 1


@pytest.mark.parametrize("provider", ["massive"])
def test_massive_gives_days_of_many_by_the_day_and_minutes_a_few_at_a_time(fake):
    symbols = [f"S{number:02d}" for number in range(30)]
    for symbol in symbols:
        # Days begin at midnight of New York: the newest kept one is a Tuesday.
        fake.add(symbol, datetime(2025, 11, 25, 5, 0, tzinfo=UTC), 1)
        fake.add(symbol, NOW.replace(second=0) - timedelta(minutes=40), 30)
    ids = [instrument(symbol).id for symbol in symbols]
    with transaction():
        market.want_bars(ids, "robots")
    for each in market.instruments_by_id(ids).values():
        market.fill(each, "D1", OPEN - 3 * DAY, OPEN - DAY)
        market.fill(each, "M1", NOW - timedelta(hours=1), NOW)
    for rows in fake.bars.values():
        for day in (26, 28):
            at = int(datetime(2025, 11, day, 5, 0, tzinfo=UTC).timestamp() * 1000)
            rows.append({**rows[0], "at": at, "c": 100.0 + day / 100})
        rows.append({**rows[1], "at": int(NOW.timestamp() // 60 * 60_000) - 600_000})
    fake.requests.clear()
    assert market.fill_gaps() == 30 * 3
    days = [path for path in fake.requests if "/grouped/" in path]
    minutes = [path for path in fake.requests if "/minute/" in path]
    assert (len(days), len(minutes)) == (8, 30)
    assert len(fake.requests) == 38
    assert all("adjusted=false" in path for path in fake.requests)
    kept = market.read_many(ids, "D1", last=2)
    assert {tuple(bars.close.tolist()) for bars in kept.values()} == {(100.26, 100.28)}


@pytest.mark.parametrize("provider", ["massive"])
def test_massive_that_fails_for_many_is_asked_singly(fake):
    symbols = [f"S{number:02d}" for number in range(10)]
    for symbol in symbols:
        fake.add(symbol, NOW.replace(second=0) - timedelta(minutes=40), 30)
    ids = [instrument(symbol).id for symbol in symbols]
    with transaction():
        market.want_bars(ids, "robots")
    assert market.fill_gaps() == 300
    fake.bars["S07"] += [{**fake.bars["S07"][-1], "at": fake.bars["S07"][-1]["at"] + 60_000}]
    fake.faults = [("status", 403)] * 2
    assert market.fill_gaps() == 1


def test_one_that_nobody_has_does_not_hold_up_the_others(fake):
    fake.add("SPY", NOW.replace(second=0) - timedelta(minutes=20), 19)
    with transaction():
        market.want_bars([market.get_instrument("/ESZ6").id, instrument("SPY").id], "robots")
    assert market.fill_gaps() == 19


def test_the_command_fetches_and_tells(fake, app):
    fake.add("SPY", OPEN, 30)
    arguments = ["market", "fill", "spy", "--timeframe", "M1", "--from", "2025-11-26"]
    done = app.test_cli_runner().invoke(args=[*arguments, "--to", "2025-11-26"])
    assert done.exit_code == 0, done.output
    assert "30 created, 0 same, 0 corrected, 0 dropped" in done.output
    app.config["MARKET_PROVIDERS"] = ""
    done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 2
    assert "no provider of them is set up" in done.output
