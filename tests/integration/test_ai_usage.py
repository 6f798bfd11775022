"""What owners see of models: sums that their rows add up to, and only of their own site."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from app.accounts import service as accounts
from app.ai import service
from app.ai.models import AiCall, AiRun
from app.ai.schemas.owner import RunsQuery, UsageQuery
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import SiteCaller

ZERO = Decimal(0)


def ask(caller, target):
    return caller.request(
        "GET", f"/api/admin/ai{target}", wp_user_id=1, caps=["read", "manage_options"]
    )


def put(number: int, *, days: int = 0, calls: tuple = (), **fields) -> None:
    """Write one request with its calls: model, state, reason, estimate, cost."""
    at = clock.now() - timedelta(days=days)
    cost = sum((Decimal(one[4]) for one in calls), ZERO)
    row = AiRun(
        **{
            "task": "coach", "request_key": f"run {number}", "prompt": "coach 1", "state": "done",
            "model": calls[-1][0] if calls else "offline", "cost": cost, "started_at": at,
            "ended_at": at + timedelta(seconds=2), **fields,
        }
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for model, state, reason, estimate, settled in calls:
        db.session.add(
            AiCall(
                run_id=row.id, model=model, task=row.task, state=state, reason=reason, scopes=[],
                day=at.date(), reserved=ZERO, estimate=Decimal(estimate), cost=Decimal(settled),
                characters=10, input_tokens=100, cached_tokens=10, output_tokens=20, started_at=at,
            )
        )  # fmt: skip


@pytest.fixture
def spent(engine_app, member):
    """Requests of two members at two sites, over some days."""
    ann, bob = member("ann@example.test"), member("bob@example.test")
    with transaction():
        put(1, user_id=ann, site_id="s", calls=(("gpt-4o", "settled", "", "0.02", "0.025"),))
        put(2, user_id=ann, site_id="s", days=3, task="analysis", prompt="analysis 1",
            calls=(("gpt-4o", "failed", "overloaded", "0.01", "0"),
                   ("gpt-4o-mini", "settled", "", "0.001", "0.00075")))  # fmt: skip
        put(3, user_id=bob, site_id="t", calls=(("gpt-4o", "lost", "cut_off", "0.01", "0.5"),),
            state="failed", reason="ai_away", model="")  # fmt: skip
        put(4, user_id=bob, site_id="t", days=1)
        put(5, user_id=bob, site_id="t", is_from_cache=True, model="gpt-4o")
        put(6, user_id=bob, site_id="t", uses_own_key=True,
            calls=(("claude-haiku-4-5", "settled", "", "9", "9"),))  # fmt: skip
        put(7, user_id=ann, site_id="s", days=40, calls=(("gpt-4o", "settled", "", "1", "1"),))
        put(8, is_trial=True, state="stopped")
    return ann, bob


def whole(**more):
    return service.usage(UsageQuery(**more), site_id=None, shown_site="s")


@pytest.mark.req("S0-24", "S0-74", "S2-39", "S2-218")
def test_sums_agree_with_each_other_and_with_the_rows_behind_them(spent):
    ann, bob = spent
    found = whole()
    sums = found.totals
    assert (sums.runs, sums.failed, sums.stopped, sums.offline, sums.cached, sums.trials) == (
        7, 1, 1, 2, 1, 1,
    )  # fmt: skip
    assert (sums.cost, sums.own_cost) == (Decimal("0.52575"), 9)
    assert sum(day.cost for day in found.days) == sums.cost + sums.own_cost - 9
    assert len(found.days) == 30
    assert sum(row.cost for row in found.members) == sums.cost
    assert sum(row.cost for row in found.tasks) == sums.cost
    assert sum(row.cost for row in found.models) == sums.cost + sums.own_cost
    assert [(row.user_id, row.cost) for row in found.members] == [
        (bob, Decimal("0.5")), (ann, Decimal("0.02575")), (None, ZERO),
    ]  # fmt: skip
    models = {row.model: row for row in found.models}
    assert (models["gpt-4o"].calls, models["gpt-4o"].failed, models["gpt-4o"].lost) == (3, 1, 1)
    assert (models["gpt-4o"].estimate, models["gpt-4o"].settled) == (
        Decimal("0.02"), Decimal("0.025"),
    )  # fmt: skip
    assert {(one.of, one.reason, one.count) for one in found.failures} == {
        ("request", "ai_away", 1), ("call", "overloaded", 1), ("call", "cut_off", 1),
    }  # fmt: skip
    rows = service.runs(RunsQuery(limit=100), site_id=None).items
    by_member: dict[int | None, Decimal] = defaultdict(Decimal)
    for row in rows:
        by_member[row.user_id] += ZERO if row.uses_own_key else row.cost
    assert by_member == {row.user_id: row.cost for row in found.members}
    assert {row.day: row.runs for row in found.days if row.runs} == {
        day: sum(1 for row in rows if row.at.date() == day)
        for day in {row.at.date() for row in rows}
    }


def test_each_figure_opens_its_rows(spent):
    ann, _ = spent

    def numbers(**asked):
        rows = service.runs(RunsQuery(**asked), site_id=None).items
        return sorted(row.id for row in rows)

    assert numbers(user=ann) == [1, 2]
    assert numbers(user=ann, period="90d") == [1, 2, 7]
    assert numbers(task="analysis") == [2]
    assert numbers(model="gpt-4o") == [1, 2, 3, 5]
    assert numbers(only="failed") == [3]
    assert numbers(only="offline") == [4, 8]
    assert numbers(only="cached") == [5]
    assert numbers(only="own_key") == [6]
    assert numbers(only="trial") == [8]
    assert numbers(day=(clock.now() - timedelta(days=3)).date()) == [2]


def test_a_site_sees_what_was_asked_there_and_nothing_else(spent):
    ann, _ = spent
    found = service.usage(UsageQuery(), site_id="s", shown_site="s")
    assert (found.totals.runs, found.totals.cost) == (2, Decimal("0.02575"))
    assert [row.user_id for row in found.members] == [ann]
    assert found.month.paying_members is None
    assert service.runs(RunsQuery(user=ann), site_id="t").items == []


def test_a_member_s_month_is_told_against_the_budget(spent):
    month = whole().month
    assert (month.most, month.most_analyses, month.is_over) == (40, 12_500, False)
    assert month.dearest[0].cost == Decimal("0.5")


def test_pages_lead_to_the_end_and_a_file_has_the_same_rows(spent):
    asked, seen = RunsQuery(limit=2), []
    while True:
        page = service.runs(asked, site_id=None)
        seen += [row.id for row in page.items]
        if page.next_cursor is None:
            break
        asked = RunsQuery(limit=2, cursor=page.next_cursor)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
    lines = list(csv.DictReader(io.StringIO(service.runs_file(RunsQuery(), site_id=None))))
    assert len(lines) == 7
    assert sum(Decimal(line["cost_usd"]) for line in lines) == Decimal("9.52575")
    assert (
        next(line for line in lines if line["state"] == "failed")["why"] == "no model could answer"
    )


def test_by_the_routes_the_operator_sees_all_and_another_site_its_own(app, site, member):
    ours = SiteCaller(app, "https://operator.example")
    ann = member()
    site.link(7, ann)
    with transaction():
        accounts.set_operators_site(ours.site_id, is_operators=True)
        put(1, user_id=ann, site_id=site.site_id,
            calls=(("gpt-4o", "settled", "", "0.02", "0.025"),))  # fmt: skip
        put(2, site_id="elsewhere")
    assert ask(ours, "").json["totals"]["runs"] == 2
    mine = ask(site, "").json
    assert (mine["is_operators"], mine["totals"]["runs"]) == (False, 1)
    assert Decimal(mine["totals"]["cost"]) == Decimal("0.025")
    assert mine["members"][0]["member_id"] is not None
    assert ask(ours, "").json["members"][0]["member_id"] is None
    assert len(ask(site, "/runs?period=7d").json["items"]) == 1
    file = ask(site, "/runs/file?period=7d")
    assert (file.mimetype, len(file.text.splitlines())) == ("text/csv", 2)
    assert ask(site, "?period=365d").status_code == 422
    assert ask(site, "/runs?cursor=x").status_code == 422
