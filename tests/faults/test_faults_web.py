"""F2 and F3: the web process is killed after its commit, or before it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.core.sweep import sweep
from app.ledger.models import LedgerEvent, TradingAccount
from tests.cuts import ROUNDS, age, broken, open_rows, run_forked
from tests.factories.house import work_off
from tests.factories.plans import with_api
from workers import queues

pytestmark = pytest.mark.faults
SWEPT_SECONDS = 90


@pytest.fixture
def post(house, monkeypatch):
    """Return a function that makes the request of a round: `post(3)()` posts a fill."""
    monkeypatch.setattr(queues, "application", lambda: house)
    user_id = db.session.scalar(select(TradingAccount.user_id).limit(1))
    with transaction():
        key = accounts.create_key(with_api(user_id), None, "faults")

    def make(number):
        fill = {
            "external_id": f"w{number}", "executed_at": "2026-05-21T14:00:00Z", "symbol": "IBM",
            "side": "sell" if number % 2 else "buy", "qty": "1", "price": "10", "fee": "0",
            "currency": "USD",
        }  # fmt: skip
        return lambda: house.test_client().post(
            "/api/ledger/fills",
            json={"plugin_id": "ma_cross", "fills": [fill]},
            headers={"Authorization": f"Bearer {key}"},
        )

    return make


def events():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(LedgerEvent))


def queued(house):
    return len(house.extensions["redis"].lrange("rq:queue:default", 0, -1))


def test_f2_killed_between_commit_and_publish_the_job_is_swept(house, post):
    redis = house.extensions["redis"]
    for number in range(ROUNDS):
        before = events()
        redis.flushall()
        assert run_forked(post(number), places="outbox.committed:1") is None
        assert (events(), queued(house)) == (before + 1, 0)
        waiting = open_rows()
        assert waiting
        if number:  # the first is waited for
            age(waiting, timedelta(seconds=4))
        start = time.monotonic()
        while queued(house) < len(waiting):
            sweep()
            assert time.monotonic() - start < SWEPT_SECONDS
            time.sleep(0.2)
        work_off()
        assert open_rows() == []
        # The caller never had an answer and asks again: nothing is done twice.
        assert post(number)().json["results"][0]["status"] == "duplicate"
        assert events() == before + 1
    redis.flushall()
    assert broken() == []


def test_f3_killed_between_enqueue_and_commit_nothing_has_happened(house, post):
    def jobs():
        return db.session.scalar(select(func.count()).select_from(OutboxRow))

    for number in range(ROUNDS):
        house.extensions["redis"].flushall()
        before = (events(), jobs())
        assert run_forked(post(number), places="outbox.enqueued:1") is None
        assert (events(), jobs()) == before
        assert (queued(house), sweep()) == (0, 0)
    assert broken() == []


def test_f3_rolled_back_after_enqueue_nothing_has_happened(house, post, monkeypatch):
    from app.core import outbox

    def refuse_commit():
        message = "cut"
        raise ZeroDivisionError(message)

    before = (events(), len(open_rows()))
    for number in range(ROUNDS):
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "failpoint", lambda _name: refuse_commit())
            assert post(number)().status_code == 500
    assert (events(), len(open_rows())) == before
    assert queued(house) == 0
