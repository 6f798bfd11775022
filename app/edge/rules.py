"""Pure: server-sent events, what a slow page is still to be sent, waiting times."""

from __future__ import annotations

import json
import re

from app.core.live import ChartChanged
from app.core.ticks import Bar, FeedState

Told = Bar | FeedState | ChartChanged
LINES = re.compile(r"\r\n|\r|\n")
# A browser whose own retry is on would come back with a spent ticket; ours asks for a new one.
RETRY_MS = 60_000
# Two hours of one instrument in minutes; a page that is further behind loads the chart's bars anew.
MOST_CLOSED = 120


class Box:
    """What a page has not been sent yet. However slowly it reads, this does not grow.

    Of an open bar and of a chart only the newest counts. Bars that have closed are all sent, up to
    a bound; beyond it the page is told to load its bars anew.
    """

    def __init__(self) -> None:
        self._closed: dict[tuple[int, int], bytes] = {}
        self._open: dict[int, tuple[int, bytes]] = {}
        self._charts: dict[int, bytes] = {}
        self._feed = b""
        self._is_behind = False

    def put(self, told: Told, event: bytes) -> None:
        """Take what is told, with the event that says it."""
        if isinstance(told, Bar):
            self._put_bar(told, event)
        elif isinstance(told, ChartChanged):
            self._charts[told.chart_id] = event
        else:
            self._feed = event

    def _put_bar(self, bar: Bar, event: bytes) -> None:
        """Take a bar; an open one that is older than another of its instrument is dropped."""
        waiting = self._open.get(bar.instrument_id)
        if not bar.is_closed:
            if waiting is None or waiting[0] <= bar.opened_at:
                self._open[bar.instrument_id] = (bar.opened_at, event)
            return
        if waiting is not None and waiting[0] <= bar.opened_at:
            del self._open[bar.instrument_id]
        self._closed[bar.instrument_id, bar.opened_at] = event
        if len(self._closed) > MOST_CLOSED:
            self._closed.clear()
            self._is_behind = True

    def take(self) -> bytes:
        """Return all that is waiting, in the order in which a page can use it, and forget it."""
        parts = [
            frame("reload", "bars") if self._is_behind else b"",
            *self._closed.values(),
            *(event for _, event in self._open.values()),
            *self._charts.values(),
            self._feed,
        ]
        self.__init__()  # type: ignore[misc]
        return b"".join(parts)


def event_of(told: Told) -> bytes:
    """Return what is told as an event of a stream."""
    if isinstance(told, ChartChanged):
        return frame("chart", json.dumps({"id": told.chart_id, "version": told.version}))
    return frame("bar" if isinstance(told, Bar) else "feed", told.text)


def frame(event: str, data: str, tag: str = "") -> bytes:
    """Return one event; `tag` becomes its id. No data can end the event or begin another."""
    head = [f"id: {one_line(tag)}"] if tag else []
    lines = [f"data: {line}" for line in LINES.split(data)]
    return "\n".join([*head, f"event: {one_line(event)}", *lines, "\n"]).encode()


def one_line(text: str) -> str:
    """Return a field's value without what would end its line."""
    return re.sub(r"[\r\n\0]", "", text)


def opening() -> bytes:
    """Return what begins a stream: bytes that make it flow, and the first sign of life."""
    return f"retry: {RETRY_MS}\n\n".encode() + beat()


def beat() -> bytes:
    """Return a sign of life. An event and no comment: scripts do not see comments."""
    return frame("beat", "1")


def jittered(seconds: float, share: float, chance: float) -> float:
    """Return `seconds` more or less up to a share of it; `chance` is between 0 and 1."""
    return seconds * (1 + share * (2 * chance - 1))


def backoff(failures: int, chance: float, longest: float = 10.0) -> float:
    """Return how long to wait after so many failures in a row: doubling, half of it by chance."""
    return min(0.25 * 2.0 ** min(failures, 10), longest) * (0.5 + chance / 2)
