"""Recording for many accounts at once gives what recording one after the other gives."""

from decimal import Decimal

import pytest
from sqlalchemy import event, select

from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.ledger import service as ledger
from app.ledger.models import AccountDay, LedgerEvent, Trade, TradingAccount
from app.ledger.schemas import FeeIn, FillIn, MarkIn
from app.ledger.service import Posting

DAYS = ("2026-05-18", "2026-05-19", "2026-05-20")


def posting(account_id, day, number):
    side = "buy" if number % 2 else "sell"
    return Posting(
        account_id,
        [FillIn(f"f{number}", f"{day}T14:{account_id % 60:02d}:00Z", "AAPL", side, 2, 100 + number, "0.5")],
        [MarkIn(f"m{day}", f"{day}T20:00:00Z", "AAPL", 101 + number)],
        [FeeIn(f"c{day}", f"{day}T20:00:00Z", "0.25")],
    )  # fmt: skip


def make_accounts(user_id, kind, count):
    return [
        ledger.open_account(
            user_id,
            "ma_cross",
            "paper",
            starting_balance=Decimal(1000),
            robot_version=f"{kind}{at}",
        ).id
        for at in range(count)
    ]


def derived(account_id):
    """Return all that follows from an account's events, without the account's own id."""
    account = db.session.get(TradingAccount, account_id, populate_existing=True)
    rows = db.session.scalars(select(AccountDay).filter_by(account_id=account_id)).all()
    days = sorted(
        (row.day, row.realized, row.mark_change, row.fees, row.trade_count, row.best, row.opening)
        for row in rows
    )
    trades = sorted(
        (trade.entry_price, trade.exit_price, trade.net_pnl, trade.closed_on)
        for trade in db.session.scalars(select(Trade).filter_by(account_id=account_id))
    )
    return account.positions, account.derived_seq, account.opened_on, days, trades


def record_singly(each):
    ledger.record_fills(each.account_id, each.fills, source="paper")
    ledger.record_marks(each.account_id, each.marks, source="paper")
    ledger.record_fees(each.account_id, each.fees, source="paper")


def test_many_accounts_at_once_are_as_one_after_the_other(engine_app, member):
    user_id = member()
    one, many = make_accounts(user_id, "a", 5), make_accounts(user_id, "b", 5)
    for number, day in enumerate(DAYS, start=1):
        for place, account_id in enumerate(one):
            record_singly(posting(place, day, number)._replace(account_id=account_id))
        ledger.record_many(
            [
                posting(place, day, number)._replace(account_id=account_id)
                for place, account_id in enumerate(many)
            ],
            source="paper",
        )
    assert [derived(each) for each in one] == [derived(each) for each in many]
    assert derived(one[0])[4]
    assert ledger.verify() is None
    before = [derived(each) for each in many]
    for each in many:
        with transaction():
            ledger.rebuild(each)
    assert [derived(each) for each in many] == before


def test_twice_is_once_and_what_is_late_is_put_in_its_place(engine_app, member):
    user_id = member()
    first, second = make_accounts(user_id, "c", 2)
    batch = [posting(first, DAYS[1], 2), posting(second, DAYS[1], 2)]
    created = ledger.record_many(batch, source="paper")
    again = ledger.record_many(batch, source="paper")
    assert {answer.status for answer in created[first]} == {"created"}
    assert {answer.status for answer in again[first]} == {"duplicate"}
    late = posting(first, DAYS[0], 1)
    ledger.record_many([late, posting(second, DAYS[2], 3)], source="paper")
    before = derived(first)
    with transaction():
        ledger.rebuild(first)
    assert derived(first) == before
    bad = Posting(second, [FillIn("x", "2026-05-20T15:00:00Z", "AAPL", "buy", 0, 1)])
    (refused,) = ledger.record_many([bad], source="paper")[second]
    assert (refused.status, refused.field) == ("refused", "qty")


def test_the_jobs_that_follow_are_written_once_for_each_account(engine_app, member):
    accounts = make_accounts(member(), "d", 3)
    for day in DAYS[:2]:
        ledger.record_many(
            [posting(each, day, 1)._replace(fills=()) for each in accounts], source="x"
        )
        fills = [posting(each, day, DAYS.index(day) + 1) for each in accounts]
        ledger.record_many(fills, source="paper")
    rows = db.session.scalars(select(OutboxRow).filter_by(name="performance.refold_account")).all()
    assert len(rows) == 3
    assert {row.payload["from_day"] for row in rows} == {DAYS[0]}


def test_a_hundred_accounts_cost_few_statements(app, member):
    accounts = make_accounts(member(), "e", 100)
    ledger.record_many([posting(each, DAYS[0], 1) for each in accounts], source="paper")
    statements = []
    with transaction():
        listener = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        try:
            ledger.record_many([posting(each, DAYS[1], 2) for each in accounts], source="paper")
        finally:
            event.remove(db.engine, "before_cursor_execute", listener)
    count = db.session.query(LedgerEvent).count()
    assert count == 600
    assert len(statements) < 40, [text[:80] for text in statements]


def test_an_unknown_account_is_refused(app):
    with pytest.raises(ledger.accounts.queries.AccountNotFoundError):
        ledger.record_many([Posting(99)], source="paper")
