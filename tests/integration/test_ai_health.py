"""How models do, as the operator sees it: breakers, the last hour and day, and a check by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service as accounts
from app.ai import service
from app.ai.models import AiBreaker, AiCall, AiRun
from app.ai.rules.catalogue import Catalogue, read_catalogue
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller
from tests.fakes.models import Reply, text

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


@pytest.mark.req("S0-26")
def test_a_check_asks_one_word_even_of_a_model_left_alone_and_is_counted(bare_gate):
    bare_gate.script, bare_gate.replies = None, [text("ok", input_tokens=20, output_tokens=1)]
    with transaction():
        db.session.add(
            AiBreaker(model=MODEL, failures=5, open_until=clock.now() + timedelta(minutes=9))
        )
    assert service.check_model(MODEL, f"{MODEL}:1") == "done"
    assert {one.provider for one in bare_gate.asked} == {"openai"}
    found = of(MODEL)
    assert (found.state, found.checked, found.has_key) == ("closed", "done", True)
    run = db.session.scalars(select(AiRun)).one()
    assert (run.task, run.user_id, run.cost > 0) == ("check", None, True)
    bare_gate.replies = [Reply(status=401)]
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


def test_a_model_whose_end_is_near_says_so_and_what_to_ask_in_its_place(app):
    old = read_catalogue().models["claude-sonnet-4-5"]
    ends = datetime.combine(old.ends_on, time(12), UTC)
    lines = {}
    for days in (91, 90, 1, 0, -300):
        with time_machine.travel(ends - timedelta(days=days), tick=False):
            found = of("claude-sonnet-4-5")
            lines[days] = (found.days_left, found.successor)
            printed = app.test_cli_runner().invoke(args=["ai", "health"]).output
        said = {1: "ends on 2026-11-30: ask claude-sonnet-4-6", 0: "ended on 2026-11-30: ask"}
        assert said.get(days, "") in printed
        assert ("on 2026-11-30" in printed) is (days <= 90)
    assert lines == {
        91: (None, None), 90: (90, old.successor), 1: (1, old.successor), 0: (0, old.successor),
        -300: (0, old.successor),
    }  # fmt: skip
    assert of("gpt-4o-mini").ends_on is None


def test_a_task_that_passes_a_model_over_is_told_with_it(app):
    app.config.update(OPENAI_API_KEY="a", ANTHROPIC_API_KEY="b", GOOGLE_API_KEY="")
    old = "claude-sonnet-4-5"
    ends = datetime.combine(read_catalogue().models[old].ends_on, time(12), UTC)

    def told(order: str, moment: datetime = ends) -> list[str]:
        service.change_setting("order:coach", order, site_id=None, by=None)
        with time_machine.travel(moment, tick=False):
            return of(old).passed_over_by

    assert told(f"{old}, gpt-4o-mini") == ["Coach"]
    with time_machine.travel(ends, tick=False):
        printed = app.test_cli_runner().invoke(args=["ai", "health"]).output
    assert "passed over by Coach" in printed
    assert told(f"{old}, gpt-4o-mini", ends - timedelta(days=1)) == []
    assert told(old) == [], "no other one is left"
    assert told(f"{old}, gemini-2.5-flash-lite") == [], "nor one with a key"
    service.change_setting(f"off:{old}", "true", site_id=None, by=None)
    assert told(f"{old}, gpt-4o-mini") == [], "it is switched off, which is told already"


def test_no_task_asks_a_model_in_its_usual_order_that_has_a_successor():
    catalogue = read_catalogue()
    asked = {name for task in catalogue.tasks.values() for name in task.order}
    assert not [name for name in asked if catalogue.models[name].successor]


def test_a_successor_that_the_catalogue_does_not_know_is_refused():
    facts = read_catalogue().model_dump()
    facts["models"]["gpt-4o"]["successor"] = "gpt-9"
    with pytest.raises(ValueError, match="there is no model gpt-9"):
        Catalogue.model_validate(facts)
