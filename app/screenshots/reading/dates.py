"""Days on which contracts end, as brokers write them."""

from __future__ import annotations

import re
from datetime import date, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Each in words of groups; a name may stand once in a pattern, so the orders are patterns of their own.
QUOTES = r"['’‘`´,]"  # noqa: RUF001 - what an apostrophe is read as
D = r"[0-9OolI]"
DAY_FIRST = rf"(?P<day>{D}{{1,2}})\s?(?P<month>[A-Za-z01]{{3}})\s?{QUOTES}?\s?(?P<year>{D}{{4}}|{D}{{2}})(?![0-9A-Za-z])"  # fmt: skip
MONTH_FIRST = rf"(?P<month>[A-Za-z01]{{3}})\s?(?P<day>{D}{{1,2}}?)(?:\s?{QUOTES}\s?(?P<year>{D}{{4}}|{D}{{2}})|\s(?P<bare>{D}{{2}})|(?P<tight>{D}{{2}}))?(?![0-9A-Za-z'])"  # fmt: skip
SLASHES = rf"(?P<month>{D}{{1,2}})/(?P<day>{D}{{1,2}})(?:/(?P<year>{D}{{4}}|{D}{{2}}))?(?![0-9A-Za-z/])"  # fmt: skip
DASHES = rf"(?P<year>{D}{{4}})-(?P<month>{D}{{1,2}})-(?P<day>{D}{{1,2}})(?![0-9A-Za-z-])"
FORMS = (DAY_FIRST, MONTH_FIRST, SLASHES, DASHES)
FAR = timedelta(days=366 * 4)
"""Nothing is listed longer than this."""
CENTURY, HUNDRED = 2000, 100
FIXED = str.maketrans("OolI", "0011")
MONTH_FIXED = str.maketrans({"0": "O", "1": "L"})


def parse_date(text: str, seen_on: date) -> date | None:
    """Return the day that `text` is, in any of the forms; None: it is none."""
    for form in FORMS:
        found = re.fullmatch(form, text.strip())
        if found and (day := from_parts(found.groupdict(), seen_on)):
            return day
    return None


def from_parts(parts: dict[str, str | None], seen_on: date, days: int | None = None) -> date | None:
    """Return the day of a pattern's groups; without a year the next such day on or after `seen_on`.

    `days`: how many days are left, where the picture says so; it decides about the year.
    """
    month = month_number(parts.get("month") or "")
    day = _number(parts.get("day"))
    year = _number(parts.get("year") or parts.get("tight") or parts.get("bare"))
    if month is None or day is None:
        return None
    if year is not None:
        found = _day(year + CENTURY if year < HUNDRED else year, month, day)
        return found if found and _is_listed(found, seen_on) else None
    candidates = [_day(seen_on.year + more, month, day) for more in range(5)]
    future = [each for each in candidates if each and each >= seen_on]
    if days is not None:
        future = [each for each in future if abs((each - seen_on).days - days) <= 1] or future
    return future[0] if future else None


def month_number(text: str) -> int | None:
    """Return 1 to 12 for a month's short name or number."""
    number = _number(text)
    if number is not None:
        return number if 1 <= number <= len(MONTHS) else None
    name = text.upper().translate(MONTH_FIXED)
    return MONTHS.index(name) + 1 if name in MONTHS else None


def _is_listed(day: date, seen_on: date) -> bool:
    # A month back: pictures are kept, and what has expired is shown for days.
    return seen_on - timedelta(days=31) <= day <= seen_on + FAR


def _number(text: str | None) -> int | None:
    fixed = (text or "").translate(FIXED)
    return int(fixed) if fixed.isdigit() else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
