"""F6: PostgreSQL ends at once in mid traffic and starts again; nothing is lost, nothing is half."""

from __future__ import annotations

import random
import time

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.accounts import service as accounts
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from tests.conftest import make_app, migrate
from tests.cuts import ROUNDS, broken
from tests.factories.house import work_off
from tests.services import postgres_cluster
from tests.traffic import Traffic, granian
from workers import queues

pytestmark = pytest.mark.faults
CALLERS = 3
BACK_WITHIN_SECONDS = 10


@pytest.fixture
def cluster(tmp_path):
    with postgres_cluster(tmp_path) as running:
        yield running


@pytest.fixture
def app(cluster, tmp_path, redis_url, monkeypatch):
    """Return an application on a PostgreSQL that a test may end, its jobs done here."""
    uri = cluster.url.replace("postgresql:", "postgresql+psycopg:")
    application = make_app(tmp_path, SQLALCHEMY_DATABASE_URI=uri, REDIS_URL=redis_url)
    application.extensions["redis"].flushall()
    monkeypatch.setattr(queues, "application", lambda: application)
    migrate(application)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
        application.extensions["redis"].close()


def test_f6_postgres_restarts_in_mid_traffic(app, cluster, member, api_key, tmp_path):
    keys = [api_key(member(f"m{n}@example.test"), ["ledger:write"]) for n in range(CALLERS)]
    db.session.remove()
    db.engine.dispose()
    rng, slowest = random.Random(6), 0.0
    with granian(app, tmp_path) as url:
        traffic = Traffic(url, keys)
        with traffic.running():
            for _ in range(ROUNDS):
                time.sleep(rng.uniform(0.3, 0.8))
                cluster.die()
                time.sleep(rng.uniform(0, 0.5))
                cluster.start()
                up = time.monotonic()
                while min(traffic.good_at) <= up:
                    assert time.monotonic() - up < BACK_WITHIN_SECONDS, traffic.statuses
                    time.sleep(0.02)
                slowest = max(slowest, time.monotonic() - up)
    print(f"F6: {ROUNDS} restarts, {dict(traffic.statuses)}, all back within {slowest:.2f} s")
    # Whoever was cut off was told to come again, and nobody anything else.
    assert set(traffic.statuses) <= {200, 503}, traffic.statuses
    assert traffic.statuses[503] >= ROUNDS
    kept = set(db.session.scalars(select(LedgerEvent.external_id)))
    # What was acknowledged is there; of each caller one fill at most was under way at the end.
    assert kept >= set(traffic.acknowledged)
    assert len(kept - set(traffic.acknowledged)) <= CALLERS
    assert max(traffic.created.values()) == 1
    assert db.session.scalar(select(func.count()).select_from(LedgerEvent)) == len(kept)
    db.session.rollback()
    work_off()
    assert ledger.verify() is None
    # Among them: each fill's trade and each account's figures are what the events say.
    assert broken() == []


def test_f6_a_transaction_that_the_restart_cuts_leaves_nothing(app, cluster):
    with transaction():
        accounts.create_user("before@example.test")

    def cut_in_the_middle():
        with transaction():
            accounts.create_user("half@example.test")
            cluster.die()
            cluster.start()
            accounts.create_user("other-half@example.test")

    with pytest.raises(DBAPIError):
        cut_in_the_middle()
    db.session.remove()
    emails = set(db.session.scalars(text("SELECT email FROM users")))
    assert "before@example.test" in emails
    assert not emails & {"half@example.test", "other-half@example.test"}
