"""What a site says of its users counts at once: signed out, another role, deleted."""

from __future__ import annotations

import time

import pytest
import time_machine

from app.accounts import service as accounts
from app.accounts.models import AuditEntry, EndedSession, SiteMember, User
from app.core import live
from app.core.db import db, transaction
from tests.conftest import BASE_SETTINGS, SiteCaller

TARGET = "/api/wordpress/changes"
OVERVIEW = "/embed/dashboard-overview"
SID, OTHER_SID = "a" * 64, "b" * 64


@pytest.fixture
def site(engine_app):
    """Return a connected site on both engines, whose WordPress user 7 is a member."""
    caller = SiteCaller(engine_app)
    caller.person = caller.link(7, _user())
    return caller


def _user(email: str = "dana@example.test") -> int:
    with transaction():
        return accounts.create_user(email).id


def tell(site, kind: str, wp_user_id: int = 7, *, ago: int = 0, **more):
    change = {"kind": kind, "wp_user_id": wp_user_id, "at": int(time.time()) - ago, **more}
    answer = site.post(TARGET, json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    return answer.json["known"]


def look(site, sid: str = SID, target: str = OVERVIEW, wp_user_id: int = 7, **claims):
    begun = {"nbf": claims["iat"]} if "iat" in claims else {}
    token = site.token("GET", target, wp_user_id=wp_user_id, sid=sid, **claims, **begun)
    return site.app.test_client().get(target, headers={"Authorization": f"Bearer {token}"})


def edge_look(site, signed_at: int, sid: str = SID):
    user_id = db.session.query(SiteMember.user_id).filter_by(wp_user_id=7).scalar()
    ticket = live.Ticket(
        user_id, site.site_id, 7, "https://site.example", OVERVIEW, "en", "", sid, signed_at
    )
    token = live.sign_request(live.edge_key(BASE_SETTINGS["SECRET_KEY"]), ticket)
    return site.app.test_client().get(OVERVIEW, headers={"Authorization": f"Bearer {token}"})


def actions() -> list[str]:
    query = db.session.query(AuditEntry.action).order_by(AuditEntry.seq)
    return [row.action for row in query if row.action.startswith(("member", "session", "user."))]


@pytest.mark.req("S4-107")
def test_a_session_that_has_ended_is_refused_and_only_that_one(site):
    assert look(site).status_code == 200
    assert tell(site, "session_ended", sid=SID) == 1
    assert look(site).status_code == 401
    answer = look(site, target="/api/me")
    assert (answer.status_code, answer.json["code"]) == (401, "session_ended")
    assert edge_look(site, int(time.time())).status_code == 401
    assert look(site, OTHER_SID).status_code == 200
    assert edge_look(site, int(time.time()), OTHER_SID).status_code == 200
    # Signed later, still the same session.
    with time_machine.travel(time.time() + 3600):
        assert look(site).status_code == 401


def test_telling_twice_is_one_line_of_the_audit_log(site):
    for _ in range(2):
        tell(site, "session_ended", sid=SID)
        tell(site, "role_changed", caps=["read", "view"])
        tell(site, "user_deleted")
    assert actions() == ["session.ended", "member.role_changed", "member.deleted", "user.disabled"]


def test_it_ends_for_an_administrator_s_doors_too(site):
    tell(site, "session_ended", sid=SID)
    answer = look(site, target="/api/admin/overview", caps=["manage_options"])
    assert (answer.status_code, answer.json["code"]) == (401, "session_ended")


def test_all_sessions_end_by_the_time_they_were_signed_in(site):
    now = int(time.time())
    tell(site, "sessions_ended")
    assert look(site, iat=now - 5, exp=now + 50).status_code == 401
    assert edge_look(site, now - 5).status_code == 401
    assert look(site, iat=now + 1, exp=now + 50).status_code == 200


def test_everybody_of_a_site_is_signed_out_and_nobody_elsewhere(site):
    other = SiteCaller(site.app, "https://other.example")
    other.link(7, _user("other@example.test"))
    now = int(time.time())
    tell(site, "sessions_ended", 0)
    assert look(site, iat=now - 5, exp=now + 50).status_code == 401
    assert look(other, iat=now - 5, exp=now + 50).status_code == 200


@pytest.mark.req("S4-107")
def test_the_lower_of_what_is_signed_and_what_is_known_counts(site):
    now = int(time.time())
    admin = {"target": "/api/admin/overview", "caps": ["read", "manage_options"]}
    assert look(site, **admin).status_code == 200
    tell(site, "role_changed", caps=["read", "view"])
    # A token from before the change no longer makes an administrator; its owner is still a member.
    assert look(site, **admin, iat=now - 2, exp=now + 50).status_code == 403
    assert look(site, iat=now - 2, exp=now + 50).status_code == 200
    # One that WordPress has signed since knows better.
    assert look(site, **admin, iat=now + 2, exp=now + 50).status_code == 200


def test_who_may_no_longer_view_loses_the_stream_and_gets_it_back(site):
    now = int(time.time())
    tell(site, "role_changed", caps=["read"])
    assert edge_look(site, now - 2).status_code == 403
    answer = look(site, target="/api/me", iat=now - 2, exp=now + 50)
    assert answer.json["code"] == "dashboard_closed"
    tell(site, "role_changed", caps=["read", "view"], ago=-2)
    assert edge_look(site, now - 2).status_code == 200


def test_what_comes_late_changes_nothing(site):
    now = int(time.time())
    tell(site, "role_changed", caps=["read", "view"], ago=5)
    tell(site, "role_changed", caps=[], ago=60)
    assert edge_look(site, now - 70).status_code == 200


def test_a_clock_that_is_ahead_shuts_nobody_out_for_long(site):
    now = int(time.time())
    tell(site, "sessions_ended", ago=-86_400)
    tell(site, "role_changed", caps=[], ago=-86_400)
    with time_machine.travel(now + 40):
        assert look(site).status_code == 200


@pytest.mark.req("S4-107")
def test_a_deleted_user_is_shut_out_with_keys_and_whoever_gets_the_number(site, api_key):
    user_id = accounts.find_user_by_email("dana@example.test").id
    key = {"Authorization": f"Bearer {api_key(user_id)}"}
    assert site.app.test_client().get("/api/me", headers=key).status_code == 200
    tell(site, "user_deleted")
    assert look(site, target="/api/me").json["code"] == "user_deleted"
    assert edge_look(site, int(time.time())).status_code == 403
    assert site.app.test_client().get("/api/me", headers=key).status_code == 401
    body = {"wp_user_id": 7, "email": "new@example.test", "username": "new"}
    answer = site.post("/api/wordpress/users", wp_user_id=7, json=body)
    assert (answer.status_code, answer.json["code"]) == (403, "user_deleted")
    with transaction():
        accounts.link_member(site.site_id, 7, _fresh())
    assert look(site).status_code == 200


def _fresh() -> int:
    return accounts.create_user("new@example.test").id


@pytest.mark.parametrize("keeps", ["another site", "a password"])
def test_who_has_another_door_keeps_the_account(site, keeps, api_key):
    user_id = accounts.find_user_by_email("dana@example.test").id
    if keeps == "another site":
        SiteCaller(site.app, "https://other.example").link(3, user_id)
    else:
        with transaction():
            db.session.get_one(User, user_id).password_hash = "x"
    tell(site, "user_deleted")
    key = {"Authorization": f"Bearer {api_key(user_id)}"}
    assert site.app.test_client().get("/api/me", headers=key).status_code == 200
    assert look(site).status_code == 403


def test_a_site_speaks_only_of_its_own_users(site):
    other = SiteCaller(site.app, "https://other.example")
    for kind, more in (
        ("session_ended", {"sid": SID}),
        ("sessions_ended", {}),
        ("role_changed", {"caps": []}),
        ("user_deleted", {}),
    ):
        assert tell(other, kind, **more) == 0
    tell(other, "sessions_ended", 0)
    now = int(time.time())
    assert look(site, iat=now - 1, exp=now + 50).status_code == 200
    assert db.session.query(EndedSession).count() == 0


def test_nobody_else_may_tell(site, api_key):
    client = site.app.test_client()
    body = {"changes": [{"kind": "user_deleted", "wp_user_id": 7, "at": 1}]}
    assert client.post(TARGET, json=body).status_code == 401
    key = api_key(accounts.find_user_by_email("dana@example.test").id)
    headers = {"Authorization": f"Bearer {key}"}
    assert client.post(TARGET, json=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "session_ended"},
        {"kind": "session_ended", "sid": "A" * 64},
        {"kind": "role_changed", "wp_user_id": 0},
        {"kind": "user_deleted", "sid": SID},
        {"kind": "user_deleted", "at": -1},
        {"kind": "role_changed", "caps": ["x" * 41]},
        {"kind": "promoted"},
        {"kind": "user_deleted", "user_id": 1},
    ],
)
def test_what_is_malformed_is_refused_whole(site, change):
    good = {"kind": "user_deleted", "wp_user_id": 7, "at": int(time.time())}
    answer = site.post(TARGET, json={"changes": [good, {**good, **change}]})
    assert answer.status_code == 422
    assert look(site).status_code == 200


def test_what_would_have_ended_by_itself_is_forgotten(site):
    tell(site, "session_ended", sid=SID)
    tell(site, "session_ended", sid=OTHER_SID, until=int(time.time()) + 86_400 * 60)
    with time_machine.travel(time.time() + 86_400 * 16):
        accounts.prune_sessions()
    db.session.expire_all()
    assert [row.sid for row in db.session.query(EndedSession)] == [OTHER_SID]


@pytest.mark.parametrize("name", ["at", "until"])
def test_a_time_that_no_date_holds_is_refused(site, name):
    now = int(time.time())
    change = {"kind": "session_ended", "wp_user_id": 7, "at": now, "sid": SID}
    last = site.post(TARGET, json={"changes": [{**change, name: 253_402_300_799}]})
    assert last.status_code == 200
    answer = site.post(TARGET, json={"changes": [{**change, name: 253_402_300_800}]})
    assert answer.status_code == 422
    assert name in answer.text
