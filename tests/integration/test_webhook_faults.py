"""F21 and I15: endpoints that hang, fail, redirect or vanish, and senders that are cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine

from app.accounts import service as accounts
from app.accounts.models import AccountMail
from app.core import clock, events, hold, outbound
from app.core.db import db, transaction
from app.core.outbound import Network
from app.notifications import service
from app.notifications.events import WebhookDisabled
from app.notifications.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from app.notifications.rules import webhooks as rules
from app.notifications.schemas import EndpointChange, ReplayIn
from app.notifications.service import webhook_sending as sending
from tests import webhook_sink as sinks
from tests.webhooks import LOCAL, listen, rows, tell, turn, verify


@pytest.fixture
def owner(engine_app, member):
    engine_app.extensions["outbound"] = LOCAL
    return member()


# --- F21: endpoints that behave badly ---


@pytest.mark.req("S1-71")
def test_500_for_days_follows_the_schedule_to_the_end_and_can_be_replayed(owner):
    """F21 and I15, by a clock that we move: ten tries in about 75 hours, one id."""
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as when, sinks.sink(sinks.answer(500)) as sink:
        made = listen(owner, sink.url)
        tell(owner)
        times = []
        for _ in range(5000):
            if turn():
                times.append(clock.now())
                assert turn() == 0  # not before its time
            delivery = rows(WebhookDelivery)[0]
            if delivery.state != "pending":
                break
            when.move_to(delivery.next_at)
        assert delivery.state == "dead"
        assert len(times) == len(rules.SCHEDULE) == 10
        gaps = [later - earlier for earlier, later in pairwise(times)]
        for gap, planned in zip(gaps, rules.SCHEDULE[1:], strict=True):
            assert planned <= gap <= planned * (1 + rules.JITTER)
        assert timedelta(hours=75) < times[-1] - began < timedelta(hours=84)
        ids = {got.headers["webhook-id"] for got in sink.got}
        stamps = [int(got.headers["webhook-timestamp"]) for got in sink.got]
        assert len(ids) == 1
        assert sorted(set(stamps)) == stamps
        assert [row.number for row in rows(WebhookAttempt)] == list(range(1, 11))
        assert service.get_endpoint(owner, made.id).state == "active"

        sink.behave = sinks.answer(204, body=b"")
        with transaction():
            assert service.replay_failed(owner, made.id, ReplayIn(since=began)).replayed == 1
        assert turn() == 1
        assert sink.got[-1].headers["webhook-id"] in ids
        assert rows(WebhookDelivery)[0].state == "delivered"
        assert service.get_endpoint(owner, made.id).failing_since is None


@pytest.mark.req("S1-71")
def test_after_five_days_of_failures_it_is_disabled_and_the_owner_is_told(owner, monkeypatch):
    told = []
    monkeypatch.setattr(events, "_subscribers", {})
    events.subscribe(WebhookDisabled, told.append)
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with (
        time_machine.travel(began, tick=False) as when,
        sinks.sink(sinks.answer(500)) as bad,
        sinks.sink() as good,
    ):
        made = listen(owner, bad.url, "fills.recorded")
        other = listen(owner, good.url, "webhook.disabled")
        for day in range(5):
            when.move_to(began + timedelta(days=day))
            tell(owner)
            turn()
        assert service.get_endpoint(owner, made.id).state == "active"
        when.move_to(began + timedelta(days=5))
        turn()
        found = service.get_endpoint(owner, made.id)
        assert (found.state, found.disabled_reason) == ("disabled", "failing")
        assert {row.state for row in rows(WebhookDelivery) if row.endpoint_id == made.id} == {
            "dead"
        }
        assert turn() == 1
        body = verify(other.secret, good.got[0])
        assert body["type"] == "webhook.disabled"
        assert body["data"] == {"endpoint_id": made.id, "reason": "failing"}
        seen = len(bad.got)
        tell(owner)
        turn()
        assert len(bad.got) == seen
    assert told == [WebhookDisabled(owner, made.id, "failing")]
    line = accounts.list_audit(user_id=owner)[0]
    assert (line.action, line.actor, line.subject) == (
        "webhook.disabled", "system", f"webhook:{made.id}",
    )  # fmt: skip


def test_a_success_in_between_ends_the_count_of_days(owner):
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as when, sinks.sink(sinks.answer(500)) as sink:
        made = listen(owner, sink.url)
        for day in (0, 4, 8):
            when.move_to(began + timedelta(days=day))
            tell(owner)
            turn()
            sink.behave = sinks.answer(200)
            when.shift(timedelta(hours=1))
            while turn():
                pass
            sink.behave = sinks.answer(500)
        assert service.get_endpoint(owner, made.id).state == "active"


def test_the_owner_of_a_disabled_endpoint_gets_a_mail_without_its_address(engine_app, owner):
    with sinks.sink(sinks.answer(410)) as sink:
        made = listen(owner, f"{sink.url}?token=secret-of-the-owner")
        tell(owner)
        turn()
        mail = db.session.query(AccountMail).one()
        assert (mail.kind, mail.email) == ("webhook_disabled", "member@example.test")
        service.send_account_mail(mail.id)
        folder = Path(engine_app.config["DATA_DIR"])
        letter = next(folder.rglob("*.eml")).read_text()
        assert "A webhook of yours was disabled" in letter
        assert "secret-of-the-owner" not in letter
        # What its owner does is no news to the owner.
        with transaction():
            service.change_endpoint(owner, made.id, EndpointChange(state="active"))
            service.change_endpoint(owner, made.id, EndpointChange(state="disabled"))
        assert db.session.query(AccountMail).count() == 1


@pytest.mark.req("S1-71")
def test_410_disables_at_once_and_enabling_makes_it_go_on(owner):
    with sinks.sink(sinks.answer(410)) as sink:
        made = listen(owner, sink.url)
        tell(owner)
        tell(owner)
        turn()
        found = service.get_endpoint(owner, made.id)
        assert (found.state, found.disabled_reason) == ("disabled", "gone")
        assert turn() == 0
        assert len(sink.got) == 1
        assert {row.state for row in rows(WebhookDelivery)} == {"dead"}
        sink.behave = sinks.answer()
        with transaction():
            service.change_endpoint(owner, made.id, EndpointChange(state="active"))
            service.replay_failed(owner, made.id, ReplayIn(since=clock.now() - timedelta(hours=1)))
        while turn():
            pass
        assert {row.state for row in rows(WebhookDelivery)} == {"delivered"}


@pytest.mark.parametrize(
    ("status", "line", "seconds"),
    [
        (429, "Retry-After: 120", 120),
        (503, "Retry-After: Mon, 02 Mar 2026 09:10:00 GMT", 600),
        (502, "X: y", 60),
        (504, "Retry-After: nonsense", 60),
        (429, "Retry-After: 99999999999999", 86_400),
        (503, "Retry-After: -5", 60),
    ],
)
def test_who_asks_for_patience_is_left_alone_with_all_deliveries(owner, status, line, seconds):
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with (
        time_machine.travel(began, tick=False) as when,
        sinks.sink(sinks.answer(status, line)) as sink,
    ):
        listen(owner, sink.url)
        tell(owner)
        tell(owner)
        assert turn() == 1
        when.move_to(began + timedelta(seconds=seconds - 1))
        assert turn() == 0
        when.move_to(began + timedelta(seconds=seconds))
        assert turn() == 1


@pytest.mark.req("S3-110")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_the_inside_is_not_called(owner, status):
    with sinks.sink() as inside:
        line = f"Location: http://127.0.0.1:{inside.port}/internal"
        with sinks.sink(sinks.answer(status, line)) as sink:
            listen(owner, sink.url)
            tell(owner)
            turn()
    assert inside.connections == 0
    delivery = rows(WebhookDelivery)[0]
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("pending", status, 1)


@pytest.mark.parametrize(
    ("behave", "state", "error"),
    [
        (sinks.hang, "pending", "timeout"),
        (sinks.slow_head, "pending", "timeout"),
        (sinks.garbage, "pending", "not_http"),
        (sinks.endless_body, "delivered", None),
    ],
)
def test_a_bad_server_is_one_failed_try(owner, behave, state, error):
    with sinks.sink(behave) as sink:
        listen(owner, sink.url)
        tell(owner)
        turn()
    delivery = rows(WebhookDelivery)[0]
    assert (delivery.state, delivery.last_error) == (state, error)


@pytest.mark.req("S3-110")
def test_a_name_that_turns_inward_after_it_was_given_is_not_called(engine_app, owner):
    """DNS rebinding: public when the endpoint is made, private at the delivery."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    engine_app.extensions["outbound"] = Network(
        resolve=lambda _host, _port: answers.pop(0), is_own=lambda _: False
    )
    listen(owner, "https://rebind.example/hook")
    tell(owner)
    assert turn() == 1
    assert rows(WebhookDelivery)[0].last_error == "private_address"
    assert answers == []


# --- cut anywhere ---


def test_a_sender_that_is_killed_loses_nothing_and_keeps_the_id(owner):
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as when, sinks.sink() as sink:
        listen(owner, sink.url)
        tell(owner)
        claim = sending.claim_due(10, is_failing=False)[0]
        sending.send(claim, LOCAL)  # and here it is killed
        assert turn() == 0
        when.shift(sending.LEASE)
        assert turn() == 1
        assert turn() == 0
        # The first one was only slow: what it says now counts for nothing.
        sending.settle([(claim, outbound.Answer(500, None, 1))])
    assert len(sink.got) == 2
    assert len({got.headers["webhook-id"] for got in sink.got}) == 1
    assert len({got.body for got in sink.got}) == 1
    assert [row.state for row in rows(WebhookDelivery)] == ["delivered"]
    assert len(rows(WebhookAttempt)) == 1


def test_one_at_a_time_for_an_endpoint(owner):
    with sinks.sink() as sink:
        listen(owner, sink.url)
        tell(owner)
        tell(owner)
        first = sending.claim_due(10, is_failing=False)
        assert len(first) == 1
        assert sending.claim_due(10, is_failing=False) == []
        sending.settle([(first[0], sending.send(first[0], LOCAL))])
        assert len(sending.claim_due(10, is_failing=False)) == 1


def test_an_endpoint_that_is_deleted_or_disabled_while_it_is_called(owner):
    with sinks.sink() as sink:
        made, other = listen(owner, sink.url), listen(owner, sink.url)
        tell(owner)
        claims = sending.claim_due(10, is_failing=False)
        with transaction():
            service.delete_endpoint(owner, made.id)
            service.change_endpoint(owner, other.id, EndpointChange(state="disabled"))
        for claim in claims:
            sending.settle([(claim, sending.send(claim, LOCAL))])
    assert [row.state for row in rows(WebhookDelivery)] == ["dead"]
    assert [row.id for row in rows(WebhookEndpoint)] == [other.id]


def test_a_disabled_user_is_told_nothing(owner):
    with sinks.sink() as sink:
        listen(owner, sink.url)
        tell(owner)
        with transaction():
            accounts.get_user(owner).disabled_at = clock.now()
        assert turn() == 0
        assert sink.connections == 0


def test_after_a_month_it_is_forgotten(owner):
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as when:
        with sinks.sink() as sink:
            listen(owner, sink.url)
            tell(owner)
            turn()
            when.shift(timedelta(days=30, seconds=1))
            tell(owner)
            service.prune_webhooks()
        assert len(rows(WebhookEvent)) == len(rows(WebhookDelivery)) == 1
        assert rows(WebhookAttempt) == []


def test_erasing_a_person_leaves_nothing_of_them(owner):
    with sinks.sink() as sink:
        listen(owner, sink.url)
        tell(owner)
        turn()
    assert service.export_webhooks(owner)[0]["url"] == sink.url
    with transaction():
        service.erase_webhooks(owner)
    for table in (WebhookEndpoint, WebhookEvent, WebhookDelivery, WebhookAttempt):
        assert rows(table) == []


def test_a_held_installation_pushes_nothing_until_it_is_released(owner):
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as when, sinks.sink() as sink:
        listen(owner, sink.url)
        tell(owner)
        with transaction():
            hold.hold("restored")
        when.shift(timedelta(hours=30))
        tell(owner)
        assert turn() == 0
        assert sorted(one.what for one in hold.waiting()) == ["webhook fills.recorded"] * 2
        db.session.rollback()
        with transaction():
            assert hold.release(timedelta(hours=24))["webhooks"] == 1
        assert turn() == 1
        assert turn() == 0
    assert sorted(row.state for row in rows(WebhookDelivery)) == ["dead", "delivered"]
