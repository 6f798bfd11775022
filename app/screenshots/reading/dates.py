"""Days on which contracts end, as brokers write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Each in words of groups; a name may stand once in a pattern, so the orders are patterns of their own.
QUOTES = r"['’‘`´,]"  # noqa: RUF001 - what an apostrophe is read as
D = r"[0-9OolI]"
DAY_FIRST = rf"(?P<day>{D}{{1,2}})\s?(?P<month>[A-Za-z01]{{3}})\s?{QUOTES}?\s?(?P<year>{D}{{4}}|{D}{{2}})(?![0-9A-Za-z]|\s?{QUOTES}\s?\d)"  # fmt: skip
MONTH_FIRST = rf"(?P<month>[A-Za-z01]{{3}})\s?(?P<day>{D}{{1,2}}?)(?:\s?{QUOTES}\s?(?P<year>{D}{{4}}|{D}{{2}})|\s(?P<bare>{D}{{2}})|(?P<tight>{D}{{2}}))?(?![0-9A-Za-z'])"  # fmt: skip
SLASHES = rf"(?P<month>{D}{{1,2}})/(?P<day>{D}{{1,2}})(?:/(?P<year>{D}{{4}}|{D}{{2}}))?(?![0-9A-Za-z/])"  # fmt: skip
DASHES = rf"(?P<year>{D}{{4}})-(?P<month>{D}{{1,2}})-(?P<day>{D}{{1,2}})(?![0-9A-Za-z-])"
FORMS = (DAY_FIRST, MONTH_FIRST, SLASHES, DASHES)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI")
WEEKDAY = r"(?:Mon|MON|Tues?|TUES?|Wed|WED|Thu(?:rs?)?|THU(?:RS?)?|Fri|FRI)(?:day|DAY)?"
FAR = timedelta(days=366 * 4)
"""Nothing is listed longer than this."""
NEAR = timedelta(days=100)
"""So far off every weekday may be an expiry; beyond it the month's third Friday is, and
for about a year its last day of trading."""
ABOUT_A_YEAR = timedelta(days=400)
LATELY = timedelta(days=31)
"""So long the day that has just passed is meant sooner than one in a year."""
THIRD = (15, 21)
FRIDAY, WEEKEND = 4, 3
CENTURY, HUNDRED = 2000, 100
FIXED = str.maketrans("OolI", "0011")
MONTH_FIXED = str.maketrans({"0": "O", "1": "L"})
Parts = Mapping[str, str | None]


class Day(NamedTuple):
    """A day as a text names it."""

    day: date
    has_year: bool = True
    """Whether the text names its year."""
    is_certain: bool = True
    """Whether it can be no other day; a year that nobody wrote is certain where only one is possible."""


def parse_date(text: str, seen_on: date) -> date | None:
    """Return the day that `text` is, in any of the forms; None: it is none."""
    for form in FORMS:
        found = re.fullmatch(form, text.strip())
        if found and (named := from_parts(found.groupdict(), seen_on)):
            return named.day
    return None


def from_parts(parts: Parts, seen_on: date, days: int | None = None) -> Day | None:
    """Return the day of a pattern's groups; a year that is written is that year, be it past.

    `days`: how many days are left, where the picture says so; it decides about a year that is not
    written. A weekday decides, too; where neither does, the next day on which a contract can end.
    """
    month, day = month_number(parts.get("month") or ""), _number(parts.get("day"))
    if month is None or day is None:
        return None
    weekday = WEEKDAYS.index(parts["weekday"][:3].upper()) if parts.get("weekday") else None  # type: ignore[index]
    if parts.get("year"):
        return _of_year(_number(parts["year"]), month, day, weekday)
    # Digits without a mark of a year are one where such a contract is listed.
    year = _number(parts.get("tight") or parts.get("bare"))
    if year is not None:
        found = _of_year(year, month, day, weekday)
        return found if found and seen_on - LATELY <= found.day <= seen_on + FAR else None
    return _yearless(month, day, seen_on, days, weekday)


def _of_year(year: int | None, month: int, day: int, weekday: int | None) -> Day | None:
    if year is None:
        return None
    found = _day(year + CENTURY if year < HUNDRED else year, month, day)
    return Day(found, is_certain=weekday in {None, found.weekday()}) if found else None


def _yearless(
    month: int, day: int, seen_on: date, days: int | None, weekday: int | None
) -> Day | None:
    every = [found for more in range(-4, 5) if (found := _day(seen_on.year + more, month, day))]
    future = [each for each in every if each >= seen_on]
    if days is not None:
        agree = [each for each in future if abs((each - seen_on).days - days) <= 1]
        return _chosen(agree, future)
    listed = [
        each for each in every if can_end_on(each, seen_on) and weekday in {None, each.weekday()}
    ]
    ahead = [each for each in listed if each >= seen_on]
    lately = [each for each in listed if seen_on - LATELY <= each < seen_on]
    return _chosen([*ahead, *lately], [*reversed(listed), *future])


def _chosen(possible: list[date], others: list[date]) -> Day | None:
    """Return the only possible day, else the first one with doubt."""
    first = next(iter([*possible, *others]), None)
    return Day(first, has_year=False, is_certain=len(possible) == 1) if first else None


def can_end_on(day: date, seen_on: date) -> bool:
    """Whether a contract that is seen on `seen_on`, or was some time before, can end on `day`."""
    if day.weekday() >= len(WEEKDAYS):
        return False
    is_near = day <= seen_on + NEAR
    is_monthly = day.weekday() == FRIDAY and THIRD[0] <= day.day <= THIRD[1]
    next_day = day + timedelta(days=WEEKEND if day.weekday() == FRIDAY else 1)
    is_last = day <= seen_on + ABOUT_A_YEAR and next_day.month != day.month
    return day <= seen_on + FAR and (is_near or is_monthly or is_last)


def month_number(text: str) -> int | None:
    """Return 1 to 12 for a month's short name or number."""
    number = _number(text)
    if number is not None:
        return number if 1 <= number <= len(MONTHS) else None
    name = text.upper().translate(MONTH_FIXED)
    return MONTHS.index(name) + 1 if name in MONTHS else None


def _number(text: str | None) -> int | None:
    fixed = (text or "").translate(FIXED)
    return int(fixed) if fixed.isdigit() else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
