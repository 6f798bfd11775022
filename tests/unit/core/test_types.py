"""Stored decimals are exact, stored times are aware."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.types import SCALE, UtcDateTime, from_scaled, to_scaled


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=8))
def test_a_decimal_of_eight_places_comes_back_as_it_was(value):
    assert from_scaled(to_scaled(value)) == value


def test_scaling_rounds_half_to_even_and_refuses_what_does_not_fit():
    assert to_scaled(Decimal("0.000000005")) == 0
    assert to_scaled(Decimal("0.000000015")) == 2
    assert to_scaled(Decimal(1)) == SCALE
    with pytest.raises(OverflowError):
        to_scaled(Decimal(10) ** 12)


def test_a_time_without_zone_is_refused():
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(naive, None)


class _Sqlite:
    name = "sqlite"


def test_a_stored_time_comes_back_aware():
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    stored = UtcDateTime().process_bind_param(instant, _Sqlite())
    assert UtcDateTime().process_result_value(stored, _Sqlite()) == instant
