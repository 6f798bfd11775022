"""The audit log for people: a site's administrators, the member, the operator; and who writes it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.accounts.models import AuditEntry
from app.billing import service as billing
from app.core.db import db, transaction
from app.moderation import service as moderation
from app.moderation.schemas import NameIn
from tests.conftest import SiteCaller

ADMIN = {"wp_user_id": 1, "caps": ["read", "manage"]}
AUDIT = "/api/admin/audit"


@pytest.fixture
def person(site, member):
    """Return the id of a member of the site."""
    user_id = member("dana@example.test")
    site.link(7, user_id)
    return user_id


def actions(site_id: str | None = None) -> list[str]:
    db.session.rollback()
    return [one.action for one in reversed(accounts.list_audit(site_id=site_id, limit=100))]


@pytest.mark.req("S0-113")
def test_every_change_of_rights_and_secrets_leaves_a_line(app, site, person, api_key):
    caller = app.test_cli_runner()
    (found,) = accounts.list_site_members(site.site_id)
    site.post(f"/api/admin/members/{found.id}/disable", **ADMIN)
    site.post(f"/api/admin/members/{found.id}/disable", **ADMIN)
    site.post(f"/api/admin/members/{found.id}/enable", **ADMIN)
    with transaction():
        moderation.ask_for_name(site.site_id, person, NameIn(name="Dana Person"))
    (case,) = site.get("/api/admin/moderation", **ADMIN).json["items"]
    decision = {"decision": "approve"}
    answer = site.post(
        f"/api/admin/moderation/{case['case']['id']}/decision", json=decision, **ADMIN
    )
    assert answer.status_code == 200, answer.text
    with transaction():
        billing.subscribe(person, "low", source="operator")
    caller.invoke(args=["accounts", "create-user", "new@example.test", "--tier", "mid"])
    caller.invoke(args=["sites", "pause", site.site_id])
    caller.invoke(args=["sites", "resume", site.site_id])
    caller.invoke(args=["sites", "link-member", site.site_id, "9", "new@example.test"])
    assert site.post("/api/wordpress/disconnect", **ADMIN).status_code == 200
    expected = [
        "site.connected", "member.disabled", "member.enabled", "case.decided", "user.plan_changed",
        "user.created", "user.plan_changed", "site.paused", "site.resumed", "member.linked",
        "site.disconnected",
    ]  # fmt: skip
    assert actions() == expected
    assert accounts.verify_audit() == (len(expected), None)
    everything = " ".join(str(vars(one)) for one in accounts.list_audit(limit=100)).lower()
    assert not any(word in everything for word in ("dana", "example.test", site.secret.lower()))


@pytest.mark.req("S0-113", "S0-109")
def test_administrators_see_their_own_site_s_lines_and_no_other(app, site, person):
    other = SiteCaller(app, "https://other.example")
    with transaction():
        for _ in range(3):
            accounts.audit("key.created", user_id=person, site_id=site.site_id, subject="key:1")
        accounts.audit("something.new_happened", site_id=site.site_id)
        accounts.audit("user.signed_in", user_id=person)
    first = site.get(f"{AUDIT}?limit=2", **ADMIN).json
    assert [item["line"]["text"] for item in first["items"]] == [
        "something: new happened",
        "API key made",
    ]
    assert first["items"][1]["member"]["user_id"] == person
    assert first["items"][0]["member"] is None
    rest = site.get(f"{AUDIT}?cursor={first['next_cursor']}", **ADMIN).json
    assert [item["line"]["action"] for item in rest["items"]] == [
        "key.created",
        "key.created",
        "site.connected",
    ]
    assert rest["next_cursor"] is None
    assert [item["line"]["action"] for item in other.get(AUDIT, **ADMIN).json["items"]] == [
        "site.connected"
    ]
    assert site.get(AUDIT, wp_user_id=7).status_code == 403
    assert site.get(f"{AUDIT}?cursor=x", **ADMIN).status_code == 422


@pytest.mark.req("S0-113")
def test_a_member_sees_what_happened_to_the_own_account(site, person, member):
    with transaction():
        accounts.audit("user.signed_in", user_id=person, actor=f"user:{person}")
        accounts.audit("key.revoked", user_id=person, subject="key:7", actor="operator")
        accounts.audit("user.password_changed", user_id=member("other@example.test"))
    page = site.get("/embed/dashboard-settings", wp_user_id=7).text
    for words in (
        "Security activity",
        "Signed in",
        "The member",
        "API key revoked",
        "The operator",
    ):
        assert words in page
    assert "Password changed" not in page


@pytest.mark.req("S0-113")
def test_the_operator_lists_verifies_and_exports(app, site, person, tmp_path):
    with transaction():
        accounts.audit("key.created", user_id=person, subject="key:1")
    run = app.test_cli_runner().invoke
    listed = run(args=["audit", "list", "--user", "dana@example.test"]).output
    assert listed.count("\n") == 1
    assert "key.created" in listed
    assert "site.connected" in run(args=["audit", "list", "--site", site.site_id]).output
    assert run(args=["audit", "list", "--user", "nobody@example.test"]).exit_code == 1
    done = run(args=["audit", "verify"])
    assert (done.exit_code, done.output) == (0, "2 lines, every hash is right\n")
    path = tmp_path / "audit.jsonl"
    assert run(args=["audit", "export", str(path)]).exit_code == 0
    assert [json.loads(line)["seq"] for line in path.read_text().splitlines()] == [2, 1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert run(args=["audit", "export", str(path)]).exit_code == 1


@pytest.mark.req("S0-113")
def test_verify_names_the_first_line_that_was_changed(app, site, person):
    with transaction():
        for _ in range(3):
            accounts.audit("key.created", user_id=person)
    with transaction():
        db.session.execute(text("DROP TRIGGER audit_entries_no_update"))
        db.session.execute(text("UPDATE audit_entries SET user_id = 99 WHERE seq = 3"))
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert "After 2 good lines: line 3" in done.output
    assert db.session.query(AuditEntry).count() == 4
