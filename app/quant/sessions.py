"""Which session an instant belongs to, from arrays that the caller holds."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from app.quant import kernels

UNIX_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000


class OutsideCalendarError(LookupError):
    """The instant lies after the last session that the calendar knows."""


class SessionCalendar(NamedTuple):
    """The sessions of one venue: opening and closing instants in microseconds since 1970.

    `days` are the date ordinals of the sessions. The three are sorted and equally long.
    """

    venue: str
    opens_us: Sequence[int]
    closes_us: Sequence[int]
    days: Sequence[int]

    def session_on(self, instant_us: int) -> int:
        """Find the day of an instant: the first session that closes at or after it.

        Raises:
            OutsideCalendarError: no such session is known.
        """
        at = bisect_left(self.closes_us, instant_us)
        if at == len(self.days):
            message = f"{self.venue} has no session that closes after {instant_us} us"
            raise OutsideCalendarError(message)
        return self.days[at]

    def is_open(self, instant_us: int) -> bool:
        """Tell whether the instant lies in a session, both ends included."""
        at = bisect_left(self.closes_us, instant_us)
        return at < len(self.days) and self.opens_us[at] <= instant_us

    def last_completed(self, instant_us: int) -> int | None:
        """Find the last session that has closed at an instant: what figures hold to."""
        at = bisect_right(self.closes_us, instant_us)
        return self.days[at - 1] if at else None

    def between(self, first: int, last: int) -> list[int]:
        """List the sessions from one day to another, both included."""
        return list(self.days[bisect_left(self.days, first) : bisect_right(self.days, last)])


class UtcDayCalendar(NamedTuple):
    """Markets around the clock (crypto, forex): every UTC day is a session."""

    venue: str

    def session_on(self, instant_us: int) -> int:
        """Find the UTC day of an instant."""
        return utc_day(instant_us)

    def is_open(self, instant_us: int) -> bool:
        """Tell that the market is open, whatever the instant."""
        del instant_us
        return True

    def last_completed(self, instant_us: int) -> int | None:
        """Find the last UTC day that is over at an instant."""
        return utc_day(instant_us) - 1

    def between(self, first: int, last: int) -> list[int]:
        """List the days from one to another, both included."""
        return list(range(first, last + 1))


def utc_day(instant_us: int) -> int:
    """Give the date ordinal of an instant in UTC."""
    return instant_us // _DAY_US + UNIX_EPOCH_DAY


def week_start(day: int) -> int:
    """Give the Monday of the ISO week of a day."""
    return day - (day - 1) % 7


def month_start(day: int) -> int:
    """Give the first day of the month of a day."""
    start: int = kernels.month_start(day)
    return start


def period_bounds(period: str, day: int) -> tuple[int, int]:
    """Give the first and last day of the 'daily', 'weekly' or 'monthly' period of a day.

    Raises:
        ValueError: another period; all time has no bounds of its own.
    """
    if period == "daily":
        return day, day
    if period == "weekly":
        start = week_start(day)
        return start, start + 6
    if period == "monthly":
        start = month_start(day)
        return start, month_start(start + 31) - 1
    message = f"No bounds for the period {period!r}"
    raise ValueError(message)
