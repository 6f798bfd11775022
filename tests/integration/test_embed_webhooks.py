"""Webhooks on a member's dashboard: made, tested, looked at, given a new secret, deleted."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from app.core.db import db, transaction
from app.core.outbound import Network
from app.notifications import service
from app.notifications.models import WebhookDelivery, WebhookEndpoint
from app.notifications.schemas import EndpointIn
from app.notifications.service import webhook_sending as sending
from tests import webhook_sink as sinks

WP_USER, OTHER = 7, 8
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def owner(app, site, member):
    app.extensions["outbound"] = Network(
        allow_local=True, resolve=lambda _host, _port: ["93.184.216.34"], is_own=lambda _: False
    )
    user_id = member()
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def ask(site, owner):
    def send(path, fields=None, wp_user_id=WP_USER):
        if fields is None:
            return site.get(f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"])
        data = urlencode(fields, doseq=True).encode()
        return site.post(
            f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"], data=data, headers=FORM
        )

    return send


def text(response, status=200):
    assert response.status_code == status, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def endpoint():
    db.session.rollback()
    return db.session.query(WebhookEndpoint).populate_existing().one()


def test_a_webhook_is_made_and_its_secret_shown_this_once(ask):
    assert "No webhook yet" in text(ask("webhooks"))
    assert "No webhook yet" in text(ask("dashboard-settings"))
    made = ask("webhooks", {"url": "https://hooks.example.com/x", "description": "My bot",
                            "event_types": ["fills.recorded", "import.finished"]})  # fmt: skip
    assert "whsec_" in made.text
    assert "Told of: fills recorded, imports finished." in text(made)
    assert endpoint().event_types == ["fills.recorded", "import.finished"]
    again = ask("webhooks")
    assert "whsec_" not in again.text
    assert "My bot" in text(again)
    assert "Nothing has been sent yet." in text(again)


def test_all_types_together_mean_all_that_come_later_too(ask):
    from app.embed.service.webhooks import TYPES

    ask("webhooks", {"url": "https://hooks.example.com/x", "event_types": [k for k, _ in TYPES]})
    assert endpoint().event_types == []


@pytest.mark.req("S3-110")
def test_a_wrong_address_is_said_beside_the_field_and_what_was_typed_stays(ask):
    wrong = ask("webhooks", {"url": "https://10.0.0.1/x", "description": '"><b>x', "event_types": "fills.recorded"})  # fmt: skip
    assert "not on the public internet" in text(wrong, 422)
    assert 'aria-invalid="true"' in wrong.text
    assert 'value="https://10.0.0.1/x"' in wrong.text
    assert "<b>x" not in wrong.text
    assert len(re.findall(r"\bchecked\b", wrong.text)) == 1
    assert db.session.query(WebhookEndpoint).count() == 0


def test_a_test_goes_out_and_shows_its_answer(ask, owner):
    with sinks.sink(sinks.answer(500)) as sink:
        with transaction():
            hook = service.create_endpoint(owner, EndpointIn(url=sink.url))
        path = f"webhooks/{hook.id}"
        sent = ask(f"{path}/test", {})
        assert "webhook.test Waiting" in text(sent)
        assert f'hx-get="/embed/{path}" hx-trigger="every 2s"' in sent.text
        claim = sending.claim_due(1, is_failing=False)[0]
        sending.settle([(claim, sending.send(claim, Network(allow_local=True, seconds=5)))])
    shown = ask(path)
    assert "webhook.test Waiting HTTP 500 1" in text(shown)
    assert "next try" in text(shown)
    assert "Failing" in text(shown)
    assert "hx-trigger" not in shown.text


def test_disabling_enabling_rotating_replaying_and_deleting(ask, owner):
    with transaction():
        hook = service.create_endpoint(owner, EndpointIn(url="https://hooks.example.com/x"))
    path = f"webhooks/{hook.id}"
    ask(f"{path}/test", {})
    shown = text(ask(f"{path}/disable", {}))
    assert "Disabled" in shown
    assert "You disabled it." in shown
    assert "Given up webhook disabled" in shown
    assert "Send again" not in shown
    assert "Enable it first" in text(ask(f"{path}/test", {}), 422)
    assert "Send again" in text(ask(f"{path}/enable", {}))
    delivery = db.session.query(WebhookDelivery).one().id
    assert "webhook.test Waiting" in text(ask(f"{path}/deliveries/{delivery}/replay", {}))
    rotated = ask(f"{path}/rotate", {})
    assert "whsec_" in rotated.text
    assert "The old secret signs too until" in text(rotated)
    # What is shown once must not be polled away.
    assert "hx-trigger" not in rotated.text
    assert "No webhook yet" in text(ask(f"{path}/delete", {}))


@pytest.mark.req("S3-110")
def test_another_member_finds_nothing(ask, site, owner, member):
    with transaction():
        hook = service.create_endpoint(owner, EndpointIn(url="https://hooks.example.com/x"))
    site.link(OTHER, member("other@example.test"))
    ask(f"webhooks/{hook.id}/test", {})
    delivery = db.session.query(WebhookDelivery).one().id
    assert "hooks.example.com" not in ask("webhooks", wp_user_id=OTHER).text
    assert ask(f"webhooks/{hook.id}", wp_user_id=OTHER).status_code == 404
    for action in (
        "test",
        "rotate",
        "disable",
        "enable",
        "delete",
        f"deliveries/{delivery}/replay",
    ):
        answer = ask(f"webhooks/{hook.id}/{action}", {}, wp_user_id=OTHER)
        assert answer.status_code == 404, action
    assert endpoint().state == "active"


def test_texts_of_an_owner_are_shown_as_text(ask, owner):
    attack = "<img src=x onerror=alert(1)>"
    made = ask("webhooks", {"url": "https://hooks.example.com/?a='x'&b=1", "description": attack})
    assert made.status_code == 200
    assert "<img" not in made.text
    assert "&lt;img" in made.text
