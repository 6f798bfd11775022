"""When a stream speaks and when it ends, against a web process and a Redis of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from app.core.live import Ended, Ticket
from app.edge import service
from app.edge.clients import Answer
from app.edge.errors import FullError, TicketError
from app.edge.service import Hub, Stream

TICKET = Ticket(1, "site_1", 7, "https://site.example", "/embed/dashboard-overview", "en")


class FakeWeb:
    """Answers with what the test put there, and counts."""

    def __init__(self):
        self.tag, self.status, self.reads, self.outages = "t1", 200, 0, 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, ticket: Ticket, known: str) -> Answer:
        self.reads += 1
        await self.gate.wait()
        if self.outages:
            self.outages -= 1
            return Answer(0)
        if self.status != 200:
            return Answer(self.status)
        return Answer(304) if known == self.tag else Answer(200, self.tag, f"<p>{self.tag}</p>")


class FakeBus:
    """Gives out tickets, and hears what the test says."""

    def __init__(self):
        self.tickets: dict[str, Ticket] = {}
        self.said: asyncio.Queue = asyncio.Queue()
        self.kept: list = []
        self.wanted: list[int] = []

    async def take(self, text: str) -> Ticket | None:
        return self.tickets.pop(text, None)

    async def newest(self, ticket: Ticket) -> list:
        return list(self.kept)

    async def want(self, instruments) -> None:
        self.wanted += instruments

    async def listen(self) -> AsyncIterator:
        yield []
        while True:
            said = await self.said.get()
            if isinstance(said, Exception):
                raise said
            yield said


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(service, "GAP_SECONDS", 0.0)
    monkeypatch.setattr(service, "CATCH_UP_SECONDS", 0.0)
    monkeypatch.setattr(service.rules, "backoff", lambda *_: 0.0)


def names(events: list[bytes]) -> list[str]:
    return [
        line.removeprefix("event: ")
        for event in events
        for line in event.decode().splitlines()
        if line.startswith("event: ")
    ]


async def read(stream, count: int) -> list[bytes]:
    return [await asyncio.wait_for(anext(stream), 2) for _ in range(count)]


def run(story):
    """Run a test's story on a hub of its own."""

    async def main():
        web, bus = FakeWeb(), FakeBus()
        await asyncio.wait_for(story(Hub(web, bus, 3), web, bus), 5)

    asyncio.run(main())


def test_it_shows_the_newest_at_once_and_each_change_after_it():
    async def story(hub, web, bus):
        listening = asyncio.create_task(hub.listen())
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", TICKET.origin))
        assert names(await read(events, 2)) == ["beat", "overview"]
        for tag in ("t2", "t3"):
            web.tag = tag
            await bus.said.put([5, 1])
            (event,) = await read(events, 1)
            assert f"<p>{tag}</p>" in event.decode()
            assert f"id: {tag}\n" in event.decode()
        listening.cancel()

    run(story)


def test_many_words_during_one_reading_are_one_more_reading():
    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 1)
        web.gate.clear()
        reading = asyncio.create_task(anext(events))
        await asyncio.sleep(0.01)
        assert web.reads == 1
        for _ in range(50):
            hub.wake([1])
        web.gate.set()
        await reading
        web.tag = "t2"
        await read(events, 1)
        assert web.reads == 2

    run(story)


def test_without_a_word_it_beats_and_looks_for_itself(monkeypatch):
    monkeypatch.setattr(service, "BEAT_SECONDS", 0.05)

    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)
        assert names(await read(events, 2)) == ["beat", "beat"]
        web.tag = "t2"
        assert "overview" in names(await read(events, 2))

    run(story)


def test_it_beats_too_while_words_come_in_that_change_nothing(monkeypatch):
    monkeypatch.setattr(service, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(service, "GAP_SECONDS", 0.005)

    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)

        async def talk():
            while True:
                hub.wake([1])
                await asyncio.sleep(0.01)

        talking = asyncio.create_task(talk())
        assert names(await read(events, 2)) == ["beat", "beat"]
        assert web.reads > 5
        talking.cancel()

    run(story)


@pytest.mark.parametrize(("status", "why"), [(401, "refused"), (403, "refused"), (409, "refused")])
def test_a_refusal_ends_it_at_once(status, why):
    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        web.status = status
        last = (await read(events, 2))[-1]
        assert last == f"event: end\ndata: {why}\n\n".encode()
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        assert web.reads == 1

    run(story)


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_web_process_that_is_away_is_asked_three_times_and_then_the_page_polls(status):
    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        web.status = status
        assert (await read(events, 2))[-1] == b"event: end\ndata: away\n\n"
        assert web.reads == 3

    run(story)


def test_a_short_outage_of_the_web_process_ends_nothing():
    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 1)
        web.outages = 2
        assert names(await read(events, 1)) == ["overview"]
        assert web.reads == 3

    run(story)


def test_it_ends_after_its_time_so_that_the_sign_in_is_looked_at_again(monkeypatch):
    monkeypatch.setattr(service, "LIFE_SECONDS", 0.05)

    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)
        assert (await read(events, 1)) == [b"event: end\ndata: renew\n\n"]

    run(story)


def test_after_an_outage_of_redis_all_look_for_what_they_missed():
    async def story(hub, web, bus):
        listening = asyncio.create_task(hub.listen())
        bus.tickets["a"] = TICKET
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)
        web.tag = "t2"
        await bus.said.put(RedisConnectionError())
        assert names(await read(events, 1)) == ["overview"]
        assert hub.is_listening
        listening.cancel()

    run(story)


def test_there_is_a_limit_for_a_member_and_for_all(monkeypatch):
    async def story(hub, web, bus):
        for text in "abcd":
            bus.tickets[text] = TICKET
        streams = [await hub.admit(text, None) for text in "abc"]
        with pytest.raises(FullError):
            await hub.admit("d", None)
        assert hub.count == 3
        for stream in streams:
            hub.leave(stream)
        assert hub.count == 0
        assert not hub._streams
        monkeypatch.setattr(service, "MOST_PER_USER", 1)
        bus.tickets |= {"e": TICKET, "f": TICKET}
        assert isinstance(await hub.admit("e", None), Stream)
        with pytest.raises(FullError):
            await hub.admit("f", None)

    run(story)


def test_a_wrong_origin_spends_the_ticket():
    async def story(hub, web, bus):
        bus.tickets["a"] = TICKET
        for origin in ("https://evil.example", TICKET.origin):
            with pytest.raises(TicketError):
                await hub.admit("a", origin)
        assert hub.count == 0
        assert not hub._streams

    run(story)


SIGNED = Ticket(**{**TICKET.__dict__, "session": "s1"})


@pytest.mark.req("S4-107")
@pytest.mark.parametrize(
    ("ended", "is_over"),
    [
        (Ended("site_1", 1, "s1"), True),
        (Ended("site_1", 1), True),
        (Ended("site_1"), True),
        (Ended("site_1", 1, "s2"), False),
        (Ended("site_1", 2), False),
        (Ended("site_2", 1, "s1"), False),
        (Ended("site_2"), False),
    ],
)
def test_who_signs_out_loses_the_stream_at_once_and_nobody_else(ended, is_over):
    async def story(hub, web, bus):
        listening = asyncio.create_task(hub.listen())
        bus.tickets["a"] = SIGNED
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)
        web.tag = "t2"
        await bus.said.put(ended)
        await bus.said.put([1])
        (event,) = await read(events, 1)
        assert names([event]) == ["end" if is_over else "overview"]
        if is_over:
            assert b"data: signed-out" in event
            with pytest.raises(StopAsyncIteration):
                await anext(events)
        listening.cancel()

    run(story)


def test_what_is_being_read_when_the_member_signs_out_is_not_shown():
    async def story(hub, web, bus):
        bus.tickets["a"] = SIGNED
        events = hub.events(await hub.admit("a", None))
        await read(events, 1)
        web.gate.clear()
        reading = asyncio.create_task(anext(events))
        await asyncio.sleep(0.01)
        hub.end(Ended("site_1", 1, "s1"))
        web.gate.set()
        assert names([await reading]) == ["end"]

    run(story)


def test_a_lost_word_is_made_good_by_asking_again_within_a_minute(monkeypatch):
    # BEAT_SECONDS is how long a stream rests at most before the web process decides again.
    assert service.BEAT_SECONDS * (1 + service.JITTER) < 60
    monkeypatch.setattr(service, "BEAT_SECONDS", 0.05)

    async def story(hub, web, bus):
        bus.tickets["a"] = SIGNED
        events = hub.events(await hub.admit("a", None))
        await read(events, 2)
        web.status = 401
        assert names(await read(events, 2)) == ["beat", "end"]

    run(story)
