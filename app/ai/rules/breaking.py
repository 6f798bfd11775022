"""Pure: when a model that fails is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.ai.rules.catalogue import Breaker

COUNTED = ("timeout", "cut", "overloaded", "rate_limited", "unauthorised", "away")
"""What says something about the model or its provider; what was asked of it may be at fault else."""
OF_A_KEY = ("unauthorised", "rate_limited")
"""What says something about a key, or how much its owner may ask: of a member's own key nothing of us."""


def counts(reason: str, *, by_own_key: bool) -> bool:
    """Whether a failure is one of the model, so that it is left alone in the end by everybody."""
    return reason in COUNTED and not (by_own_key and reason in OF_A_KEY)


def open_until(breaker: Breaker, failures: int, now: datetime) -> datetime | None:
    """Return until when a model is left alone after so many failures in a row; None: it is not."""
    beyond = failures - breaker.failures
    if beyond < 0:
        return None
    seconds = min(breaker.first_seconds * 2 ** min(beyond, 20), breaker.longest_seconds)
    return now + timedelta(seconds=seconds)


def reason_of(status: int | None) -> str:
    """Return our word for an HTTP status of a provider; None: no answer came."""
    if status is None:
        return "away"
    if status in {401, 403}:
        return "unauthorised"
    if status == 429:  # noqa: PLR2004 - too many requests
        return "rate_limited"
    if status in {408, 504}:
        return "timeout"
    if status >= 500:  # noqa: PLR2004 - theirs
        return "overloaded"
    return "refused"
