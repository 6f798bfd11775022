"""F2 of the coach: the process that answers is killed while a model speaks; nothing is paid twice unseen."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.ai import service as ai
from app.ai.clients import building
from app.ai.models import AiCall, AiRun, AiSpend
from app.ai.service import calls
from app.billing import service as billing
from app.coach import service as coach
from app.coach.models import CoachMessage
from app.coach.service import conversations
from app.core import clock
from app.core.db import db
from tests.conftest import make_app
from tests.cuts import age, open_rows
from tests.fakes.models import ModelServer, Reply, text
from workers import queues

SPEECH = "The market has hours. " * 20
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def fake():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def member_id(fake, tmp_path, migrated_database, monkeypatch, member):
    """A member of a service whose models stop speaking in the middle of an answer."""
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path, **fake.settings())
    monkeypatch.setattr(queues, "application", lambda: app)
    fake.replies = [Reply(SPEECH, silent_after=3)]
    fake.asked.clear()
    with app.app_context():
        building.preload()
        yield member()
        db.session.remove()


def answer_until_killed(fake, row_id):
    """Do a job in a process of its own, and kill that once the model has begun to speak."""
    db.session.remove()
    db.engine.dispose()
    before = len(fake.asked)
    pid = os.fork()
    if pid == 0:
        try:
            # The loop and the connections of the parent stay the parent's.
            building._runner = None
            building._kept.clear()
            queues.perform(row_id)
        finally:
            os._exit(0)
    end = time.monotonic() + 30
    while len(fake.asked) == before:
        assert time.monotonic() < end, "no model was asked"
        time.sleep(0.01)
    time.sleep(0.3)  # some of it is there
    os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def asked(member_id):
    message = coach.ask(member_id, "Is the market open?")
    (row_id,) = open_rows()
    return message.id, row_id


def message_of(message_id):
    db.session.rollback()
    return db.session.get_one(CoachMessage, message_id, populate_existing=True)


def later(monkeypatch, by):
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


def spent(scope="all"):
    row = db.session.scalars(
        select(AiSpend).where(AiSpend.scope == scope).execution_options(populate_existing=True)
    ).one()
    return row.spent, row.reserved


def used(member_id):
    return billing.usage_of(member_id, conversations.FEATURE).used


@pytest.mark.req("S0-23")
def test_what_was_cut_counts_at_its_most_and_the_retry_answers_once(fake, member_id, monkeypatch):
    message_id, row_id = asked(member_id)
    answer_until_killed(fake, row_id)
    (cut,) = db.session.scalars(select(AiCall))
    assert (cut.state, message_of(message_id).state) == ("reserved", "writing")
    assert spent() == (Decimal(0), cut.reserved)
    held = cut.reserved
    assert held > 0
    # Within its lease nobody else answers it.
    queues.perform(row_id)
    assert len(fake.asked) == 1
    fake.replies = [text("The market has hours.")]
    age([row_id], timedelta(seconds=31))
    queues.perform(row_id)
    queues.perform(row_id)
    assert len(fake.asked) == 2
    message = message_of(message_id)
    assert (message.state, message.answer.strip()) == ("done", "The market has hours.")
    run = db.session.scalars(select(AiRun)).one()
    assert run.state == "done"
    assert used(member_id) == 1
    # The call that was cut is counted by the sweep, once, with all that was held back for it.
    assert ai.sweep() == 0
    later(monkeypatch, calls.LOST_AFTER + timedelta(seconds=1))
    assert (ai.sweep(), ai.sweep()) == (1, 0)
    lost, answered = db.session.scalars(
        select(AiCall).order_by(AiCall.id).execution_options(populate_existing=True)
    )
    assert (lost.state, lost.cost, lost.reason) == ("lost", held, "cut_off")
    assert answered.state == "settled"
    assert spent() == spent(f"user:{member_id}") == (held + answered.cost, Decimal(0))
    db.session.refresh(run)
    assert run.cost == held + answered.cost


def test_a_question_whose_retries_are_cut_as_well_is_told_lost_and_given_back(
    fake, member_id, monkeypatch
):
    message_id, row_id = asked(member_id)
    for _ in range(2):
        answer_until_killed(fake, row_id)
        age([row_id], timedelta(seconds=31))
    assert message_of(message_id).state == "writing"
    assert used(member_id) == 1
    later(monkeypatch, conversations.LOST_AFTER + timedelta(seconds=1))
    assert coach.get_message(member_id, message_id).reason == "lost"
    again = coach.ask_again(member_id, message_id)
    lost = message_of(message_id)
    assert (lost.state, lost.reason) == ("failed", "lost")
    assert used(member_id) == 1, "the new one alone counts"
    assert ai.sweep() == 2
    cut = list(db.session.scalars(select(AiCall)))
    assert {one.state for one in cut} == {"lost"}
    assert spent() == (sum(one.reserved for one in cut), Decimal(0))
    fake.replies = [text("The market has hours.")]
    queues.perform(row_id)
    assert len(fake.asked) == 2, "what is lost is not asked once more"
    for waiting in open_rows():
        queues.perform(waiting)
    assert message_of(again.id).state == "done"
