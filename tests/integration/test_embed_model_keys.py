"""A member's own keys of models on the dashboard: written once, never read, limited, deleted."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import select, text

from app.ai import service as ai
from app.ai.errors import BudgetError
from app.ai.models import AiKey, AiRun
from app.ai.schemas import TokenUse
from app.ai.service import calls
from app.billing import service as billing
from app.billing.schemas.administration import PlanGiftIn
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow

WP_USER, OTHER = 7, 8
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEY = "sk-own-key-of-ann-4f2a"


@pytest.fixture
def ask(site, member):
    ann, bob = member("ann@example.test"), member("bob@example.test")
    site.link(WP_USER, ann)
    site.link(OTHER, bob)
    with transaction():
        for user_id in (ann, bob):
            given = PlanGiftIn(ladder="ai_traders", plan="byok", reason="A test")
            billing.give_plan(user_id, given)

    def send(path="", fields=None, wp_user_id=WP_USER):
        target = f"/embed/model-keys{path}"
        if fields is None:
            return site.get(target, wp_user_id=wp_user_id, caps=["read"])
        data = urlencode(fields).encode()
        return site.post(target, wp_user_id=wp_user_id, caps=["read"], data=data, headers=FORM)

    send.ann = ann
    return send


def said(response, status=200):
    assert response.status_code == status, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def save(ask, **more):
    return ask("", {"provider": "openai", "key": KEY, **more})


@pytest.mark.req("S0-25")
def test_a_key_is_saved_sealed_and_told_by_its_end_alone(ask):
    assert "No key of yours yet" in said(ask())
    made = save(ask, daily_limit="0.5")
    assert "…4f2a" in said(made)
    assert "Being checked" in said(made)
    row = db.session.scalars(select(AiKey)).one()
    assert (row.daily_limit, row.monthly_limit) == (Decimal("0.5"), None)
    assert KEY not in made.text
    assert KEY not in row.key_encrypted
    jobs = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "ai.check_key")).all()
    assert [(one.queue, KEY in str(one.payload)) for one in jobs] == [("ai", False)]
    for table in ("audit_entries", "log_entries", "outbox"):
        rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
        assert KEY not in str(rows)
    assert "No key of yours yet" in said(ask("", wp_user_id=OTHER)), "not another member's"


def test_what_is_no_key_provider_or_limit_is_said(ask):
    for fields, says in (
        ({"key": "x"}, "This is no key"),
        ({"provider": "acme"}, "Choose a provider"),
        ({"daily_limit": "-1"}, "above 0"),
        ({"daily_limit": "many"}, "above 0"),
        ({"monthly_limit": "0.000000001"}, "above 0"),
    ):
        assert says in said(save(ask, **fields), 422)
    assert db.session.scalars(select(AiKey)).all() == []


def test_who_has_no_plan_for_it_is_told_and_nothing_is_kept(site, member):
    site.link(9, member("cy@example.test"))
    data = urlencode({"provider": "openai", "key": KEY}).encode()
    shown = site.post("/embed/model-keys", wp_user_id=9, caps=["read"], data=data, headers=FORM)
    assert "Your plan takes no keys of your own" in said(shown, 422)
    assert KEY not in shown.text
    assert db.session.scalars(select(AiKey)).all() == []


def test_its_day_s_limit_holds_and_what_it_spent_is_shown_by_day_and_task(ask):
    save(ask)
    assert "…4f2a" in said(ask("/limits", {"provider": "openai", "daily_limit": "0.002"}))
    with transaction():
        row = AiRun(
            task="coach", request_key="a", prompt="coach 1", state="running", user_id=ask.ann,
            uses_own_key=True, started_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        run_id = row.id
    size = calls.Size(characters=1000, images=0, longest_answer=1000)
    held = calls.reserve(run_id, "gpt-4o-mini", size)
    calls.settle(held.call_id, TokenUse(5000, 0, 1200))
    with pytest.raises(BudgetError) as refused:
        calls.reserve(run_id, "gpt-4o-mini", size)
    assert refused.value.scope == f"own-day:{ask.ann}:openai"
    shown = said(ask())
    assert "Spent today 0.0015 USD, this month 0.0015 USD." in shown
    assert re.search(r"Coach\s+1\s+0\.0015", shown)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert calls.reserve(run_id, "gpt-4o-mini", size).reserved > 0


def test_it_is_checked_again_once_a_minute_and_deleted(ask):
    save(ask)
    with transaction():
        row = db.session.scalars(select(AiKey)).one()
        row.state, row.checked_at = "refused", clock.now()
    assert "The provider refuses it" in said(ask("/check", {"provider": "openai"}))
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert "Being checked" in said(ask("/check", {"provider": "openai"}))
        assert "Being checked" in said(ask("/check", {"provider": "openai"}))
    jobs = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "ai.check_key")).all()
    assert len(jobs) == 2
    assert ask("/delete", {"provider": "openai"}, wp_user_id=OTHER).status_code == 404
    assert "No key of yours yet" in said(ask("/delete", {"provider": "openai"}))
    assert ask("/delete", {"provider": "openai"}).status_code == 404
    db.session.rollback()
    assert ai.list_keys(ask.ann) == []


def test_a_key_in_the_place_of_another_is_checked_by_a_job_of_its_own(ask, monkeypatch):
    """SQLite gives the id of a deleted row to the next one."""
    now = clock.now()
    for more in range(2):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(seconds=more): at)
        ask("", {"provider": "openai", "key": f"{KEY}{more}"})
    keys = db.session.scalars(select(OutboxRow.key).where(OutboxRow.name == "ai.check_key"))
    assert len(set(keys)) == 2
