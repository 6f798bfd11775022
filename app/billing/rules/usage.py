"""Pure: in which day or month a use counts, and which marks it passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MARKS = (80, 100)
"""Percent of a limit at which something is told."""


def period_of(counted: str, now: datetime) -> str:
    """Return the day or month of UTC in which a use counts: 2026-05-20, 2026-05."""
    day = now.astimezone(UTC).date().isoformat()
    return day if counted == "day" else day[:7]


def resets_at(counted: str, now: datetime) -> datetime:
    """Return when the present day or month of UTC ends and counts begin anew."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if counted == "day":
        return today + timedelta(days=1)
    return (today.replace(day=1) + timedelta(days=31)).replace(day=1)


def marks_passed(before: int, after: int, limit: int | None) -> list[int]:
    """Return the marks that a count passes on its way from `before` to `after`."""
    if not limit:
        return []
    return [mark for mark in MARKS if before * 100 < mark * limit <= after * 100]


def passes(before: int, after: int, alarm: int | None) -> bool:
    """Whether a count comes above an alarm now."""
    return alarm is not None and before <= alarm < after
