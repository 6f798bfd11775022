"""The sender's process: good endpoints do not wait for bad ones, and kill -9 loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.core.outbound import Network
from app.notifications import service
from app.notifications.models import WebhookDelivery, WebhookEndpoint
from app.notifications.schemas import EndpointIn
from scripts.settings import ROOT
from tests import webhook_sink as sinks
from tests.conftest import BASE_SETTINGS
from workers import webhooks

HANGS = 4.0


@pytest.fixture
def running(app):
    """Run senders in threads; they are stopped at the end."""
    senders = []

    def start(**network):
        app.extensions["outbound"] = Network(allow_local=True, **network)
        sender = webhooks.Sender(app)
        thread = threading.Thread(target=sender.run)
        senders.append((sender, thread))
        thread.start()
        return sender

    yield start
    for sender, _ in senders:
        sender.stop()
    for _, thread in senders:
        thread.join(20)
        assert not thread.is_alive()


def listen(user_id, url):
    with transaction():
        return service.create_endpoint(user_id, EndpointIn(url=url)).id


def tell(user_id, number=0):
    with transaction():
        service.emit(user_id, "fills.recorded", {"n": number})


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def states():
    db.session.rollback()
    return [row.state for row in db.session.query(WebhookDelivery).populate_existing()]


def test_endpoints_that_hang_do_not_delay_the_others(app, member, running, monkeypatch):
    for name, value in {"THREADS": 24, "FAILING": 8, "QUICK": 4, "QUICK_SECONDS": 0.3}.items():
        monkeypatch.setattr(webhooks, name, value)
    app.extensions["outbound"] = Network(allow_local=True)
    users = [member(f"m{number}@example.test") for number in range(4)]
    with sinks.sink(sinks.hang) as bad, sinks.sink() as good:
        # The hanging ones come first, more of them than may run at once.
        for user_id in users[:1]:
            for _ in range(8):
                listen(user_id, bad.url)
        for user_id in users[1:]:
            for _ in range(8):
                listen(user_id, good.url)
        for number in range(3):
            for user_id in users:
                tell(user_id, number)
        began = time.monotonic()
        running(seconds=HANGS)
        wait_until(lambda: len(good.got) == 72)
        delays = sorted(got.at - began for got in good.got)
        # The worst of the good ones is done before the first bad one has been given up.
        assert delays[-1] < HANGS
        # Of bad endpoints, too, one request runs at a time.
        assert bad.connections <= 8
        bad.over.set()
        wait_until(lambda: states().count("delivered") == 72)


def test_a_sender_takes_up_new_events_within_a_second_and_stops_when_told(app, member, running):
    owner = member()
    with sinks.sink() as sink:
        app.extensions["outbound"] = Network(allow_local=True)
        listen(owner, sink.url)
        sender = running()
        time.sleep(0.3)
        began = time.monotonic()
        tell(owner)
        wait_until(lambda: sink.got)
        assert sink.got[0].at - began < 2
        wait_until(lambda: states() == ["delivered"])
        sender.stop()


def test_two_senders_do_each_delivery_once(app, member, running):
    owner = member()
    with sinks.sink() as sink:
        app.extensions["outbound"] = Network(allow_local=True)
        for _ in range(5):
            listen(owner, sink.url)
        for number in range(6):
            tell(owner, number)
        running()
        running()
        wait_until(lambda: set(states()) == {"delivered"})
        assert len(sink.got) == 30


@pytest.mark.faults
@pytest.mark.req("S1-71")
def test_kill_9_in_mid_delivery_delivers_again_under_the_same_id(app, member):
    owner = member()
    environment = {
        **os.environ,
        "DATA_DIR": app.config["DATA_DIR"],
        "WEBHOOKS_ALLOW_LOCAL": "1",
        **{name: BASE_SETTINGS[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY", "REDIS_URL")},
    }

    def start():
        return subprocess.Popen(
            [sys.executable, "-m", "workers.run", "webhooks"], cwd=ROOT, env=environment
        )

    with sinks.sink(sinks.hang) as sink:
        app.extensions["outbound"] = Network(allow_local=True)
        endpoint_id = listen(owner, sink.url)
        tell(owner)
        process = start()
        try:
            wait_until(lambda: sink.got, 60)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            assert states() == ["pending"]
            sink.behave = sinks.answer()
            process = start()
            with transaction():
                endpoint = db.session.get(WebhookEndpoint, endpoint_id, populate_existing=True)
                # Nobody waits a minute in a test: the lease of the dead one ends now.
                assert endpoint.busy_until > clock.now()
                endpoint.busy_until = clock.now() - timedelta(seconds=1)
            wait_until(lambda: states() == ["delivered"], 60)
        finally:
            process.terminate()
            assert process.wait(15) == 0
    assert [got.headers["webhook-id"] for got in sink.got] == [
        sink.got[0].headers["webhook-id"]
    ] * 2
