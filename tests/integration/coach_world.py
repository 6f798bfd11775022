"""A desk with prices, a member with a record, and questions to the coach about both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from app.accounts import service as accounts
from app.billing import service as billing
from app.coach import service
from app.coach.rules.citing import Citation
from app.coach.service import Answer
from app.core import clock
from app.core.db import transaction
from app.core.parse import parse
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.market import service as market
from app.robots import service as robots
from app.robots.schemas.running import DeploymentIn
from app.trading import service as trading
from app.trading.schemas import PositionIn
from tests.factories.bars import minutes_from

FRIDAY = datetime(2025, 10, 31, 13, 30, tzinfo=UTC)
MONDAY = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
NOW = MONDAY + timedelta(minutes=45, seconds=12)
PRICES = (("SPX", "index", 100), ("SPY", "equity", 200), ("QQQ", "equity", 300))
HEAD = "expiry,strike,right,bid,ask,close,volume,open_interest\n"
ROWS = (
    ("2025-12-19", "95", "C", "7.20", "7.40"), ("2025-12-19", "95", "P", "1.60", "1.70"),
    ("2025-12-19", "100", "C", "4.10", "4.30"), ("2025-12-19", "100", "P", "3.50", "3.70"),
    ("2025-12-19", "105", "C", "2.00", "2.10"), ("2025-12-19", "105", "P", "6.40", "6.60"),
)  # fmt: skip
CALL = {
    "symbol": "ACME", "right": "call", "strike": "100", "expiry": "2025-12-19", "side": "buy",
    "qty": "2", "price": "3.60", "opened_on": "2025-10-24",
}  # fmt: skip
SPREAD = (CALL, {**CALL, "strike": "105", "side": "sell", "price": "1.60"})
CROSS = DeploymentIn(plugin_id="ma_cross", symbols=["SPY"])


class World(NamedTuple):
    """Somebody with a record, somebody with none, and the way to ask."""

    ask: Callable[..., Answer]
    ann: int
    bob: int


def make_member(email: str, tier: str) -> int:
    """Return a new member on a plan."""
    with transaction():
        user_id = accounts.create_user(email).id
        billing.subscribe(user_id, tier, source="demo")
        return user_id


def build(patch: pytest.MonkeyPatch) -> World:
    """Make prices, an option chain, trades whose first half hour loses, positions and a robot."""
    patch.setattr(clock, "now", lambda: NOW)
    for symbol, asset_class, price in PRICES:
        for start, count in ((FRIDAY, 390), (MONDAY - timedelta(minutes=330), 10), (MONDAY, 45)):
            with transaction():
                each = market.get_instrument(symbol, asset_class=asset_class)
                market.store_bars(each.id, "M1", minutes_from(start, count, price=price), "csv")
    lines = [
        HEAD,
        ",,,,,100.20,,\n",
        *(",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS),
    ]
    _, is_taken = market.import_chain(lines, "ACME", date(2025, 10, 31))
    assert is_taken
    ann, bob = make_member("ann@example.test", "mid"), make_member("bob@example.test", "mid")
    with transaction():
        robots.sync_catalogue()
    robots.deploy(ann, CROSS)
    for leg in SPREAD:
        trading.note_position(ann, parse(PositionIn, leg))
    _trade(ann)
    count = iter(range(10_000))

    def ask(question: str, user_id: int = ann, **more: Any) -> Answer:
        return service.answer(user_id, question, f"world {next(count)}", **more)

    return World(ask, ann, bob)


def _trade(user_id: int) -> None:
    """Close 80 trades over weeks: those of the first half hour lose, the later ones win."""
    account = ledger.open_account(user_id, "ma_cross", "journal", starting_balance=Decimal(100_000))
    fills, day = [], datetime(2025, 7, 7, tzinfo=UTC)
    for number in range(80):
        while day.weekday() > 4:
            day += timedelta(days=1)
        early = number % 2 == 0
        opened = day.replace(hour=13 if early else 16 + number % 4 // 3 * 2, minute=40)
        wins = number % 10 == 0 if early else number % 10 != 1
        paid, got = Decimal(100), Decimal(101 if wins else 99) + Decimal(number) / 100
        for name, side, at, price in (
            ("b", "buy", opened, paid), ("s", "sell", opened + timedelta(minutes=9), got),
        ):  # fmt: skip
            when = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            fills.append(
                FillIn(f"{name}{number}", when, "AAPL", side, Decimal(10), price, Decimal(1))
            )
        day += timedelta(days=number % 2)
    results = ledger.record_fills(account.id, fills, source="api")
    assert {one.status for one in results} == {"created"}, results[0]


def cited(answer: Answer) -> dict[str, Any]:
    """Return what an answer cites, by the facts' own names."""
    return {
        part.fact.id.partition(".")[2]: part.fact.value
        for part in answer.checked.parts
        if isinstance(part, Citation)
    }
