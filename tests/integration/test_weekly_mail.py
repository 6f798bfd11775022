"""The mail about a member's own week: figures as they are, once for each member and week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import event, select

from app.accounts import service as accounts
from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.notifications import service as notifications
from app.notifications.models import MailRow
from app.performance import service
from app.performance.models import PerformanceScope
from app.performance.queries import weekly as queries
from app.performance.service.weekly import last_week
from tests.cuts import run_forked
from tests.factories.house import work_off
from tests.factories.performance import make_account, make_day
from tests.person import mails
from workers import queues

MONDAY = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
TUESDAY = date(2026, 11, 17)
BEFORE = date(2026, 11, 13)


@pytest.fixture
def monday(engine_app, monkeypatch):
    monkeypatch.setattr(queues, "application", lambda: engine_app)
    with time_machine.travel(MONDAY, tick=False):
        yield engine_app


def trades(user_id, kind, *pnls, day=TUESDAY, is_simulated=False, **columns):
    """Write a day of an account, and the scope that the figures would have."""
    with transaction():
        account = make_account(user_id, kind=kind)
        db.session.add(make_day(account, day, *pnls, **columns))
        db.session.add(PerformanceScope(
            user_id=user_id, user_key=user_id, account_id=0, plugin_id="", kind=kind,
            currency="USD", last_day=day, is_simulated=is_simulated, updated_at=clock.now(),
        ))  # fmt: skip


def rows():
    db.session.rollback()
    return db.session.scalars(select(MailRow).order_by(MailRow.user_id)).all()


@pytest.mark.parametrize("day", range(16, 23))
def test_the_newest_week_that_is_over(day):
    assert last_week(date(2026, 11, day)) == (date(2026, 11, 9), date(2026, 11, 15))


def test_a_losing_week_is_told_like_a_winning_one(monday, member):
    ann, bob = member("ann@example.test"), member("bob@example.test")
    trades(ann, "paper", "-100", "40", "-30", fees=Decimal("2.5"), is_simulated=True)
    trades(bob, "journal", "100", "-40", "30", fees=Decimal("2.5"))
    assert service.tell_week() == 2
    work_off()
    lost, won = mails(monday)
    assert lost["Subject"] == won["Subject"] == "Your week: 16 Nov 2026 \u2013 22 Nov 2026"
    texts = [one.get_body(("plain",)).get_content() for one in (lost, won)]
    assert "Paper, after costs (USD), simulated market: \u2212$90.00" in texts[0]
    assert "Won: 1 of 3 closed trades, 33.3%; 95% interval 6.1% to 79.2%" in texts[0]
    assert "Journal, after costs (USD): +$90.00" in texts[1]
    for text in texts:
        assert "of that costs: $2.50" in text
        assert "One week says little" in text


def test_each_member_is_told_once_a_week(monday, member):
    ann = member("ann@example.test")
    trades(ann, "paper", "5")
    assert [service.tell_week(), service.tell_week()] == [1, 0]
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False):
        assert service.tell_week() == 0
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        assert service.tell_week() == 0  # nothing was closed in that week
    assert [row.key for row in rows()] == [f"weekly_performance:{ann}:2026-W47"]


def test_who_closed_nothing_or_wants_no_such_mail_or_is_gone_is_left_out(monday, member):
    names = ("old", "flat", "unwanted", "shut", "told")
    old, flat, unwanted, shut, told = (member(f"{name}@example.test") for name in names)
    trades(old, "paper", "5", day=BEFORE)
    trades(flat, "paper")
    for user_id in (unwanted, shut, told):
        trades(user_id, "live", "5")
    trades(told, "backtest", "500")
    with transaction():
        notifications.set_preferences(unwanted, set())
        accounts.set_user_disabled(shut, disabled=True)
        demo = accounts.create_user("demo@example.test", is_demo=True).id
    trades(demo, "paper", "5")
    service.tell_week()
    (row,) = rows()
    assert row.user_id == told
    assert [book["kind"] for book in row.facts["books"]] == ["live"]


def test_being_cut_between_batches_tells_each_once(monday, member, monkeypatch):
    monkeypatch.setattr("app.performance.service.weekly.BATCH", 2)
    users = [member(f"m{number}@example.test") for number in range(5)]
    for user_id in users:
        trades(user_id, "paper", "5")
    assert run_forked(service.tell_week, places="outbox.committed:1") is None
    assert [row.user_id for row in rows()] == users[:2]
    service.tell_week()
    assert [row.user_id for row in rows()] == users
    work_off()
    assert len(mails(monday)) == len(users)


def test_the_cost_of_a_member_does_not_grow_with_all_members(app, member):
    """Statements for one more batch are the same, and each asks by the ids of its batch."""
    counts = []
    for number in range(4):
        user_id = member(f"m{number}@example.test")
        trades(user_id, "paper", "5", day=clock.now().date())
        asked = []
        event.listen(
            db.engine, "before_cursor_execute", lambda *args, asked=asked: asked.append(args[2])
        )
        queries.books([user_id], BEFORE, clock.now().date())
        queries.active_members(BEFORE, user_id - 1, 1)
        counts.append(len([one for one in asked if one.startswith("SELECT")]))
    assert counts == [2, 2, 2, 2]
    plan = db.session.execute(db.text(
        "EXPLAIN QUERY PLAN SELECT sum(fees) FROM account_days WHERE user_id IN (1, 2) "
        "AND day BETWEEN '2026-11-16' AND '2026-11-22'"
    )).all()  # fmt: skip
    assert "ix_account_days_user_id_day" in str(plan)


def test_real_fills_make_the_figures(monday, member):
    """Not rows that a test wrote: what the ledger derives from fills."""
    ann = member("ann@example.test")
    with transaction():
        account = ledger.open_account(ann, "ma_cross", "journal", starting_balance=Decimal(1000))
    ledger.record_fills(account.id, [
        FillIn("b", "2026-11-17T15:00:00Z", "AAPL", "buy", Decimal(2), Decimal(10), Decimal(1)),
        FillIn("s", "2026-11-18T15:00:00Z", "AAPL", "sell", Decimal(2), Decimal(12), Decimal(1)),
    ], source="test")  # fmt: skip
    work_off()
    service.tell_week()
    (row,) = rows()
    (book,) = row.facts["books"]
    assert (book["trades"], book["wins"], Decimal(book["net"]), Decimal(book["fees"])) == (
        1,
        1,
        2,
        2,
    )
