"""The invented market tick by tick: what is told live is what is stored later, to the bit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from app.market.clients.live_simulated import SimulatedLive
from app.market.feed.keeper import _store, to_scaled
from app.market.rules.heard import Minutes
from app.market.rules.simulated import LISTINGS, minutes
from app.quant.bars import price_floats
from tests.factories.bars import us

MONDAY = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.fixture
def instruments(app):
    app.config["MARKET_SIMULATED"] = True
    return market.simulated_instruments()


def played(instruments, start, seconds, step=0.2):
    """Return what the live market says from `start` on, looked at every `step` seconds."""
    live, heard = SimulatedLive("plug", market.hours), []
    for at in range(int(seconds / step) + 1):
        now = us(start) + int(at * step * 1e6)
        heard += [(now, one) for each in instruments for one in live.said(each, now)]
    return heard


@pytest.mark.req("S2-20")
@pytest.mark.parametrize(
    ("hour", "minute"), [(9, 10), (14, 28), (15, 0), (20, 58), (22, 30)], ids=str
)
def test_what_closes_is_what_the_provider_stores_to_the_bit(instruments, hour, minute):
    start = MONDAY + timedelta(hours=hour, minutes=minute)
    heard = [one for _, one in played(instruments, start, 301, step=1.0)]
    for each, listing in zip(instruments, LISTINGS, strict=True):
        venue = market.hours(each.venue)
        expected = minutes(listing, "plug", venue, us(start), us(start) + 300_000_000)
        ended = [one for one in heard if one.kind == "closed" and one.instrument_id == each.id]
        assert [one.minute * 1_000_000 for one in ended] == expected.opened_at.tolist()
        for name in ("open", "high", "low", "close"):
            told = np.array([getattr(one, name) for one in ended])
            assert told.tobytes() == price_floats(getattr(expected, name)).tobytes()
        taken = [Minutes().take(one) for one in ended]
        for mine, theirs in zip(to_scaled(taken), expected, strict=True) if taken else ():
            assert mine.tobytes() == theirs.tobytes()


def test_stored_by_the_feed_first_nothing_is_left_for_the_clock(instruments, monkeypatch):
    start = MONDAY + timedelta(hours=15)
    now = start + timedelta(minutes=5, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: now)
    heard = [one for _, one in played(instruments, start, 301, step=1.0)]
    taken = [told for one in heard if (told := Minutes().take(one)) and told.is_closed]
    assert _store([(told, "simulated") for told in taken]) == len(taken) >= 18
    assert _store([(told, "simulated") for told in taken]) == 0
    for each in instruments:
        done = market.fill(each, "M1", start, start + timedelta(minutes=5))
        assert (done.created, done.corrected) == (0, 0)
        assert done.same >= 4


def test_the_open_minute_builds_up_several_times_a_second_and_never_leaves_its_bar(instruments):
    stock, coin = instruments[0], instruments[3]
    for each, start in ((stock, MONDAY + timedelta(hours=15)), (coin, MONDAY)):
        # The last of its minutes that trade and the next one's beginning.
        heard = played([each], start, 60.2)
        opened = [
            one for _, one in heard if one.kind == "open" and one.minute == int(us(start) / 1e6)
        ]
        (whole,) = [one for _, one in heard if one.kind == "closed"]
        assert 40 <= len(opened) <= 240
        for one in opened:
            assert whole.low <= one.low <= one.close <= one.high <= whole.high
            assert one.open == whole.open
            assert 0 < one.volume <= whole.volume
        volumes = [one.volume for one in opened]
        assert volumes == sorted(volumes)
        late = opened[-1]
        assert (late.high, late.low) == (whole.high, whole.low)
        assert len({one.close for one in opened}) > 5


def test_at_every_hour_somebody_who_comes_new_sees_something_move(instruments):
    for hour in range(24):
        sunday = MONDAY - timedelta(days=1) + timedelta(hours=hour, minutes=17)
        heard = [one for _, one in played(instruments, sunday, 20, step=1.0)]
        assert len({one.close for one in heard}) >= 3
        assert {one.instrument_id for one in heard} == {each.id for each in instruments[3:]}


def test_a_process_that_slept_tells_what_it_missed(instruments):
    live, coin = SimulatedLive("plug", market.hours), instruments[3]
    list(live.said(coin, us(MONDAY)))
    missed = list(live.said(coin, us(MONDAY + timedelta(minutes=10, seconds=30))))
    ends = [one.minute for one in missed if one.kind == "closed"]
    assert ends == sorted(ends)
    assert 9 <= len(ends) <= 10
    long = list(live.said(coin, us(MONDAY + timedelta(hours=5))))
    assert len(long) <= 31


def test_a_refused_bar_does_not_hold_up_the_others(instruments, monkeypatch):
    start = MONDAY + timedelta(hours=15)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=2))
    (good,) = [one for _, one in played([instruments[3]], start, 60.2) if one.kind == "closed"]
    told = Minutes().take(good)
    with transaction():
        real = market.get_instrument("SPY")
    early = told._replace(instrument_id=real.id, minute=int(us(MONDAY) / 1e6))
    open_still = told._replace(minute=told.minute + 120)
    unknown = told._replace(instrument_id=99_999)
    rows = [(told, "simulated"), (open_still, "simulated"), (early, "massive")]
    assert _store([*rows, (unknown, "massive")]) == 1
