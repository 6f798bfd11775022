"""Metric rows are a function of the daily money alone: order, splitting and rebuilds change nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from app.core.db import db, transaction
from app.ledger.models import AccountDay
from app.performance import models, service
from app.performance.queries import metrics, scopes
from tests.factories.performance import make_account, make_day

MONDAY = date(2025, 3, 3)
TABLES = (
    models.UserPerformanceMetric,
    models.RobotPerformanceMetric,
    models.AccountPerformanceMetric,
)
VOLATILE = {"id", "created_at", "updated_at", "version"}


def everything() -> list[tuple]:
    """Return every stored figure and scope, but for ids, versions and times of writing."""
    found = []
    for table in (*(model.__table__ for model in TABLES), models.PerformanceScope.__table__):
        columns = [column for column in table.c if column.name not in VOLATILE]
        for row in db.session.execute(select(*columns)):
            values = tuple(tuple(v) if isinstance(v, list) else v for v in row)
            found.append((table.name, *map(repr, values)))
    db.session.rollback()
    return sorted(found)


def refold(account, day: date) -> None:
    service.refold_account(account.id, account.currency, day.toordinal())
    if account.is_ranked:
        service.refold_robot(account.plugin_id, account.currency, day.toordinal())


def sessions(count: int) -> list[date]:
    days = (MONDAY + timedelta(days=step) for step in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def random_book(seed: int) -> dict[date, tuple[str, ...]]:
    chance = random.Random(seed)
    return {
        day: tuple(f"{chance.uniform(-90, 100):.4f}" for _ in range(chance.randint(1, 4)))
        for day in sessions(40)
        if chance.random() < 0.7
    }


def make_books(user_ids: list[int]) -> list[tuple[object, dict[date, tuple[str, ...]]]]:
    kinds = [("alpha", "journal"), ("alpha", "paper"), ("beta", "paper"), ("beta", "backtest")]
    books = []
    for number, (user_id, (plugin_id, kind)) in enumerate(
        (user_id, scope) for user_id in user_ids for scope in kinds
    ):
        account = make_account(
            user_id,
            plugin_id,
            kind,
            starting_balance=Decimal(10_000),
            opened_on=MONDAY,
            is_ranked=kind == "paper",
        )
        books.append((account, random_book(number)))
    return books


def steps_of(books) -> list[tuple]:
    opening = {"opening": Decimal(10_000)}
    return [
        (account, day, pnls, opening if day == min(book) else {})
        for account, book in books
        for day, pnls in book.items()
    ]


@pytest.mark.req("S4-4", "S4-6", "S4-8", "S4-9", "S4-16")
def test_the_order_of_arrival_and_a_rebuild_change_no_bit(engine_app, member):
    user_ids = [member("a@example.test"), member("b@example.test")]
    with transaction():
        books = make_books(user_ids)
    steps = steps_of(books)
    random.Random(5).shuffle(steps)
    for account, day, pnls, extra in steps:
        with transaction():
            make_day(account, day, *pnls, **extra)
            refold(account, day)
    shuffled = everything()
    assert len(shuffled) > 500

    with transaction():
        for table in TABLES:
            db.session.execute(delete(table))
        db.session.execute(delete(models.PerformanceScope))
    assert service.rebuild() > 0
    assert everything() == shuffled

    with transaction():  # once more over what is there: nothing changes
        pass
    service.rebuild()
    assert everything() == shuffled
    assert service.reconcile() == 0


@pytest.mark.req("S4-15")
def test_days_in_order_each_continue_from_the_checkpoint(engine_app, member, monkeypatch):
    user_id = member()
    with transaction():
        account = make_account(user_id, starting_balance=Decimal(10_000), opened_on=MONDAY)
        make_day(account, MONDAY, "5", opening=Decimal(10_000))
        refold(account, MONDAY)

    def never(*_args):
        raise AssertionError("a fill today folded from the start")

    monkeypatch.setattr("app.performance.service.refold._start_over", never)
    for day in sessions(30)[1:]:
        for pnls in (("12.5",), ("12.5", "-3")):
            with transaction():
                make_day(account, day, *pnls)
                refold(account, day)
    monkeypatch.undo()
    one_by_one = everything()
    service.rebuild()
    assert everything() == one_by_one


@pytest.mark.req("S4-17")
def test_periods_whose_days_disappear_are_deleted(engine_app, member):
    user_id = member()
    first, last = date(2025, 3, 3), date(2025, 4, 15)
    with transaction():
        account = make_account(user_id, starting_balance=Decimal(10_000), opened_on=first)
        make_day(account, first, "5", opening=Decimal(10_000))
        make_day(account, last, "7")
        refold(account, first)
    assert service.get_metrics(user_id, "daily").on == last
    with transaction():
        db.session.execute(delete(AccountDay).where(AccountDay.day == last))
        refold(account, last)
    assert service.get_metrics(user_id, "daily").on == first
    assert service.get_metrics(user_id, "monthly").on == date(2025, 3, 1)
    with transaction():
        db.session.execute(delete(AccountDay))
        refold(account, first)
    assert service.get_metrics(user_id, "all_time").on is None
    assert not db.session.scalars(select(models.UserPerformanceMetric)).all()


@pytest.mark.req("S4-17")
def test_older_history_moves_the_first_day_of_all_time(engine_app, member):
    user_id = member()
    with transaction():
        account = make_account(user_id)
        make_day(account, date(2025, 3, 5), "5")
        refold(account, date(2025, 3, 5))
        make_day(account, date(2024, 12, 2), "7")
        refold(account, date(2024, 12, 2))
    rows = service.list_metrics(user_id, "all_time")
    assert [(row.on, row.metrics.trade_count) for row in rows] == [(date(2024, 12, 2), 2)]
    assert rows[0].metrics.return_ratio is None
    assert rows[0].metrics.max_drawdown is None
    assert rows[0].metrics.max_drawdown_amount == Decimal("0.00")


@pytest.mark.req("S4-4")
def test_a_backtest_never_counts_as_forward(engine_app, member):
    user_id = member()
    with transaction():
        for kind in ("paper", "backtest", "training"):
            account = make_account(user_id, kind=kind)
            make_day(account, MONDAY, "5")
            refold(account, MONDAY)
    row = service.get_metrics(user_id, "all_time")
    assert (row.kinds, row.metrics.trade_count) == (["paper"], 1)
    assert service.get_metrics(user_id, "all_time", kind="backtest").kinds == ["backtest"]


@pytest.mark.req("S4-8")
def test_a_trade_on_a_weekend_makes_every_day_a_session(engine_app, member):
    user_id = member()
    saturday = date(2025, 3, 8)
    with transaction():
        account = make_account(user_id, starting_balance=Decimal(10_000), opened_on=MONDAY)
        make_day(account, MONDAY, "5", opening=Decimal(10_000))
        make_day(account, date(2025, 3, 10), "5")
        refold(account, MONDAY)
    assert service.list_metrics(user_id, "weekly")[0].metrics.day_count == 5
    with transaction():
        make_day(account, saturday, "5")
        refold(account, saturday)
    assert service.list_metrics(user_id, "weekly")[0].metrics.day_count == 7
    with transaction():
        db.session.execute(delete(AccountDay).where(AccountDay.day == saturday))
        refold(account, saturday)
    assert service.list_metrics(user_id, "weekly")[0].metrics.day_count == 5
    assert service.reconcile() == 0


@pytest.mark.req("S4-9")
def test_one_account_without_a_balance_takes_the_ratios_of_the_whole_scope(engine_app, member):
    user_id = member()
    with transaction():
        known = make_account(user_id, "alpha", starting_balance=Decimal(10_000))
        make_day(known, MONDAY, "-50", opening=Decimal(10_000))
        refold(known, MONDAY)
    assert service.get_metrics(user_id, "all_time").metrics.max_drawdown == Decimal("-0.5000")
    with transaction():
        unknown = make_account(user_id, "beta")
        make_day(unknown, MONDAY + timedelta(days=1), "5")
        refold(unknown, MONDAY + timedelta(days=1))
    both = service.get_metrics(user_id, "all_time").metrics
    assert (both.max_drawdown, both.max_drawdown_amount) == (None, Decimal("-50.00"))
    alone = service.get_metrics(user_id, "all_time", plugin_id="alpha").metrics
    assert alone.max_drawdown == Decimal("-0.5000")


def test_a_robot_counts_only_its_ranked_accounts(engine_app, member):
    with transaction():
        for number, is_ranked in enumerate((True, True, False)):
            account = make_account(
                member(f"m{number}@example.test"),
                kind="paper",
                is_ranked=is_ranked,
                starting_balance=Decimal(1000),
            )
            make_day(account, MONDAY, "5", opening=Decimal(1000))
            refold(account, MONDAY)
    record = service.robot_records(["ma_cross"])["ma_cross"]
    assert (record.account_count, record.metrics.trade_count) == (2, 2)
    assert record.spark == [pytest.approx(0.005)]


def test_scopes_are_locked_in_the_order_of_their_ids(engine_app, member):
    from app.core import clock
    from app.performance import rules

    user_id = member()
    keys = rules.user_scopes(user_id, "alpha", "paper", "USD")
    with transaction():
        made = scopes.lock_scopes(list(reversed(keys)), clock.now())
        again = scopes.lock_scopes(keys, clock.now())
    assert [scope.id for scope in made] == sorted(scope.id for scope in made)
    assert made == again
    assert metrics.family(keys[0]) == "user"


def test_one_members_absurd_sums_stop_neither_the_job_nor_the_reconciliation(app, member):
    user_id = member("absurd@example.test")
    with transaction():
        account = make_account(user_id)
        for day in sessions(3):
            make_day(account, day, "80000000000", entry_notional=Decimal(1))
        refold(account, MONDAY)
    row, folded = service.get_metrics(user_id, "all_time"), everything()
    assert (row.metrics.trade_count, row.metrics.total_pnl) == (3, Decimal("240000000000.00"))
    assert service.reconcile() == 0
    service.rebuild()
    assert everything() == folded
