"""Movements of the monthly income in the database: with the history, made anew, and compared."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.admin.service import check_invariants
from app.billing import service
from app.billing.models import FirstPlan, FunnelDay, MrrDay, MrrMovement, Subscription
from app.core import clock
from app.core.db import db, transaction

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def append(user_id, price=1000, at=BEGIN, **facts):
    with transaction():
        return service.append(
            Subscription(
                **{
                    "user_id": user_id, "ladder": "robots", "tier": "low", "status": "active",
                    "source": "stripe", "interval": "month", "price_minor": price,
                    "currency": "USD", "started_at": at, "created_at": clock.now(),
                } | facts
            )
        )  # fmt: skip


def kept(table):
    db.session.rollback()
    names = [column.name for column in table.__table__.columns if column.name != "id"]
    rows = db.session.execute(select(*(getattr(table, name) for name in names)))
    return sorted(map(str, rows))


def random_history(member, seed=7, members=6, rows=60):
    """Write rows through the one way in; return the users."""
    picked = random.Random(seed)
    users = [member(f"m{number}@example.test") for number in range(members)]
    with transaction():
        for user_id in users:
            service.note_conversion("sign_up", key=f"sign_up:{user_id}", user_id=user_id)
    for number in range(rows):
        append(
            picked.choice(users),
            picked.choice([0, 1999, 2999, 24_990]),
            BEGIN + timedelta(days=number),
            ladder=picked.choice(["robots", "robots", "coach"]),
            tier=picked.choice(["low", "mid", "premium"]),
            status=picked.choice(["active", "active", "cancelled", "expired"]),
            source=picked.choice(["stripe", "stripe", "stripe", "operator"]),
            interval=picked.choice(["month", "year"]),
            currency=picked.choice(["USD", "USD", "EUR"]),
        )
    return users


NAMES = ["billing.movements", "billing.movement_sums", "billing.funnel_sums"]
WHOLE = dict.fromkeys(NAMES, 0)


def broken():
    return {each.name: each.broken for each in check_invariants(NAMES)}


@pytest.mark.req("S1-86", "S3-144")
def test_what_is_written_row_by_row_is_what_is_made_anew(engine_app, member):
    random_history(member)
    tables = (MrrMovement, MrrDay, FirstPlan, FunnelDay)
    before = {table: kept(table) for table in tables}
    assert all(before.values())
    assert broken() == WHOLE
    for _ in range(2):
        done = engine_app.test_cli_runner().invoke(args=["billing", "rebuild-figures"])
        assert done.output == f"{len(before[MrrMovement])} movements\n"
        assert {table: kept(table) for table in tables} == before


def test_a_movement_is_not_edited_and_a_missing_one_is_found(engine_app, member):
    user_id = member()
    append(user_id)
    db.session.rollback()
    with pytest.raises(DatabaseError, match="not edited"), transaction():
        db.session.execute(db.update(MrrMovement).values(amount_minor=1))
    with transaction():
        db.session.execute(db.delete(MrrMovement))
    assert broken() == WHOLE | {"billing.movements": 1, "billing.movement_sums": 1}
    with transaction():
        service.rebuild_figures()
    assert broken() == WHOLE


def test_a_row_past_the_one_way_in_is_found(engine_app, member):
    user_id = member()
    with transaction():
        row = append(user_id)
        db.session.expunge(row)
        values = {
            column.name: getattr(row, column.name)
            for column in Subscription.__table__.columns
            if column.name != "id"
        }
        db.session.add(Subscription(**values | {"price_minor": 4000}))
    assert broken()["billing.movements"] == 1


def test_a_gift_by_the_operator_moves_nothing(engine_app, member):
    with transaction():
        service.subscribe(member(), "mid", source="operator")
    assert kept(MrrMovement) == []


def test_the_first_payments_of_plans_are_kept(engine_app, member):
    user_id = member()
    append(user_id, at=BEGIN + timedelta(days=4))
    append(user_id, at=BEGIN + timedelta(days=5), tier="mid")
    append(user_id, at=BEGIN)
    db.session.rollback()
    found = {row.tier: row.day.day for row in db.session.scalars(select(FirstPlan))}
    assert found == {"low": 1, "mid": 6}


def test_the_funnel_counts_each_sign_up_once_and_a_wrong_count_is_found(engine_app, member):
    user_id = member()
    for _ in range(2):
        with transaction():
            service.note_conversion("sign_up", key="sign_up:1", user_id=user_id, source="pricing")
    append(user_id, tier="mid")
    append(user_id, tier="low", at=BEGIN + timedelta(days=1))
    append(user_id, tier="premium", at=BEGIN + timedelta(days=2))
    db.session.rollback()
    rows = db.session.scalars(select(FunnelDay)).all()
    assert {(row.source, row.stage): row.members for row in rows} == {
        ("pricing", stage): 1 for stage in ("free", "low", "mid", "premium")
    }
    assert broken() == WHOLE
    with transaction():
        db.session.execute(db.update(FunnelDay).where(FunnelDay.stage == "mid").values(members=2))
    assert broken()["billing.funnel_sums"] == 1
