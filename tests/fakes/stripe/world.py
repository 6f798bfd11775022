"""Everything the fake knows, as plain JSON values, with the clock that they live by."""

from __future__ import annotations

import copy
import hashlib
import heapq
import json
import os
import secrets
import threading
import time
from pathlib import Path

import stripe

from .errors import missing
from .money import DAY

API_VERSION = stripe.api_version
NUMBERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 24
ORDER_LENGTH = 5
# Stripe's own objects are not all alike.
WITHOUT_MODE = (
    "subscription_item",
    "balance_transaction",
    "refund",
    "account",
    "transfer_reversal",
)


def _letters(number, length) -> str:
    """Return the last places of a number to the base 62, the smallest first."""
    found = ""
    while len(found) < length:
        number, place = divmod(number, len(NUMBERS))
        found += NUMBERS[place]
    return found


class World:
    """Objects by kind and id, the events about them, and what falls due."""

    def __init__(self, clock=time.time, seed=None):
        self.lock = threading.RLock()
        self.clock = clock
        self.url = ""
        # What a restart keeps.
        self.seed = seed or secrets.token_hex(8)
        self.offset = 0
        self.counter = 0
        self.objects: dict[str, dict[str, dict]] = {}
        self.kinds: dict[str, str] = {}
        self.due: list[tuple[int, int, str, str]] = []
        self.keys: dict[str, dict] = {}
        self.declining: dict[str, str] = {}
        # Parameters that Stripe knows and the fake does nothing with.
        self.ignored: set[str] = set()
        # What the owner has chosen in the dashboard.
        self.tax_percent = 0.0
        self.retry_days = (3, 5, 7)
        self.after_retries = "cancel"
        self.settle_days = 2
        # The request that is being worked on: events name it.
        self.request = {"id": None, "idempotency_key": None}
        self.account = None

    @property
    def now(self) -> int:
        """The fake's time in seconds since 1970."""
        return int(self.clock()) + self.offset

    def id(self, prefix: str) -> str:
        """Return a new id: as with Stripe, a later one sorts after an earlier one."""
        self.counter += 1
        number = int.from_bytes(hashlib.sha256(f"{self.seed}{self.counter}".encode()).digest())
        order = _letters(self.counter, ORDER_LENGTH)[::-1]
        return f"{prefix}_1{order}{_letters(number, ID_LENGTH - ORDER_LENGTH - 1)}"

    def add(self, prefix: str, name: str, /, **fields) -> dict:
        """Keep a new object and return it."""
        body = {
            "id": fields.pop("id", None) or self.id(prefix),
            "object": name,
            "created": self.now,
            **({} if name in WITHOUT_MODE else {"livemode": False}),
            "_seq": self.counter,
            "_account": fields.pop("_account", self.account),
            **fields,
        }
        self.objects.setdefault(name, {})[body["id"]] = body
        self.kinds[body["id"]] = name
        return body

    def forget(self, body: dict) -> None:
        """Drop an object for good."""
        self.objects[body["object"]].pop(body["id"])
        self.kinds.pop(body["id"])

    def find(self, name: str, key) -> dict | None:
        """Return an object or None."""
        return self.objects.get(name, {}).get(key)

    def get(self, name: str, key, param=None) -> dict:
        """Return an object of the account that asks.

        Raises:
            ApiError: there is none; `param` says that it was named by a parameter.
        """
        body = self.find(name, key)
        if body is None or body["_account"] != self.account:
            raise missing(name, key, param or "id", in_path=param is None)
        return body

    def any(self, key: str) -> dict | None:
        """Return the object with an id, whatever it is."""
        return self.find(self.kinds.get(key, ""), key)

    def all(self, name: str, /, **fields) -> list[dict]:
        """Return the objects of a kind that have these values, oldest first."""
        wanted = fields.items()
        return [
            body
            for body in self.objects.get(name, {}).values()
            if all(body.get(field) == value for field, value in wanted)
        ]

    def plan(self, at: int, what: str, key: str) -> None:
        """Remember that something falls due."""
        self.counter += 1
        heapq.heappush(self.due, (int(at), self.counter, what, key))

    def emit(self, kind: str, body: dict, before: dict | None = None, account=None) -> dict:
        """Record an event about an object as it is now."""
        from .render import changes, render
        from .webhooks import wants

        data = {"object": render(self, body)}
        if before is not None:
            data["previous_attributes"] = changes(before, body)
        event = self.add(
            "evt",
            "event",
            type=kind,
            api_version=API_VERSION,
            data=data,
            request=dict(self.request),
            pending_webhooks=0,
            _account=None,
            **({"account": account} if account else {}),
        )
        endpoints = self.all("webhook_endpoint")
        event["pending_webhooks"] = sum(wants(endpoint, event) for endpoint in endpoints)
        return event

    def change(self, body: dict, kind: str | None, /, **fields) -> dict:
        """Change an object and record the event, if anything is new."""
        before = copy.deepcopy(body)
        body.update(fields)
        if kind and before != body:
            self.emit(kind, body, before)
        return body

    def forget_old_keys(self) -> None:
        """Forget idempotency keys after 24 hours."""
        limit = self.now - DAY
        self.keys = {
            key: kept for key, kept in self.keys.items() if not kept["status"] or kept["at"] > limit
        }

    def save(self, path: Path) -> None:
        """Write everything into a file, whole or not at all."""
        keys = {key: kept for key, kept in self.keys.items() if kept["status"]}
        state = {name: getattr(self, name) for name in KEPT} | {"keys": keys}
        partial = path.with_suffix(".partial")
        with partial.open("w") as file:
            # In one piece: written bit by bit it takes ten times as long.
            file.write(json.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on where a file ended."""
        for name, value in json.loads(path.read_text()).items():
            setattr(self, name, value)
        self.due = [tuple(entry) for entry in self.due]
        self.kinds = {key: name for name, known in self.objects.items() for key in known}


KEPT = ("seed", "offset", "counter", "objects", "due", "declining")
