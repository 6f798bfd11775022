"""Counting against a quota exactly, over several processes, without asking Redis each time.

A process takes a piece of a window's quota from Redis, in one step, and spends it by itself. What
has been given out never exceeds the quota. The pieces shrink as it runs out, and a process that got
nothing more says which name it was: the others give back what they have not spent within a moment,
so that no part of the quota is lost in a process that nobody asks.

Without Redis each process has its own share of the quota. What it spends then is told to Redis with
the next piece.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

MAX_WINDOWS = 50_000
FIRST_PART = 10
"""A piece is at most this part of the quota …"""
LATER_PART = 4
"""… and of what is left of it."""
RETRY_SECONDS = 0.25
"""So long a process that got nothing does not ask again."""


class Policy(NamedTuple):
    """So many requests in so many seconds; windows begin at multiples of them."""

    name: str
    quota: int
    window: int


class Charged(NamedTuple):
    """What became of one request under a policy."""

    policy: Policy
    is_allowed: bool
    remaining: int
    reset_at: int
    """When the window ends, in Unix seconds."""
    is_repeated: bool = False
    """Whether one was refused in this window before."""


class Piece(NamedTuple):
    """What the store gave, and how much of the quota is given out with it."""

    granted: int
    total: int


class Store(Protocol):
    """Where the processes meet."""

    def take(self, name: str, quota: int, size: int, owed: int, ttl: int) -> Piece | None:
        """Add `owed`, and up to `size` of what is left then; None while the store is away."""

    def give_back(self, unspent: dict[str, int]) -> None:
        """Return what was taken and not spent."""

    def wanted(self) -> set[str]:
        """Return the names of which somebody got nothing lately."""


@dataclass
class _Window:
    name: str
    number: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    left: int = 0
    """Taken and not spent."""
    total: int = 0
    """Given out to all, as of the last piece."""
    spent: int = 0
    owed: int = 0
    """Spent while the store was away."""
    refused_at: float = float("-inf")
    has_refused: bool = False


class Counter:
    """Counts for one process."""

    def __init__(self, store: Store, processes: int) -> None:
        self._store = store
        self._processes = max(1, processes)
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[str, str], _Window] = OrderedDict()
        self._returner: threading.Thread | None = None

    def charge(self, policy: Policy, subject: str, now: float) -> Charged:
        """Count one request of `subject` at `now` (Unix seconds)."""
        number = int(now // policy.window)
        window = self._window(policy, subject, number)
        with window.lock:
            if window.left == 0:
                self._take(policy, window)
            is_allowed = window.left > 0
            if is_allowed:
                window.left -= 1
                window.spent += 1
            remaining = max(0, policy.quota - window.total) + window.left if is_allowed else 0
            is_repeated = window.has_refused
            window.has_refused = is_repeated or not is_allowed
        return Charged(policy, is_allowed, remaining, (number + 1) * policy.window, is_repeated)

    def _window(self, policy: Policy, subject: str, number: int) -> _Window:
        key = (policy.name, subject)
        with self._lock:
            window = self._windows.get(key)
            if window is None or window.number != number:
                name = f"{policy.name}:{subject}:{number}"
                window = self._windows[key] = _Window(name, number)
                while len(self._windows) > MAX_WINDOWS:
                    self._windows.popitem(last=False)
            self._windows.move_to_end(key)
            return window

    def _take(self, policy: Policy, window: _Window) -> None:
        moment = time.monotonic()
        if moment - window.refused_at < RETRY_SECONDS:
            return
        open_quota = max(0, policy.quota - window.total)
        size = max(1, min(policy.quota // FIRST_PART, open_quota // LATER_PART))
        piece = self._store.take(window.name, policy.quota, size, window.owed, 2 * policy.window)
        if piece is None:
            self._take_own_share(policy, window)
            return
        window.owed, window.left, window.total = 0, piece.granted, piece.total
        if piece.granted:
            self._start_returner()
        else:
            window.refused_at = moment

    def _take_own_share(self, policy: Policy, window: _Window) -> None:
        if window.spent < max(1, policy.quota // self._processes):
            window.left = 1
            window.owed += 1
            window.total = min(policy.quota, window.total + 1)

    # --- Giving back ---

    def _start_returner(self) -> None:
        if self._returner is None or not self._returner.is_alive():
            with self._lock:
                if self._returner is None or not self._returner.is_alive():
                    self._returner = threading.Thread(target=self._return_wanted, daemon=True)
                    self._returner.start()

    def _return_wanted(self) -> None:
        """Give back what others want, for as long as there is anything to give."""
        while self._holds_any():
            time.sleep(RETRY_SECONDS)
            self.give_back()

    def _holds_any(self) -> bool:
        with self._lock:
            return any(window.left for window in self._windows.values())

    def give_back(self) -> None:
        """Give back what is unspent of the names that somebody got nothing of."""
        wanted = self._store.wanted()
        if not wanted:
            return
        with self._lock:
            windows = [one for one in self._windows.values() if one.name in wanted]
        unspent: dict[str, int] = {}
        for window in windows:
            with window.lock:
                if window.left:
                    unspent[window.name], window.left = window.left, 0
        if unspent:
            self._store.give_back(unspent)
