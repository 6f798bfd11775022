"""Webhooks on their way: signed, tried by the schedule, never lost, and never to the inside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.core.db import transaction
from app.notifications import service
from app.notifications.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)
from app.notifications.rules import webhooks as rules
from app.notifications.service import webhook_sending as sending
from tests import webhook_sink as sinks
from tests.webhooks import LOCAL, listen, rows, tell, turn, verify


@pytest.fixture
def owner(engine_app, member):
    engine_app.extensions["outbound"] = LOCAL
    return member()


@pytest.mark.req("S1-71", "S1-93", "S3-110")
def test_an_event_arrives_signed_and_is_told_once(owner):
    with sinks.sink() as sink:
        made = listen(owner, sink.url)
        tell(owner)
        assert turn() == 1
        assert turn() == 0
    got = sink.got[0]
    body = verify(made.secret, got)
    assert body["type"] == "fills.recorded"
    assert body["data"] == {"account_id": 4, "net": "12.50"}
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"].startswith("evt_")
    assert rows(WebhookDelivery)[0].state == "delivered"
    attempt = rows(WebhookAttempt)[0]
    assert (attempt.number, attempt.status, attempt.error) == (1, 200, None)
    with pytest.raises(WebhookVerificationError):
        verify(rules.secret_text(b"x" * 32), got)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(got.body.replace(b"12.50", b"99.50"), got.headers)


def test_users_without_endpoints_cost_no_row_and_types_are_chosen(owner, member):
    other = member("other@example.test")
    tell(owner)
    listen(owner, "http://127.0.0.1:9/x", "import.finished")
    listen(owner, "http://127.0.0.1:9/y", "fills.recorded", "webhook.test")
    listen(other, "http://127.0.0.1:9/z")
    tell(owner)
    assert [(row.user_id, row.type) for row in rows(WebhookEvent)] == [(owner, "fills.recorded")]
    assert len(rows(WebhookDelivery)) == 1


def test_what_is_rolled_back_is_not_told(owner):
    listen(owner, "http://127.0.0.1:9/x")

    def break_off():
        with transaction():
            service.emit(owner, "fills.recorded", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert rows(WebhookEvent) == []
    with pytest.raises(RuntimeError, match="transaction"):
        service.emit(owner, "fills.recorded", {})


def test_what_happens_once_is_told_once_and_news_of_one_topic_merge(owner):
    with sinks.sink() as sink:
        listen(owner, sink.url)
        for _ in range(2):
            tell(owner, "import.finished", key="import:1")
            tell(owner, "metrics.updated", topic="metrics:ma:USD")
            tell(owner, "metrics.updated", topic="metrics:rsi:USD")
        assert [row.type for row in rows(WebhookEvent)].count("import.finished") == 1
        assert [row.type for row in rows(WebhookEvent)].count("metrics.updated") == 2
        while turn():
            pass
        assert len(sink.got) == 3
        tell(owner, "metrics.updated", topic="metrics:ma:USD")
        claim = sending.claim_due(1, is_failing=False)[0]
        # One that is under way may have been read before this change: another follows it.
        tell(owner, "metrics.updated", topic="metrics:ma:USD")
        sending.settle([(claim, sending.send(claim, LOCAL))])
        assert turn() == 1


@pytest.mark.req("S1-93")
def test_a_rotation_signs_with_both_secrets_for_a_day(owner):
    with time_machine.travel(datetime.now(UTC), tick=False) as when, sinks.sink() as sink:
        first = listen(owner, sink.url)
        with transaction():
            second = service.rotate_secret(owner, first.id)
        assert second.secret != first.secret
        tell(owner)
        turn()
        assert len(sink.got[0].headers["webhook-signature"].split(" ")) == 2
        for secret in (first.secret, second.secret):
            verify(secret, sink.got[0])
        with transaction():
            third = service.rotate_secret(owner, first.id)
        tell(owner)
        turn()
        for secret in (second.secret, third.secret):
            verify(secret, sink.got[1])
        with pytest.raises(WebhookVerificationError):
            verify(first.secret, sink.got[1])
        when.shift(rules.OVERLAP)
        tell(owner)
        turn()
        verify(third.secret, sink.got[2])
        assert " " not in sink.got[2].headers["webhook-signature"]
        assert service.get_endpoint(owner, first.id).previous_until is None
