"""Conversations with the coach: asked once, answered once, found, stopped, deleted."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.ai.errors import AnswerError, BudgetError, ModelAwayError, StoppedError
from app.ai.models import AiRun
from app.ai.schemas import Outcome
from app.ai.service import progress
from app.billing import service as billing
from app.billing.errors import EntitlementError
from app.coach import service
from app.coach.models import CoachMessage
from app.coach.service import answering
from app.core import clock, long_jobs, outbox
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.outbox import OutboxRow
from workers import coach as jobs

NOW = datetime(2026, 5, 19, 15, tzinfo=UTC)


@pytest.fixture
def ann(engine_app, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return member("ann@example.test")


def state_of(message_id):
    db.session.rollback()
    row = db.session.get(CoachMessage, message_id, populate_existing=True)
    return row.state, row.reason


@pytest.mark.req("S2-38")
def test_a_question_is_kept_and_answered_by_a_job_with_its_sources(ann):
    sent = service.ask(ann, "  Is the market open?  ")
    job = db.session.scalar(select(OutboxRow).where(OutboxRow.name == "coach.answer"))
    assert (job.queue, job.payload) == ("ai", {"message_id": sent.id, "site_id": None})
    jobs.answer(**job.payload)
    message = service.get_message(ann, sent.id)
    assert (message.question, message.state, message.is_offline) == (
        "Is the market open?",
        "done",
        True,
    )
    assert "The market is open" in message.answer
    assert "".join(piece.text for piece in message.pieces) == message.answer
    cited = {piece.source for piece in message.pieces if piece.source}
    assert cited == set(range(1, len(message.sources) + 1))
    talk = service.newest_conversation(ann)
    assert (talk.title, talk.messages) == ("Is the market open?", (message,))


def test_a_question_after_a_deleted_conversation_is_answered_too(ann, monkeypatch):
    # SQLite gives the id of a deleted row to the next one.
    first = service.ask(ann, "Is the market open?")
    service.delete_conversation(ann, first.conversation_id)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    sent = service.ask(ann, "What is my win rate?")
    found = db.session.scalars(
        select(OutboxRow).where(OutboxRow.name == "coach.answer").order_by(OutboxRow.id)
    ).all()
    assert [row.payload["message_id"] for row in found] == [first.id, sent.id]
    jobs.answer(**found[-1].payload)
    # Who deleted the first one asked it to stop: that is not meant for this one.
    assert state_of(sent.id) == ("done", "")


def test_a_job_that_runs_twice_answers_once_and_a_form_sent_twice_asks_once(ann):
    sent = service.ask(ann, "Is the market open?", key="form-0001")
    assert service.ask(ann, "Is the market open?", key="form-0001").id == sent.id
    jobs.answer(sent.id)
    first = service.get_message(ann, sent.id)
    jobs.answer(sent.id)
    assert service.get_message(ann, sent.id) == first
    assert db.session.scalar(select(func.count()).select_from(AiRun)) == 1
    assert service.allowance(ann).used == 1


def test_a_worker_that_was_cut_after_the_answer_leaves_a_word_and_the_late_answer_still_counts(
    ann, monkeypatch
):
    sent = service.ask(ann, "Is the market open?")
    real = answering.ai.run

    def cut(asked):
        outcome = real(asked)
        jobs.answer(sent.id)  # another worker, before this one has kept its answer
        assert state_of(sent.id) == ("failed", "lost")
        return outcome

    calls = iter((cut, real))
    monkeypatch.setattr(answering.ai, "run", lambda asked: next(calls)(asked))  # noqa: PLW0108 - each call takes the next one
    jobs.answer(sent.id)
    assert state_of(sent.id) == ("done", "")


@pytest.mark.req("S2-42")
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BudgetError("no", scope="all", resets_at=NOW, retry_after=9), ("failed", "budget")),
        (ModelAwayError("no", reason="busy"), ("failed", "away")),
        (AnswerError("no"), ("failed", "answer")),
        (StoppedError("no"), ("stopped", "")),
    ],
)
def test_what_goes_wrong_is_kept_in_a_word_of_ours(ann, monkeypatch, error, expected):
    def fail(_asked):
        raise error

    sent = service.ask(ann, "Is the market open?")
    monkeypatch.setattr(answering.ai, "run", fail)
    jobs.answer(sent.id)
    assert state_of(sent.id) == expected


def test_a_long_answer_keeps_its_lease_so_that_nobody_else_asks_too(ann, monkeypatch):
    sent = service.ask(ann, "Is the market open?")
    row_id = db.session.scalar(select(OutboxRow.id).where(OutboxRow.name == "coach.answer"))
    later = NOW + timedelta(seconds=40)
    seen = []

    def run(_asked):
        monkeypatch.setattr(clock, "now", lambda: later)
        for _ in range(200):
            db.session.rollback()
            until = db.session.scalar(select(OutboxRow.locked_until).where(OutboxRow.id == row_id))
            if until > later:
                break
            time.sleep(0.02)
        seen.append(until)
        return Outcome(1, "gpt-4o", "coach 1", "It is.")

    monkeypatch.setattr(answering.ai, "run", run)
    monkeypatch.setattr(long_jobs, "RENEW_SECONDS", 0.02)
    outbox.claim_lease(row_id)
    jobs.answer(sent.id)
    assert seen == [later + outbox.LEASE]
    assert state_of(sent.id) == ("done", "")


def test_a_fault_of_ours_is_told_and_fails_the_job(ann, monkeypatch):
    def fail(_asked):
        raise RuntimeError("boom")

    sent = service.ask(ann, "Is the market open?")
    monkeypatch.setattr(answering.ai, "run", fail)
    with pytest.raises(RuntimeError):
        jobs.answer(sent.id)
    assert state_of(sent.id) == ("failed", "fault")
    jobs.answer(sent.id)


def test_the_last_turns_go_along_and_only_those_of_this_conversation(ann, monkeypatch):
    told = []

    def run(asked):
        told.append([(turn.by, turn.text) for turn in asked.history])
        return Outcome(1, "gpt-4o", "coach 1", f"Heard: {asked.text}")

    monkeypatch.setattr(answering.ai, "run", run)
    jobs.answer(service.ask(ann, "elsewhere").id)
    first = service.ask(ann, "question a")
    jobs.answer(first.id)
    stopped = service.ask(ann, "never answered", conversation_id=first.conversation_id)
    service.stop(ann, stopped.id)
    jobs.answer(service.ask(ann, "question b", conversation_id=first.conversation_id).id)
    assert told == [[], [], [("member", "question a"), ("assistant", "Heard: question a")]]


def test_one_answer_at_a_time_stop_and_ask_again(ann):
    sent = service.ask(ann, "Is the market open?", symbol="spy")
    with pytest.raises(ConflictError):
        service.ask(ann, "And now?", conversation_id=sent.conversation_id)
    service.stop(ann, sent.id)
    jobs.answer(sent.id)
    assert state_of(sent.id) == ("stopped", "")
    again = service.ask_again(ann, sent.id)
    assert (again.question, again.symbol, again.number) == ("Is the market open?", "SPY", 2)
    jobs.answer(again.id)
    service.stop(ann, again.id)
    assert state_of(again.id) == ("done", "")


def test_an_answer_whose_job_was_given_up_does_not_hold_the_conversation(ann, monkeypatch):
    sent = service.ask(ann, "Is the market open?")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=16))
    message = service.get_message(ann, sent.id)
    assert (message.state, message.reason, message.is_open) == ("failed", "lost", False)
    assert service.ask(ann, "And now?", conversation_id=sent.conversation_id).number == 2


@pytest.mark.req("S2-40", "S2-41")
def test_a_month_has_as_many_questions_as_the_plans_say_and_deleting_gives_none_back(
    ann, member, monkeypatch
):
    assert service.allowance(ann) == (0, 10)  # of who has no plan of the coach
    for _ in range(10):
        sent = service.ask(ann, "Is the market open?")
    service.delete_conversation(ann, sent.conversation_id)
    with pytest.raises(EntitlementError) as told:
        service.ask(ann, "One more?")
    assert told.value.details == {
        "feature": "coach_questions", "limit": 10, "ladder": "coach", "plan": "lite",
    }  # fmt: skip
    assert service.allowance(ann) == (10, 10)
    service.ask(member("bob@example.test"), "Is the market open?")
    for tier, most in (("lite", 100), ("pro", 500), ("elite", 2000)):
        with transaction():
            billing.subscribe(ann, tier, source="operator", ladder="coach")
        assert service.allowance(ann) == (10, most)
    service.ask(ann, "One more?")
    assert service.allowance(ann).used == 11
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=14))
    assert service.allowance(ann).used == 0


@pytest.mark.req("S2-41")
@pytest.mark.parametrize(
    "error",
    [
        BudgetError("no", scope="all", resets_at=NOW, retry_after=9),
        ModelAwayError("no", reason="busy"),
        AnswerError("no"),
        RuntimeError("boom"),
    ],
)
def test_a_question_that_is_not_answered_does_not_count(ann, monkeypatch, error):
    def fail(_asked):
        raise error

    sent = service.ask(ann, "Is the market open?", key="form-0001")
    assert service.allowance(ann).used == 1
    monkeypatch.setattr(answering.ai, "run", fail)
    for _ in range(2):
        with contextlib.suppress(RuntimeError):
            jobs.answer(sent.id)
    assert service.allowance(ann).used == 0
    # The same form again is the same question: it neither asks nor counts.
    assert service.ask(ann, "Is the market open?", key="form-0001").id == sent.id
    assert service.allowance(ann).used == 0


@pytest.mark.req("S2-41")
def test_a_lost_answer_and_one_stopped_before_it_began_do_not_count(ann, monkeypatch):
    stopped = service.ask(ann, "Is the market open?")
    service.stop(ann, stopped.id)
    service.stop(ann, stopped.id)
    assert service.allowance(ann).used == 0
    service.ask(ann, "Is the market open?")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=16))
    service.ask(ann, "And now?")
    assert service.allowance(ann).used == 1


@pytest.mark.req("S2-42")
def test_stop_keeps_the_whole_sentences_that_can_be_proven(ann, monkeypatch):
    text = "The market is open. SPY stands at 451.20. More follows. It ends at 16."
    sent = service.ask(ann, "Is the market open?")

    def run(asked):
        asked.tools[2].run(asked.tools[2].arguments())
        service.stop(ann, sent.id)
        assert service.get_message(ann, sent.id).is_ending
        raise StoppedError("no")

    monkeypatch.setattr(answering.ai, "run", run)
    monkeypatch.setattr(answering.ai, "read_progress", lambda *_: progress.Progress(text))
    jobs.answer(sent.id)
    message = service.get_message(ann, sent.id)
    assert (message.state, message.is_ending) == ("stopped", False)
    # The number that nothing proves went with its sentence; the last sentence may have been cut.
    assert message.answer == "The market is open. More follows."
    assert message.removed_count == 1
    assert service.allowance(ann).used == 1


@pytest.mark.parametrize("question", ["", " \n ", "\0", "x" * 2_001])
def test_a_question_has_1_to_2000_characters(ann, question):
    with pytest.raises(ValidationError) as told:
        service.ask(ann, question)
    assert told.value.field == "question"
    assert service.allowance(ann).used == 0


def test_a_symbol_that_is_none_is_refused_by_name(ann):
    with pytest.raises(ValidationError) as told:
        service.ask(ann, "Where is PDH?", symbol="<b>")
    assert told.value.field == "symbol"


@pytest.mark.req("S2-32")
def test_nobody_finds_what_another_member_asked(ann, member):
    sent = service.ask(ann, "Is the market open?")
    jobs.answer(sent.id)
    bob, talk = member("bob@example.test"), sent.conversation_id
    for reach in (
        lambda: service.get_message(bob, sent.id),
        lambda: service.get_conversation(bob, talk),
        lambda: service.export(bob, talk),
        lambda: service.stop(bob, sent.id),
        lambda: service.ask_again(bob, sent.id),
        lambda: service.give_feedback(bob, sent.id, 1),
        lambda: service.delete_conversation(bob, talk),
        lambda: service.ask(bob, "Hello?", conversation_id=talk),
    ):
        with pytest.raises(NotFoundError):
            reach()
    assert service.find_conversations(bob) == []
    assert service.allowance(bob).used == 0


def test_conversations_are_found_by_what_was_asked_and_answered(ann):
    first = service.ask(ann, "Is the market open?")
    jobs.answer(first.id)
    service.ask(ann, "What are my 100% best positions?")

    def found(text):
        return [one.title for one in service.find_conversations(ann, text)]

    assert len(found("")) == 2
    assert found("BEST pos") == ["What are my 100% best positions?"]
    assert found("0% b") == ["What are my 100% best positions?"]
    assert found("The market is open") == ["Is the market open?"]
    assert found("%") == ["What are my 100% best positions?"]
    assert found("nowhere said") == []


def test_feedback_export_and_deletion(ann):
    sent = service.ask(ann, "Is the market open?")
    assert service.give_feedback(ann, sent.id, 1).feedback is None, "there is no answer yet"
    jobs.answer(sent.id)
    assert service.give_feedback(ann, sent.id, -1).feedback == -1
    assert service.give_feedback(ann, sent.id, None).feedback is None
    with pytest.raises(ValidationError):
        service.give_feedback(ann, sent.id, 5)
    text = service.export(ann, sent.conversation_id)
    assert text.startswith("# Is the market open?\n\n## 1. 2026-05-19 15:00 UTC\n\n> Is the market")
    assert "The market is open" in text
    assert "No model was used." in text
    service.delete_conversation(ann, sent.conversation_id)
    with pytest.raises(NotFoundError):
        service.get_message(ann, sent.id)
    assert service.newest_conversation(ann) is None
