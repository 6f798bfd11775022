"""An administrator reads a member's dashboard, and can do nothing else with it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import rules
from app.accounts import service as accounts
from app.accounts.models import MemberView, SiteMember
from app.core import clock
from app.core.db import db, transaction
from app.embed.service import missing
from tests.conftest import SiteCaller
from workers import core

ADMIN, MEMBER, OTHER = 1, 7, 8
CAPS = ["read", "view", "manage_options"]
WHY = {"reason": "Asked for help with an import", "member_caps": ["read"]}


def ask(site, target, method="GET", wp_user_id=ADMIN, **options):
    options = {"caps": CAPS, **options}
    return site.request(method, f"/api/admin{target}", wp_user_id=wp_user_id, **options)


@pytest.fixture
def owners(app, site):
    """The operator's own site."""
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    return site


@pytest.fixture
def known(owners, member):
    """A member of it: the user, and the address of their page."""
    user_id = member("ada@example.test")
    owners.link(MEMBER, user_id)
    number = ask(owners, "/members").json["items"][0]["id"]
    return user_id, f"/members/{number}"


@pytest.fixture
def view(owners, known):
    """A view of that member's dashboard that is running."""
    begun = ask(owners, f"{known[1]}/view", "POST", json=WHY)
    assert begun.status_code == 200, begun.text
    return begun.json["id"]


def token(site, view, method, target, **claims):
    claims = {"wp_user_id": ADMIN, "caps": CAPS, "view_as": view, **claims}
    return {"Authorization": f"Bearer {site.token(method, target, **claims)}"}


def look(app, site, view, target="/embed/dashboard", method="GET", **claims):
    headers = token(site, view, method, target, **claims)
    return app.test_client().open(target, method=method, headers=headers)


def actions(user_id):
    db.session.rollback()
    return [line.action for line in accounts.activity(user_id)]


@pytest.mark.parametrize(
    "target",
    [
        "/embed/dashboard", "/embed/dashboard?tab=robots", "/embed/dashboard?tab=journal",
        "/embed/dashboard?tab=accounts", "/embed/dashboard?tab=plan", "/embed/dashboard-overview",
        "/embed/missing", "/embed/deployments", "/embed/backtests",
    ],
)  # fmt: skip
def test_an_administrator_sees_what_the_member_sees_and_leaves_no_trace_of_a_visit(
    app, owners, known, view, target
):
    seen = look(app, owners, view, target)
    assert seen.status_code == 200, seen.text
    db.session.rollback()
    member = db.session.scalars(select(SiteMember).where(SiteMember.wp_user_id == MEMBER)).one()
    assert member.last_seen_on is None, "nobody was here as the member"
    own = owners.request("GET", target, wp_user_id=MEMBER, caps=["read", "view"])
    assert seen.text == own.text


def test_no_route_of_the_service_writes_in_a_view(app, owners, view):
    """Whatever the route, known to be for members or not: its own refusal, and nothing is done."""
    asked = 0
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<int:{name}>", "1").replace(f"<{name}>", "x")
        if "<" in path:
            path = rule.rule.split("<")[0] + "x"
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            refused = look(app, owners, view, path, method)
            assert refused.status_code == 403, (method, path)
            code = refused.headers.get("X-TRP-Code") or (refused.json or {}).get("code")
            assert code == "view_only" or path.startswith(("/account/", "/docs")), (method, path)
            asked += 1
    assert asked > 100
    db.session.rollback()
    [row] = db.session.scalars(select(MemberView)).all()
    assert row.ended_at is None


@pytest.mark.parametrize(
    "target",
    [
        "/embed/dashboard?tab=settings", "/embed/dashboard?tab=plan&tab=settings",
        "/embed/dashboard-settings", "/embed/api-keys", "/embed/webhooks", "/embed/own-data",
        "/embed/broker-accounts", "/embed/mail-settings", "/api/admin/members", "/api/keys",
        "/api/ledger/accounts", "/api/admin/operation",
    ],
)  # fmt: skip
def test_settings_keys_and_every_other_address_stay_shut(app, owners, view, target):
    refused = look(app, owners, view, target)
    assert refused.status_code == 403
    assert "view_only" in (refused.headers.get("X-TRP-Code") or refused.text)


def test_what_a_read_would_write_is_not_kept(app, owners, known, view, monkeypatch):
    done = []
    panel = missing.missing

    def writes(user_id, *rest, **more):
        with transaction():
            accounts.dismiss(user_id, "written")
            done.append(user_id)
        return panel(user_id, *rest, **more)

    monkeypatch.setattr(missing, "missing", writes)
    look(app, owners, view, "/embed/missing")
    assert done == [known[0]], "the test reached the write"
    db.session.rollback()
    assert not accounts.is_dismissed(known[0], "written")
    owners.request("GET", "/embed/missing", wp_user_id=MEMBER, caps=["read", "view"])
    db.session.rollback()
    assert accounts.is_dismissed(known[0], "written"), "as the member it is"


def test_it_ends_by_itself_after_a_quarter_of_an_hour(app, owners, known, view, monkeypatch):
    row = db.session.get(MemberView, view)
    assert row.ends_at - row.started_at == timedelta(minutes=15)
    with transaction():
        db.session.get(MemberView, view).ends_at = clock.now()
    refused = look(app, owners, view)
    assert (refused.status_code, refused.headers["X-TRP-Code"]) == (403, "view_ended")
    assert ask(owners, f"{known[1]}/view").status_code == 404
    core.close_views()
    core.close_views()
    assert actions(known[0]).count("view.ended") == 1
    assert actions(known[0]).count("view.begun") == 1


def test_it_ends_by_the_button_once_and_is_told_to_the_member(app, owners, known, view):
    user_id, address = known
    assert ask(owners, f"{address}/view").json["id"] == view
    for _ in range(2):
        assert ask(owners, f"{address}/view/end", "POST").status_code == 200
    assert look(app, owners, view).headers["X-TRP-Code"] == "view_ended"
    told = accounts.activity(user_id)
    assert [line.action for line in told][:2] == ["view.ended", "view.begun"]
    assert "read-only view of your dashboard" in told[1].text
    assert told[1].detail["wp_user"] == ADMIN
    assert accounts.verify_audit()[1] is None


def test_another_view_of_the_same_administrator_ends_the_first(app, owners, known, view):
    second = ask(owners, f"{known[1]}/view", "POST", json=WHY).json["id"]
    assert second != view
    assert look(app, owners, view).headers["X-TRP-Code"] == "view_ended"
    assert look(app, owners, second).status_code == 200


def test_a_token_of_a_view_is_good_once(app, owners, view):
    headers = token(owners, view, "GET", "/embed/dashboard")
    first = app.test_client().get("/embed/dashboard", headers=headers)
    again = app.test_client().get("/embed/dashboard", headers=headers)
    assert (first.status_code, again.status_code) == (200, 401)
    assert again.headers["X-TRP-Code"] == "replayed_token"


def test_nobody_else_uses_it(app, owners, known, view, member):
    other = SiteCaller(app, "https://other.example")
    assert look(app, other, view).status_code == 403
    with transaction():
        accounts.set_operators_site(other.site_id, is_operators=True)
    for refused in (
        look(app, other, view),
        look(app, owners, view, wp_user_id=2),
        look(app, owners, 0), look(app, owners, 999_999), look(app, owners, str(view)),
        look(app, owners, True)
    ):  # fmt: skip
        assert (refused.status_code, refused.headers["X-TRP-Code"]) == (403, "view_ended")
    owners.link(OTHER, member("bob@example.test"))
    for refused in (
        look(app, owners, view, wp_user_id=OTHER, caps=["read", "view"]),
        look(app, owners, view, wp_user_id=0, caps=[]),
        look(app, owners, view, caps=["read"]),
    ):
        assert (refused.status_code, refused.headers["X-TRP-Code"]) == (403, "view_only")
    with transaction():
        accounts.set_operators_site(owners.site_id, is_operators=False)
    assert look(app, owners, view).status_code == 403
    assert ask(owners, f"{known[1]}/view").status_code == 404


def test_never_oneself_nor_another_administrator_nor_who_is_shut_out(app, owners, known, member):
    user_id, address = known
    boss = ask(owners, f"{address}/view", "POST", json={**WHY, "member_caps": ["read", "manage"]})
    own = ask(owners, f"{address}/view", "POST", wp_user_id=MEMBER, json=WHY)
    assert (boss.status_code, boss.json["code"]) == (403, "view_refused")
    assert (own.status_code, own.json["code"]) == (403, "view_refused")
    # The same person under another number of the same WordPress.
    owners.link(ADMIN, user_id)
    assert ask(owners, f"{address}/view", "POST", json=WHY).json["code"] == "view_refused"
    owners.link(ADMIN, member("boss@example.test"))
    view = ask(owners, f"{address}/view", "POST", json=WHY).json["id"]
    with transaction():
        db.session.scalars(select(SiteMember).where(SiteMember.wp_user_id == MEMBER)).one().caps = [
            "manage"
        ]
    assert look(app, owners, view).headers["X-TRP-Code"] == "view_ended"
    assert ask(owners, f"{address}/view", "POST", json=WHY).json["code"] == "view_refused"


def test_a_view_needs_a_reason_and_a_member_of_the_site(owners, known):
    for wrong in ({**WHY, "reason": "  x "}, {"member_caps": []}, {"reason": "A test"}):
        assert ask(owners, f"{known[1]}/view", "POST", json=wrong).status_code == 422, wrong
    assert ask(owners, "/members/999/view", "POST", json=WHY).status_code == 404
    db.session.rollback()
    assert db.session.scalars(select(MemberView)).all() == []


@pytest.mark.parametrize("part", ["", "é", "!!", "W1tb", "IltbIg", "WzFd", "bnVsbA"])
def test_a_token_that_nobody_can_read_is_of_no_view(part):
    assert not rules.says_view(f"x.{part}.x")
    assert not rules.says_view("x")
    deep = urlsafe_b64encode(b"[" * 3000).decode()
    assert not rules.says_view(f"x.{deep}.x")
