"""Pure: the wire format of server-sent events, and waiting times that do not fall together."""

from __future__ import annotations

import re

LINES = re.compile(r"\r\n|\r|\n")
# A browser whose own retry is on would come back with a spent ticket; ours asks for a new one.
RETRY_MS = 60_000


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
