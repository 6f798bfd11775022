"""A held installation lets nothing out, loses nothing, and drops knowingly what is too old."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app.accounts import service as accounts
from app.core import clock, hold, installation, outbox, vault
from app.core.db import transaction
from app.core.sweep import sweep
from tests.conftest import BASE_SETTINGS, make_app
from workers import queues

SENT: list[int] = []
LONG_AGO = timedelta(days=3)


def note(number: int) -> None:
    SENT.append(number)


@pytest.fixture
def sending(engine_app, monkeypatch):
    """Make one of the jobs an outgoing one that notes what it sent."""
    SENT.clear()
    hold.outgoing(engine_app, "core.prune")
    job = queues.Job(note, "default", own_transactions=False)
    monkeypatch.setattr(queues, "resolve", lambda _name: job)
    monkeypatch.setattr(queues, "application", lambda: engine_app)
    return engine_app


def enqueue(number: int, age: timedelta = timedelta(0)) -> None:
    with time_machine.travel(clock.now() - age, tick=False), transaction():
        outbox.enqueue("core.prune", {"number": number}, key=f"send:{number}")


def hold_now() -> None:
    with transaction():
        hold.hold("restored")


def due() -> list[tuple[str, str]]:
    return [(one.what, one.subject) for one in hold.waiting()]


@pytest.mark.req("S0-115")
def test_outgoing_jobs_wait_while_held_and_go_when_released(sending):
    enqueue(1)
    hold_now()
    queues.perform(1)
    assert SENT == []
    assert due() == [("core.prune", "send:1")]
    with transaction():
        assert hold.release()["jobs"] == 0
    queues.perform(1)
    assert SENT == [1]
    assert due() == []


def test_the_sweep_leaves_held_jobs_their_publications(sending):
    enqueue(1, LONG_AGO)
    hold_now()
    for _ in range(outbox.MAX_PUBLICATIONS + 2):
        assert sweep() == 0
    row = outbox.peek(1)
    assert row is not None
    assert (row.state, row.publications) == ("pending", 0)


def test_what_is_too_old_is_dropped_by_the_release_and_says_so(sending):
    enqueue(1, LONG_AGO)
    enqueue(2, timedelta(hours=1))
    hold_now()
    with transaction():
        assert hold.release(timedelta(hours=24))["jobs"] == 1
    assert due() == [("core.prune", "send:2")]
    assert outbox.peek(1) is None  # dead, with the reason
    assert not hold.is_held()


def test_other_jobs_go_on_while_held(sending):
    hold_now()
    with transaction():
        outbox.enqueue("ledger.rebuild", {"number": 7}, key="own:7")
    queues.perform(1)
    assert SENT == [7]


@pytest.mark.req("S0-115")
def test_a_copy_at_another_address_is_held_until_released(engine_app):
    with transaction():
        installation.lock("https://service.example").public_url = "https://service.example"
    for address, because in (
        ("https://service.example/", None),
        ("https://staging.example", "copied"),
        ("http://127.0.0.1:5000", "copied"),
        ("https://service.example:8443", "copied"),
    ):
        engine_app.config["PUBLIC_URL"] = address
        found = hold.state()
        assert (found.because if found else None) == because, address
    with transaction():
        hold.release()
    assert hold.state() is None
    engine_app.config["PUBLIC_URL"] = "https://service.example"
    assert hold.is_held()


def test_an_installation_that_gets_its_public_address_is_no_copy(tmp_path, app):
    def start(address: str):
        return make_app(tmp_path, **{**BASE_SETTINGS, "PUBLIC_URL": address})

    with transaction():
        installation.lock("http://localhost:5000").public_url = "http://localhost:5000"
    for address, is_held in (
        ("http://127.0.0.1:6000", False),
        ("https://service.example", False),
        ("https://staging.example", True),
        ("https://service.example", False),
    ):
        with start(address).app_context():
            assert hold.is_held() is is_held, address


def test_health_says_why_nothing_leaves(client):
    assert client.get("/healthz").json["held"] is None
    hold_now()
    assert client.get("/healthz").json["held"] == "restored"


def test_a_database_without_tables_is_not_held(tmp_path):
    app = make_app(tmp_path)
    vault.settle(app)
    assert app.test_client().get("/healthz").json["held"] is None


@pytest.mark.req("S0-115")
def test_the_commands_list_release_and_leave_a_line_in_the_audit_log(sending):
    runner = sending.test_cli_runner()
    enqueue(1, LONG_AGO)
    enqueue(2)
    runner.invoke(args=["hold"])
    listed = runner.invoke(args=["release", "--dry-run"]).output
    assert "Held (operator). 2 due:" in listed
    assert "core.prune  send:1" in listed
    assert hold.is_held()
    assert "Dropped as too old: 1 jobs." in runner.invoke(args=["release"]).output
    assert "nothing to release" in runner.invoke(args=["release"]).output
    lines = [line.action for line in accounts.list_audit()]
    assert lines == ["service.released", "service.held"]
