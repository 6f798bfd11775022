"""The outbox: a job is in the same transaction as its cause, done once, never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from redis import Redis
from sqlalchemy import select

from app.core import backlog, clock, outbox
from app.core.db import db, transaction
from app.core.logbook import LogEntry
from app.core.outbox import OutboxRow
from app.core.sweep import sweep
from app.notifications import service
from app.notifications.errors import MailNotSentError
from workers import queues


@pytest.fixture
def done(monkeypatch):
    """Let "probe.run" and "probe.steps" be jobs that note their payload."""
    calls = []
    jobs = {
        "probe.run": queues.Job(lambda **payload: calls.append(payload), "default", False),
        "probe.steps": queues.Job(lambda **payload: calls.append(payload), "bulk", True),
    }

    def fail(**payload):
        calls.append(payload)
        message = "no luck"
        raise RuntimeError(message)

    jobs["probe.fail"] = queues.Job(fail, "default", False)
    monkeypatch.setattr(queues, "resolve", jobs.__getitem__)
    return calls


@pytest.fixture
def perform(engine_app, monkeypatch):
    monkeypatch.setattr(queues, "application", lambda: engine_app)
    return queues.perform


def put(name="probe.run", key="k", coalesce=False, **payload):
    with transaction():
        outbox.enqueue(name, payload, key=key, coalesce=coalesce)
    return rows()[-1].id


def rows():
    db.session.rollback()
    return list(db.session.query(OutboxRow).order_by(OutboxRow.id).populate_existing())


def test_a_job_of_a_rolled_back_transaction_does_not_exist(engine_app):
    def enqueue_and_break():
        with transaction():
            outbox.enqueue("probe.run", {}, key="k")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_break()
    assert rows() == []


def test_enqueue_outside_a_transaction_is_refused(engine_app):
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.enqueue("probe.run", {}, key="k")


def test_a_key_is_done_once_for_ever(perform, done):
    row_id = put(x=1)
    perform(row_id)
    perform(row_id)
    put(x=2)
    assert done == [{"x": 1}]
    assert [row.state for row in rows()] == ["done"]


def test_coalesced_jobs_merge_while_one_waits_and_take_the_earliest_day(perform, done):
    put(coalesce=True, account_id=1, from_day=30)
    put(coalesce=True, account_id=1, from_day=10)
    row_id = put(coalesce=True, account_id=1, from_day=20)
    assert len(rows()) == 1
    perform(row_id)
    assert done == [{"account_id": 1, "from_day": 10}]
    put(coalesce=True, account_id=1, from_day=40)
    assert [row.state for row in rows()] == ["done", "pending"]


def test_a_failing_job_rolls_back_waits_longer_each_time_and_ends_as_dead(perform, done):
    row_id = put("probe.fail")
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        with transaction():
            db.session.get(OutboxRow, row_id).available_at = clock.now()
        perform(row_id)
        row = rows()[0]
        assert row.attempts == attempt
        assert "no luck" in row.error
    assert row.state == "dead"
    perform(row_id)
    assert len(done) == outbox.MAX_ATTEMPTS


def test_a_mail_is_tried_for_more_than_a_day_with_growing_waits(app, monkeypatch):
    """The mail server is away from 12:00 on, until the next evening."""
    monkeypatch.setattr(queues, "application", lambda: app)
    back_at = datetime(2026, 5, 21, 18, 0, tzinfo=UTC)
    tried = []

    def send(mail_id):
        tried.append(clock.now())
        if clock.now() < back_at:
            raise MailNotSentError("away")

    monkeypatch.setattr(service, "send_account_mail", send)
    with time_machine.travel(datetime(2026, 5, 20, 12, 0, tzinfo=UTC), tick=False) as traveller:
        row_id = put("notifications.send_account_mail", mail_id=1)
        while rows()[0].state == "pending":
            traveller.move_to(rows()[0].available_at)
            queues.perform(row_id)
    assert rows()[0].state == "done"
    assert tried[-1] - tried[0] > timedelta(hours=24)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits == sorted(waits)
    assert len(tried) <= outbox.MAX_PUBLICATIONS / 2


def test_a_mail_that_is_never_taken_is_given_up_and_says_so(app, monkeypatch):
    monkeypatch.setattr(queues, "application", lambda: app)
    monkeypatch.setattr(service, "send_account_mail", lambda mail_id: 1 / 0)
    with time_machine.travel(datetime(2026, 5, 20, 12, 0, tzinfo=UTC), tick=False) as traveller:
        row_id = put("notifications.send_account_mail", mail_id=1)
        while rows()[0].state == "pending":
            traveller.move_to(rows()[0].available_at)
            queues.perform(row_id)
        assert clock.now() > datetime(2026, 5, 21, 12, 0, tzinfo=UTC)
        assert rows()[0].state == "dead"
        assert outbox.waiting().failed == 1


def test_a_job_with_steps_is_not_taken_twice_while_its_lease_lasts(perform, done):
    row_id = put("probe.steps")
    assert outbox.claim_lease(row_id) is not None
    perform(row_id)
    assert done == []
    with transaction():
        db.session.get(OutboxRow, row_id).locked_until = clock.now() - timedelta(seconds=1)
    perform(row_id)
    assert done == [{}]
    assert rows()[0].state == "done"


def test_the_sweeper_publishes_what_redis_has_forgotten(engine_app, redis_url, done, perform):
    engine_app.extensions["redis"] = client = Redis.from_url(redis_url)
    row_id = put()
    assert client.exists(f"rq:job:outbox-{row_id}-0")
    client.flushall()
    with transaction():
        row = db.session.get(OutboxRow, row_id)
        row.created_at = row.created_at - outbox.LEASE
    assert sweep() == 1
    assert client.exists(f"rq:job:outbox-{row_id}-1")
    assert sweep() == 0  # it has been published just now
    perform(row_id)
    assert done == [{}]
    client.flushall()
    client.close()


def test_writing_goes_on_while_redis_is_away(engine_app):
    row_id = put()
    assert rows()[0].state == "pending"
    assert row_id


@pytest.fixture
def redis(engine_app, redis_url):
    """Return a Redis, empty, that the application uses."""
    engine_app.extensions["redis"] = client = Redis.from_url(redis_url)
    client.flushall()
    yield client
    client.flushall()
    client.close()


def age(row_id, seconds, **values):
    """Make a row look as it would so many seconds later."""
    with transaction():
        row = db.session.get(OutboxRow, row_id)
        for name in ("created_at", "available_at", "published_at", "locked_until"):
            if getattr(row, name) is not None:
                setattr(row, name, getattr(row, name) - timedelta(seconds=seconds))
        for name, value in values.items():
            setattr(row, name, value)


def test_a_job_that_is_cut_for_ever_is_given_up_and_told(engine_app, redis):
    row_id = put()
    for _ in range(outbox.MAX_PUBLICATIONS):
        redis.flushall()  # whoever took it was killed
        age(row_id, 31)
        assert sweep() == 1
    assert rows()[0].state == "pending"
    redis.flushall()
    age(row_id, 31)
    sweep()
    assert rows()[0].state == "dead"
    line = db.session.query(LogEntry).one()
    assert (line.event, line.request_id) == ("job_failed", f"job-{row_id}")


def test_a_job_may_wait_in_its_queue_as_long_as_it_must(engine_app, redis):
    """A quarter of an hour without a worker once gave up every job that waited."""
    row_id = put()
    for _ in range(outbox.MAX_PUBLICATIONS + 2):
        age(row_id, 31)
        assert sweep() == 0
    assert (rows()[0].state, rows()[0].publications) == ("pending", 0)
    assert len(redis.lrange("rq:queue:default", 0, -1)) == 1


def test_a_cut_job_may_wait_for_its_next_turn_as_long_as_it_must(engine_app, redis):
    """A running job whose lease had ended was published each second, and given up in half a minute."""
    row_id = put("probe.steps")
    assert outbox.claim_lease(row_id) is not None
    redis.flushall()
    age(row_id, 31)
    assert [sweep() for _ in range(50)] == [1] + [0] * 49
    for _ in range(outbox.MAX_PUBLICATIONS + 2):
        age(row_id, 31)
        assert sweep() == 0
    assert (rows()[0].state, rows()[0].publications) == ("running", 1)


def test_without_redis_a_job_waits_as_long_as_it_must(engine_app):
    row_id = put()
    for _ in range(outbox.MAX_PUBLICATIONS + 2):
        age(row_id, 31)
        assert sweep() == 0
    assert (rows()[0].state, rows()[0].publications) == ("pending", 0)


def test_finished_rows_are_deleted_after_a_week(perform, done):
    row_id = put()
    perform(row_id)
    with transaction():
        db.session.get(OutboxRow, row_id).done_at = clock.now() - timedelta(days=8)
    assert outbox.prune() == 1
    assert rows() == []


def test_all_that_is_old_is_pruned_however_much_it_is(app):
    """A busy day leaves more rows than one step takes; a limit once a day let the table grow."""
    old = clock.now() - timedelta(days=8)
    row = {
        "name": "core.prune", "queue": "default", "payload": {}, "coalesce": False,
        "attempts": 0, "publications": 0, "created_at": old, "available_at": old,
    }  # fmt: skip
    rows = [{**row, "key": f"k{n}", "state": "done", "done_at": old} for n in range(12_000)]
    older = clock.now() - timedelta(days=91)
    dead = {**row, "state": "dead", "done_at": None}
    rows += [{**dead, "key": "dead"}, {**dead, "key": "old dead", "available_at": older}]
    with transaction():
        db.session.execute(outbox.OutboxRow.__table__.insert(), rows)
    assert outbox.prune() == 12_001
    assert db.session.scalars(select(outbox.OutboxRow.key)).all() == ["dead"]


@pytest.mark.req("S0-103")
def test_a_waiting_job_knows_how_many_of_its_queue_are_before_it(engine_app):
    with transaction():
        for at in range(4):
            outbox.enqueue("probe.note", {"at": at}, key=f"ahead:{at}", queue="ai")
        outbox.enqueue("probe.note", {}, key="elsewhere", queue="bulk")
    assert [backlog.ahead_of(f"ahead:{at}") for at in range(4)] == [0, 1, 2, 3]
    assert (backlog.ahead_of("elsewhere"), backlog.ahead_of("nobody's")) == (0, None)
    first = db.session.scalar(select(OutboxRow.id).where(OutboxRow.key == "ahead:0"))
    outbox.claim_lease(first)
    assert backlog.ahead_of("ahead:0") is None
    assert backlog.ahead_of("ahead:3") == 2
