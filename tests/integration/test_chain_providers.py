"""Option chains of Alpaca and Massive through their own SDKs, against a fake of both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from redis import Redis

from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.market import service as market
from app.market.errors import NoBarsError
from app.market.models import OptionChain, OptionQuote
from tests.fakes.market_data import ALPACA_KEYS, MASSIVE_KEY, market_data

NOW = datetime(2025, 12, 1, 15, 0, 30, tzinfo=UTC)


def contract(strike, right="C", root="SPY", **given):
    usual = {"bid": 1.2, "ask": 1.25, "last": 1.22, "volume": 7, "interest": 40, "iv": 0.2}
    return usual | {"delta": 0.5, "name": f"{root}260116{right}{strike * 1000:08d}"} | given


@pytest.fixture(params=["alpaca", "massive"])
def fake(request, app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with market_data() as found:
        app.config.update(
            MARKET_PROVIDERS=request.param,
            ALPACA_KEY_ID=ALPACA_KEYS[0],
            ALPACA_SECRET_KEY=ALPACA_KEYS[1],
            ALPACA_DATA_URL=found.url,
            MASSIVE_API_KEY=MASSIVE_KEY,
            MASSIVE_URL=found.url,
        )
        found.page, found.name = 2, request.param
        yield found


@pytest.mark.req("S2-76", "S2-77")
def test_a_chain_comes_in_by_pages_and_is_kept_once(app, fake):
    fake.options["SPY"] = [
        contract(100, "P", iv=None),
        contract(100),
        contract(105, bid=0, last=None, volume=None),
        contract(95, root="SPY1"),  # adjusted: another thing
        contract(90),
    ]
    run = app.test_cli_runner()
    for _ in range(2):
        done = run.invoke(args=["market", "fetch-chain", "spy"])
        assert done.output == f"SPY: 4 contracts from {fake.name}\n"
    assert len(fake.requests) == 6
    found = market.valued_chain("SPY")
    assert (found.source, found.as_of) == (fake.name, NOW.replace(second=0))
    by = {(each.strike, each.right): each for each in found.quotes}
    assert list(by) == [(90, "C"), (100, "C"), (100, "P"), (105, "C")]
    call, put = by[100, "C"], by[100, "P"]
    assert (call.expiry, call.bid, call.ask) == (date(2026, 1, 16), Decimal("1.2"), Decimal("1.25"))
    assert (call.greeks_from, call.delta, put.greeks_from) == ("published", 0.5, "quote")
    assert by[105, "C"].faults == ["zero_bid"]
    assert call.open_interest == (40 if fake.name == "massive" else None)


def test_contracts_of_an_index_that_settle_at_the_close_are_a_chain_of_their_own(app, fake):
    with transaction():
        market.get_instrument("SPX", asset_class="index")
    # Massive lists both with the index; the 16th is a third Friday, a day of both.
    fake.options["I:SPX"] = [contract(6800, root="SPX"), contract(6800, root="SPXW", bid=1.1)]
    run = app.test_cli_runner()
    for root in ("SPX", "SPXW"):
        done = run.invoke(args=["market", "fetch-chain", root])
        if fake.name == "alpaca":
            assert f"Nobody gives options on {root}" in done.output, "it has none on indices"
            return
        assert done.output == f"{root}: 1 contracts from massive\n", done.output
    morning, evening = (market.valued_chain(each) for each in ("SPX", "SPXW"))
    assert [each.symbol for each in morning.quotes] == ["SPX260116C06800000"]
    assert [each.symbol for each in evening.quotes] == ["SPXW260116C06800000"]
    assert (morning.style, evening.style) == ("european", "european")
    (early,), (late,) = morning.expiries, evening.expiries
    assert (early.settles, late.settles) == ("open", "close")
    assert late.days - early.days == pytest.approx(6.5 / 24, abs=1e-3)
    assert (morning.other_roots, evening.other_roots) == (["SPXW"], ["SPX"])


def test_a_busy_provider_is_asked_again_and_a_dead_one_is_told(app, fake):
    fake.options["SPY"] = [contract(100)]
    fake.faults = [("status", 429, {"Retry-After": "0"})]
    assert market.fetch_chain("SPY") == (fake.name, 1)
    fake.faults = [("status", 403)]
    done = app.test_cli_runner().invoke(args=["market", "fetch-chain", "SPY"])
    assert done.exit_code == 2
    assert "Nobody gives options on SPY" in done.output
    assert "fake" not in done.output
    fake.options.clear()
    done = app.test_cli_runner().invoke(args=["market", "fetch-chain", "SPY"])
    assert "has no contracts" in done.output


@pytest.fixture
def minute(app, fake, monkeypatch, redis_url):
    """Return what a minute of the clock and of the workers does; how many were fetched."""
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        monkeypatch.setitem(app.extensions, "live_redis", redis)
        monkeypatch.setitem(app.extensions, "cache_silent_until", 0.0)

        def run(later=timedelta(minutes=1)):
            present[0] += later
            with transaction():
                db.session.query(OutboxRow).delete()
            market.fetch_wanted_chains()
            market.fetch_wanted_chains()  # a clock that ticks twice
            jobs = [row.payload for row in db.session.query(OutboxRow).all()]
            return [market.fetch_wanted_chain(**job) for job in jobs]

        yield run


@pytest.fixture
def spy(app, fake):
    fake.options["SPY"] = [contract(100), contract(100, "P")]
    with transaction():
        return market.get_instrument("SPY")


@pytest.mark.req("S2-76")
def test_a_chain_that_somebody_looks_at_is_fetched_each_minute_once(fake, spy, minute):
    assert minute() == []  # nobody looks
    with pytest.raises(NoBarsError):
        market.valued_chain("SPY")  # the first look, before there is anything to see
    assert minute() == [True]
    asked = len(fake.requests)
    for _ in range(20):
        assert market.valued_chain("SPY").age_seconds < 60
    assert market.fetch_wanted_chain(spy.id) is False  # a job that runs twice
    assert len(fake.requests) == asked
    fake.options["SPY"] = [contract(100, bid=1.3, ask=1.35), contract(100, "P")]
    assert minute() == [True]
    found = market.valued_chain("SPY")
    assert found.quotes[0].bid == Decimal("1.3")
    assert found.as_of == clock.now().replace(second=0)
    assert minute(timedelta(minutes=6)) == []  # nobody has looked since


def test_quotes_grow_old_where_the_provider_fails(fake, spy, minute):
    market.hold_chain("SPY")
    assert minute() == [True]
    fake.faults = [("status", 403)]
    assert minute(timedelta(minutes=2)) == [False]
    assert market.valued_chain("SPY").age_seconds == 150
    assert minute() == [True]
    assert market.valued_chain("SPY").age_seconds == 30


def test_a_chain_that_is_held_is_fetched_all_session_and_kept_each_half_hour(fake, spy, minute):
    market.hold_chain("SPY")
    for _ in range(16):
        assert minute(timedelta(minutes=5)) == [True]
    kept = [each.quoted_at for each in db.session.query(OptionChain).order_by("quoted_at")]
    assert [f"{each:%H:%M}" for each in kept] == ["15:30", "16:00", "16:10", "16:15", "16:20"]
    assert db.session.query(OptionQuote).count() == 10
    assert minute(timedelta(hours=4, minutes=40)) == [True]  # at the close
    assert minute() == []


def test_what_is_invented_or_nobody_has_is_not_fetched(app, fake, minute):
    with transaction():
        coin = market.get_instrument("BTC/USD")
        market.get_instrument("SIMULATED-A")
    for each in (coin.symbol, "SIMULATED-A", "NOBODY"):
        market.hold_chain(each)
    assert minute() == []
    assert not fake.requests


def test_without_redis_nothing_is_wanted_and_chains_are_read_all_the_same(app, fake, spy):
    market.fetch_chain("SPY")
    assert len(market.valued_chain("SPY").quotes) == 2
    assert market.fetch_wanted_chains() == 0


@pytest.mark.req("S2-76")
def test_a_quote_that_its_provider_made_long_ago_is_stale(app, fake):
    fake.options["SPY"] = [
        contract(95, at=NOW - timedelta(minutes=14)),
        contract(100, at=NOW - timedelta(minutes=16)),
        contract(105, at=NOW),  # within the minute that the chain is kept as of
        contract(110, at=NOW + timedelta(days=900)),  # nonsense
        contract(115),
    ]
    market.fetch_chain("SPY")
    quotes = market.valued_chain("SPY").quotes
    assert [each.strike for each in quotes if "stale" in each.faults] == [100]
    kept = db.session.query(OptionQuote).order_by(OptionQuote.strike).all()
    wanted = NOW.replace(microsecond=123_456)
    assert [each.quoted_at for each in kept] == [
        wanted - timedelta(minutes=14),
        wanted - timedelta(minutes=16),
        wanted,
        None,
        None,
    ]
