"""Pure: what a history of plans says of the monthly income, and how it moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
UNPAID = ("operator", "demo")
"""Sources of plans for which nobody pays."""
MONTHS = {"month": 1, "year": 12}
ROBOTS = "robots"
STAGES = ("free", "low", "mid", "premium")
"""Plans of robots in the order of the funnel."""
PAID_TIERS = STAGES[1:]


@dataclass(frozen=True)
class Row:
    """A row of the history, as far as the income goes."""

    id: int
    ladder: str
    offer_id: int | None
    tier: str
    status: str
    source: str
    interval: str | None
    price_minor: int
    currency: str
    started_at: datetime

    @property
    def place(self) -> tuple[str, int | None]:
        """Return the ladder; each offer is one of its own."""
        return self.ladder, self.offer_id

    @property
    def order(self) -> tuple[datetime, int]:
        """Return what decides which row of a ladder is the newest."""
        return self.started_at, self.id


@dataclass(frozen=True)
class Movement:
    """By how much a row changed the monthly income."""

    subscription_id: int
    ladder: str
    offer_id: int | None
    kind: str
    currency: str
    amount_minor: int
    subscriptions: int
    members: int
    day: date


@dataclass
class _Place:
    """What is known of one ladder of a member so far."""

    newest: Row | None = None
    was_paid: bool = False


def monthly_minor(row: Row | None) -> int:
    """Return what a row brings in each month, in minor units.

    A year's price is a twelfth of it, rounded half up to a whole minor unit. Gifts, trials, pauses
    and what is over bring nothing; who has cancelled counts until the plan ends.
    """
    if row is None or row.status == "expired" or row.source in UNPAID:
        return 0
    months = MONTHS.get(row.interval or "")
    return 0 if months is None else (2 * row.price_minor + months) // (2 * months)


def movements(rows: Iterable[Row]) -> Iterator[Movement]:
    """Yield how each row of one member's history moved the income; rows come in order of id.

    A row that was written late and is older than the newest of its ladder moves nothing.
    """
    places: dict[tuple[str, int | None], _Place] = {}
    paying: dict[str, int] = {}
    for row in rows:
        place = places.setdefault(row.place, _Place())
        before, place.newest = place.newest, _newer(place.newest, row)
        yield from _moved(row, before, place, paying)


def _newer(known: Row | None, row: Row) -> Row:
    return row if known is None or row.order >= known.order else known


def _moved(
    row: Row, before: Row | None, place: _Place, paying: dict[str, int]
) -> Iterator[Movement]:
    after = place.newest
    was = _in_currency(before)
    now = _in_currency(after)
    is_switch = bool(was) and bool(now) and was.keys() != now.keys()
    for currency in sorted(was.keys() | now.keys()):
        old, new = was.get(currency, 0), now.get(currency, 0)
        total = paying.get(currency, 0)
        paying[currency] = total + new - old
        if old == new:
            continue
        yield Movement(
            subscription_id=row.id,
            ladder=row.ladder,
            offer_id=row.offer_id,
            kind=_kind(old, new, is_switch=is_switch, is_back=place.was_paid),
            currency=currency,
            amount_minor=new - old,
            subscriptions=(new > 0) - (old > 0),
            members=(paying[currency] > 0) - (total > 0),
            day=row.started_at.date(),
        )
    place.was_paid = place.was_paid or bool(now)


def _in_currency(row: Row | None) -> dict[str, int]:
    amount = monthly_minor(row)
    return {row.currency: amount} if row is not None and amount else {}


def _kind(old: int, new: int, *, is_switch: bool, is_back: bool) -> str:
    """Name a movement. Who changes the currency has neither come nor gone."""
    if is_switch:
        return "expansion" if new > old else "contraction"
    if new == 0:
        return "churn"
    if old == 0:
        return "reactivation" if is_back else "new"
    return "expansion" if new > old else "contraction"


def first_paid(rows: Iterable[Row]) -> dict[str, date]:
    """Return the first day on which each plan of robots was paid for."""
    found: dict[str, date] = {}
    for row in rows:
        if row.ladder == ROBOTS and row.tier in PAID_TIERS and monthly_minor(row) > 0:
            day = row.started_at.date()
            found[row.tier] = min(day, found.get(row.tier, day))
    return found


def reached(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """Return the stages that a member got to by paying for further plans: each up to the highest."""
    first, last = _rank(before), _rank(after)
    return STAGES[first + 1 : last + 1]


def _rank(tiers: Iterable[str]) -> int:
    return max((STAGES.index(tier) for tier in tiers), default=0)
