"""Time that passes in a running till, while its clock stays that of the service beside it.

A till whose clock ran ahead would refuse what the service asks for by its own clock, such as a
checkout that ends in an hour. So everything that is there becomes older instead.
"""

from __future__ import annotations

import heapq

from .schedule import tick

ENDINGS = ("_at", "_on", "_date", "_start", "_end", "_by", "_anchor", "_attempt")
NAMES = {"created", "updated", "date", "start", "end", "cancel_at", "_expires", "_next", "at"}


def pass_time(world, seconds: int) -> int:
    """Make everything older, then do what has fallen due by that; return how much that was."""
    for known in world.objects.values():
        for body in known.values():
            age(body, seconds)
    for kept in world.keys.values():
        age(kept, seconds)
    world.due = [(at - seconds, *rest) for at, *rest in world.due]
    heapq.heapify(world.due)
    return tick(world)


def age(value, seconds: int) -> None:
    """Move every moment inside of a value into the past."""
    if isinstance(value, list):
        for one in value:
            age(one, seconds)
    elif isinstance(value, dict):
        for name, one in value.items():
            if is_moment(name, one):
                value[name] = one - seconds
            else:
                age(one, seconds)


def is_moment(name, value) -> bool:
    """Tell whether a field holds a moment."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return name in NAMES or name.endswith(ENDINGS)
