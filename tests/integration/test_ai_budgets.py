"""Limits of money: of many calls at one moment no more pass than fit, and each cent has a row."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from app.ai import service
from app.ai.errors import BudgetError
from app.ai.models import AiCall, AiLimit, AiRun, AiSpend
from app.ai.rules import money
from app.ai.rules.catalogue import read_catalogue
from app.ai.schemas import TokenUse
from app.ai.service import calls
from app.core import clock
from app.core.db import db, transaction
from app.core.logbook import LogEntry

MODEL = "gpt-4o-mini"
SIZE = calls.Size(characters=1000, images=0, longest_answer=1000)


def begin(key: str, **fields) -> int:
    with transaction():
        row = AiRun(
            task="coach", request_key=key, prompt="coach 1", state="running",
            started_at=clock.now(), **fields,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        return row.id


def set_limit(name: str, amount: str) -> None:
    with transaction():
        db.session.merge(AiLimit(name=name, amount=Decimal(amount), changed_at=clock.now()))


def spend(scope: str) -> tuple[Decimal, Decimal]:
    db.session.rollback()
    row = db.session.scalar(select(AiSpend).where(AiSpend.scope == scope))
    return (row.reserved, row.spent)


@pytest.mark.req("S0-24")
def test_what_is_held_back_becomes_what_it_cost(engine_app):
    held = calls.reserve(begin("a"), MODEL, SIZE)
    assert spend("all") == (held.reserved, 0)
    used = TokenUse(input=300, cached=100, output=50)
    cost = calls.settle(held.call_id, used)
    # 200 x 0.15 + 100 x 0.075 + 50 x 0.60, for a million
    assert cost == Decimal("0.0000675")
    assert calls.settle(held.call_id, used) == 0, "a second settling changes nothing"
    assert spend("all") == (0, cost)
    assert db.session.scalar(select(AiRun.cost)) == cost


def test_of_many_calls_at_one_moment_no_more_pass_than_fit(engine_app):
    most = money.most(read_catalogue().models[MODEL], 1000, 0, 1000)
    set_limit("global_day", str(most * 3 + most / 2))
    runs = [begin(f"run {at}") for at in range(8)]

    def one(run_id: int) -> str:
        with engine_app.app_context():
            try:
                calls.reserve(run_id, MODEL, SIZE)
            except BudgetError as error:
                return error.scope
            return "passed"

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(one, runs)) == {"passed": 3, "all": 5}
    assert spend("all") == (most * 3, 0)


def test_where_one_scope_has_no_room_nothing_is_held_back_in_another(engine_app, member):
    ann = member()
    set_limit(f"user:{ann}", "0.000001")
    with pytest.raises(BudgetError) as refused:
        calls.reserve(begin("a", user_id=ann, site_id="s"), MODEL, SIZE)
    assert refused.value.scope == f"user:{ann}"
    assert refused.value.retry_after > 0
    assert db.session.scalar(select(AiSpend.reserved).where(AiSpend.scope == "all")) in {None, 0}
    assert db.session.scalar(select(AiCall.id)) is None


def test_one_request_costs_no_more_than_one_may(engine_app):
    run_id = begin("a")
    dear = calls.Size(characters=2_000_000, images=0, longest_answer=1000)
    with pytest.raises(BudgetError) as refused:
        calls.reserve(run_id, MODEL, dear)
    assert refused.value.scope == "request"


def test_a_call_whose_worker_was_cut_counts_at_its_most(engine_app):
    held = calls.reserve(begin("a"), MODEL, SIZE)
    assert service.sweep() == 0
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        assert service.sweep() == 1
        assert service.sweep() == 0
    assert db.session.scalar(select(AiCall.state)) == "lost"
    assert spend("all") == (0, held.reserved)


def test_a_model_that_fails_again_and_again_is_left_alone_for_a_while(engine_app):
    for at in range(3):
        assert not calls.is_open(MODEL, 0)
        held = calls.reserve(begin(f"run {at}"), MODEL, SIZE)
        calls.fail(held.call_id, "overloaded", may_have_cost=False)
    assert calls.is_open(MODEL, 0)
    assert spend("all") == (0, 0)
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31)):
        assert not calls.is_open(MODEL, 0)
    held = calls.reserve(begin("good"), MODEL, SIZE)
    calls.settle(held.call_id, TokenUse(10, 0, 10))
    held = calls.reserve(begin("bad"), MODEL, SIZE)
    calls.fail(held.call_id, "overloaded", may_have_cost=False)
    assert not calls.is_open(MODEL, 0), "one success begins the count anew"


def test_the_operator_is_told_once_before_a_limit_is_reached(engine_app):
    cost = money.cost(read_catalogue().models[MODEL], TokenUse(1000, 0, 1000))
    set_limit("global_day", str(cost * 10))
    told = []
    for at in range(9):
        held = calls.reserve(begin(f"run {at}"), MODEL, calls.Size(1000, 0, 1000))
        calls.settle(held.call_id, TokenUse(1000, 0, 1000))
        found = select(LogEntry).where(LogEntry.event == "ai_budget_alarm")
        told.append(len(db.session.scalars(found).all()))
    assert told == [0] * 7 + [1, 1]
