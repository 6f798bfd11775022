"""What a member may do, added up over what all their plans give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from app.billing.schemas.plans import LEVELS, NOTHING, Feature, Value


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What a member may do, and how much of it, by the key of the feature."""

    values: Mapping[str, Value]
    plans: Mapping[str, str | None]
    """The plan that counts on each ladder; None: none."""
    until: datetime | None = None
    """When the first of them ends by itself."""

    def can(self, key: str) -> bool:
        """Whether any of it is given."""
        return gives(self.values[key])

    def limit(self, key: str) -> int | None:
        """Return how many (or how many days) are given; None: as many as one likes."""
        return cast("int | None", self.values[key])

    def level(self, key: str) -> str:
        """Return how much is given: none, basic, advanced."""
        return cast("str", self.values[key])

    def members(self, key: str) -> frozenset[str]:
        """Return which ones are given."""
        return cast("frozenset[str]", self.values[key])


def gives(value: Value) -> bool:
    """Whether a value of a feature gives any of it."""
    return value is None or (value != LEVELS[0] and bool(value))


def is_usable(status: str, ends_at: datetime | None, now: datetime) -> bool:
    """Whether a row of the history gives access now: not expired, and its end not reached."""
    return status in {"active", "cancelled"} and (ends_at is None or ends_at > now)


def larger(kind: str, one: Value, other: Value) -> Value:
    """Return what two plans give together of a feature: the larger, or both sets."""
    if kind == "set":
        return cast("frozenset[str]", one) | cast("frozenset[str]", other)
    if kind in {"limit", "days"}:
        if one is None or other is None:
            return None
        return max(cast("int", one), cast("int", other))
    if kind == "level":
        return max(cast("str", one), cast("str", other), key=LEVELS.index)
    return bool(one or other)


def is_more(kind: str, one: Value, other: Value) -> bool:
    """Whether `one` gives something that `other` does not."""
    return larger(kind, one, other) != other


def merged(
    features: Mapping[str, Feature], given: Iterable[Mapping[str, Value]]
) -> dict[str, Value]:
    """Return what several plans give together, of every feature there is."""
    values = {key: NOTHING[feature.kind] for key, feature in features.items()}
    for plan in given:
        for key, value in plan.items():
            values[key] = larger(features[key].kind, values[key], value)
    return values
