"""What a plan leaves of a member's robots: which go on when it falls, which settings may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Held(NamedTuple):
    """An active deployment of a member."""

    id: int
    is_included: bool
    """Whether the plan includes the robot at all."""


def surplus(active: Sequence[Held], most: int | None) -> tuple[list[int], list[int]]:
    """Return the deployments, oldest first, that the plan has no robot for, and no room for."""
    strange = [each.id for each in active if not each.is_included]
    rest = [each.id for each in active if each.is_included]
    return strange, [] if most is None else rest[most:]


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that differ."""
    return [name for name, value in after.items() if before.get(name) != value]


def refused_settings(level: str, basic: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return which of the changed settings a level of the plan does not include."""
    if level == "advanced":
        return []
    allowed = set(basic) if level == "basic" else set()
    return [name for name in names if name not in allowed]
