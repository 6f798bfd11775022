"""Movements of the monthly income: written with each row of the history, made anew on demand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts import service as accounts
from app.billing.events import PlanChanged
from app.billing.models import (
    ConversionEvent,
    FirstPlan,
    FunnelDay,
    MrrDay,
    MrrMovement,
    Subscription,
)
from app.billing.rules import movements as rules
from app.billing.rules.movements import Movement, Row
from app.billing.service.funnel import count_stage, recount_sign_ups
from app.core import events, invariants
from app.core.db import db, is_sqlite
from app.core.invariants import Ask, Invariant, Part

COLUMNS = (
    Subscription.user_id,
    Subscription.id,
    Subscription.ladder,
    Subscription.offer_id,
    Subscription.tier,
    Subscription.status,
    Subscription.source,
    Subscription.interval,
    Subscription.price_minor,
    Subscription.currency,
    Subscription.started_at,
)
SUMS = ("amount_minor", "subscriptions", "members", "movements")
BATCH = 2_000


def append(subscription: Subscription) -> Subscription:
    """Add a row to the history, and what it moves, in the present transaction.

    The one way by which rows come into `subscriptions`. The member is locked first, so that two
    rows at one moment move the income one after the other.
    """
    accounts.lock_user(subscription.user_id)
    db.session.add(subscription)
    db.session.flush()
    mine = Subscription.user_id == subscription.user_id
    rows = list(_histories(select(*COLUMNS).where(mine).order_by(Subscription.id)))
    for user_id, history in rows:
        moved = [
            each for each in rules.movements(history) if each.subscription_id == subscription.id
        ]
        db.session.add_all(MrrMovement(**_values(user_id, each)) for each in moved)
        _add_sums(moved)
        _keep_first_plans(user_id, history)
    db.session.flush()
    events.publish(PlanChanged(subscription.user_id))
    return subscription


def _histories(statement: Any) -> Iterator[tuple[int, list[Row]]]:
    """Yield the rows of each member; the statement orders them by member and id."""
    found = db.session.execute(statement.execution_options(yield_per=BATCH))
    for user_id, rows in groupby(found, key=lambda row: int(row[0])):
        yield user_id, [Row(*row[1:]) for row in rows]


def _values(user_id: int, moved: Movement) -> dict[str, Any]:
    return {"user_id": user_id, **vars(moved)}


def _sums(moved: Iterable[Movement]) -> dict[tuple[Any, ...], Counter[str]]:
    """Return the sums of movements by day, ladder, currency and kind."""
    sums: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for each in moved:
        found = sums[each.day, each.ladder, each.currency, each.kind]
        found["amount_minor"] += each.amount_minor
        found["subscriptions"] += each.subscriptions
        found["members"] += each.members
        found["movements"] += 1
    return sums


def _day_row(key: tuple[Any, ...], sums: Counter[str]) -> dict[str, Any]:
    day, ladder, currency, kind = key
    named = {"day": day, "ladder": ladder, "currency": currency, "kind": kind}
    return named | {name: sums[name] for name in SUMS}


def _add_sums(moved: list[Movement]) -> None:
    make: Any = sqlite.insert if is_sqlite() else postgresql.insert
    # In one order, so that two members at one moment do not wait for each other's rows for ever.
    for key, sums in sorted(_sums(moved).items(), key=lambda item: item[0]):
        new = make(MrrDay).values(_day_row(key, sums))
        added = {name: getattr(MrrDay, name) + getattr(new.excluded, name) for name in SUMS}
        keys = ["day", "ladder", "currency", "kind"]
        db.session.execute(new.on_conflict_do_update(index_elements=keys, set_=added))


def _keep_first_plans(user_id: int, history: list[Row]) -> None:
    paid = rules.first_paid(history)
    if not paid:
        return
    known = {
        row.tier: row for row in db.session.scalars(select(FirstPlan).filter_by(user_id=user_id))
    }
    for tier, day in paid.items():
        if tier not in known:
            signed_up = accounts.get_user(user_id).created_at.date()
            db.session.add(FirstPlan(user_id=user_id, tier=tier, day=day, signed_up_on=signed_up))
        elif known[tier].day > day:
            known[tier].day = day
    stages = rules.reached(known, paid.keys() | known.keys())
    came = _sign_up(user_id) if stages else None
    if came is not None:
        for stage in stages:
            count_stage(came, stage)


def _sign_up(user_id: int) -> ConversionEvent | None:
    mine = ConversionEvent.user_id == user_id, ConversionEvent.kind == "sign_up"
    return db.session.scalar(select(ConversionEvent).where(*mine))


# --- Made anew ---


def rebuild_figures() -> int:
    """Make all movements, sums and first plans anew from the history; return how many movements."""
    if not is_sqlite():
        # Whoever adds a row meanwhile waits, and adds to what was made anew.
        db.session.execute(text("LOCK TABLE mrr_movements IN EXCLUSIVE MODE"))
    for table in (MrrMovement, MrrDay, FirstPlan, FunnelDay):
        db.session.execute(delete(table))
    recount_sign_ups()
    sums: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    batch: list[dict[str, Any]] = []
    total = 0
    for user_id, history in _histories(_everybody()):
        moved = list(rules.movements(history))
        batch += [_values(user_id, each) for each in moved]
        for key, each in _sums(moved).items():
            sums[key].update(each)
        total += len(moved)
        _keep_first_plans(user_id, history)
        if len(batch) >= BATCH:
            db.session.execute(insert(MrrMovement), batch)
            batch = []
    if batch:
        db.session.execute(insert(MrrMovement), batch)
    if sums:
        db.session.execute(insert(MrrDay), [_day_row(key, each) for key, each in sums.items()])
    db.session.flush()
    return total


def _everybody() -> Any:
    return select(*COLUMNS).order_by(Subscription.user_id, Subscription.id)


# --- What must hold ---

_SUMS_DIFFER = """
SELECT COALESCE(d.day, m.day) AS day, COALESCE(d.ladder, m.ladder) AS ladder FROM mrr_days d
FULL OUTER JOIN (
  SELECT day, ladder, currency, kind, SUM(amount_minor) AS amount_minor,
    SUM(subscriptions) AS subscriptions, SUM(members) AS members, COUNT(*) AS movements
  FROM mrr_movements GROUP BY day, ladder, currency, kind
) m ON m.day = d.day AND m.ladder = d.ladder AND m.currency = d.currency AND m.kind = d.kind
WHERE d.day IS NULL OR m.day IS NULL OR d.amount_minor <> m.amount_minor
OR d.subscriptions <> m.subscriptions OR d.members <> m.members OR d.movements <> m.movements
ORDER BY 1, 2 LIMIT 20
"""


def register_invariants() -> None:
    """Let the figures be compared with the history that they follow from."""
    invariants.register_invariants((
        Invariant("billing.movements", "the monthly income moved as the history of plans says",
                  find_wrong_movements),
        Invariant("billing.movement_sums", "a day's sums are those of its movements",
                  find_wrong_sums),
    ))  # fmt: skip


def find_wrong_movements(ask: Ask) -> Part:
    """Find members whose movements are not those of their history."""
    users = select(Subscription.user_id).where(Subscription.user_id > ask.after).distinct()
    ids = list(db.session.scalars(users.order_by(Subscription.user_id).limit(BATCH)))
    if not ids:
        return Part()
    among = select(*COLUMNS).where(Subscription.user_id.between(ids[0], ids[-1]))
    ordered = among.order_by(Subscription.user_id, Subscription.id)
    expected = {user_id: set(rules.movements(rows)) for user_id, rows in _histories(ordered)}
    found = _kept(ids[0], ids[-1])
    faults = [
        f"the movements of user {user_id} are not those of the history"
        for user_id in sorted(expected.keys() | found.keys())
        if expected.get(user_id, set()) != found.get(user_id, set())
    ]
    return Part(faults, ids[-1] if len(ids) == BATCH else None)


def _kept(first: int, last: int) -> dict[int, set[Movement]]:
    names = [*Movement.__dataclass_fields__]
    columns = [getattr(MrrMovement, name) for name in names]
    rows = db.session.execute(
        select(MrrMovement.user_id, *columns).where(MrrMovement.user_id.between(first, last))
    )
    kept: defaultdict[int, set[Movement]] = defaultdict(set)
    for row in rows:
        kept[row[0]].add(Movement(*row[1:]))
    return kept


def find_wrong_sums(_ask: Ask) -> Part:
    """Find days whose sums are not those of their movements."""
    rows = db.session.execute(text(_SUMS_DIFFER))
    return invariants.whole(
        f"the sums of {day}, {ladder} are not those of its movements" for day, ladder in rows
    )
