"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.2


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended; what they raise is not looked at.

    A client of a server may swallow a cancellation that falls together with an answer, so it is
    said again. Who waits here may be cancelled as often: that counts once all have ended, since
    one left behind would use again what its owner closes next.
    """
    left = set(tasks)
    is_cancelled = False
    while left:
        for each in left:
            each.cancel()
        try:
            await asyncio.wait(left, timeout=AGAIN_SECONDS)
        except asyncio.CancelledError:
            is_cancelled = True
        for each in [each for each in left if each.done()]:
            left.remove(each)
            if not each.cancelled():
                each.exception()
    if is_cancelled:
        raise asyncio.CancelledError
