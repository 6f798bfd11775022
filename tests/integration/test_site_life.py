"""The life of a WordPress connection: rotated, copied, moved, paused, disconnected, relinked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.accounts import rules, service
from app.accounts.models import Site, SiteMember
from app.core import clock
from app.core.db import db, transaction

pytestmark = pytest.mark.req("S4-107")
PING = "/api/wordpress/ping"
ROTATE = "/api/wordpress/rotate"
DISCONNECT = "/api/wordpress/disconnect"
SITE = "/api/wordpress/site"
ADMIN = {"wp_user_id": 1, "caps": ["read", "manage_options", "manage", "connect"]}
HOME = "https://site.example/"
COPY = "https://staging.site.example/"


class Key:
    """One key of a site, so that a test can sign with an old one."""

    def __init__(self, site, key_id=None, secret=None) -> None:
        self.site, self.key_id = site, key_id or site.key_id
        self.secret = secret or site.secret

    def send(self, method: str, target: str, body=None, **claims):
        """Send one request that is signed with this key."""
        raw = b"" if body is None else json.dumps(body).encode()
        token = self.site.token(
            method, target, raw, secret=self.secret, header={"kid": self.key_id}, **claims
        )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        client = self.site.app.test_client()
        return client.open(target, method=method, data=raw, headers=headers)

    def works(self) -> bool:
        """Whether the service accepts this key."""
        return self.send("GET", PING).status_code == 200

    def rotate(self):
        """Ask for a new key and return it."""
        answer = self.send("POST", ROTATE, **ADMIN)
        assert answer.status_code == 200, answer.text
        return Key(self.site, answer.json["key_id"], answer.json["secret"])


def test_the_old_secret_counts_until_the_new_one_is_used(site):
    old = Key(site)
    new = old.rotate()
    assert new.key_id != old.key_id
    assert new.secret != old.secret
    assert old.works()
    assert new.works()
    assert not old.works()
    assert old.send("POST", ROTATE, **ADMIN).status_code == 401
    assert new.rotate().works()


def test_a_lost_answer_leaves_the_old_secret_however_long_nobody_asks_again(site, monkeypatch):
    old = Key(site)
    lost = old.rotate()
    assert old.works()
    monkeypatch.setattr("app.accounts.service.sites.ROTATION_WINDOW", timedelta(0))
    new = old.rotate()
    assert new.secret != lost.secret
    assert not lost.works()
    assert old.works()
    assert new.works()
    assert not old.works()


def test_a_slow_request_does_not_end_the_overlap_of_a_later_rotation(site):
    """It was let in with the new secret, and another rotation came before it could say so."""
    second = Key(site).rotate()
    second.rotate()  # the answer is lost
    with transaction():
        service.end_overlap(site.site_id, second.key_id)
    assert second.works()


def test_rotating_twice_with_the_same_secret_gives_the_same_new_one(site):
    old = Key(site)
    first, second = old.rotate(), old.rotate()
    assert (first.key_id, first.secret) == (second.key_id, second.secret)


def test_the_same_new_secret_is_given_for_ten_minutes_only(site):
    old = Key(site)
    first = old.rotate()
    for minutes, is_same in ((9, True), (11, False)):
        with transaction():
            db.session.get_one(Site, site.site_id).rotated_at = clock.now() - timedelta(
                minutes=minutes
            )
        assert (old.rotate().secret == first.secret) is is_same


def test_a_refused_request_with_the_new_secret_does_not_end_the_old_one(site):
    old = Key(site)
    new = old.rotate()
    assert new.send("GET", PING, htu="/elsewhere").status_code == 401
    assert old.works()


def test_only_who_may_rotates_and_disconnects(site):
    key = Key(site)
    for path in (ROTATE, DISCONNECT):
        for caps in ([], ["read"], ["read", "edit_posts"], "manage", {"manage": 1}, None):
            assert key.send("POST", path, wp_user_id=2, caps=caps).status_code == 403, caps
        assert key.send("POST", path, wp_user_id=0, caps=["manage"]).status_code == 403
    for cap in ("manage", "manage_options", "connect"):
        assert key.send("POST", ROTATE, wp_user_id=2, caps=["read", cap]).status_code == 200


def test_who_may_only_connect_is_no_administrator_elsewhere(site):
    caps = {"wp_user_id": 2, "caps": ["read", "connect"]}
    body = {"email": "a@example.test", "page": 1}
    answer = Key(site).send("POST", "/api/wordpress/privacy/export", body, **caps)
    assert answer.status_code == 403


def test_a_lowered_role_takes_effect_on_the_next_request(site):
    key = Key(site)
    body = {"site_url": HOME, "site_name": "T", "pages": {}}
    assert key.send("PUT", SITE, body, **ADMIN).status_code == 200
    assert key.send("PUT", SITE, body, wp_user_id=1, caps=["read"]).status_code == 403


def test_a_disconnected_site_is_not_answered_and_its_secrets_are_gone(site, member):
    user_id = member()
    site.link(7, user_id)
    key = Key(site)
    key.rotate()
    assert key.send("POST", DISCONNECT, **ADMIN).status_code == 200
    db.session.expire_all()
    row = db.session.get_one(Site, site.site_id)
    assert (row.state, row.secret_encrypted) == ("disconnected", "")
    assert row.previous_key_id is None
    assert row.previous_secret_encrypted is None
    answer = key.send("GET", PING)
    assert (answer.status_code, answer.json["code"]) == (401, "bad_token")
    assert service.member_user(site.site_id, 7) == user_id


def test_a_disconnected_site_that_connects_again_keeps_its_members(site, member, client):
    user_id = member()
    site.link(7, user_id)
    Key(site).send("POST", DISCONNECT, **ADMIN)
    with transaction():
        code = service.create_connect_code("T", url=HOME)
    body = {"code": code, "site_url": HOME, "site_name": "T", "plugin_version": "1"}
    answer = client.post("/api/wordpress/connect", json=body)
    assert answer.json["site_id"] == site.site_id
    assert Key(site, answer.json["key_id"], answer.json["secret"]).works()
    assert service.member_user(site.site_id, 7) == user_id


def test_a_copy_at_another_address_is_refused_and_the_original_is_told(site):
    key = Key(site)
    ours, copied = rules.address_hash(HOME), rules.address_hash(COPY)
    assert key.send("GET", PING, surl=ours).json["copy_seen_at"] is None
    for method, path in (("GET", PING), ("POST", ROTATE), ("POST", DISCONNECT)):
        answer = key.send(method, path, surl=copied, **ADMIN)
        assert (answer.status_code, answer.json["code"]) == (403, "site_url_mismatch"), path
    assert key.send("GET", "/embed/pricing", surl=copied).status_code == 403
    answer = key.send("GET", PING, surl=ours)
    assert answer.status_code == 200
    assert answer.json["copy_seen_at"] is not None


def test_a_move_counts_only_when_an_administrator_says_so(site):
    key = Key(site)
    body = {"site_url": COPY, "site_name": "T", "pages": {}}
    copied = rules.address_hash(COPY)
    assert key.send("PUT", SITE, body, surl=copied, **ADMIN).status_code == 403
    stranger = {**body, "site_url": "https://elsewhere.example/", "moved": True}
    assert key.send("PUT", SITE, stranger, surl=copied, **ADMIN).status_code == 403
    member = {"wp_user_id": 3, "caps": ["read"]}
    moved = {**body, "moved": True}
    assert key.send("PUT", SITE, moved, surl=copied, **member).status_code == 403
    assert key.send("PUT", SITE, moved, surl=copied, **ADMIN).status_code == 200
    assert key.send("GET", PING, surl=copied).status_code == 200
    assert key.send("GET", PING, surl=rules.address_hash(HOME)).status_code == 403


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.example/", "http://a.example", True),
        ("https://A.Example/Blog/", "https://a.example/blog", True),
        ("http://localhost:8080/", "http://127.0.0.1:9/x", True),
        ("http://[::1]:80/", "http://localhost", True),
        ("https://a.example", "https://b.example", False),
        ("https://a.example", "https://a.example/blog", False),
        ("https://a.example:8443", "https://a.example", False),
        ("http://localhost", "http://localhost.example", False),
        ("http://[broken", "http://localhost", False),
    ],
)
def test_equal_addresses_are_equal_claims(one, other, is_same):
    assert (rules.address_hash(one) == rules.address_hash(other)) is is_same


def test_the_operator_lists_pauses_and_resumes(site, app):
    run = app.test_cli_runner().invoke
    listed = run(args=["sites", "list"])
    assert site.site_id in listed.output
    assert "active" in listed.output
    assert site.secret not in listed.output
    assert run(args=["sites", "pause", site.site_id]).exit_code == 0
    answer = Key(site).send("GET", PING)
    assert (answer.status_code, answer.json["code"]) == (403, "site_paused")
    rows = json.loads(run(args=["sites", "list", "--format", "json"]).output)
    assert [row["state"] for row in rows] == ["paused"]
    assert run(args=["sites", "resume", site.site_id]).exit_code == 0
    assert Key(site).works()
    assert run(args=["sites", "pause", "site_none"]).exit_code == 1
    Key(site).send("POST", DISCONNECT, **ADMIN)
    refused = run(args=["sites", "resume", site.site_id])
    assert refused.exit_code == 1
    assert "connect it again" in refused.output


def test_members_locked_out_by_a_second_connection_are_moved(site, app, member):
    from tests.conftest import SiteCaller

    locked, other = member("locked@example.test"), member("other@example.test")
    site.link(7, locked)
    site.link(8, other)
    again = SiteCaller(app)
    again.link(8, member("stranger@example.test"))
    person = {"wp_user_id": 7, "email": "locked@example.test", "username": "locked"}
    users = "/api/wordpress/users"
    assert again.post(users, wp_user_id=7, json=person).status_code == 409
    run = app.test_cli_runner().invoke
    done = run(args=["sites", "move-members", site.site_id, again.site_id])
    assert done.exit_code == 0
    assert "1 members moved, 1 left" in done.output
    answer = again.post(users, wp_user_id=7, json=person)
    assert (answer.status_code, answer.json["user_id"]) == (200, locked)
    assert run(args=["sites", "move-members", site.site_id, "site_none"]).exit_code == 1
    left = db.session.query(SiteMember).filter_by(site_id=site.site_id).all()
    assert [row.user_id for row in left] == [other]


def test_the_code_comes_with_a_link_that_holds_the_address(app):
    app.config["PUBLIC_URL"] = "https://service.example"
    lines = app.test_cli_runner().invoke(args=["sites", "create-code"]).output.splitlines()
    code = lines[-1].split()[-1]
    assert lines[0].endswith(f" https://service.example/#connect={code}")
