"""Massive and Alpaca live, by their own SDKs against servers that speak their wire formats."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from app.market.clients.live_alpaca import AlpacaLive
from app.market.clients.live_massive import MassiveLive
from app.market.feed.keeper import Keeper
from app.market.feed.setup import providers_of
from app.market.rules.heard import LINES
from tests.factories.feed import NINE, OPEN, QUICK, Running
from tests.fakes.market_data import market_data
from tests.fakes.market_streams import (
    ALPACA_KEYS,
    MASSIVE_KEY,
    alpaca_bar,
    alpaca_trade,
    market_streams,
    massive_bar,
)

CALM = replace(QUICK, connect=5, silence=60, lease=5)


@pytest.fixture(params=["massive", "alpaca"])
def provider(request):
    return request.param


def live(name, url, kind="stocks", key=MASSIVE_KEY, secret=ALPACA_KEYS[1]):
    if name == "massive":
        return MassiveLive(key, url, kind)
    return AlpacaLive((ALPACA_KEYS[0], secret), url, "iex", kind)


def ended(name, symbol, minute, close=100.5):
    make = massive_bar if name == "massive" else alpaca_bar
    return make(symbol, minute, close)


def corrected(name, symbol, minute, close):
    if name == "massive":
        return massive_bar(symbol, minute, close)
    return alpaca_bar(symbol, minute, close, kind="u")


def piece(name, symbol, second, price, number=1):
    if name == "massive":
        prices = dict.fromkeys("ohlc", price)
        return massive_bar(symbol, NINE, kind="A", ms=second * 1000, **{**prices, "v": 5})
    return alpaca_trade(symbol, NINE + second, price, number)


def minutes_name(name, symbol):
    return f"AM.{symbol}" if name == "massive" else f"bars.{symbol}"


@contextlib.asynccontextmanager
async def hearing(app, name, patience=CALM, symbol="SPY"):
    """Run a feed on a fake, until it has asked for a symbol."""
    async with (
        market_streams() as streams,
        Running(app, live(name, streams.url), patience=patience) as run,
    ):
        await run.until(lambda: minutes_name(name, symbol) in streams.wanted())
        yield streams, run


async def told(run, count):
    await run.until(lambda: len(run.bars()) >= count)
    return [(each["b"], each["closed"]) for each in run.bars()]


@pytest.mark.req("S2-8", "S2-20", "S2-53")
def test_the_open_minute_and_its_end_come_in(live_app, spy, provider):
    async def play():
        async with hearing(live_app, provider) as (streams, run):
            await streams.send(piece(provider, "SPY", 3, 100.25, 1))
            await told(run, 1)
            await streams.send(
                piece(provider, "SPY", 9, 101.5, 2), piece(provider, "SPY", 9, 101.5, 2)
            )
            await told(run, 2)
            await streams.send(ended(provider, "SPY", NINE))
            bars = await told(run, 3)
            await run.until(lambda: run.keeper.stored == 1)
            return bars

    assert asyncio.run(play()) == [
        ([NINE, 100.25, 100.25, 100.25, 100.25, 5.0], False),
        ([NINE, 100.25, 101.5, 100.25, 101.5, 10.0], False),
        ([NINE, 100.0, 101.0, 99.0, 100.5, 10], True),
    ]
    assert market.read_bars("SPY", "M1").close.tolist() == [100.5]


def test_twice_out_of_order_corrected_and_nonsense(live_app, spy, provider):
    async def play():
        async with hearing(live_app, provider) as (streams, run):
            late, first = ended(provider, "SPY", NINE), ended(provider, "SPY", NINE + 60)
            bad = {**ended(provider, "SPY", NINE + 120), "h": 1.0}
            worse = {**ended(provider, "SPY", NINE + 180), "o": None}
            await streams.send(first, first, bad, worse)
            await streams.send(late, first)
            await told(run, 2)
            await streams.send(corrected(provider, "SPY", NINE, 99.25))
            bars = await told(run, 3)
            await run.until(lambda: run.keeper.stored == 3)
            assert run.feed.minutes.refused == 2
            return bars

    bars = asyncio.run(play())
    assert [(bar[0] - NINE, bar[4]) for bar, _ in bars] == [(60, 100.5), (0, 100.5), (0, 99.25)]
    assert market.read_bars("SPY", "M1").close.tolist() == [99.25, 100.5]
    (series,) = market.list_series()
    assert series.correction_count == 1


@pytest.mark.parametrize("how", ["drop", "close"])
def test_after_a_broken_connection_it_asks_again_for_the_same(live_app, spy, provider, how):
    async def play():
        async with hearing(live_app, provider) as (streams, run):
            await streams.send(ended(provider, "SPY", NINE))
            await told(run, 1)
            if how == "drop":
                streams.drop()
            else:
                await streams.close()
            await run.until(lambda: len(streams.held) == 2)
            await run.until(lambda: minutes_name(provider, "SPY") in streams.wanted())
            await streams.send(ended(provider, "SPY", NINE + 60))
            await told(run, 2)
            await run.until(lambda: len(run.states()) == 3)
            assert len(streams.open()) == 1
            return [state for state, _ in run.states()]

    assert asyncio.run(play()) == ["live", "stale", "live"]


@pytest.mark.req("S2-8")
@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (("status", 429, {"Retry-After": "0"}), "down"),
        (("limit",), "down"),
        (("auth",), "down"),
        (("status", 503), "stale"),
        (("cut",), "stale"),
        (("slow", 0.3), "live"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else each,
)
def test_who_cannot_connect_says_why_and_tries_again(live_app, spy, provider, fault, state):
    async def play():
        async with market_streams() as streams:
            streams.faults.append(fault)
            one = live(provider, streams.url)
            async with Running(live_app, one, patience=replace(CALM, connect=1)) as run:
                await run.until(lambda: minutes_name(provider, "SPY") in streams.wanted())
                await streams.send(ended(provider, "SPY", NINE))
                await told(run, 1)
                await run.until(lambda: run.states()[-1][0] == "live")
            return [each for each, _ in run.states()], streams.asked

    states, asked = asyncio.run(play())
    assert states == (["live"] if state == "live" else [state, "live"])
    assert asked == (1 if state == "live" else 2)


@pytest.mark.req("S2-216")
def test_a_refused_key_is_said_without_it_and_the_next_provider_is_asked(live_app, spy, capfd):
    async def play():
        async with market_streams() as streams:
            first = live("massive", streams.url, key="wrong-secret")
            second = live("alpaca", streams.url)
            patience = replace(CALM, refused=60)
            async with Running(live_app, first, second, patience=patience) as run:
                await run.until(lambda: "bars.SPY" in streams.wanted())
                await streams.send(alpaca_bar("SPY", NINE))
                await told(run, 1)
                await run.until(lambda: len(run.states()) == 2)
                await run.until(lambda: len(run.feed._noted) == 2)
                kept = await run.redis.hgetall(LINES)
                return run.states(), run.bars()[0]["source"], kept

    states, source, kept = asyncio.run(play())
    assert sorted(states) == [("down", "massive"), ("live", "alpaca")]
    assert source == "alpaca"
    assert b"the key is refused" in kept[b"massive:stocks"]
    said = capfd.readouterr()
    assert "wrong-secret" not in f"{kept}{said.out}{said.err}"


def test_silence_with_heartbeats_is_stale_and_the_connection_is_made_anew(live_app, spy, provider):
    async def play():
        patience = replace(CALM, silence=0.7)
        async with hearing(live_app, provider, patience) as (streams, run):
            await streams.send(ended(provider, "SPY", NINE))
            await told(run, 1)
            # The fake sends pings all the time, and now and then a status.
            say = {"ev": "status", "status": "success", "message": "alive"}
            await streams.say(say if provider == "massive" else {"T": "success", "msg": "alive"})
            await run.until(lambda: run.states()[-1][0] == "stale")
            await run.until(lambda: len(streams.held) == 2)
            await run.until(lambda: minutes_name(provider, "SPY") in streams.wanted())
            assert run.states()[-1][0] == "stale"
            await streams.send(ended(provider, "SPY", NINE + 60))
            await run.until(lambda: run.states()[-1][0] == "live")

    asyncio.run(play())


def test_a_thousand_charts_of_fifty_symbols_are_one_connection(live_app, provider):
    symbols = [f"S{number:02d}" for number in range(50)]
    with transaction():
        ids = [market.get_instrument(symbol).id for symbol in symbols]
    for _ in range(20):
        for each in ids:
            market.want_live(each)

    async def play():
        async with hearing(live_app, provider, symbol="S00") as (streams, run):
            names = {minutes_name(provider, symbol) for symbol in symbols}
            await run.until(lambda: names <= streams.wanted())
            await streams.send(*(ended(provider, symbol, NINE) for symbol in symbols))
            await told(run, 50)
            assert streams.asked == 1
            live_app.extensions["live_redis"].zremrangebyrank("trp:bars:wanted", 0, 24)
            await run.until(lambda: len(names & streams.wanted()) == 25)
            return len(streams.held)

    assert asyncio.run(play()) == 1


def test_coins_currencies_and_indices_have_names_of_their_own(live_app):
    with transaction():
        coin = market.get_instrument("BTC/USD")
        euro = market.get_instrument("EUR/USD")
        index = market.get_instrument("^SPX")
    for each in (coin, euro, index):
        market.want_live(each.id)

    async def play():
        async with market_streams() as streams:
            live_app.config.update(MASSIVE_API_KEY=MASSIVE_KEY, MASSIVE_STREAM_URL=streams.url)
            keeper = Keeper(live_app)
            found = providers_of(live_app, keeper.hours)
            keeper.close()
            async with Running(live_app, *found, patience=CALM) as run:
                names = {"XA.BTC-USD", "XAS.BTC-USD", "CA.EUR/USD", "CAS.EUR/USD", "AM.I:SPX"}
                await run.until(lambda: names <= streams.wanted())
                bar = massive_bar("I:SPX", NINE)
                del bar["v"]
                await streams.send(
                    massive_bar("BTC-USD", NINE, kind="XA"),
                    massive_bar("EUR/USD", NINE, kind="CA"),
                    bar,
                )
                await told(run, 3)
                assert sorted(each.path for each in streams.open()) == [
                    "/crypto", "/forex", "/indices",
                ]  # fmt: skip
                return {each["i"]: each["b"][5] for each in run.bars()}

    assert asyncio.run(play()) == {coin.id: 10, euro.id: 10, index.id: 0}


def test_alpaca_s_coins_come_by_a_connection_of_their_own(live_app):
    with transaction():
        coin = market.get_instrument("BTC/USD")
    market.want_live(coin.id)

    async def play():
        async with market_streams() as streams:
            one = live("alpaca", streams.url, "crypto")
            async with Running(live_app, one, patience=CALM) as run:
                await run.until(lambda: "bars.BTC/USD" in streams.wanted("/v1beta3/crypto/us"))
                await streams.send(alpaca_bar("BTC/USD", NINE))
                await told(run, 1)

    asyncio.run(play())


@pytest.mark.req("S2-8")
def test_what_was_missed_while_the_connection_was_away_is_fetched_stored_and_told(
    live_app, spy, provider, monkeypatch
):
    now = [OPEN + timedelta(minutes=3, seconds=5)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    market.want_live(spy.id)

    async def play(rest):
        async with hearing(live_app, provider) as (streams, run):
            await streams.send(*(ended(provider, "SPY", NINE + 60 * at) for at in range(3)))
            await told(run, 3)
            await run.until(lambda: run.keeper.stored == 3)
            rest.add("SPY", OPEN, 20)
            now[0] = OPEN + timedelta(minutes=20, seconds=5)
            market.want_live(spy.id)
            streams.drop()
            await told(run, 20)
            return run.bars()

    with market_data() as rest:
        live_app.config.update(rest_of(rest, provider))
        bars = asyncio.run(play(rest))
    assert sorted({each["b"][0] for each in bars}) == [NINE + 60 * at for at in range(20)]
    kept = market.read_bars("SPY", "M1", start=OPEN)
    assert len(kept.opened_at) == 20


def test_of_sixty_minutes_with_ten_broken_connections_none_is_missing(
    live_app, spy, provider, monkeypatch
):
    """What is sent while nobody listens comes by the gap fill: stored, and told to open charts."""
    now = [OPEN]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    async def play(rest):
        async with hearing(live_app, provider) as (streams, run):
            for minute in range(60):
                now[0] = OPEN + timedelta(minutes=minute + 1, seconds=2)
                market.want_live(spy.id)
                rest.add("SPY", OPEN + timedelta(minutes=minute), 1)
                if minute % 6 == 3:
                    streams.drop()
                    await run.until(lambda: not streams.open())
                elif minute % 6 == 5:
                    await run.until(lambda: minutes_name(provider, "SPY") in streams.wanted())
                await streams.send(ended(provider, "SPY", NINE + 60 * minute))
            await run.until(lambda: minutes_name(provider, "SPY") in streams.wanted())
            await run.until(lambda: len({each["b"][0] for each in run.bars()}) == 60, 10)
            assert len(streams.held) > 5

    with market_data() as rest:
        live_app.config.update(rest_of(rest, provider))
        asyncio.run(play(rest))
    kept = market.read_bars("SPY", "M1", start=OPEN)
    assert kept.opened_at.tolist() == [(NINE + 60 * minute) * 1_000_000 for minute in range(60)]


def rest_of(rest, provider):
    return {
        "MARKET_PROVIDERS": provider, "ALPACA_KEY_ID": ALPACA_KEYS[0],
        "ALPACA_SECRET_KEY": ALPACA_KEYS[1], "ALPACA_DATA_URL": rest.url,
        "MASSIVE_API_KEY": MASSIVE_KEY, "MASSIVE_URL": rest.url,
    }  # fmt: skip
