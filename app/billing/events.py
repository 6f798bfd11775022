"""What plans tell higher slices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanChanged:
    """A row came into a member's history of plans: what they may do may have changed."""

    user_id: int


@dataclass(frozen=True)
class UsageReached:
    """A member has used up a share of what their plans give of a counted feature."""

    user_id: int
    key: str
    period: str
    """The day or month, as 2026-05-20 or 2026-05."""
    percent: int
    """80, or 100: nothing is left."""
    used: int
    limit: int


@dataclass(frozen=True)
class UsageAlarm:
    """A member uses more of a feature than a price carries; nothing is refused, somebody looks."""

    user_id: int
    key: str
    period: str
    used: int
    alarm: int
