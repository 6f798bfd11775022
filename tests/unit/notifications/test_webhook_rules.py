"""Standard Webhooks as pure rules: messages, signatures, the schedule, what an answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from app.notifications.rules import webhooks as rules

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_message_is_type_timestamp_and_data():
    body = rules.message("fills.recorded", NOW, {"account_id": 1, "net": "1.50"})
    assert json.loads(body) == {
        "type": "fills.recorded",
        "timestamp": "2026-03-02T09:00:00.123Z",
        "data": {"account_id": 1, "net": "1.50"},
    }


def test_a_message_that_is_too_large_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="ids, not contents"):
        rules.message("a.b", NOW, {"x": "ä" * 10_000})


@given(st.text(max_size=100), st.binary(min_size=24, max_size=64))
def test_every_signature_is_one_that_the_library_accepts(text, key):
    now = datetime.now(UTC)
    body = json.dumps({"x": text})
    secret = rules.secret_text(key)
    headers = rules.headers("evt_1", body, [rules.secret_text(b"o" * 32), secret], now)
    assert Webhook(secret).verify(body, headers) == {"x": text}
    assert rules.secret_key(secret) == key
    at = datetime.fromtimestamp(int(now.timestamp()), UTC)
    assert Webhook(secret).sign("evt_1", at, body) in headers["webhook-signature"].split(" ")


def test_the_schedule_is_the_one_of_the_specification():
    assert [int(gap.total_seconds()) for gap in rules.SCHEDULE] == [
        0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_only_2xx_is_a_success(status):
    found = rules.outcome(1, status, None, NOW, 0.5)
    assert found.is_delivered
    assert found.next_at is None


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 304, 400, 401, 404, 500, 599])
def test_everything_else_is_tried_again_until_the_schedule_ends(status):
    for attempts in range(1, 10):
        found = rules.outcome(attempts, status, None, NOW, 0.0)
        assert not found.is_delivered
        assert found.next_at == NOW + rules.SCHEDULE[attempts]
        assert found.paused_until is None
    assert rules.outcome(10, status, None, NOW, 0.0).next_at is None


def test_jitter_makes_later_and_never_earlier():
    late = rules.outcome(3, 500, None, NOW, 1.0).next_at
    assert late == NOW + rules.SCHEDULE[3] * 1.1


def test_gone_is_the_end():
    found = rules.outcome(1, 410, "60", NOW, 0.0)
    assert (found.is_gone, found.is_delivered, found.next_at) == (True, False, None)


def test_retry_after_moves_the_next_try_and_pauses_the_endpoint():
    found = rules.outcome(1, 500, "3600", NOW, 0.0)
    assert found.next_at == found.paused_until == NOW + timedelta(hours=1)
    # A short one never makes a try earlier than the schedule.
    found = rules.outcome(4, 429, "1", NOW, 0.0)
    assert found.next_at == NOW + rules.SCHEDULE[4]
    assert found.paused_until == NOW + timedelta(seconds=1)
    assert rules.outcome(1, 503, "0", NOW, 0.0).paused_until == NOW
    date = "Tue, 03 Mar 2026 08:00:00 GMT"
    at = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert rules.outcome(1, 302, date, NOW, 0.0).paused_until == at


@given(st.text(max_size=40), st.sampled_from([None, 302, 429, 500, 503]))
def test_no_retry_after_breaks_it_or_waits_for_more_than_a_day(text, status):
    found = rules.outcome(1, status, text, NOW, 0.5)
    assert found.next_at is not None
    assert NOW < found.next_at <= NOW + timedelta(days=1)


def test_an_endpoint_listens_to_what_it_chose_or_to_all():
    assert rules.listens([], "a.b")
    assert rules.listens(["a.b"], "a.b")
    assert not rules.listens(["a.c"], "a.b")


def test_types_have_two_words():
    assert all(rules.NAME.fullmatch(kind) for kind in rules.TYPES)
