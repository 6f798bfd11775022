"""Tickets and streams, with a real Redis, a real web server and a real edge process."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
import time
from datetime import UTC, datetime

import pytest
import requests
from redis import Redis
from werkzeug.serving import make_server

from app.core import clock, live, ticks
from app.core.db import db, transaction
from app.edge.clients import RedisBus
from scripts.settings import HOST
from tests.conftest import BASE_SETTINGS, SiteCaller, _close, make_app
from tests.edges import ORIGIN, Edge, Reader, resident
from tests.factories.plans import with_api
from tests.services import free_ports

TARGET = "/api/live/tickets"
ASKED = {"fragment": "dashboard-overview"}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, redis_url):
    """Return an edge process, and the port on which a test's web server shall be."""
    web_port, edge_port = free_ports(2)
    folder = tmp_path_factory.mktemp("edge")
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "SECRET_KEY": BASE_SETTINGS["SECRET_KEY"],
        "ENCRYPTION_KEY": BASE_SETTINGS["ENCRYPTION_KEY"],
        "REDIS_URL": redis_url,
        "WEB_URL": f"http://{HOST}:{web_port}",
        "EDGE_PORT": str(edge_port),
    }
    running = Edge(folder, environment, web_port)
    yield running
    running.stop()


@pytest.fixture
def world(tmp_path, migrated_database, redis_url, edge):
    """Return an application that serves, its site with a member, and an edge that reads from it."""
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path, REDIS_URL=redis_url, EDGE_URL=edge.url)
    redis = Redis.from_url(redis_url)
    redis.flushall()
    server = make_server(HOST, edge.web_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with app.app_context():
        made = World(app, edge, redis)
        try:
            yield made
        finally:
            for reader in made.readers:
                reader.close()
            edge.wait_for_streams(0)
            server.shutdown()
            thread.join()
            server.server_close()
            redis.close()
            app.extensions["live_redis"].close()
            _close(app)


class World:
    """All parts of a test."""

    def __init__(self, app, edge, redis):
        from app.accounts import service

        self.app, self.edge, self.redis = app, edge, redis
        self.site = SiteCaller(app, ORIGIN)
        with transaction():
            self.user_id = service.create_user("member@example.test").id
            self.key = service.create_key(with_api(self.user_id), ["ledger:write"], "test")
        self.site.link(7, self.user_id)
        self.readers: list[Reader] = []
        self.fills = 0

    def ask(self, **body):
        """Ask for a ticket as the member's WordPress does."""
        return self.site.post(TARGET, wp_user_id=7, json={**ASKED, **body})

    def url(self, **body) -> str:
        """Return the address of a stream."""
        answer = self.ask(**body)
        assert answer.status_code == 201, answer.text
        return answer.json["url"]

    def open(self, **body) -> Reader:
        """Open a stream and read its first sign of life."""
        reader = self.read(self.url(**body))
        assert reader.status == 200, reader.answer.text
        reader.next("beat")
        return reader

    def read(self, url: str, origin=ORIGIN) -> Reader:
        """Open an address as a page does; it is closed after the test."""
        reader = Reader(url, origin)
        self.readers.append(reader)
        return reader

    def trade(self, *, tell: bool = True) -> None:
        """Let the member close a trade, and refold as the worker would."""
        from app.performance import service as performance

        fills = []
        for side in ("buy", "sell"):
            self.fills += 1
            fills.append(
                {
                    "external_id": str(self.fills), "symbol": "AAPL", "side": side, "qty": "1",
                    "executed_at": datetime.now(UTC).isoformat(), "price": "100", "fee": "0",
                    "currency": "USD",
                }
            )  # fmt: skip
        answer = self.app.test_client().post(
            "/api/ledger/fills",
            json={"plugin_id": "mine", "fills": fills},
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert answer.json["created"] == 2, answer.text
        account = answer.json["account_id"]
        if not tell:
            self.app.extensions["live_silent_until"] = time.monotonic() + 60
        with transaction():
            performance.refold_account(account, "USD", clock.now().date().toordinal() - 1)


def test_a_change_reaches_the_open_stream(world):
    reader = world.open()
    first = reader.next("overview")
    assert 'id="dashboard-overview"' in first["data"]
    world.trade()
    second = reader.next("overview")
    assert "1 trade," in second["data"]
    assert second["id"] != first["id"]
    assert world.edge.health()["streams"] == 1
    reader.close()


def test_a_stream_is_not_stored_nor_collected_and_names_one_origin(world):
    reader = world.open()
    headers = reader.answer.headers
    assert headers["Content-Type"].startswith("text/event-stream")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in headers
    assert "Set-Cookie" not in headers
    assert "Content-Encoding" not in headers
    reader.close()


def test_a_page_that_shows_the_newest_is_sent_nothing(world):
    tag = world.open().next("overview")["id"]
    reader = world.open(known=tag)
    world.trade()
    assert "1 trade," in reader.next("overview")["data"]


def test_a_ticket_opens_one_stream(world):
    url = world.url()
    assert world.read(url).status == 200
    again = world.read(url)
    assert again.status == 403
    assert again.answer.headers["Content-Type"] == "application/problem+json"
    assert world.read(f"{world.edge.url}/live").status == 403
    assert world.read(f"{world.edge.url}/live?ticket={'x' * 5000}").status == 403


def test_a_ticket_is_kept_under_its_hash_for_thirty_seconds(world):
    text = world.url().partition("ticket=")[2]
    assert len(text) >= 43
    (key,) = world.redis.keys("trp:ticket:*")
    assert text not in key.decode()
    assert 25 < world.redis.ttl(key) <= 30
    assert text.encode() not in world.redis.get(key)


def test_an_expired_ticket_opens_nothing(world):
    url = world.url()
    world.redis.pexpire(world.redis.keys("trp:ticket:*")[0], 1)
    time.sleep(0.01)
    assert world.read(url).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://site.example"])
def test_a_page_of_another_origin_gets_nothing_and_spends_the_ticket(world, origin):
    url = world.url()
    refused = world.read(url, origin)
    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.answer.headers
    assert world.read(url).status == 403


def test_a_member_has_at_most_five_streams_and_each_place_is_free_again(world):
    readers = [world.open() for _ in range(5)]
    refused = world.read(world.url())
    assert refused.status == 503
    assert refused.answer.headers["Retry-After"] == "60"
    readers.pop().close()
    world.edge.wait_for_streams(4)
    world.open()


def test_a_member_who_is_disabled_loses_the_stream(world):
    from app.accounts.models import User

    reader = world.open()
    reader.next("overview")
    with transaction():
        db.session.get(User, world.user_id).disabled_at = clock.now()
    live_word(world)
    assert reader.next("end")["data"] == "refused"
    assert world.ask().status_code == 403


def test_a_site_that_is_paused_loses_its_streams(world):
    from app.accounts import service

    reader = world.open()
    reader.next("overview")
    with transaction():
        service.pause_site(world.site.site_id)
    live_word(world)
    # Whichever comes first: the word that it was paused, or the web process' refusal.
    assert reader.next("end")["data"] in {"signed-out", "refused"}


def live_word(world) -> None:
    with transaction():
        live.announce([world.user_id])


def test_a_wiped_redis_loses_tickets_and_no_stream(world):
    url = world.url()
    reader = world.open()
    reader.next("overview")
    world.redis.flushall()
    assert world.read(url).status == 403
    world.trade()
    assert "1 trade," in reader.next("overview")["data"]


def test_a_word_that_got_lost_only_delays(world):
    reader = world.open()
    reader.next("overview")
    world.trade(tell=False)
    start = time.monotonic()
    assert "1 trade," in reader.next("overview")["data"]
    assert time.monotonic() - start < 20


# --- The desk ---

DESK = {"fragment": "desk", "instruments": [7, 8], "charts": [12]}


def tick(world, instrument_id=7, price=1.5, *, closed=False) -> dict:
    """Tell a bar as the feed does."""
    bar = [1764000000, 1, 2, 0.5, price, 100]
    said = {"i": instrument_id, "b": bar, "closed": closed, "sent": 0, "source": "simulated"}
    text = json.dumps(said)
    world.redis.hset(ticks.LAST, str(instrument_id), text)
    world.redis.publish(ticks.CHANNEL, text)
    return said


@pytest.mark.req("S2-53", "S2-61")
def test_a_bar_reaches_the_open_chart_within_a_second(world):
    first = tick(world)
    reader = world.open(**DESK)
    assert json.loads(reader.next("bar")["data"]) == first
    assert {int(one) for one in world.redis.zrange(ticks.WANTED, 0, -1)} >= {7, 8}
    assert 55 < world.redis.zscore(ticks.WANTED, "7") - time.time() <= 60
    tick(world, 9)
    start = time.monotonic()
    said = tick(world, 8, 1.75, closed=True)
    assert json.loads(reader.next("bar")["data"]) == said
    assert time.monotonic() - start < 1


def test_the_state_of_the_feed_reaches_every_desk(world):
    reader = world.open(**DESK)
    text = json.dumps({"state": "stale", "source": "simulated"})
    world.redis.publish(ticks.CHANNEL, text)
    assert reader.next("feed")["data"] == text


def test_a_change_of_a_chart_reaches_its_owner_alone(world):
    with transaction():
        live.announce_chart(12, world.user_id, 2)
    reader = world.open(**DESK)
    # What was kept has come, so all that comes now was told to it while it listened.
    assert json.loads(reader.next("chart")["data"]) == {"id": 12, "version": 2}
    with transaction():
        live.announce_chart(12, world.user_id + 1, 3)
        live.announce_chart(13, world.user_id, 3)
        live.announce_chart(12, world.user_id, 4)
    assert json.loads(reader.next("chart")["data"]) == {"id": 12, "version": 4}
    later = world.open(**DESK)
    assert json.loads(later.next("chart")["data"]) == {"id": 12, "version": 4}


def test_a_desk_of_a_site_that_is_paused_ends(world):
    from app.accounts import service

    reader = world.open(**DESK)
    with transaction():
        service.pause_site(world.site.site_id)
    assert reader.next("end")["data"] == "signed-out"


def test_a_page_that_reads_nothing_costs_no_memory(world):
    """Its socket is full soon; what is told after that is kept once, and not once a message."""
    reader = world.open(**DESK)
    text = json.dumps({"i": 7, "b": [60, 1, 1, 1, 1, 0], "closed": False, "source": "x" * 10**6})
    sizes = []
    for count in (12, 20):
        for _ in range(count):
            world.redis.publish(ticks.CHANNEL, text)
            time.sleep(0.11)
        sizes.append(resident(world.edge))
    # The first dozen fills what the kernel and the server keep of an answer; then nothing grows.
    assert sizes[1] - sizes[0] < 8
    assert reader.status == 200


@pytest.mark.faults
def test_an_edge_that_was_killed_serves_new_tickets(world):
    reader = world.open()
    reader.next("overview")
    world.edge.stop()
    with pytest.raises((requests.RequestException, pytest.fail.Exception)):
        reader.next("overview")
    world.trade()
    url = world.url()
    with pytest.raises(requests.ConnectionError):
        world.read(url)
    world.edge.start()
    reader = world.read(url)
    assert "1 trade," in reader.next("overview")["data"]


def test_hundreds_of_pages_that_come_back_at_once_all_get_their_stream(redis_url):
    """They wait their turn at Redis; a page that is refused would poll for a minute."""

    async def come_back():
        bus = RedisBus(redis_url)
        found = await asyncio.gather(*(bus.take(f"wrong {n}") for n in range(500)))
        await bus.close()
        return found

    assert asyncio.run(come_back()) == [None] * 500
