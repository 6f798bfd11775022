"""The owner's figures by the administrators' routes: money only for the operator's own site."""

from __future__ import annotations

import pytest

from app.accounts import service as accounts
from app.core.db import transaction
from tests.conftest import SiteCaller
from tests.factories.business import make_business


def ask(site, target):
    return site.request("GET", f"/api/admin{target}", wp_user_id=1, caps=["read", "manage_options"])


@pytest.fixture
def owners(app, site):
    """The operator's own site, and a business."""
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    make_business(members=8, rows=40)
    return site


@pytest.mark.req("S4-116", "S4-120")
def test_the_operators_site_sees_money_and_another_its_own_members_alone(app, owners):
    other = SiteCaller(app, "https://other.example")
    found = ask(owners, "/business?period=90d").json
    assert found["is_operators"]
    assert {each["currency"] for each in found["money"]} == {"EUR", "USD"}
    assert found["sign_ups"]["free"] + found["sign_ups"]["low"] > 0
    shown = ask(other, "/business?period=90d").json
    assert (shown["is_operators"], shown["money"], shown["creators"]) == (False, [], None)
    assert sum(shown["sign_ups"].values()) == 0
    for name in ("mrr_movements", "revenue", "payouts_due", "first_plans", "trials"):
        for tail in ("", "/file"):
            assert ask(owners, f"/business/{name}{tail}").status_code == 200
            assert ask(other, f"/business/{name}{tail}").status_code == 404


def test_a_site_sees_the_money_no_longer_when_the_operator_says_so(app, owners):
    done = app.test_cli_runner().invoke(args=["sites", "set-own", owners.site_id, "--no"])
    assert done.output == f"{owners.site_id} is no longer yours\n"
    assert ask(owners, "/business").json["money"] == []


def test_pages_lead_to_the_end_and_bad_questions_are_named(owners):
    target, seen = "/business/mrr_movements?period=90d&limit=5", []
    while True:
        answer = ask(owners, target)
        seen += answer.json["items"]
        if answer.json["next_cursor"] is None:
            break
        target = f"/business/mrr_movements?period=90d&limit=5&cursor={answer.json['next_cursor']}"
    file = ask(owners, "/business/mrr_movements/file?period=90d")
    assert file.mimetype == "text/csv"
    assert len(file.text.splitlines()) == len(seen) + 1
    assert "attachment" in file.headers["Content-Disposition"]
    assert ask(owners, "/business?period=7d").status_code == 422
    assert ask(owners, "/business/mrr_movements?cursor=x").status_code == 422
    assert ask(owners, "/business/nothing").status_code == 404
