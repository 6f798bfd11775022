"""/api/webhooks: endpoints of one's own, secrets shown once, nothing of others."""

from __future__ import annotations

import json
import threading

import pytest
from standardwebhooks.webhooks import Webhook

from app.accounts import service as accounts
from app.core.auth import PERSON_SCOPES
from app.core.db import db, transaction
from app.core.outbound import Network
from app.notifications import service
from app.notifications.models import WebhookDelivery, WebhookEndpoint
from app.notifications.service import webhook_sending as sending
from tests import webhook_sink as sinks

URL = "https://hooks.example.com/trp?x=1"


def names(host, _port):
    if host == "inside.example.com":
        return ["10.0.0.1"]
    return ["93.184.216.34"]


@pytest.fixture
def app(app):
    app.extensions["outbound"] = Network(allow_local=True, resolve=names, is_own=lambda _: False)
    return app


@pytest.fixture
def owner(app, member):
    return member()


@pytest.fixture
def ask(client, owner, bearer):
    key = bearer(owner, ["webhooks:read", "webhooks:write"])

    def send(method, path="", **options):
        headers = {**key, **options.pop("headers", {})}
        return client.open(f"/api/webhooks{path}", method=method, headers=headers, **options)

    return send


def make(ask, **fields):
    answer = ask("POST", json={"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.mark.req("S1-71", "S1-93")
def test_the_secret_is_shown_once_and_kept_encrypted(ask):
    made = make(ask, description="my bot", event_types=["fills.recorded"])
    assert made["secret"].startswith("whsec_")
    assert len(Webhook(made["secret"])._whsecret) == 32
    row = db.session.query(WebhookEndpoint).one()
    assert made["secret"].removeprefix("whsec_") not in row.secret_encrypted
    for answer in (
        ask("GET"),
        ask("GET", f"/{made['id']}"),
        ask("PATCH", f"/{made['id']}", json={}),
    ):
        assert answer.status_code == 200
        assert "whsec_" not in answer.text
    listed = ask("GET").json["items"]
    assert [(one["url"], one["event_types"], one["state"]) for one in listed] == [
        (URL, ["fills.recorded"], "active")
    ]


def test_an_endpoint_is_changed_rotated_and_deleted(ask):
    made = make(ask)
    path = f"/{made['id']}"
    changed = ask("PATCH", path, json={"url": "https://new.example.com/", "state": "disabled"}).json
    assert (changed["url"], changed["state"], changed["disabled_reason"]) == (
        "https://new.example.com/", "disabled", "owner",
    )  # fmt: skip
    assert ask("PATCH", path, json={"state": "active"}).json["disabled_reason"] is None
    rotated = ask("POST", f"{path}/rotate").json
    assert rotated["secret"] not in {made["secret"], None}
    assert rotated["previous_until"] is not None
    assert ask("DELETE", path).json == {"ok": True}
    assert ask("DELETE", path).status_code == 404
    assert ask("GET").json == {"items": []}
    actions = [
        line.action for line in accounts.list_audit() if line.subject == f"webhook:{made['id']}"
    ]
    assert actions == [
        "webhook.deleted", "webhook.secret_rotated", "webhook.enabled", "webhook.disabled",
        "webhook.moved", "webhook.created",
    ]  # fmt: skip
    assert "example.com" not in json.dumps([line.detail for line in accounts.list_audit()])


@pytest.mark.req("S3-110")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", "https://"),
        ("https://127.0.0.2/", "public internet"),
        ("https://169.254.169.254/latest/", "public internet"),
        ("https://inside.example.com/", "public internet"),
        ("https://a@example.com/", "password"),
        ("https://2130706433/", "host"),
        ("https://example.com:22/", "port"),
        ("https://example.com/\r\nX: y", "URL"),
        ("file:///etc/passwd", "host"),
        ("", "URL"),
        ("https://example.com/" + "a" * 1_000_000, "500"),
    ],
)
def test_a_url_that_may_not_be_called_is_refused_by_name(ask, url, words):
    answer = ask("POST", json={"url": url})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/url"
    assert words in answer.json["detail"]
    made = make(ask)
    assert ask("PATCH", f"/{made['id']}", json={"url": url}).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": None}, "url"),
        ({"url": 5}, "url"),
        ({"url": URL, "user_id": 1}, "user_id"),
        ({"url": URL, "secret_encrypted": "x"}, "secret_encrypted"),
        ({"url": URL, "state": "disabled"}, "state"),
        ({"url": URL, "event_types": "all"}, "event_types"),
        ({"url": URL, "event_types": ["nothing.known"]}, "event_types"),
        ({"url": URL, "description": "x" * 81}, "description"),
        ({"url": URL, "description": "a\u202eb"}, "description"),
        ({"url": URL, "description": "a\nb"}, "description"),
    ],
)
def test_bad_input_names_its_field(ask, body, field):
    answer = ask("POST", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"][0]["pointer"]


@pytest.mark.parametrize(
    "body",
    [
        r'{"url":"https://a.example.com/","event_types":["\ud800"]}',
        r'{"url":"\ud800"}',
        r'{"url":"https://a.example.com/","description":"\ud800"}',
        r'{"url":"https://a.example.com/","description":"\u0000"}',
        r'{"url":"https://a.example.com/","\ud800":1}',
        '{"url":"https://a.example.com/","event_types":["' + "a" * 100_000 + '"]}',
        '{"url":"https://a.example.com/","url":"https://b.example.com/"}',
        "[]",
        "null",
        "",
    ],
)
def test_a_body_that_is_no_endpoint_is_refused_whatever_it_holds(ask, body):
    answer = ask("POST", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert len(answer.text) < 5000


@pytest.mark.parametrize("since", ["2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00", None, "x"])  # fmt: skip
def test_a_time_without_a_zone_or_far_away_is_refused(ask, since):
    made = make(ask)
    assert ask("POST", f"/{made['id']}/replay", json={"since": since}).status_code == 422


def test_ten_are_enough_even_at_once(ask, app, owner):
    for _ in range(9):
        make(ask)
    barrier, codes = threading.Barrier(4), []

    def another():
        barrier.wait(10)
        codes.append(ask("POST", json={"url": URL}).status_code)

    threads = [threading.Thread(target=another) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201, 409, 409, 409]


@pytest.mark.req("S3-110")
def test_another_owners_endpoint_is_not_found(client, ask, member, bearer):
    made = make(ask)
    ask("POST", f"/{made['id']}/test")
    delivery = db.session.query(WebhookDelivery).one().id
    db.session.rollback()
    mine = make(ask)["id"]
    other = bearer(member("other@example.test"), ["webhooks:read", "webhooks:write"])
    for method, path, body in (
        ("GET", f"/{made['id']}", None),
        ("PATCH", f"/{made['id']}", {"state": "disabled"}),
        ("DELETE", f"/{made['id']}", None),
        ("POST", f"/{made['id']}/rotate", None),
        ("POST", f"/{made['id']}/test", None),
        ("GET", f"/{made['id']}/deliveries", None),
        ("GET", f"/{made['id']}/deliveries/{delivery}", None),
        ("POST", f"/{made['id']}/deliveries/{delivery}/replay", None),
        ("POST", f"/{made['id']}/replay", {"since": "2026-01-01T00:00:00Z"}),
    ):
        answer = client.open(f"/api/webhooks{path}", method=method, headers=other, json=body)
        assert answer.status_code == 404, (method, path)
    assert client.get("/api/webhooks", headers=other).json == {"items": []}
    # Nor through another endpoint of one's own.
    assert ask("GET", f"/{mine}/deliveries/{delivery}").status_code == 404


def test_each_scope_opens_its_own_doors_and_old_keys_have_neither(client, ask, owner, bearer):
    made = make(ask)
    old = bearer(owner, ["performance:read", "ledger:read", "ledger:write"])
    reads = bearer(owner, ["webhooks:read"])
    assert client.get("/api/webhooks", headers=old).status_code == 403
    assert client.get("/api/webhooks", headers=reads).status_code == 200
    for method, path in (
        ("POST", ""), ("PATCH", f"/{made['id']}"), ("DELETE", f"/{made['id']}"),
        ("POST", f"/{made['id']}/rotate"), ("POST", f"/{made['id']}/test"),
        ("POST", f"/{made['id']}/replay"), ("POST", f"/{made['id']}/deliveries/1/replay"),
    ):  # fmt: skip
        for headers in (old, reads):
            answer = client.open(f"/api/webhooks{path}", method=method, headers=headers, json={})
            assert answer.status_code == 403, (method, path)
            assert answer.json["code"] == "missing_scope"
        assert client.open(f"/api/webhooks{path}", method=method, json={}).status_code == 401


def test_a_test_event_goes_out_and_its_delivery_is_told(ask, owner):
    with sinks.sink() as sink:
        made = make(ask, url=sink.url, event_types=["fills.recorded"])
        sent = ask("POST", f"/{made['id']}/test")
        assert sent.status_code == 202
        assert (sent.json["type"], sent.json["state"]) == ("webhook.test", "pending")
        claim = sending.claim_due(1, is_failing=False)[0]
        sending.settle([(claim, sending.send(claim, Network(allow_local=True, seconds=5)))])
    path = f"/{made['id']}/deliveries"
    told = ask("GET", f"{path}/{sent.json['id']}").json
    assert told["state"] == "delivered"
    assert [(one["number"], one["status"]) for one in told["tries"]] == [(1, 200)]
    assert json.loads(told["body"])["data"] == {"endpoint_id": made["id"]}
    assert "body" not in ask("GET", path).json["items"][0]
    again = ask("POST", f"{path}/{sent.json['id']}/replay")
    assert (again.status_code, again.json["state"]) == (202, "pending")
    assert again.json["message_id"] == sent.json["message_id"]
    ask("PATCH", f"/{made['id']}", json={"state": "disabled"})
    for tail in ("/test", f"/deliveries/{sent.json['id']}/replay"):
        answer = ask("POST", f"/{made['id']}{tail}")
        assert (answer.status_code, answer.json["code"]) == (409, "endpoint_disabled")


def test_deliveries_come_page_by_page(ask, owner):
    made = make(ask)
    for number in range(5):
        with transaction():
            service.emit(owner, "fills.recorded", {"n": number})
    path, seen, cursor = f"/{made['id']}/deliveries?limit=2", [], ""
    while cursor is not None:
        page = ask("GET", path + (f"&cursor={cursor}" if cursor else "")).json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5
    assert ask("GET", f"/{made['id']}/deliveries?state=dead").json["items"] == []
    for query in ("limit=0", "limit=101", "cursor=x", "cursor=5", "state=gone", "other=1",
                  "cursor=99999999999999999999"):  # fmt: skip
        assert ask("GET", f"/{made['id']}/deliveries?{query}").status_code == 422, query


def test_the_right_to_change_is_never_given_unasked(owner, api_key):
    api_key(owner)
    assert "webhooks:write" not in accounts.list_keys(owner)[0].scopes
    assert "webhooks:write" in PERSON_SCOPES
