"""A second worker that takes part in a parameter search: early, late, killed, and not needed."""

import random

import pytest

from app.core.db import db
from app.core.outbox import OutboxRow
from app.ledger.models import LedgerEvent
from app.robots import service
from app.robots.models import RobotRunTry
from app.robots.service import searching, work
from tests.cuts import run_forked
from tests.factories.searches import TRIED, pairs_of


class CutError(BaseException):
    """The worker is gone."""


def cut_after(count, monkeypatch):
    """Let a worker end after so many tries; return what all workers have tried since."""
    once, done = searching._try, []

    def try_once(plan, *rest):
        if len(done) == count:
            raise CutError
        done.append((plan.chosen.parameters["fast"], plan.chosen.parameters["slow"]))
        return once(plan, *rest)

    monkeypatch.setattr(work, "STEP_SECONDS", 0)
    monkeypatch.setattr(searching, "_try", try_once)
    return done


def test_who_helps_begins_at_the_other_end_and_nothing_is_done_twice(
    engine_app, search, monkeypatch
):
    user_id, run_id = search()
    with monkeypatch.context() as patch:
        done = cut_after(1, patch)
        with pytest.raises(CutError):
            work.run_search_job(run_id)
    assert done == TRIED[:1]
    asked = db.session.query(OutboxRow).filter_by(name="robots.help_search").one()
    assert (asked.payload["run_id"], asked.queue) == (run_id, "bulk")
    with monkeypatch.context() as patch:
        done = cut_after(2, patch)
        with pytest.raises(CutError):
            work.help_search_job(run_id)
    assert done == TRIED[:1:-1]
    db.session.rollback()
    assert service.get_run(user_id, run_id).progress == pytest.approx(0.9 * 3 / 5, abs=0.01)
    with monkeypatch.context() as patch:
        done = cut_after(9, patch)
        work.run_search_job(run_id)
    assert done == [TRIED[1]]
    found = service.get_run(user_id, run_id)
    assert found.state == "done"
    _, other = search()
    work.run_search_job(other)
    alone = service.get_run(user_id, other).result
    assert (found.result.tries, found.result.folds) == (alone.tries, alone.folds)
    assert found.result.metrics == alone.metrics


def test_help_that_comes_to_all_of_it_leaves_the_end_to_whoever_searches(app, search, monkeypatch):
    user_id, run_id = search()
    with monkeypatch.context() as patch:
        cut_after(0, patch)
        with pytest.raises(CutError):
            work.run_search_job(run_id)
    work.help_search_job(run_id)
    work.help_search_job(run_id)
    assert db.session.query(RobotRunTry).count() == len(TRIED)
    assert (service.get_run(user_id, run_id).state, db.session.query(LedgerEvent).count()) == (
        "running",
        0,
    )
    with monkeypatch.context() as patch:
        done = cut_after(0, patch)
        work.run_search_job(run_id)
    assert (done, service.get_run(user_id, run_id).state) == ([], "done")


def test_help_comes_too_early_too_late_or_for_what_is_cancelled(app, search, monkeypatch):
    user_id, run_id = search()
    work.help_search_job(run_id)
    assert service.get_run(user_id, run_id).state == "queued"
    work.run_search_job(run_id)
    work.help_search_job(run_id)
    assert service.get_run(user_id, run_id).state == "done"
    user_id, other = search()
    with monkeypatch.context() as patch:
        cut_after(1, patch)
        with pytest.raises(CutError):
            work.run_search_job(other)
    once = searching._try

    def cancel(*given):
        service.cancel_run(user_id, other)
        return once(*given)

    monkeypatch.setattr(searching, "_try", cancel)
    work.help_search_job(other)
    assert service.get_run(user_id, other).state == "cancelled"
    assert db.session.query(RobotRunTry).count() == 0


@pytest.mark.faults
def test_help_that_is_killed_anywhere_harms_nothing(house, search, monkeypatch):
    user_id, run_id = search()
    with monkeypatch.context() as patch:
        cut_after(1, patch)
        with pytest.raises(CutError):
            work.run_search_job(run_id)
    db.session.rollback()
    chance = random.Random(5)
    for _ in range(3):
        run_forked(lambda: work.help_search_job(run_id), at=chance.randint(1, 30_000))
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, pairs_of(found.result.tries)) == ("done", TRIED)


def test_help_for_a_search_whose_bars_are_gone_meanwhile_ends(app, search, monkeypatch):
    user_id, run_id = search()
    read = work.bars_of

    def cancel_and_read(run):
        service.cancel_run(user_id, run.id)
        return read(run)

    with monkeypatch.context() as patch:
        done = cut_after(1, patch)
        with pytest.raises(CutError):
            work.run_search_job(run_id)
        patch.setattr(work, "bars_of", cancel_and_read)
        work.help_search_job(run_id)
    assert len(done) == 1
    assert service.get_run(user_id, run_id).state == "cancelled"
