"""Reading numbers and times: exact, one normal form, never an unexpected error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ledger.rules.fills import (
    ReadFill,
    Refusal,
    RefusalError,
    plain_instant,
    plain_number,
    read_fill,
    read_instant,
    read_number,
    scaled_number,
)
from app.ledger.schemas import FillIn

LATEST = "2026-12-31T00:00:00.000000Z"
GOOD = FillIn("a", "2026-05-20T14:00:00Z", "AAPL", "buy", "1", "2", "0", "USD")
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.decimals(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(), st.text(), max_size=2),
    st.datetimes(), st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@pytest.mark.parametrize("field", ["currency", "fee_currency", "asset_class", "note"])
@pytest.mark.parametrize("value", [False, 0, [], {}])
def test_an_empty_value_of_another_type_is_refused_and_not_taken_as_left_out(field, value):
    read = read_fill(GOOD._replace(**{field: value}), LATEST)
    assert isinstance(read, Refusal)
    assert read.field == field


@given(st.integers(-(10**18), 10**18))
def test_a_number_is_read_back_as_it_was_written(scaled):
    text = plain_number(scaled)
    assert scaled_number(text) == scaled == read_number(text, "qty")
    assert Decimal(text) == Decimal(scaled).scaleb(-8)


@given(st.decimals(min_value=0, max_value=10**9, places=8))
def test_text_and_decimal_and_exponent_are_one_number(number):
    expected = int(number.scaleb(8))
    plain = f"{number:.8f}"
    for text in (number, plain, f"{number:E}", f"  {plain}0", f"+{plain}", plain.lstrip("0")):
        assert read_number(text, "qty") == expected


def test_a_float_is_read_as_it_prints():
    assert read_number(0.1, "qty") == 10_000_000
    assert read_number(1e-8, "qty") == 1
    with pytest.raises(RefusalError, match="more than 8 decimals"):
        read_number(0.1 + 0.2, "qty")


@pytest.mark.parametrize("text", ["1." + "0" * 40 + "1", "1e-9", "0.000000001", "1e-999"])
def test_a_digit_too_many_is_never_rounded_away(text):
    with pytest.raises(RefusalError, match="more than 8 decimals"):
        read_number(text, "qty")


@pytest.mark.parametrize("text", ["1e999", "1e11", "10000000001", "9" * 64, "1" + "0" * 60 + "e0"])
def test_a_number_beyond_the_bound_is_refused(text):
    with pytest.raises(RefusalError, match="must stay below"):
        read_number(text, "qty")


@pytest.mark.parametrize(
    "text", ["", " ", ".", "+", "e5", "1e", "0x1", "1 000", "٣", "9" * 65, "--1"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(RefusalError, match=r"is missing|plain number"):
        read_number(text, "qty")


@given(st.datetimes(datetime(1971, 1, 1), datetime(2026, 12, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_time_in_any_zone_is_one_instant(moment, minutes):
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = plain_instant(zoned)
    assert read_instant(zoned, "at", LATEST) == expected
    assert read_instant(zoned.isoformat(), "at", LATEST) == expected
    assert read_instant(zoned.strftime("%Y-%m-%dT%H:%M:%S.%f%z"), "at", LATEST) == expected
    assert datetime.fromisoformat(expected) == zoned


@pytest.mark.parametrize(
    "text", ["2026-05-20T14:00:00+25:00", "2026-05-20T14:00:00 EST", "2026-05-20T24:01:00Z"]
)
def test_a_wrong_time_or_zone_is_refused(text):
    with pytest.raises(RefusalError, match=r"^at: "):
        read_instant(text, "at", LATEST)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FillIn._fields, ANYTHING)))
def test_anything_is_either_a_fill_or_a_refusal_with_a_field(values):
    read = read_fill(GOOD._replace(**values), LATEST)
    if isinstance(read, Refusal):
        assert read.field in FillIn._fields
        assert read.reason
    else:
        assert isinstance(read, ReadFill)
        assert read.qty > 0
        assert read.external_id.isprintable()
