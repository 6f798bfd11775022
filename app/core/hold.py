"""A held installation charges, mails and pushes nothing until the operator releases it.

A restored backup is held: what it believes to be due may have been done long ago. So is a copy,
which is told by PUBLIC_URL: the database remembers the address that it was used at. Held work
waits; `flask release` lets it go, and drops knowingly what has become too old.

Whatever leaves the house is either a job that is named with `outgoing` (it then waits by itself),
or asks `is_held()` before it acts and lists what waits by `add_room`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, current_app

from app.core import clock, installation
from app.core.db import in_transaction

KEEP = timedelta(hours=24)
"""What has waited longer when it is released is dropped: nobody wants last week's mails at once."""


@dataclass(frozen=True)
class Hold:
    """Why nothing leaves, and since when (a copy has no time: it is one from its first moment)."""

    because: str
    """restored, copied or operator."""
    since: datetime | None


@dataclass(frozen=True)
class Waiting:
    """One thing that would leave: what it is, for whom or what (an id), and since when it is due."""

    what: str
    subject: str
    due_at: datetime


@dataclass(frozen=True)
class Room:
    """Where things wait that are no outgoing jobs: a table of mails, of deliveries."""

    waiting: Callable[[], Iterable[Waiting]]
    """All that is due and has not left."""
    drop: Callable[[datetime], int]
    """Give up, for good and visibly, what was due before a time; returns how many."""


@dataclass
class _Doors:
    jobs: set[str] = field(default_factory=set)
    rooms: dict[str, Room] = field(default_factory=dict)


def register(app: Flask) -> None:
    """Let slices say what leaves."""
    app.extensions["doors"] = _Doors()


def outgoing(app: Flask, *jobs: str) -> None:
    """Name jobs ("slice.function") that reach the outside; while held the outbox keeps them."""
    _doors(app).jobs.update(jobs)


def add_room(app: Flask, name: str, room: Room) -> None:
    """Name a place where things wait that a slice holds back itself."""
    _doors(app).rooms[name] = room


def outgoing_jobs() -> frozenset[str]:
    """Return the names of all jobs that reach the outside."""
    return frozenset(_doors(current_app).jobs)


def held_jobs() -> frozenset[str]:
    """Return the names of the jobs that must wait now: none while nothing is held."""
    names = outgoing_jobs()
    return names if names and is_held() else frozenset()


def _doors(app: Flask) -> _Doors:
    found: _Doors = app.extensions["doors"]
    return found


def is_held() -> bool:
    """Whether nothing may be charged, mailed or pushed now. Ask it before anything leaves."""
    return state() is not None


def state() -> Hold | None:
    """Return why the installation is held; None when it is not."""
    row = installation.find()
    if row is None:
        return None
    if row.held_at is not None:
        return Hold(row.held_because or "operator", row.held_at)
    return Hold("copied", None) if is_elsewhere(row.public_url, _address()) else None


def is_elsewhere(known: str, now: str) -> bool:
    """Whether an address tells of a copy.

    An installation that was tried on its own machine and then given its public address is none;
    one that had a public address and has another, or none, may be.
    """
    return _place(known) != _place(now) and not _is_own_machine(known)


def _place(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port


def _is_own_machine(url: str) -> bool:
    name = _place(url)[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in {"", "localhost"}


def _address() -> str:
    return str(current_app.config["PUBLIC_URL"])


def hold(because: str) -> None:
    """Hold the installation from now on, in the present transaction."""
    row = installation.lock(_address())
    row.held_at, row.held_because = clock.now(), because


def waiting() -> list[Waiting]:
    """Return what is due to leave, the oldest first."""
    found = [one for room in _doors(current_app).rooms.values() for one in room.waiting()]
    return sorted(found, key=lambda one: one.due_at)


def release(keep: timedelta = KEEP) -> dict[str, int]:
    """Let things leave again, in the present transaction; what is older than `keep` is dropped.

    Returns how many each place dropped. The address at which it runs now is its own from here on.
    """
    if not in_transaction():
        message = "release needs an open transaction()"
        raise RuntimeError(message)
    row = installation.lock(_address())
    before = clock.now() - keep
    dropped = {name: room.drop(before) for name, room in _doors(current_app).rooms.items()}
    row.held_at = row.held_because = None
    row.public_url, row.released_at = _address(), clock.now()
    return dropped
