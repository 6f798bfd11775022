"""How numbers look: true minus, signs, fixed decimals, a dash for "no answer"."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.core import formatters as f


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1214.75"), "+$1,214.75"),
        (Decimal("-142.18"), "\u2212$142.18"),
        (Decimal(0), "$0.00"),
        (Decimal("-0.001"), "$0.00"),
        (Decimal("0.001"), "$0.00"),
    ],
)
def test_profit_and_loss_carry_a_sign_and_zero_none(value, shown):
    assert f.signed_money(value) == shown


def test_currencies_keep_their_own_decimals():
    assert f.money(Decimal(1500), "JPY") == "\u00a51,500"
    assert f.money(Decimal("-1.5"), "EUR") == "\u2212\u20ac1.50"


@pytest.mark.parametrize(
    "formatter",
    [f.money, f.signed_money, f.percent, f.ratio, f.count, f.qty, f.price, f.day, f.instant],
    ids=lambda formatter: formatter.__name__,
)
def test_no_answer_is_a_dash_with_hidden_text(formatter):
    assert "\u2013" in formatter(None)
    assert "no answer" in formatter(None)


def test_percent_ratio_and_counts():
    assert f.percent(Decimal("43.75")) == "43.75%"
    assert f.percent(Decimal("-2.5"), 1) == "\u22122.5%"
    assert f.signed_percent(Decimal("2.426")) == "+2.43%"
    assert f.signed_percent(0) == "0.00%"
    assert f.ratio(1.365) == "1.36"  # half to even
    assert f.count(1515) == "1,515"


def test_quantities_and_prices_keep_what_they_have():
    assert f.qty(Decimal("12.00")) == "12"
    assert f.qty(Decimal(1200)) == "1,200"
    assert f.qty(Decimal("0.05")) == "0.05"
    assert f.price(Decimal("184.6")) == "184.60"
    assert f.price(Decimal("1.08455")) == "1.08455"


def test_axes_are_compact_and_times_name_their_zone():
    assert f.compact_money(57500) == "$57.5k"
    assert f.compact_money(-2_000_000) == "\u2212$2m"
    assert f.day(date(2026, 11, 20)) == "20 Nov 2026"
    assert f.instant(datetime(2026, 11, 20, 19, 32, tzinfo=UTC)) == "20 Nov 2026, 14:32 EST"
    assert f.instant(datetime(2026, 7, 1, 19, 32, tzinfo=UTC)) == "1 Jul 2026, 15:32 EDT"
