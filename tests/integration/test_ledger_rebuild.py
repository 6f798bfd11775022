"""Whatever comes in whatever order, the derived rows are those that a rebuild makes."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.core.db import db, transaction
from app.ledger import service
from app.ledger.errors import EventNotFoundError
from app.ledger.schemas import CashFlowIn, FillIn, MarkIn

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
SYMBOLS = ("AAPL", "MSFT", "BTC/USD", "/ESZ6")
DERIVED = {
    "trading_accounts": "id, positions, derived_seq, opened_on",
    "trades": "account_id, instrument_id, direction, qty, entry_at, exit_at, entry_price, "
    "exit_price, gross_pnl, fees, net_pnl, entry_notional, currency, closed_on, open_seq, close_seq",
    "account_days": "*",
}


def dump():
    found = {}
    for table, columns in DERIVED.items():
        rows = db.session.execute(text(f"SELECT {columns} FROM {table}")).all()
        found[table] = sorted(str(tuple(row)) for row in rows)
    db.session.rollback()
    return found


def fill(number, minutes, rng, **changes):
    values = {
        "external_id": f"f{number}",
        "executed_at": START + timedelta(minutes=minutes),
        "symbol": rng.choice(SYMBOLS),
        "side": rng.choice(("buy", "sell")),
        "qty": Decimal(rng.randint(1, 500)) / 100,
        "price": Decimal(rng.randint(9000, 11000)) / 100,
        "fee": Decimal(rng.randint(0, 300)) / 100,
        "currency": rng.choice(("USD", "USD", "USD", "EUR")),
        "fee_currency": rng.choice((None, None, "USD", "BNB")),
    }
    return FillIn(**{**values, **changes})


class Player:
    """Does random things to one account."""

    def __init__(self, account_id, seed):
        self.account_id, self.rng, self.number = account_id, random.Random(seed), 0
        self.minutes = 0
        self.ids = []

    def step(self):
        name = self.rng.choices(
            ("fills", "late", "mark", "flow", "correct", "delete", "again"), (8, 3, 4, 1, 2, 2, 1)
        )[0]
        getattr(self, name)()

    def _fills(self, minutes, count, **options):
        fills = []
        for _ in range(count):
            self.number += 1
            fills.append(fill(self.number, minutes + self.rng.randint(0, 40), self.rng))
            self.ids.append(f"f{self.number}")
        service.record_fills(self.account_id, fills, source="test", **options)

    def fills(self):
        self.minutes += self.rng.choice((0, 10, 400, 1500))
        self._fills(self.minutes, self.rng.randint(1, 4))

    def late(self):
        self._fills(
            self.rng.randint(-2000, self.minutes),
            self.rng.randint(1, 3),
            is_deferred=self.rng.random() < 0.3,
        )

    def mark(self):
        at = self.minutes + 40 if self.rng.random() < 0.8 else self.rng.randint(0, self.minutes)
        self.number += 1
        self.ids.append(f"m{self.number}")
        mark = MarkIn(
            f"m{self.number}",
            START + timedelta(minutes=at),
            self.rng.choice(SYMBOLS),
            Decimal(self.rng.randint(9000, 11000)) / 100,
        )
        service.record_marks(self.account_id, [mark], source="test")

    def flow(self):
        self.number += 1
        self.ids.append(f"c{self.number}")
        at = START + timedelta(minutes=self.rng.randint(-3000, self.minutes))
        amount = self.rng.choice((-500, 1000))
        service.record_cash_flow(
            self.account_id, CashFlowIn(f"c{self.number}", at, amount), source="test"
        )

    def correct(self):
        fills = [name for name in self.ids if name[0] == "f"]
        if fills:
            minutes = self.rng.randint(-500, self.minutes)
            self._quietly(service.correct_fill, self.rng.choice(fills), fill(0, minutes, self.rng))

    def delete(self):
        if self.ids:
            self._quietly(service.tombstone, self.rng.choice(self.ids), "entered twice")

    def again(self):
        if self.ids:
            name = self.rng.choice(self.ids)
            service.record_fills(
                self.account_id, [fill(0, 5, self.rng, external_id=name)], source="test"
            )

    def _quietly(self, function, *arguments):
        # What was deleted before cannot be changed any more.
        with contextlib.suppress(EventNotFoundError):
            function(self.account_id, *arguments)


def play(member, seed, steps, **account):
    user_id = member(f"{seed}@example.test")
    with transaction():
        account_id = service.open_account(user_id, "ma_cross", "paper", **account).id
    player = Player(account_id, seed)
    for _ in range(steps):
        player.step()
        if player.rng.random() < 0.15:
            check(account_id)
    check(account_id)


def check(account_id):
    service.catch_up(account_id)
    before = dump()
    service.rebuild(account_id)
    assert dump() == before
    assert service.verify(account_id) is None


@pytest.mark.req("S4-3")
@pytest.mark.parametrize("seed", range(12))
def test_incremental_equals_rebuild_for_random_deliveries(app, member, seed):
    options = [
        {},
        {"starting_balance": Decimal(10_000)},
        {"starting_balance": Decimal(10_000), "opened_on": date(2026, 3, 4)},
    ]
    play(member, seed, 40, **options[seed % 3])


def test_incremental_equals_rebuild_on_each_engine(engine_app, member):
    play(member, 99, 60, starting_balance=Decimal(5000))


def test_order_of_arrival_does_not_matter(app, member):
    rng = random.Random(4)
    fills = [fill(number, number * 97, rng, currency="USD") for number in range(60)]
    states = []
    for attempt in range(4):
        order = fills[:]
        if attempt:
            rng.shuffle(order)
        user_id = member(f"order{attempt}@example.test")
        with transaction():
            account_id = service.open_account(user_id, "ma_cross", "paper").id
        at = 0
        while at < len(order):
            size = rng.randint(1, 9)
            service.record_fills(account_id, order[at : at + size], source="test")
            at += size
        days = db.session.execute(
            text("SELECT * FROM account_days WHERE account_id = :id ORDER BY day, currency"),
            {"id": account_id},
        ).all()
        # All but the account's and the user's number.
        states.append([(*row[1:3], *row[4:]) for row in days])
        db.session.rollback()
    assert states[0]
    assert states[1:] == states[:1] * 3
