"""From a posted fill to the figures, through the real outbox and job; and what web may import."""

from __future__ import annotations

import contextvars
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import outbox
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.performance import service
from workers import queues
from workers.schedule import SCHEDULE

NOON = datetime(2025, 12, 19, 17, 0, tzinfo=UTC)


@pytest.fixture
def work(app, monkeypatch):
    """Return a function that does every waiting job as a worker would; it returns their names."""
    monkeypatch.setattr(queues, "application", lambda: app)

    def do() -> list[str]:
        query = select(outbox.OutboxRow.id, outbox.OutboxRow.name).where(
            outbox.OutboxRow.state == "pending"
        )
        waiting = db.session.execute(query.order_by(outbox.OutboxRow.id)).all()
        db.session.rollback()
        for row_id, _name in waiting:
            queues._perform(row_id)
        return [name for _id, name in waiting]

    return do


def fill(number: int, side: str, price: str) -> FillIn:
    at = (NOON + timedelta(minutes=number)).isoformat()
    return FillIn(f"f{number}", at, "AAPL", side, "10", price, "0.50", "USD")


@pytest.mark.req("S4-15", "S4-18")
def test_a_fill_becomes_figures_by_one_job(app, member, work):
    user_id = member()
    with transaction():
        account = ledger.open_account(user_id, "my_robot", "journal")
        ledger.record_fills(account.id, [fill(1, "buy", "100")], source="api")
        ledger.record_fills(account.id, [fill(2, "sell", "103")], source="api")
    assert work() == ["performance.refold_account"]
    metrics = service.get_metrics(user_id, "daily").metrics
    assert (metrics.trade_count, str(metrics.total_pnl)) == (1, "29.00")
    with transaction():
        ledger.record_fills(account.id, [fill(2, "sell", "103")], source="api")
    assert work() == []
    assert service.reconcile() == 0


@pytest.mark.req("S4-15")
def test_a_ranked_account_moves_the_robot_by_a_job_of_its_own(app, member, work):
    user_id = member()
    with transaction():
        account = ledger.open_account(user_id, "my_robot", "paper", is_ranked=True)
        ledger.record_fills(
            account.id, [fill(1, "buy", "100"), fill(2, "sell", "103")], source="robot"
        )
    assert work() == ["performance.refold_account", "performance.refold_robot"]
    assert service.robot_records(["my_robot"])["my_robot"].metrics.trade_count == 1


def test_web_never_loads_the_compiler():
    code = "import sys, wsgi; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.req("S4-12", "S4-13", "S4-14")
def test_the_jobs_of_the_schedule_listen_where_they_are_sent():
    for periodic in SCHEDULE:
        assert queues.resolve(periodic.name).queue == periodic.queue


@pytest.mark.req("S4-15")
def test_a_fill_that_comes_while_its_job_runs_asks_for_another_one(engine_app):
    def enqueue(day: str) -> None:
        payload = {"account_id": 1, "currency": "USD", "from_day": day}
        outbox.enqueue("performance.refold_account", payload, key="performance.x", coalesce=True)

    def post_while_running() -> None:
        with engine_app.app_context(), transaction():
            enqueue("2025-12-19")

    with transaction():
        enqueue("2025-12-18")
    row_id = db.session.scalars(select(outbox.OutboxRow.id)).one()
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            claimed = outbox.claim(row_id)
            posted = pool.submit(contextvars.Context().run, post_while_running)
            with pytest.raises(TimeoutError):  # it waits: this job may not see its day any more
                posted.result(0.5)
            outbox.finish(claimed)
        posted.result(10)
    rows = db.session.execute(
        select(outbox.OutboxRow.state, outbox.OutboxRow.key).order_by(outbox.OutboxRow.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("done", f"performance.x#{row_id}"),
        ("pending", "performance.x"),
    ]
