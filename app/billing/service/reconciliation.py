"""Each night: the provider's balance against the journal, day by day and currency by currency.

What only one of both has is kept by name and carried over until the other has it too. After three
days it is a difference, which somebody must look at.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from app.billing.clients import stripe
from app.billing.models import Reconciliation
from app.billing.queries import journal as journal_queries
from app.billing.queries import reconciling as queries
from app.billing.rules import chart, reconciling
from app.billing.rules.mirror import Object, seconds
from app.billing.rules.postings import Cause, Posting
from app.billing.rules.reconciling import Compared, Line, Open
from app.billing.service import alarms, journal, locks
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.i18n import gettext

DAY = timedelta(days=1)
MOST_LINES = 100_000


def reconcile() -> list[Reconciliation]:
    """Compare each day up to yesterday that has not been compared; return the newest results.

    Twice is the same as once. Where no provider is set up there is nothing to compare.
    """
    if not stripe.is_set():
        return []
    with locks.lease("reconcile"):
        with transaction():
            day = _next_day()
        while day < clock.now().date():
            _reconcile_day(day)
            day += DAY
    with transaction():
        return [row for row in map(queries.newest, queries.currencies()) if row is not None]


def _next_day() -> date:
    last = queries.last_day()
    if last is not None:
        return last + DAY
    return queries.first_day() or clock.now().date()


def _reconcile_day(day: date) -> None:
    start = datetime.combine(day, time(), UTC)
    lines = _lines(start, start + DAY)
    with transaction():
        for line in filter(reconciling.is_booked, lines):
            _book(line, start)
    with transaction():
        # What was booked this moment belongs to this day, whenever it is compared.
        ours = queries.moved_by_us(start, start + DAY)
        names = {line.currency for line in lines} | set(ours) | set(queries.currencies())
        for currency in sorted(names or {"USD"}):
            mine = [line for line in lines if line.currency == currency]
            _keep(day, currency, _compared(day, currency, mine, ours.get(currency, {})))


def _lines(start: datetime, end: datetime) -> list[Line]:
    asked = {"created": {"gte": seconds(start), "lt": seconds(end)}, "limit": 100}
    found = stripe.each(lambda client: client.balance_transactions.list(params=asked), MOST_LINES)
    return [_line(body) for body in found]


def _line(body: Object) -> Line:
    source = body.get("source")
    return Line(
        txn_id=str(body["id"]),
        source=str(source["id"] if isinstance(source, dict) else source or body["id"]),
        kind=str(body["type"]),
        net_minor=int(body["net"]),
        fee_minor=int(body["fee"]),
        currency=str(body["currency"]).upper(),
    )


def _book(line: Line, at: datetime) -> None:
    """Post what the provider moved by its own: to our bank, or for what it does for us."""
    other = chart.BANK if line.kind in reconciling.TO_BANK else chart.FEES
    amount = abs(line.net_minor)
    accounts = (chart.CLEARING, other) if line.net_minor > 0 else (other, chart.CLEARING)
    if amount:
        rows = [Posting(*accounts, amount, line.currency)]
        journal.post(Cause("provider", line.txn_id, "booked"), rows, at, note=line.kind)


def _compared(day: date, currency: str, lines: list[Line], ours: dict[str, int]) -> Compared:
    before = queries.newest(currency)
    carried = [] if before is None else reconciling.from_json(before.explained)
    booked = {line.txn_id: line.net_minor for line in lines if reconciling.is_booked(line)}
    # They are posted when they are found, which is after their day.
    mine = {key: amount for key, amount in ours.items() if not _is_booked(key)} | booked
    return Compared(
        provider_minor=(before.provider_minor if before else 0)
        + sum(one.net_minor for one in lines),
        journal_minor=(before.journal_minor if before else 0) + sum(mine.values()),
        opened=reconciling.compare(day, carried, lines, mine),
    )


def _is_booked(key: str) -> bool:
    return journal_queries.find_entry(Cause("provider", key, "booked")) is not None


def _keep(day: date, currency: str, found: Compared) -> None:
    difference = found.difference(day)
    row = Reconciliation(
        day=day,
        currency=currency,
        provider_minor=found.provider_minor,
        journal_minor=found.journal_minor,
        explained=reconciling.as_json(found.opened),
        difference_minor=difference,
        checked_at=clock.now(),
    )
    db.session.add(row)
    late = [one for one in found.opened if not one.is_explained(day)]
    if late:
        names = ", ".join(one.key for one in late[:5])
        alarms.ring("reconciliation", f"{day} {currency}: {difference} ({names})")


def explain(currency: str, key: str, reason: str) -> int:
    """Post a correction for an open thing that somebody has understood; return its amount.

    Raises:
        NotFoundError: nothing of this name is open.
    """
    row = queries.newest(currency)
    opened: list[Open] = [] if row is None else reconciling.from_json(row.explained)
    found = next((one for one in opened if one.key == key), None)
    if found is None:
        message = gettext(
            "Nothing of the name %(key)s is open in %(currency)s.", key=key, currency=currency
        )
        raise NotFoundError(message)
    sides = (chart.CLEARING, chart.ADJUSTMENTS)
    debit, credit = sides if found.amount_minor > 0 else sides[::-1]
    rows = [Posting(debit, credit, abs(found.amount_minor), currency)]
    journal.post(Cause("correction", key, "explained"), rows, clock.now(), note=reason)
    return found.amount_minor
