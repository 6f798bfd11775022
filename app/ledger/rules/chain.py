"""The hash chain: each event's hash covers all its columns and the hash of the one before.

The hashed text is JSON as RFC 8785 writes it, so that anybody can check a chain with nothing but
SHA-256. orjson writes that form on our restricted domain (texts without lone surrogates, booleans,
null, integers below 2^53, objects with ASCII keys); tests/unit/ledger proves it against rfc8785.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import orjson

GENESIS = "0" * 64
"""What the first event of an account names as its predecessor."""


class Event(NamedTuple):
    """The columns of an event in the order in which they are stored."""

    account_id: int
    seq: int
    kind: str
    occurred_at: str
    received_at: str
    source: str
    external_id: str
    body: str
    prev_hash: str
    hash: str


def canonical(value: Any) -> str:
    """Return a value of the restricted domain as RFC 8785 JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def chain(account_id: int, seq: int, prev_hash: str, source: str, received_at: str) -> EventWriter:
    """Return a writer that appends events after the event `seq` with hash `prev_hash`."""
    return EventWriter(account_id, seq, prev_hash, source, received_at)


class EventWriter:
    """Numbers and hashes the events of one delivery."""

    def __init__(
        self, account_id: int, seq: int, prev_hash: str, source: str, received_at: str
    ) -> None:
        self.account_id = account_id
        self.seq = seq
        self.head = prev_hash or GENESIS
        self.source = source
        self.received_at = received_at
        self.events: list[Event] = []
        # The parts of the hashed text that are the same for the whole delivery.
        self._start = f'{{"account_id":{account_id},"body":'
        self._end = f'","received_at":{canonical(received_at)},"seq":'
        self._source = f',"source":{canonical(source)}}}'

    def append(self, kind: str, occurred_at: str, external_id: str, body: str) -> Event:
        """Append one event; `body` is canonical JSON."""
        seq = self.seq + 1
        prev_hash = self.head
        # Written by hand because this runs a million times in an import. `kind` and
        # `occurred_at` are ours and need no escaping.
        text = (
            f'{self._start}{body},"external_id":{orjson.dumps(external_id).decode()},'
            f'"kind":"{kind}","occurred_at":"{occurred_at}","prev_hash":"{prev_hash}'
            f"{self._end}{seq}{self._source}"
        )
        self.head = hashlib.sha256(text.encode()).hexdigest()
        self.seq = seq
        event = Event(
            self.account_id, seq, kind, occurred_at, self.received_at, self.source,
            external_id, body, prev_hash, self.head,
        )  # fmt: skip
        self.events.append(event)
        return event


def event_hash(event: Event) -> str:
    """Return the hash that an event must have by its columns; the strict way, for checking."""
    document = event._asdict()
    del document["hash"]
    # The body's own bytes: a changed blank in it is a change, too.
    document["body"] = orjson.Fragment(event.body.encode())
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def find_fault(event: Event, seq: int, prev_hash: str) -> str | None:
    """Say what is wrong with an event that should be number `seq` after `prev_hash`."""
    if event.seq != seq:
        return f"event {seq} is missing (the next one has number {event.seq})"
    if event.prev_hash != prev_hash:
        return "prev_hash is not the hash of the event before it: changed, swapped or inserted"
    if not all(isinstance(value, str) for value in event[2:]):
        return "a column was changed: it holds something other than text"
    if event_hash(event) != event.hash:
        return "a column was changed, or the event was swapped or inserted: the hash differs"
    return None


def personal_hash(salt: str, value: str) -> str:
    """Return what a body holds in place of personal text."""
    return hashlib.sha256((salt + value).encode()).hexdigest()
