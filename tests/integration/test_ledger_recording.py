"""Recording: idempotence, corrections, marks, fees in other currencies, openings, events told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.core.events import subscribe
from app.ledger import service
from app.ledger.errors import EventNotFoundError, LiveAccountError
from app.ledger.events import DayMoneyChanged
from app.ledger.models import AccountDay, LedgerEvent, PersonalText, Trade, TradingAccount
from app.ledger.schemas import CashFlowIn, FillIn, MarkIn

told: list[DayMoneyChanged] = []


@pytest.fixture(autouse=True)
def _listen():
    told.clear()
    subscribe(DayMoneyChanged, told.append)


@pytest.fixture
def account_id(engine_app, member):
    with transaction():
        return service.open_account(
            member("owner@example.test", tier="mid"), "ma_cross", "paper"
        ).id


def buy(external_id, at, qty=100, price=10, **more):
    return FillIn(
        external_id, f"2026-05-{at}Z", more.pop("symbol", "AAPL"), "buy", qty, price, **more
    )


def sell(external_id, at, qty=100, price=10, **more):
    return buy(external_id, at, qty, price, **more)._replace(side="sell")


def record(account_id, *fills, **options):
    return service.record_fills(account_id, fills, source="test", **options)


def days(account_id):
    rows = db.session.scalars(
        select(AccountDay)
        .where(AccountDay.account_id == account_id)
        .order_by(AccountDay.currency, AccountDay.day)
        .execution_options(populate_existing=True)
    ).all()
    db.session.rollback()
    return rows


def trades(account_id):
    rows = db.session.scalars(
        select(Trade).where(Trade.account_id == account_id).order_by(Trade.exit_at)
    ).all()
    db.session.rollback()
    return rows


def statuses(results):
    return [result.status for result in results]


def test_the_same_fill_twice_is_recorded_once(account_id):
    one = buy("a", "20T14:00:00", "100", "10.50", fee="1", currency="USD")
    again = FillIn("a", "2026-05-20T10:00:00.000-0400", "aapl", "BUY", 100.0, "10.5", "1.00")
    assert statuses(record(account_id, one, one, again)) == ["created", "duplicate", "duplicate"]
    assert statuses(record(account_id, again)) == ["duplicate"]
    assert len(db.session.scalars(select(LedgerEvent)).all()) == 1


@pytest.mark.parametrize(
    "change",
    [{"qty": 99}, {"price": 11}, {"side": "sell"}, {"executed_at": "2026-05-20T14:00:01Z"},
     {"symbol": "MSFT"}, {"fee": 2}, {"fee_currency": "EUR"}, {"multiplier": 2}],
)  # fmt: skip
def test_a_known_id_with_other_values_is_refused(account_id, change):
    one = buy("a", "20T14:00:00")
    record(account_id, one)
    results = record(account_id, one._replace(**change))
    assert statuses(results) == ["refused"]
    assert results[0].field == "external_id"
    assert "correction" in results[0].reason


def test_good_items_are_kept_beside_refused_ones(account_id):
    results = record(account_id, buy("a", "20T14:00:00"), buy("b", "20T14:00:00", qty=0))
    assert statuses(results) == ["created", "refused"]
    assert (results[1].field, results[1].reason) == ("qty", "must be above zero")


@pytest.mark.req("S4-11")
def test_a_round_trip_becomes_a_trade_and_a_day(account_id):
    record(
        account_id,
        buy("a", "20T14:00:00", 100, 10, fee=1),
        buy("b", "20T14:05:00", 50, 12, fee=1),
        sell("c", "20T15:00:00", 30, 13, fee=1),
        sell("d", "21T15:00:00", 120, 11, fee=1),
    )
    (trade,) = trades(account_id)
    # 150 bought for 1,600; sold for 390 + 1,320.
    assert (trade.gross_pnl, trade.fees, trade.net_pnl) == (110, 4, 106)
    assert (trade.qty, trade.entry_notional, trade.direction) == (150, 1600, "long")
    assert trade.closed_on == date(2026, 5, 21)
    first, second = days(account_id)
    assert (first.realized, first.fees, first.trade_count, first.open_delta) == (87, 3, 0, 1)
    assert (second.realized, second.trade_count, second.win_count, second.open_delta) == (
        19,
        1,
        1,
        -1,
    )
    assert second.best == second.worst == second.gross_profit == 106
    assert first.realized + second.realized == trade.net_pnl


def test_a_flip_closes_one_trade_and_opens_the_other_way(account_id):
    record(
        account_id,
        buy("a", "20T14:00:00", 100, 10),
        sell("b", "20T15:00:00", 300, 11, fee=3),
        buy("c", "20T16:00:00", 200, 12, fee=2),
    )
    long, short = trades(account_id)
    assert (long.net_pnl, long.fees) == (99, 1)
    assert (short.direction, short.net_pnl, short.fees) == ("short", -204, 4)


def test_a_fee_in_another_currency_lowers_that_currencys_money_only(account_id):
    record(
        account_id,
        buy("a", "20T14:00:00", 1, 100, symbol="BTC/USD", fee="0.5", fee_currency="BNB"),
        sell("b", "20T15:00:00", 1, 101, symbol="BTC/USD", fee="0.5", fee_currency="BNB"),
    )
    bnb, usd = days(account_id)
    assert (bnb.currency, bnb.realized, bnb.fees, bnb.trade_count) == ("BNB", -1, 1, 0)
    assert (usd.currency, usd.realized, usd.fees, usd.trade_count) == ("USD", 1, 0, 1)


def test_a_multiplier_counts(account_id):
    record(
        account_id,
        buy("a", "20T14:00:00", 2, "1.50", symbol="UAL   260417C00110000"),
        sell("b", "20T15:00:00", 2, "1.75", symbol="UAL   260417C00110000"),
        buy("c", "20T14:00:00", 1, 100, multiplier=5),
        sell("d", "20T15:00:00", 1, 101, multiplier=5),
    )
    assert sorted(trade.net_pnl for trade in trades(account_id)) == [5, 50]


def test_marks_move_equity_and_are_reversed_when_the_position_is_sold(account_id):
    record(account_id, buy("a", "20T14:00:00", 100, 10))
    marks = [
        MarkIn(f"m{day}", f"2026-05-{day}T20:00:00Z", "AAPL", price)
        for day, price in ((20, 11), (21, "10.5"))
    ]
    assert statuses(service.record_marks(account_id, marks * 2, source="test")) == [
        "created", "created", "duplicate", "duplicate",
    ]  # fmt: skip
    record(account_id, sell("b", "22T14:00:00", 40, 12), sell("c", "22T15:00:00", 60, 12))
    changes = [(day.realized, day.mark_change) for day in days(account_id)]
    assert changes == [(0, 100), (0, -50), (200, -50)]
    assert sum(realized + mark for realized, mark in changes) == trades(account_id)[0].net_pnl


def test_a_deposit_is_a_flow_and_no_profit(account_id):
    flow = CashFlowIn("c1", "2026-05-20T12:00:00Z", 500)
    assert service.record_cash_flow(account_id, flow, source="test").status == "created"
    assert service.record_cash_flow(account_id, flow, source="test").status == "duplicate"
    (day,) = days(account_id)
    assert (day.flows, day.realized) == (500, 0)


def test_a_correction_replaces_a_fill_and_stays_visible(account_id):
    record(account_id, buy("a", "20T14:00:00", 100, 10), sell("b", "21T14:00:00", 100, 12))
    seq = service.correct_fill(account_id, "a", buy("", "20T14:00:00", 100, 11))
    (trade,) = trades(account_id)
    assert (trade.net_pnl, trade.open_seq, seq) == (100, 1, 3)
    user_id = db.session.get(TradingAccount, account_id).user_id
    shown = service.recent_fills(user_id)
    assert [(fill.external_id, fill.price, fill.is_corrected) for fill in shown] == [
        ("b", 12, False),
        ("a", 11, True),
    ]
    # The original and the corrected values are both known; others are not.
    assert statuses(record(account_id, buy("a", "20T14:00:00", 100, 10))) == ["duplicate"]
    assert statuses(record(account_id, buy("a", "20T14:00:00", 100, 11))) == ["duplicate"]
    assert statuses(record(account_id, buy("a", "20T14:00:00", 100, 12))) == ["refused"]


def test_a_deleted_fill_stays_deleted_when_it_is_sent_again(account_id):
    one = buy("a", "20T14:00:00")
    record(account_id, one, sell("b", "20T15:00:00", 100, 12))
    service.tombstone(account_id, "a", "entered twice")
    assert [trade.direction for trade in trades(account_id)] == []
    assert statuses(record(account_id, one, one._replace(qty=5))) == ["duplicate", "duplicate"]
    with pytest.raises(EventNotFoundError):
        service.tombstone(account_id, "a")
    with pytest.raises(EventNotFoundError):
        service.correct_fill(account_id, "a", one)


def test_deleting_everything_leaves_no_money(account_id):
    record(account_id, buy("a", "20T14:00:00", fee=1), sell("b", "20T15:00:00", 100, 12))
    for name in "ab":
        service.tombstone(account_id, name)
    assert days(account_id) == []
    assert trades(account_id) == []
    db.session.expire_all()
    assert db.session.get(TradingAccount, account_id).opened_on is None


@pytest.mark.parametrize(
    ("symbol", "at", "day"),
    [
        ("AAPL", "20T19:59:59.999999", date(2026, 5, 20)),
        ("AAPL", "20T20:00:00", date(2026, 5, 20)),
        ("AAPL", "20T20:00:00.000001", date(2026, 5, 21)),
        ("AAPL", "22T21:00:00", date(2026, 5, 26)),  # Friday evening before Memorial Day
        ("BTC/USD", "23T23:59:59", date(2026, 5, 23)),
        ("/ESZ6", "24T23:30:00", date(2026, 5, 25)),  # Sunday evening is Monday's trade date
    ],
)
def test_the_day_is_the_venues_session(account_id, symbol, at, day):
    record(account_id, buy("a", at, symbol=symbol))
    assert [row.day for row in days(account_id)] == [day]


def test_the_balance_opens_on_the_first_day_and_moves_back_with_older_history(engine_app, member):
    user_id = member("owner@example.test")
    with transaction():
        account = service.open_account(
            user_id, "x", "journal", starting_balance=Decimal(1000), opened_on=date(2026, 5, 20)
        )
    assert [(day.day, day.opening) for day in days(account.id)] == [(date(2026, 5, 20), 1000)]
    record(account.id, buy("a", "21T14:00:00", fee=1))
    assert not account.is_backfilled
    record(account.id, buy("b", "18T14:00:00", symbol="MSFT"))
    openings = [(day.day, day.opening) for day in days(account.id)]
    assert openings == [(date(2026, 5, 18), 1000), (date(2026, 5, 21), 0)]
    assert account.is_backfilled


def test_late_history_marks_an_account_as_back_filled(account_id):
    record(account_id, buy("a", "20T14:00:00"))
    later = clock.now() + timedelta(hours=1)
    record(account_id, buy("b", "19T14:00:00"), received_at=later)
    db.session.expire_all()
    account = db.session.get(TradingAccount, account_id)
    assert account.is_backfilled
    assert account.opened_on == date(2026, 5, 19)


def test_changes_are_told_from_the_earliest_day_by_currency(account_id):
    record(
        account_id,
        buy("a", "21T14:00:00"),
        buy("b", "20T14:00:00", currency="EUR", fee=1),
    )
    assert [(event.currency, event.from_day) for event in told] == [
        ("EUR", date(2026, 5, 20)),
        ("USD", date(2026, 5, 21)),
    ]
    told.clear()
    record(account_id, sell("c", "21T15:00:00"), buy("d", "18T14:00:00", symbol="MSFT"))
    assert [(event.currency, event.from_day) for event in told] == [("USD", date(2026, 5, 18))]
    told.clear()
    record(account_id, buy("a", "21T14:00:00"))
    assert told == []


def test_only_a_broker_writes_into_a_live_account(engine_app, member):
    with transaction():
        account_id = service.open_account(member("owner@example.test"), "x", "live").id
    with pytest.raises(LiveAccountError):
        record(account_id, buy("a", "20T14:00:00"))
    results = service.record_fills(account_id, [buy("a", "20T14:00:00")], source="broker")
    assert statuses(results) == ["created"]


def test_a_note_lies_beside_the_chain_and_can_be_erased(account_id):
    record(account_id, buy("a", "20T14:00:00", note="bought on a hunch"))
    body = db.session.scalars(select(LedgerEvent.body)).one()
    assert "hunch" not in body
    assert "note_hash" in body
    user_id = db.session.get(TradingAccount, account_id).user_id
    assert service.erase_personal_texts(user_id) == 1
    assert db.session.scalars(select(PersonalText)).all() == []
    assert service.verify() is None


def test_opening_twice_gives_the_same_account(engine_app, member):
    user_id = member("owner@example.test")
    one = service.open_account(user_id, "x", "paper", starting_balance=Decimal(5))
    two = service.open_account(user_id, "x", "paper", starting_balance=Decimal(9))
    assert (one.id, one.starting_balance) == (two.id, 5)
    assert service.open_account(user_id, "x", "paper", robot_version="2").id != one.id


def test_trades_are_read_page_by_page(account_id):
    for number in range(5):
        at = datetime(2026, 5, 20, 14, number, tzinfo=UTC)
        record(
            account_id,
            FillIn(f"a{number}", at, "AAPL", "buy", 1, 10),
            FillIn(f"b{number}", at + timedelta(seconds=9), "AAPL", "sell", 1, 10 + number),
        )
    user_id = db.session.get(TradingAccount, account_id).user_id
    seen, cursor = [], None
    while True:
        page = service.list_trades(user_id, account_id, cursor, 2)
        seen += [trade.net_pnl for trade in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [4, 3, 2, 1, 0]
