"""What became of analyses: followed by closed bars, told to the ledger once, and judged."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.analysis import service
from app.analysis.errors import NotDoneError
from app.analysis.models import Analysis
from app.analysis.service import following
from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from tests.factories.analysed import events, made, says
from tests.factories.analyses import MONDAY, NOW, rising_market, store_minutes, with_analyses
from workers import analysis as jobs


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def set_clock(now):
        monkeypatch.setattr(clock, "now", lambda: now)

    set_clock(NOW)
    return set_clock


@pytest.fixture
def ann(engine_app, member, at):
    rising_market()
    return with_analyses(member("ann@example.test"))


def follow(at, now, count=0, **options):
    """Let bars come in from the minute after the analysis on, and look at a moment."""
    at(now)
    if count:
        store_minutes("SPY", MONDAY + timedelta(minutes=121), count, **options)
    return jobs.follow()


@pytest.mark.req("S0-79")
def test_the_target_is_reached_and_the_ledger_says_so_once(ann, at, monkeypatch):
    says(monkeypatch, entry=205.45, target=206.2, stop=204.5, horizon_bars=60)
    found = made(ann)
    assert (found.price, found.result) == (Decimal("205.44"), "open")
    # A cent a minute; each bar reaches 50 cents above its opening.
    follow(at, NOW + timedelta(minutes=14), 12, price=205.8)
    assert service.get_analysis(ann, found.id).result == "open", "a quarter of an hour is waited"
    follow(at, NOW + timedelta(minutes=90), 60, price=205.3)
    follow(at, NOW + timedelta(minutes=95))
    later = service.get_analysis(ann, found.id)
    assert later.result == "target"
    (_, (kind, body)) = events(ann)
    assert (kind, body["prediction"], body["result"]) == (
        "outcome", f"analysis:{found.id}", "target",
    )  # fmt: skip
    assert body["exit_price"] == "206.2"
    risk, won = 0.95, 206.2 - 205.45 - 0.0002 * (206.2 + 205.45)
    assert float(later.risk_multiple) == pytest.approx(won / risk, abs=1e-4)
    assert ledger.verify() is None


def test_bars_that_are_corrected_later_rewrite_nothing(ann, at, monkeypatch):
    says(monkeypatch, entry=205.45, target=206.2, stop=204.5, horizon_bars=60)
    found = made(ann)
    follow(at, NOW + timedelta(minutes=90), 60, price=205.3)
    before = events(ann)
    follow(at, NOW + timedelta(days=1), 60, price=190)
    assert events(ann) == before
    assert service.get_analysis(ann, found.id).result == "target"


@pytest.mark.parametrize(
    ("fields", "price", "expected"),
    [
        ({"stop": 205.0}, 205.2, "stop"),
        ({"target": 209.0, "stop": 203.0}, 205.0, "time"),
        ({"entry": 203.6, "stop": 202.5}, 205.0, "not_entered"),
    ],
)
def test_stop_time_and_no_entry(ann, at, monkeypatch, fields, price, expected):
    says(
        monkeypatch, **{"entry": 205.45, "target": 208.0, "stop": 204.5, "horizon_bars": 6} | fields
    )
    found = made(ann)
    follow(at, NOW + timedelta(minutes=90), 60, price=price, step=0.0)
    later = service.get_analysis(ann, found.id)
    assert later.result == expected
    assert (later.risk_multiple is None) == (expected == "not_entered")


def test_one_whose_instrument_is_halted_ends_without_data_after_some_days(ann, at, monkeypatch):
    says(monkeypatch, horizon_bars=2)
    found = made(ann)
    follow(at, NOW + timedelta(days=1))
    assert service.get_analysis(ann, found.id).result == "open"
    follow(at, NOW + timedelta(days=6))
    assert service.get_analysis(ann, found.id).result == "no_data"
    assert events(ann)[1][1]["result"] == "no_data"


def test_a_neutral_one_is_kept_and_followed_nowhere(ann, at, monkeypatch):
    says(monkeypatch, bias="neutral", entry=None, target=None, stop=None)
    found = made(ann)
    assert (found.bias, found.result, found.drawings) == ("neutral", "none", [])
    assert events(ann)[0][1]["bias"] == "neutral"
    assert follow(at, NOW + timedelta(days=9)) is None
    with pytest.raises(NotDoneError):
        service.apply(ann, found.id)


def test_what_a_look_costs_does_not_grow_with_what_is_over(ann, at, monkeypatch):
    says(monkeypatch, horizon_bars=60)
    made(ann)
    seen = []
    real = following.market.closed_bars_since
    monkeypatch.setattr(
        following.market, "closed_bars_since",
        lambda ids, *rest, **more: seen.append(list(ids)) or real(ids, *rest, **more),
    )  # fmt: skip
    with transaction():
        row = db.session.scalars(select(Analysis)).one()
        for number in range(50):
            values = {
                one.name: getattr(row, one.name)
                for one in Analysis.__table__.columns
                if one.name != "id"
            }
            values |= {"sent_key": f"old {number}", "result": "stop"}
            db.session.add(Analysis(**values))
    at(NOW + timedelta(minutes=20))
    assert following.follow_due() == 1
    assert len(seen) == 1


@pytest.mark.req("S0-78")
def test_the_same_proposal_on_the_same_bars_counts_once_and_own_and_all_are_told_apart(
    ann, member, at, monkeypatch
):
    says(monkeypatch, entry=205.45, target=206.2, stop=204.5, horizon_bars=60)
    bob = with_analyses(member("bob@example.test"))
    for user_id in (ann, ann, bob):
        made(user_id)
    says(monkeypatch, entry=205.45, target=210.0, stop=204.9, confidence=0.3, horizon_bars=60)
    made(bob)
    follow(at, NOW + timedelta(minutes=90), 60, price=205.3)
    (own,) = service.read_calibration(ann).items
    assert (own.model, own.prompt, own.n, own.hits) == ("gpt-4o", "analysis 1", 1, 1)
    assert own.brier == pytest.approx(0.16)
    (everybody,) = service.read_calibration(ann, "all").items
    assert (everybody.n, everybody.hits) == (2, 1)
    assert everybody.brier == pytest.approx((0.16 + 0.09) / 2)
    assert [(one.low, one.n, one.hits) for one in everybody.bins] == [(0.2, 1, 0), (0.6, 1, 1)]
    assert everybody.expectancy_low < everybody.expectancy < everybody.expectancy_high
