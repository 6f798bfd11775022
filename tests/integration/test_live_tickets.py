"""Who gets a ticket, and what the edge may read with its own token."""

from __future__ import annotations

import time

import pytest
import time_machine

from app.core import live
from app.core.db import transaction
from tests.conftest import BASE_SETTINGS

ORIGIN = "https://site.example"
TARGET = "/api/live/tickets"
ASKED = {"fragment": "dashboard-overview"}


def test_without_redis_there_is_no_ticket_and_no_failure(app, site, member):
    app.config["EDGE_URL"] = "https://edge.example"
    site.link(7, member())
    start = time.monotonic()
    answer = site.post(TARGET, wp_user_id=7, json=ASKED)
    assert (answer.status_code, answer.data) == (204, b"")
    with transaction():
        live.announce([1, 2])
    assert time.monotonic() - start < 1


def test_without_an_edge_the_answer_is_empty(app, site, member):
    site.link(7, member())
    assert site.post(TARGET, wp_user_id=7, json=ASKED).status_code == 204


def test_a_ticket_is_for_members_of_a_site(app, site, client, member, bearer):
    app.config["EDGE_URL"] = "https://edge.example"
    assert client.post(TARGET, json=ASKED).status_code == 401
    assert site.post(TARGET, json=ASKED).status_code == 401
    assert client.post(TARGET, json=ASKED, headers=bearer(member())).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fragment": "dashboard"},
        {**ASKED, "range": "2y"},
        {**ASKED, "known": '"x"'},
        {**ASKED, "user_id": 1},
        {"fragment": "desk", "instruments": ["7"]},
        {"fragment": "desk", "instruments": [0]},
        {"fragment": "desk", "instruments": list(range(1, 22))},
        {"fragment": "desk", "charts": list(range(1, 10))},
    ],
)
def test_a_ticket_names_a_known_fragment(app, site, member, body):
    app.config["EDGE_URL"] = "https://edge.example"
    site.link(7, member())
    assert site.post(TARGET, wp_user_id=7, json=body).status_code == 422


# --- The credential of the edge ---


def edge_token(site, key: bytes | None = None, **changes) -> str:
    ticket = live.Ticket(1, site.site_id, 7, ORIGIN, "/embed/dashboard-overview", "en")
    values = {**ticket.__dict__, **changes}
    secret = key or live.edge_key(BASE_SETTINGS["SECRET_KEY"])
    return live.sign_request(secret, live.Ticket(**values))


def test_the_edge_reads_as_the_member(app, site, client, member):
    site.link(7, member())
    headers = {"Authorization": f"Bearer {edge_token(site)}"}
    answer = client.get("/embed/dashboard-overview", headers=headers)
    assert answer.status_code == 200
    again = {**headers, "If-None-Match": answer.headers["ETag"]}
    assert client.get("/embed/dashboard-overview", headers=again).status_code == 304


def test_its_token_fits_one_reading_of_one_address(app, site, client, member):
    site.link(7, member())
    headers = {"Authorization": f"Bearer {edge_token(site)}"}
    for method, path in (
        ("GET", "/embed/dashboard-overview?range=1m"),
        ("GET", "/embed/dashboard-settings"),
        ("POST", "/embed/api-keys"),
        ("GET", "/api/me"),
        ("GET", live.CHECK),
    ):
        assert client.open(path, method=method, headers=headers).status_code == 401, path
    elsewhere = {"Authorization": f"Bearer {edge_token(site, target='/api/me')}"}
    assert client.get("/api/me", headers=elsewhere).status_code == 401


def test_it_asks_for_a_desk_whether_the_member_may_still_see_it(app, site, client, member):
    site.link(7, member())
    headers = {"Authorization": f"Bearer {edge_token(site, target=live.CHECK)}"}
    assert client.get(live.CHECK, headers=headers).status_code == 204
    assert client.get(f"{live.CHECK}?x=1", headers=headers).status_code == 401
    assert client.post(live.CHECK, headers=headers).status_code in {401, 405}


def test_a_token_of_another_key_or_site_is_refused(app, site, client, member):
    site.link(7, member())
    address = "/embed/dashboard-overview"
    tokens = [
        edge_token(site, key=site.secret.encode()),
        edge_token(site, key=b"x" * 32),
        edge_token(site, site_id="site_other"),
        # A site cannot pass its own tokens off as the edge's.
        site.token("GET", address, wp_user_id=7, header={"kid": live.EDGE_KEY_ID}),
    ]
    for text in tokens:
        answer = client.get(address, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401


def test_its_token_is_good_for_thirty_seconds(app, site, client, member):
    site.link(7, member())
    headers = {"Authorization": f"Bearer {edge_token(site)}"}
    for seconds, status in ((28, 200), (32, 401)):
        with time_machine.travel(time.time() + seconds):
            answer = client.get("/embed/dashboard-overview", headers=headers)
        assert answer.status_code == status
        headers = {"Authorization": f"Bearer {edge_token(site)}"}


def test_who_is_no_member_of_the_site_is_refused(app, site, client):
    headers = {"Authorization": f"Bearer {edge_token(site)}"}
    assert client.get("/embed/dashboard-overview", headers=headers).status_code == 409
    visitor = {"Authorization": f"Bearer {edge_token(site, wp_user_id=0)}"}
    assert client.get("/embed/dashboard-overview", headers=visitor).status_code == 401
