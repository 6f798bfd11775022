"""What goes wrong on the way, on demand: the next requests that fit get it, each fault `n` times."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One thing that will go wrong.

    `where` is a part of "METHOD /v1/path"; empty fits every request.
    """

    kind: str
    where: str = ""
    left: int = 1
    status: int = 500
    seconds: float = 0.0
    after_effect: bool = False
    code: str | None = None


@dataclass
class Faults:
    """The faults that wait for a request."""

    waiting: list[Fault] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    """What happened: the kind of the fault and the request that it met."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def timeout_after_effect(self, n=1, where=""):
        """Do it, then hang up without an answer: the caller cannot know that it was done."""
        self._add(Fault("hang_up", where, n, after_effect=True))

    def timeout_before_effect(self, n=1, where=""):
        """Hang up without having done anything: to the caller it looks the same."""
        self._add(Fault("hang_up", where, n))

    def fail(self, status, n=1, where="", *, after_effect=False):
        """Answer with an error; a 500 is kept for its idempotency key, 409 and 429 are not."""
        self._add(Fault("fail", where, n, status=status, after_effect=after_effect))

    def slow(self, seconds, n=1, where=""):
        """Wait before the work begins."""
        self._add(Fault("slow", where, n, seconds=seconds))

    def clear(self):
        """Forget the faults that have met nobody yet."""
        with self._lock:
            self.waiting.clear()

    def _add(self, fault):
        with self._lock:
            self.waiting.append(fault)

    def take(self, method, path) -> Fault | None:
        """Return the fault that a request meets."""
        label = f"{method} {path}"
        with self._lock:
            for fault in self.waiting:
                if fault.where in label:
                    fault.left -= 1
                    if fault.left <= 0:
                        self.waiting.remove(fault)
                    self.met.append((fault.kind, label))
                    return fault
        return None


MESSAGES = {
    409: ("idempotency_error", "There is currently another in-progress request.", "idempotency_key_in_use"),
    429: ("invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
}  # fmt: skip


def error_body(status) -> dict:
    """Return the error that belongs to a status."""
    usual = ("api_error", "An unknown error occurred on the side of the test till.", None)
    kind, message, code = MESSAGES.get(status, usual)
    return {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}
