"""What owners set for models: at once, in bounds, only their own, and each change in the audit log."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import AuditEntry
from app.ai import service
from app.ai.errors import BudgetError
from app.ai.models import AiAlarm, AiRun
from app.ai.rules import settings as rules
from app.ai.rules.catalogue import read_catalogue
from app.ai.schemas import TokenUse
from app.ai.service import budgets, calls, keys, settings
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError
from tests.conftest import SiteCaller

MODEL = "gpt-4o-mini"
SIZE = calls.Size(characters=1000, images=0, longest_answer=1000)


def set_as_operator(name: str, value: str | None):
    return service.change_setting(name, value, site_id=None, by=1)


def changes() -> list[tuple[str, str | None, str | None]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "ai.setting_changed").order_by(AuditEntry.seq)
    )
    return [
        (row.subject, json.loads(row.detail)["before"], json.loads(row.detail)["after"])
        for row in rows
    ]


def begin(key: str, **fields) -> int:
    with transaction():
        row = AiRun(
            task="coach", request_key=key, prompt="coach 1", state="running",
            started_at=clock.now(), **fields,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        return row.id


def test_a_limit_holds_from_the_next_call_on_and_goes_back(engine_app, member):
    ann = member()
    set_as_operator("user_day", "0.000001")
    with pytest.raises(BudgetError) as refused:
        calls.reserve(begin("a", user_id=ann), MODEL, SIZE)
    assert refused.value.scope == f"user:{ann}"
    set_as_operator("user_day", None)
    assert calls.reserve(begin("b", user_id=ann), MODEL, SIZE).reserved > 0
    set_as_operator("most:coach", "0.0000001")
    with pytest.raises(BudgetError) as refused:
        calls.reserve(begin("c", user_id=ann), MODEL, SIZE)
    assert refused.value.scope == "request"
    assert changes() == [
        ("ai:user_day", None, "0.000001"), ("ai:user_day", "0.000001", None),
        ("ai:most:coach", None, "0.0000001"),
    ]  # fmt: skip


def test_of_parallel_writers_each_sees_what_the_one_before_has_written(engine_app):
    amounts = [str(at) for at in range(1, 9)]

    def one(amount: str) -> None:
        with engine_app.app_context():
            set_as_operator("global_day", amount)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, amounts))
    chain = changes()
    assert sorted(after for _, _, after in chain) == sorted(amounts)
    assert [before for _, before, _ in chain] == [None, *(after for _, _, after in chain[:-1])]
    assert budgets.limits_of(["all"])["all"] == Decimal(chain[-1][2])


def test_order_and_switch_decide_which_models_are_asked(app):
    app.config.update(OPENAI_API_KEY="sk-openai-test", ANTHROPIC_API_KEY="sk-anthropic-test")

    def asked() -> list[str]:
        return [one.name for one in keys.reachable("coach", None)[0]]

    assert asked() == ["gpt-4o-mini", "claude-haiku-4-5"]
    set_as_operator("order:coach", "claude-sonnet-4-5, gpt-4o-mini")
    assert asked() == ["claude-sonnet-4-5", "gpt-4o-mini"]
    set_as_operator("off:claude-sonnet-4-5", "true")
    assert asked() == ["gpt-4o-mini"]
    set_as_operator("off:claude-sonnet-4-5", "false")
    set_as_operator("order:coach", None)
    assert asked() == ["gpt-4o-mini", "claude-haiku-4-5"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("user_day", "-1", "from 0 to"), ("user_day", "NaN", "from 0 to"),
        ("user_day", "1e3", "from 0 to"), ("user_day", "", "from 0 to"),
        ("user_day", "100000.01", "from 0 to"), ("user_day", "0.000000001", "8 decimals"),
        ("user_day", "\u0661", "from 0 to"), ("most:coach", "11", "from 0 to 10"),
        ("alarm", "1.1", "from 0.1 to 1"), ("alarm", "0", "from 0.1 to 1"),
        ("order:coach", "gpt-9", "no model gpt-9"), ("order:coach", " , ", "at least one"),
        ("order:coach", "gpt-4o,gpt-4o", "each once"), ("off:gpt-4o", "yes", "true"),
    ],
)  # fmt: skip
def test_a_value_that_is_none_says_what_would_be_right(app, name, value, says):
    with pytest.raises(ValidationError) as refused:
        set_as_operator(name, value)
    assert says in refused.value.message
    assert changes() == []


def test_what_nobody_can_set_is_not_found(app, site):
    for name in ("most:nothing", "off:gpt-9", "alarm2", rules.OWN_SITE):
        with pytest.raises(NotFoundError):
            set_as_operator(name, "1")
    for name in ("user_day", "site_day", "alarm", "order:coach"):
        with pytest.raises(NotFoundError):
            service.change_setting(name, "1", site_id=site.site_id, by=1)


@given(st.decimals(min_value=0, max_value=10**5, places=8, allow_nan=False))
def test_every_amount_in_bounds_comes_back_as_it_was(amount):
    catalogue = read_catalogue()
    setting = rules.find(catalogue, "user_day")
    text = f"{amount:f}"
    if len(text) <= 20:
        assert rules.read(catalogue, setting, text) == amount


def test_a_site_s_own_limit_counts_below_the_operator_s_and_never_above(engine_app):
    def own(value: str | None):
        return service.change_setting(rules.OWN_SITE, value, site_id="s", by=1)

    assert own("20").value == "20"
    assert budgets.limits_of(["site:s"])["site:s"] == 20
    assert budgets.limits_of(["site:other"])["site:other"] == read_catalogue().limits.site_day
    with pytest.raises(ValidationError) as refused:
        own("50.01")
    assert "50.00 US dollars a day" in refused.value.message
    set_as_operator("site_day", "5")
    assert budgets.limits_of(["site:s"])["site:s"] == 5, "the operator has lowered theirs since"
    assert [item.value for item in settings.list_settings("s")] == ["5"]
    own(None)
    assert budgets.limits_of(["site:s"])["site:s"] == 5


def test_the_alarm_rings_at_the_share_that_was_set_once_and_is_kept(engine_app):
    set_as_operator("alarm", "0.5")
    cost = Decimal("0.00075")  # 1000 tokens in and out of gpt-4o-mini
    set_as_operator("global_day", f"{cost * 10:f}")
    kept = []
    for at in range(7):
        held = calls.reserve(begin(f"run {at}"), MODEL, calls.Size(1000, 0, 1000))
        calls.settle(held.call_id, TokenUse(1000, 0, 1000))
        kept.append(len(db.session.scalars(select(AiAlarm)).all()))
    assert kept == [0, 0, 0, 0, 1, 1, 1]
    (told,) = service.list_alarms(None)
    assert (told.kind, told.subject, told.amount) == ("limit", "all", cost * 5)


@pytest.mark.req("S2-189", "S2-218")
def test_a_member_who_costs_more_in_a_month_than_they_may_is_told_of_once(engine_app, member):
    ann, bob = member("ann@example.test"), member("bob@example.test")
    with transaction():
        for at, (user_id, cost, is_own) in enumerate(
            [(ann, "25", False), (ann, "15", False), (bob, "39.99", False), (bob, "90", True)]
        ):
            row = AiRun(
                task="coach", request_key=f"r{at}", prompt="coach 1", state="done",
                user_id=user_id, cost=Decimal(cost), uses_own_key=is_own, started_at=clock.now(),
            )  # fmt: skip
            db.session.add(row)
    assert service.watch() == 1
    assert service.watch() == 0
    (told,) = service.list_alarms(None)
    assert (told.kind, told.subject, told.amount) == ("member_cost", f"user:{ann}", 40)


def ask(caller, method, target, **more):
    return caller.request(
        method, f"/api/admin/ai{target}", wp_user_id=1, caps=["read", "manage_options"], **more
    )


def test_by_the_routes_a_site_sets_its_own_and_the_operator_all(app, site):
    ours = SiteCaller(app, "https://operator.example")
    with transaction():
        accounts.set_operators_site(ours.site_id, is_operators=True)
    found = ask(site, "GET", "/settings").json
    assert [item["name"] for item in found["items"]] == [rules.OWN_SITE]
    assert {"user_day", "order:coach", f"off:{MODEL}"} <= {
        item["name"] for item in ask(ours, "GET", "/settings").json["items"]
    }
    given = {"name": "user_day", "value": "2"}
    assert ask(site, "POST", "/settings", json=given).status_code == 404
    assert ask(ours, "POST", "/settings", json=given).json["value"] == "2"
    wrong = ask(ours, "POST", "/settings", json={"name": "user_day", "value": "two"})
    assert wrong.status_code == 422
    assert "value" in wrong.text
    own = {"name": rules.OWN_SITE, "value": "3"}
    assert ask(site, "POST", "/settings", json=own).json["value"] == "3"
    scope = f"site:{site.site_id}"
    assert budgets.limits_of([scope])[scope] == 3
