"""The invented market: the same each time, like a market, and never taken for a real one."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import UnavailableError, ValidationError
from app.market import service as market
from app.market.models import Bar
from app.market.rules import is_simulated
from app.market.rules.simulated import BY_SYMBOL, LISTINGS, minutes
from app.quant import frames
from app.quant.frames import columns_of
from app.quant.simulation.terms import Terms
from app.robots.service import backtests, choosing
from tests.factories.bars import minutes_from, us
from workers import market as jobs

START = datetime(2025, 11, 24, 0, 0, tzinfo=UTC)
NOW = datetime(2025, 12, 1, 15, 0, 30, tzinfo=UTC)
STOCK = LISTINGS[0]


@pytest.fixture
def now(app, monkeypatch):
    app.config["MARKET_SIMULATED"] = True
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    return present


def bars_of(listing, start, end, seed="plug"):
    venue = "24/7" if listing.asset_class == "crypto" else "XNYS"
    return minutes(listing, seed, market.hours(venue), us(start), us(end))


def test_the_same_question_has_the_same_answer_however_it_is_cut(app):
    whole = bars_of(STOCK, START, NOW)
    cuts = [START, START + timedelta(hours=38, minutes=7), START + timedelta(days=4), NOW]
    parts = [bars_of(STOCK, *each) for each in itertools.pairwise(cuts)]
    for at, column in enumerate(whole):
        assert np.concatenate([part[at] for part in parts]).tolist() == column.tolist()
    other = bars_of(STOCK, START, NOW, seed="other")
    assert other.close.tolist()[:50] != whole.close.tolist()[:50]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda each: each.symbol)
def test_it_behaves_like_a_market(app, listing):
    """Sessions and half days, quiet minutes, gaps at openings, more volume at both ends."""
    bars = bars_of(listing, datetime(2025, 6, 1, tzinfo=UTC), NOW)
    hours = market.hours("24/7" if listing.asset_class == "crypto" else "XNYS")
    with transaction():
        each = market.get_instrument(listing.symbol, asset_class=listing.asset_class)
        assert market.store_bars(each.id, "M1", bars, "simulated").created == len(bars.opened_at)
    days = market.read_bars(listing.symbol, "D1", now=NOW)
    returns = np.diff(np.log(days.close))
    assert 0.4 * listing.swing < returns.std() * np.sqrt(252) < 2.5 * listing.swing
    gaps = np.abs(np.log(days.open[1:] / days.close[:-1]))
    minute = np.abs(np.diff(np.log(bars.close / 1e8)))
    regular = frames.is_regular(hours, frames.locate(hours, bars.opened_at), bars.opened_at)
    expected = regular.sum() / (1440 if listing.asset_class == "crypto" else 390)
    assert expected <= len(days.close) + 1
    assert regular.all() == (listing.asset_class == "crypto")
    if listing.asset_class == "equity":
        assert np.median(gaps) > 3 * np.median(minute)
        first = bars.volume[np.isin(bars.opened_at, hours.opens)].mean()
        noon = np.isin(bars.opened_at, hours.opens + 195 * 60_000_000)
        assert first > 1.5 * bars.volume[noon].mean()


# Of what the market was before it traded outside of the regular hours.
KNOWN = {
    "SIMULATED-A": (1747, "e24c13536fda957d"),
    "SIMULATED-B": (1750, "389a62d99f6e315e"),
    "SIMULATED-C": (1754, "67b84b70c069a2dc"),
    "SIMUL/USD": (11395, "a494647fef6a8234"),
    "SIMUL-USD": (11395, "90fe3a00e4f507f1"),
}


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda each: each.symbol)
def test_the_regular_bars_are_what_they_have_always_been(app, listing):
    """Installations hold them: another bar of a known minute would be a correction."""
    hours = market.hours("24/7" if listing.asset_class == "crypto" else "XNYS")
    bars = bars_of(listing, START, datetime(2025, 12, 2, tzinfo=UTC))
    kept = frames.is_regular(hours, frames.locate(hours, bars.opened_at), bars.opened_at)
    whole = b"".join(column[kept].tobytes() for column in bars)
    assert (int(kept.sum()), hashlib.sha256(whole).hexdigest()[:16]) == KNOWN[listing.symbol]


@pytest.mark.req("S2-19")
def test_before_and_after_the_market_it_trades_thinly(app):
    hours = market.hours("XNYS")
    bars = bars_of(STOCK, datetime(2025, 11, 3, tzinfo=UTC), NOW)
    found = frames.locate(hours, bars.opened_at)
    early = bars.opened_at < hours.opens[found]
    late = bars.opened_at >= hours.closes[found]
    regular = ~early & ~late
    assert (found != frames.NOWHERE).all()
    sessions = len(set(found.tolist()))
    assert 100 < early.sum() / sessions < 330
    assert 60 < late.sum() / sessions < 240
    assert bars.volume[early | late].mean() < 0.1 * bars.volume[regular].mean()
    # The night is a gap, the opening none: the last bar before it leads to it.
    before = np.flatnonzero(early[:-1] & regular[1:])
    steps = np.abs(np.log(bars.open[before + 1] / bars.close[before]))
    nights = np.flatnonzero(late[:-1] & early[1:])
    gaps = np.abs(np.log(bars.open[nights + 1] / bars.close[nights]))
    assert np.median(gaps) > 3 * np.median(steps)
    # A half day ends at 13:00 and trades on until 17:00 of New York.
    half = bars.opened_at[late & (hours.days[found] == NOW.replace(month=11, day=28).toordinal())]
    assert us(datetime(2025, 11, 28, 18, tzinfo=UTC)) <= half.min()
    assert half.max() < us(datetime(2025, 11, 28, 22, tzinfo=UTC))


@pytest.mark.parametrize("symbol", [each.symbol for each in LISTINGS])
def test_its_symbols_tell_what_they_are(symbol):
    assert is_simulated(symbol)
    assert not is_simulated("SPY")


def test_the_clock_brings_the_market_forward_minute_by_minute(now):
    jobs.fill_gaps()
    series = {(each.symbol, each.timeframe): each for each in market.list_series()}
    assert set(series) == {(each.symbol, frame) for each in LISTINGS for frame in ("M1", "D1")}
    assert {row[0] for row in db.session.query(Bar.source).distinct()} == {"simulated"}
    assert series["SIMUL/USD", "M1"].newest_at == NOW.replace(second=0) - timedelta(minutes=1)
    counts = sum(each.bar_count for each in series.values())
    jobs.fill_gaps()
    assert sum(each.bar_count for each in market.list_series()) == counts
    assert sum(each.correction_count for each in market.list_series()) == 0
    now[0] = NOW + timedelta(minutes=1)
    jobs.fill_gaps()
    newest = {
        each.symbol: each.newest_at for each in market.list_series() if each.timeframe == "M1"
    }
    assert newest["SIMUL/USD"] == NOW.replace(second=0)
    assert sum(each.bar_count for each in market.list_series()) > counts


def test_its_days_are_those_that_its_minutes_make(now):
    jobs.fill_gaps()
    kept = market.read_bars(STOCK.symbol, "D1", last=3)
    hours = market.read_bars(STOCK.symbol, "M1")
    for at, session in enumerate(kept.session.tolist()):
        mine = hours.session == session
        assert kept.close[at] == hours.close[mine][-1]
        assert kept.high[at] == hours.high[mine].max()
        assert kept.volume[at] == hours.volume[mine].sum()


def test_invented_and_real_bars_never_mix(now):
    with transaction():
        real, invented = market.get_instrument("SPY"), market.simulated_instruments()[0]
    bars = minutes_from(datetime(2025, 11, 26, 14, 30, tzinfo=UTC), 3)
    for each, source in ((real, "simulated"), (invented, "csv")):
        with transaction(), pytest.raises(ValidationError, match="never mix"):
            market.store_bars(each.id, "M1", bars, source)


def test_it_is_off_unless_asked_for(app):
    with transaction():
        each = market.get_instrument(STOCK.symbol)
    with pytest.raises(UnavailableError, match="no provider"):
        market.fill(each, "M1", START, NOW)
    assert jobs.fill_gaps() is None
    assert market.list_series() == []


@pytest.mark.req("S1-17")
def test_its_second_venue_strays_and_comes_back_so_that_arbitrage_between_both_pays(app):
    """The robot that comes with us, with the costs that a form begins with, on both prices."""
    end = START + timedelta(days=5)
    here, there = (
        columns_of(bars_of(BY_SYMBOL[name], START, end), market.hours("24/7"), "M1")
        for name in ("SIMUL/USD", "SIMUL-USD")
    )
    assert here.opened_at.tolist() == there.opened_at.tolist()
    gaps = there.close / here.close - 1
    assert np.abs(gaps).max() > 0.005
    assert np.median(np.abs(gaps)) < 0.0005
    assert (there.low <= np.minimum(there.open, there.close)).all()
    assert (there.high >= np.maximum(there.open, there.close)).all()
    costs = {"spread_ratio": 0.0002, "slippage_ratio": 0.0001, "volume_share": 0.1}
    terms = Terms.model_validate({"cash": 10_000, "costs": costs})
    names = ["SIMUL/USD", "SIMUL-USD"]
    plan = backtests.Plan(choosing.choose("venue_arbitrage", {}), names, "M1", terms)
    result = backtests.run(plan, dict(zip(names, (here, there), strict=True))).result
    assert result.metrics.trade_count > 20
    assert {trade.direction for trade in result.trades} == {"long", "short"}
    assert result.metrics.total_pnl > 0
