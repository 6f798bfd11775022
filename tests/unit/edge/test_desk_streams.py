"""What a page of the desk is sent, against a web process and a Redis of the test's own."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from app.core.live import CHECK, ChartChanged, Ended, Ticket
from app.core.ticks import Bar, FeedState
from app.edge import service
from tests.unit.edge.test_streams import TICKET, names, read, run


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(service, "CATCH_UP_SECONDS", 0.0)
    monkeypatch.setattr(service.rules, "backoff", lambda *_: 0.0)


DESK = Ticket(**{**TICKET.__dict__, "target": CHECK, "instruments": [7, 8], "charts": [12]})


def desk_bar(instrument_id=7, opened_at=60, *, closed=False) -> Bar:
    return Bar(instrument_id, opened_at, closed, f'{{"i": {instrument_id}, "at": {opened_at}}}')


async def open_desk(hub, bus, web, ticket=DESK):
    web.status = 204
    bus.tickets["a"] = ticket
    events = hub.events(await hub.admit("a", None))
    await read(events, 1)
    return events


def test_a_desk_gets_what_is_newest_and_then_what_comes_for_its_own():
    async def story(hub, web, bus):
        bus.kept = [desk_bar(), FeedState("{}"), ChartChanged(12, 1, 4)]
        events = await open_desk(hub, bus, web)
        (first,) = await read(events, 1)
        assert names([first]) == ["bar", "chart", "feed"]
        assert sorted(bus.wanted) == [7, 8]
        for told in (desk_bar(9), ChartChanged(13, 1, 1), ChartChanged(12, 2, 5), [1], desk_bar(8)):
            hub.hear(told)
        hub.hear(ChartChanged(12, 1, 5))
        (second,) = await read(events, 1)
        assert names([second]) == ["bar", "chart"]
        assert b'"i": 8' in second
        assert b'"version": 5' in second
        assert web.reads == 0

    run(story)


def test_a_page_that_does_not_read_is_sent_the_newest_when_it_does():
    async def story(hub, web, bus):
        events = await open_desk(hub, bus, web)
        for second in range(1000):
            hub.hear(desk_bar(opened_at=60 * (second // 60)))
        (event,) = await read(events, 1)
        assert event == b'event: bar\ndata: {"i": 7, "at": 960}\n\n'

    run(story)


def test_the_web_process_is_asked_whether_the_member_may_still_see_it(monkeypatch):
    monkeypatch.setattr(service, "CHECK_SECONDS", 0.02)

    async def story(hub, web, bus):
        events = await open_desk(hub, bus, web)
        reading = asyncio.create_task(anext(events))
        await asyncio.sleep(0.1)
        assert web.reads > 1
        web.status = 401
        assert await reading == b"event: end\ndata: refused\n\n"

    run(story)


def test_a_desk_outlives_a_short_outage_of_the_web_process_and_no_long_one(monkeypatch):
    monkeypatch.setattr(service, "CHECK_SECONDS", 0.02)

    async def story(hub, web, bus):
        events = await open_desk(hub, bus, web)
        web.outages = 2
        reading = asyncio.create_task(anext(events))
        await asyncio.sleep(0.1)
        assert web.outages == 0
        assert not reading.done()
        web.outages = 1000
        assert await reading == b"event: end\ndata: away\n\n"

    run(story)


@pytest.mark.req("S4-107")
def test_a_member_who_signs_out_sees_no_further_bar():
    async def story(hub, web, bus):
        events = await open_desk(hub, bus, web, Ticket(**{**DESK.__dict__, "session": "s1"}))
        hub.hear(desk_bar())
        hub.hear(Ended("site_1", 1, "s1"))
        assert await read(events, 1) == [b"event: end\ndata: signed-out\n\n"]

    run(story)


def test_after_an_outage_of_redis_a_desk_is_sent_what_is_newest():
    async def story(hub, web, bus):
        listening = asyncio.create_task(hub.listen())
        events = await open_desk(hub, bus, web)
        reading = asyncio.create_task(anext(events))
        await asyncio.sleep(0.01)
        bus.kept = [desk_bar(opened_at=120)]
        await bus.said.put(RedisConnectionError())
        assert b'"at": 120' in await reading
        listening.cancel()

    run(story)


def test_what_open_desks_show_is_wanted_again_and_again_and_no_longer_than_they_are_open(
    monkeypatch,
):
    monkeypatch.setattr(service, "WANT_SECONDS", 0.01)

    async def story(hub, web, bus):
        wanting = asyncio.create_task(hub.keep_wanting())
        bus.tickets["a"] = DESK
        stream = await hub.admit("a", None)
        await asyncio.sleep(0.05)
        assert bus.wanted.count(7) > 2
        hub.leave(stream)
        await asyncio.sleep(0.02)
        bus.wanted.clear()
        await asyncio.sleep(0.05)
        assert bus.wanted == []
        assert not hub._watching
        wanting.cancel()

    run(story)
