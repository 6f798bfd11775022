"""How often something may be tried: some times at once, then after a delay that doubles.

The delay has an end and an attempt during it does not count, so nobody is shut out for ever by
somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
MOST_DOUBLINGS = 16


@dataclass(frozen=True)
class Policy:
    """How many attempts are free, the first delay after them, and the longest."""

    free: int
    first: timedelta
    most: timedelta


def _policy(free: int, first: int, most: int) -> Policy:
    return Policy(free, timedelta(seconds=first), timedelta(seconds=most))


POLICIES = {
    # One person at one place; what a guesser meets first.
    "sign_in.pair": _policy(5, 2, 900),
    # Guessers from many places. Short, because it holds up the owner at a new browser too.
    "sign_in.address": _policy(20, 2, 60),
    # One place that tries many addresses.
    "sign_in.network": _policy(50, 2, 900),
    # A browser in which this person has signed in before: the guesses of others do not hold it up.
    "sign_in.browser": _policy(5, 2, 900),
    "code.user": _policy(5, 5, 900),
    "password.user": _policy(5, 2, 900),
    "mail.address": _policy(3, 60, 3600),
    "mail.network": _policy(10, 30, 900),
}


@dataclass(frozen=True)
class Attempts:
    """How often something was tried lately, when last, and until when it is refused."""

    count: int = 0
    last_at: datetime | None = None
    blocked_until: datetime | None = None


def seconds_to_wait(attempts: Attempts, now: datetime) -> int:
    """Return how many seconds are left of a delay; 0 when there is none."""
    if attempts.blocked_until is None or attempts.blocked_until <= now:
        return 0
    if attempts.blocked_until == attempts.last_at:
        # There was no delay, but the clock of who counted last is ahead of ours.
        return 0
    return int((attempts.blocked_until - now).total_seconds()) + 1


def counted(attempts: Attempts, policy: Policy, now: datetime) -> Attempts:
    """Return the attempts with one more; each hour without one halves those before."""
    before = attempts.count
    if attempts.last_at is not None:
        before >>= min(int((now - attempts.last_at) / HOUR), MOST_DOUBLINGS)
    count = before + 1
    return Attempts(count, now, now + _delay(count - policy.free, policy))


def _delay(above: int, policy: Policy) -> timedelta:
    """Return the delay after so many attempts above the free ones; the last free one has the first."""
    if above < 0:
        return timedelta(0)
    doubled: timedelta = policy.first * (1 << min(above, MOST_DOUBLINGS))
    return min(doubled, policy.most)
