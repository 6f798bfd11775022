"""Which models are asked, by whose key, and who pays."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.ai import service
from app.ai.clients import building
from app.ai.errors import BudgetError, ModelAwayError
from app.ai.models import AiBreaker, AiKey, AiSpend
from app.ai.rules import catalogue
from app.ai.schemas import OFFLINE, Image
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.factories.gateway import ask
from tests.fakes.models import Reply, text

MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.5-flash-lite",
}


def test_an_own_key_is_used_alone_sealed_and_has_a_limit_of_its_own(gate, order, own_keys, member):
    order(*MODELS.values())
    ann = member()
    service.save_key(ann, "anthropic", "sk-own-key-of-ann", "0.01")
    service.check_key(db.session.scalar(select(AiKey.id)))
    kept = db.session.scalar(select(AiKey))
    assert (kept.state, kept.hint) == ("good", "-ann")
    assert "own-key" not in kept.key_encrypted
    service.run(ask(user_id=ann))
    assert {(one.provider, one.key) for one in gate.asked} == {("anthropic", "sk-own-key-of-ann")}
    scopes = set(db.session.scalars(select(AiSpend.scope)))
    assert scopes == {f"own:{ann}:anthropic", f"own-day:{ann}:anthropic"}
    with transaction():
        db.session.get(AiKey, kept.id).monthly_limit = Decimal("0.000001")
    with pytest.raises(BudgetError) as refused:
        service.run(ask(user_id=ann))
    assert refused.value.scope.startswith("own:")


def test_a_key_that_the_provider_refuses_is_told_and_not_used(gate, order, own_keys, member):
    order("gpt-4o-mini")
    ann = member()
    gate.keys_refused.add("sk-wrong-key")
    service.save_key(ann, "openai", "sk-wrong-key")
    service.check_key(db.session.scalar(select(AiKey.id)))
    assert db.session.scalar(select(AiKey.state)) == "refused"
    service.run(ask(user_id=ann))
    assert [one.key for one in gate.asked] == ["key-of-openai"]


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_a_provider_says_of_a_members_own_key_shuts_no_model_to_others(
    gate, order, own_keys, member, status
):
    order("gpt-4o-mini")
    ann, own = member(), "sk-own-key-of-ann"
    service.save_key(ann, "openai", own)
    gate.script = lambda asked: Reply(status=status) if asked.key == own else text("Hello.")
    for _ in range(4):
        with pytest.raises(ModelAwayError):
            service.run(ask(user_id=ann))
    db.session.rollback()
    breaker = db.session.get(AiBreaker, "gpt-4o-mini")
    if status == 500:
        assert breaker.failures >= 3, "the provider itself is at fault"
        return
    assert breaker is None
    assert service.run(ask()).text == "Hello."


def test_what_a_provider_says_of_the_service_s_key_keeps_nobody_from_asking_by_an_own_one(
    gate, order, own_keys, member
):
    order("gpt-4o-mini")
    ann = member()
    service.save_key(ann, "openai", "sk-own-key-of-ann")
    gate.keys_refused.add("key-of-openai")
    for _ in range(4):
        with pytest.raises(ModelAwayError) as away:
            service.run(ask())
    assert away.value.reason == "left_alone"
    assert service.run(ask(user_id=ann)).text == "Hello."
    gate.keys_refused.clear()


def test_a_key_that_is_refused_in_a_call_is_checked_again_and_told(gate, order, own_keys, member):
    order("gpt-4o-mini")
    ann = member()
    service.save_key(ann, "openai", "sk-own-key-of-ann")
    key_id = db.session.scalar(select(AiKey.id))
    with transaction():
        db.session.get(AiKey, key_id).state = "good"
    gate.keys_refused.add("sk-own-key-of-ann")
    with pytest.raises(ModelAwayError):
        service.run(ask(user_id=ann))
    db.session.rollback()
    assert db.session.get(AiKey, key_id).state == "unchecked"
    again = select(OutboxRow.key).where(OutboxRow.name == "ai.check_key")
    assert len(db.session.scalars(again).all()) == 2
    service.check_key(key_id)
    db.session.rollback()
    assert db.session.get(AiKey, key_id).state == "refused"


@pytest.mark.req("S0-132")
def test_who_has_a_plan_for_own_keys_has_charts_analysed_by_these_alone(
    gate, order, own_keys, member
):
    order("gpt-4o-mini")
    ann = member()
    plain = {"task": "analysis", "user_id": ann, "offline": lambda _ask, _call: "By rules."}
    assert service.run(ask(**plain)).is_offline
    assert gate.asked == [], "nobody pays for it"
    assert service.run(ask(user_id=ann)).model == "gpt-4o-mini", "questions are of another plan"
    service.save_key(ann, "openai", "sk-own-key-of-ann")
    assert not service.run(ask(**plain)).is_offline
    assert [one.key for one in gate.asked] == ["key-of-openai", "sk-own-key-of-ann"]
    with transaction():
        db.session.scalars(select(AiKey)).one().state = "refused"
    assert service.run(ask(**plain)).is_offline
    assert service.run(ask(task="analysis")).model != OFFLINE, "without that plan nothing changes"


def test_a_model_that_has_ended_is_passed_over_as_long_as_another_one_is_left(
    gate, order, own_keys, member
):
    order("gpt-4o-mini", "claude-haiku-4-5", ended=["gpt-4o-mini"])
    assert service.run(ask()).model == "claude-haiku-4-5"
    assert [one.provider for one in gate.asked] == ["anthropic"]
    assert service.run(ask(only=("gpt-4o-mini",))).model == "gpt-4o-mini", "a check asks it"
    order("gpt-4o-mini", "claude-haiku-4-5", ended=["gpt-4o-mini", "claude-haiku-4-5"])
    assert service.run(ask()).model == "gpt-4o-mini", "better than none"
    ann = member()
    service.save_key(ann, "openai", "sk-own-key-of-ann")
    order("gpt-4o-mini", ended=["gpt-4o-mini"])
    assert service.run(ask(user_id=ann)).model == "gpt-4o", "by the same key"


def test_a_model_that_could_cost_too_much_makes_room_for_a_cheaper_one(gate, order):
    order("claude-haiku-4-5", "gpt-4o-mini", most=Decimal("0.003"))
    assert service.run(ask()).model == "gpt-4o-mini"
    assert [one.provider for one in gate.asked] == ["openai"]
    order("claude-haiku-4-5", most=Decimal("0.003"))
    with pytest.raises(BudgetError) as refused:
        service.run(ask())
    assert refused.value.scope == "request"


def test_where_one_fails_and_the_next_costs_too_much_no_budget_is_blamed(gate, order):
    order("gpt-4o-mini", "claude-haiku-4-5", most=Decimal("0.003"))
    gate.replies = [Reply(status=500)]
    with pytest.raises(ModelAwayError) as away:
        service.run(ask())
    assert away.value.reason == "overloaded"
    assert service.run(ask(offline=lambda _ask, _call: "By rules.")).is_offline
    assert db.session.scalar(select(AiSpend.reserved)) == 0


@pytest.mark.req("S1-3")
def test_charts_are_analysed_by_claude_before_openai_which_answers_where_it_fails(gate):
    terms = catalogue.read_catalogue().tasks["analysis"]
    claude, gpt = (terms.order.index(name) for name in ("claude-sonnet-4-6", "gpt-4o"))
    assert claude < gpt
    building.current_app.config["GOOGLE_API_KEY"] = ""
    picture = (Image(b"\x89PNG", "image/png"),)
    gate.replies = [text("From Claude.")]
    assert service.run(ask(task="analysis", images=picture)).model == "claude-sonnet-4-6"
    gate.script = lambda asked: (
        Reply(status=529) if asked.provider == "anthropic" else text("From GPT.")
    )
    outcome = service.run(ask(task="analysis", images=picture))
    assert (outcome.text, outcome.model) == ("From GPT.", "gpt-4o")
