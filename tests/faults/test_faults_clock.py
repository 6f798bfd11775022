"""F9 and F10: two clocks, a clock that keeps crashing, and a clock that was away for two hours."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.core.db import db
from app.core.outbox import OutboxRow
from tests.cuts import ROUNDS, broken, run_forked
from tests.factories.house import work_off
from workers import clock, queues
from workers.schedule import SCHEDULE

pytestmark = pytest.mark.faults
EACH_MINUTE = "performance.close_sessions"


@pytest.fixture
def running(house, monkeypatch):
    """Return the house, its jobs done here."""
    monkeypatch.setattr(queues, "application", lambda: house)
    return house


def ticks(name):
    db.session.rollback()
    keys = select(OutboxRow.key, OutboxRow.state).where(OutboxRow.key.startswith(f"tick:{name}:"))
    return [tuple(row) for row in db.session.execute(keys.order_by(OutboxRow.key))]


@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
def test_f9_two_clocks_that_crash_do_each_tick_once(running):
    start = datetime(2026, 6, 2, 15, 0, 20, tzinfo=UTC)
    rng = random.Random(9)
    lines = run_forked(lambda: clock.tick(start))
    count = 4 * ROUNDS
    for minute in range(1, count + 1):
        moment = start + timedelta(minutes=minute)
        db.session.remove()
        db.engine.dispose()
        other = os.fork()
        if other == 0:
            try:
                clock.tick(moment)
            finally:
                os._exit(0)
        # The second clock dies somewhere, more often than not; what starts in its place ticks too.
        run_forked(lambda now=moment: clock.tick(now), at=rng.randint(1, 2 * lines))
        os.waitpid(other, 0)
        clock.tick(moment)
    keys = [key for key, _state in ticks(EACH_MINUTE)]
    expected = [start + timedelta(minutes=minute) for minute in range(count + 1)]
    assert keys == [f"tick:{EACH_MINUTE}:{each:%Y-%m-%dT%H:%MZ}" for each in expected]
    work_off()
    assert {state for _key, state in ticks(EACH_MINUTE)} == {"done"}


@pytest.mark.parametrize(
    ("house", "hours"), [("sqlite", 2), ("sqlite", 30), ("postgresql", 2)], indirect=["house"]
)
def test_f10_after_hours_without_a_clock_what_fell_due_is_done_late_and_once(running, hours):
    # From 02:00 in New York on: the nightly jobs fall into it.
    before = datetime(2026, 6, 2, 6, 0, 20, tzinfo=UTC)
    after = before + timedelta(hours=hours)
    with time_machine.travel(before, tick=False):
        clock.tick(before)
        work_off()
    known = {each.name: {key for key, _ in ticks(each.name)} for each in SCHEDULE}
    due = {each.name for each in SCHEDULE if each.due_since(before, after)}
    assert {EACH_MINUTE, "core.prune"} <= due
    with time_machine.travel(after, tick=False):
        clock.tick(after)
        work_off()
        clock.tick(after + timedelta(seconds=1))
        clock.tick(after + timedelta(seconds=2))
        for each in SCHEDULE:
            late = [row for row in ticks(each.name) if row[0] not in known[each.name]]
            assert len(late) == (each.name in due), each.name
            assert {state for _key, state in late} <= {"done"}
    assert broken() == []
