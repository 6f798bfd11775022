"""What combinations are called, and what quarters and LEAPS are reckoned from."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.ledger.schemas import TradeView
from app.trading.rules.groups import NAMES, Part, structure
from app.trading.service.leaps import quarters_of


def call(size, strike=100, expiry=1):
    return Part("call", size, strike, expiry)


def put(size, strike=100, expiry=1):
    return Part("put", size, strike, expiry)


STOCK = Part("stock", 100)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ([STOCK], "shares"),
        ([call(100)], "long_call"),
        ([put(-100)], "short_put"),
        ([STOCK, call(-100)], "covered_call"),
        ([STOCK, call(-200)], "custom"),
        ([STOCK, put(100)], "protective_put"),
        ([STOCK, put(100, 90), call(-100, 110)], "collar"),
        ([Part("stock", -100), call(100)], "custom"),
        ([call(100), call(-100, 110)], "vertical"),
        ([call(100), call(-200, 110)], "ratio_spread"),
        ([call(-100), call(100, 100, 2)], "calendar"),
        ([call(-100), call(100, 90, 2)], "diagonal"),
        ([call(100), put(100)], "straddle"),
        ([call(-100, 110), put(-100, 90)], "strangle"),
        ([call(100), put(-100)], "custom"),
        ([call(100, 90), call(-200), call(100, 110)], "butterfly"),
        ([put(100, 80), put(-100, 90), call(-100, 110), call(100, 120)], "iron_condor"),
        ([put(100, 80), put(-100), call(-100), call(100, 120)], "iron_butterfly"),
        ([put(100, 80), put(-100, 90), call(-100, 110)], "custom"),
    ],
)
def test_a_combination_has_its_usual_name(parts, name):
    assert structure(parts) == name
    assert structure(parts[::-1]) == name
    assert name in NAMES


def trade(closed_on, net_pnl, currency="USD"):
    at = datetime(2026, 1, 5, tzinfo=UTC)
    zero = Decimal(0)
    return TradeView(
        id=1, account_id=1, plugin_id="x", kind="journal", symbol="A", asset_class="option",
        direction="long", qty=1, entry_at=at, exit_at=at, entry_price=zero, exit_price=zero,
        gross_pnl=zero, fees=zero, net_pnl=net_pnl, entry_notional=zero, currency=currency,
        closed_on=closed_on,
    )  # fmt: skip


@pytest.mark.req("S2-170")
def test_quarters_add_up_by_currency_the_newest_first():
    found = quarters_of([
        trade(date(2026, 3, 31), Decimal("10.5")),
        trade(date(2026, 4, 1), Decimal(-4)),
        trade(date(2026, 1, 1), Decimal(-1)),
        trade(date(2025, 12, 31), Decimal(7), "EUR"),
    ])  # fmt: skip
    assert [(each.year, each.number, each.currency) for each in found] == [
        (2026, 2, "USD"),
        (2026, 1, "USD"),
        (2025, 4, "EUR"),
    ]
    assert (found[1].trades, found[1].won, found[1].net_pnl) == (2, 1, Decimal("9.5"))
