"""Splits and dividends at read time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import events
from app.core.db import transaction
from app.market import service as market
from app.market.events import BarsCorrected
from tests.factories.bars import minutes_from

OPEN = datetime(2025, 11, 26, 14, 30, tzinfo=UTC)
HALF = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)
LATER = datetime(2025, 12, 3, tzinfo=UTC)


@pytest.fixture
def run(engine_app):
    return lambda *arguments: engine_app.test_cli_runner().invoke(args=["market", *arguments])


@pytest.fixture
def kept(engine_app):
    with transaction():
        each = market.get_instrument("AAA").id
        market.store_bars(each, "M1", minutes_from(OPEN, 390, price=100, step=0), "csv")
        market.store_bars(each, "M1", minutes_from(HALF, 210, price=50, step=0), "csv")
    return each


def opens(**wanted):
    return market.read_bars("AAA", "D1", **{"now": LATER, **wanted}).open.tolist()


def test_a_split_is_worked_in_when_bars_are_read_and_told_once(run, kept, monkeypatch):
    told = []
    monkeypatch.setitem(events._subscribers, BarsCorrected, [told.append])
    before = market.series_marks([kept])
    done = run("action", "aaa", "split", "2", "2025-11-28")
    assert done.exit_code == 0, done.output
    assert "split 2 on 2025-11-28 kept" in done.output
    assert "known" in run("action", "AAA", "split", "2", "2025-11-28").output
    assert [event.to_at for event in told] == [HALF + timedelta(minutes=209)]
    assert market.series_marks([kept]) != before
    assert opens() == [50, 50]
    assert opens(adjust=False) == [100, 50]
    days = market.read_bars("AAA", "D1", now=LATER)
    assert days.volume.tolist() == [7800, 2100]
    week = market.read_bars("AAA", "W1", now=LATER)
    assert (week.open[0], week.high[0]) == (50, 50.5)


def test_what_has_not_happened_yet_is_not_worked_in(run, kept):
    run("action", "AAA", "split", "2", "2025-11-28")
    assert opens(now=OPEN + timedelta(days=1)) == [100]
    since = market.closed_bars_since([kept], "D1", OPEN, now=OPEN + timedelta(days=1))
    assert since[kept].open.tolist() == [100]


def test_dividends_are_worked_in_on_request(run, kept):
    run("action", "AAA", "dividend", "1.0025", "2025-11-28")
    assert opens() == [100, 50]
    assert opens(dividends=True) == pytest.approx([100 * (1 - 1.0025 / 100.25), 50])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["split", "0", "2025-11-28"], "new shares for one old"),
        (["split", "1", "2025-11-28"], "new shares for one old"),
        (["split", "two", "2025-11-28"], "new shares for one old"),
        (["dividend", "0", "2025-11-28"], "money a share"),
        (["merger", "1", "2025-11-28"], "merger"),
        (["split", "2", "28.11.2025"], "28.11.2025"),
    ],
)
def test_what_cannot_be_is_refused(run, kept, arguments, words):
    done = run("action", "AAA", *arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert opens() == [100, 50]


def test_a_session_is_the_first_one_without_it(run, kept):
    run("action", "AAA", "split", "4", str(date(2025, 11, 26)))
    assert opens() == [100, 50]
