"""Ending tasks: all of them, however slowly they end and however often that is asked."""

from __future__ import annotations

import asyncio

import pytest

from app.core import tasks
from app.core.tasks import end_tasks


async def slow(ended, name, times):
    """Take a few cancellations until it ends, as a client does whose server is slow to answer."""
    try:
        await asyncio.sleep(60)
    finally:
        for _ in range(times):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue
        ended.append(name)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.01)


def test_who_ends_slowly_is_asked_again_and_waited_for():
    ended = []

    async def play():
        made = [asyncio.create_task(slow(ended, str(times), times)) for times in (0, 3)]
        await asyncio.sleep(0)
        await end_tasks(made)
        assert sorted(ended) == ["0", "3"]
        assert all(each.done() for each in made)

    asyncio.run(play())


def test_who_is_ended_while_it_ends_others_leaves_none_of_them_behind():
    """As the feed does: its task ends its parts, and is asked again when that takes long."""
    ended = []

    async def whole():
        parts = [asyncio.create_task(slow(ended, "part", 5))]
        try:
            await asyncio.sleep(60)
        finally:
            await end_tasks(parts)

    async def play():
        running = asyncio.create_task(whole())
        await asyncio.sleep(0.01)
        await end_tasks([running])
        assert ended == ["part"]
        assert running.cancelled()

    asyncio.run(play())


def test_what_a_task_raises_is_looked_at_by_nobody_and_reported_nowhere(caplog):
    async def bad():
        raise ValueError("bad")

    async def play():
        made = asyncio.create_task(bad())
        await asyncio.sleep(0)
        await end_tasks([made])

    asyncio.run(play())
    assert caplog.text == ""
