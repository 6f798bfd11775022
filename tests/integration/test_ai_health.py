"""How models do, as the operator sees it: breakers, the last hour and day, and a check by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service as accounts
from app.ai import service
from app.ai.models import AiBreaker, AiCall, AiRun
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller, make_app, migrate
from tests.fakes.models import ModelServer, Reply, text

MODEL = "gpt-4o-mini"
ZERO = Decimal(0)


def of(model: str):
    db.session.rollback()
    return next(one for one in service.health().models if one.model == model)


def put(*, minutes: int, seconds: float, state: str = "settled") -> None:
    at = clock.now() - timedelta(minutes=minutes)
    run = AiRun(
        task="coach", request_key=f"{minutes}:{seconds}:{state}", prompt="coach 1", state="done",
        started_at=at,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    db.session.add(
        AiCall(
            run_id=run.id, model=MODEL, task="coach", state=state, scopes=[], day=at.date(),
            reserved=ZERO, estimate=ZERO, characters=1, started_at=at,
            ended_at=at + timedelta(seconds=seconds),
        )
    )  # fmt: skip


def test_hour_and_day_count_failures_and_the_95th_of_100(engine_app):
    with transaction():
        for at in range(1, 21):
            put(minutes=10, seconds=at / 10)
        put(minutes=10, seconds=60, state="failed")
        put(minutes=200, seconds=9, state="lost")
        put(minutes=60 * 30, seconds=30)
    found = of(MODEL)
    assert (found.hour.calls, found.hour.failed, found.hour.p95_seconds) == (21, 1, 1.9)
    assert (found.day.calls, found.day.failed) == (22, 2)
    assert of("gpt-4o").day.p95_seconds is None


def test_a_breaker_is_told_as_open_and_later_half_open(engine_app):
    with transaction():
        db.session.add(
            AiBreaker(
                model=MODEL, failures=3, reason="overloaded", failed_at=clock.now(),
                open_until=clock.now() + timedelta(seconds=30),
            )
        )  # fmt: skip
    assert (of(MODEL).state, of("gpt-4o").state) == ("open", "closed")
    assert "overloaded" in of(MODEL).why
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert of(MODEL).state == "half_open"


@pytest.fixture
def gate(tmp_path):
    server = ModelServer()
    app = make_app(tmp_path, **server.settings())
    migrate(app)
    with app.app_context():
        yield server
        db.session.remove()
    server.close()


@pytest.mark.req("S0-26")
def test_a_check_asks_one_word_even_of_a_model_left_alone_and_is_counted(gate):
    gate.script, gate.replies = None, [text("ok", input_tokens=20, output_tokens=1)]
    with transaction():
        db.session.add(
            AiBreaker(model=MODEL, failures=5, open_until=clock.now() + timedelta(minutes=9))
        )
    assert service.check_model(MODEL, f"{MODEL}:1") == "done"
    assert {one.provider for one in gate.asked} == {"openai"}
    found = of(MODEL)
    assert (found.state, found.checked, found.has_key) == ("closed", "done", True)
    run = db.session.scalars(select(AiRun)).one()
    assert (run.task, run.user_id, run.cost > 0) == ("check", None, True)
    gate.replies = [Reply(status=401)]
    assert service.check_model(MODEL, f"{MODEL}:2") == "unauthorised"
    assert "does not take our key" in of(MODEL).checked


def ask(caller, method, target):
    return caller.request(
        method, f"/api/admin/ai{target}", wp_user_id=1, caps=["read", "manage_options"]
    )


def test_the_operator_asks_for_a_check_once_a_minute_and_sees_no_key(app, site):
    app.config["OPENAI_API_KEY"] = "sk-secret-of-the-service"
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    for _ in range(2):
        assert ask(site, "POST", f"/models/{MODEL}/check").status_code == 200
    jobs = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "ai.check_model")).all()
    assert len(jobs) == 1
    assert ask(site, "POST", "/models/gpt-9/check").status_code == 404
    shown = ask(site, "GET", "/health")
    assert {one["model"]: one["has_key"] for one in shown.json["models"]}[MODEL]
    assert "sk-secret" not in shown.text
    assert shown.json["waiting"] == 1
    other = SiteCaller(app, "https://other.example")
    assert ask(other, "GET", "/health").status_code == 404
