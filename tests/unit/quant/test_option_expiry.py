"""When options end."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from app.quant.frames import Hours
from app.quant.greeks import settles_at, settles_in_the_morning, years_until
from app.quant.greeks.expiry import is_monthly

DAY = 86_400_000_000


def _us(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1e6)


def _hours():
    """Return Thursday, Friday (half), Monday: nine thirty to four, New York winter time."""
    days = [date(2015, 1, day).toordinal() for day in (15, 16, 20)]
    opens = [_us(2015, 1, day, 14, 30) for day in (15, 16, 20)]
    closes = [_us(2015, 1, 15, 21), _us(2015, 1, 16, 18), _us(2015, 1, 20, 21)]
    starts = [each - 5 * 3_600_000_000 for each in opens]
    return Hours(np.array(days, np.int32), *map(np.array, (starts, opens, closes, closes)))


def test_hours_and_minutes_count():
    assert years_until(DAY // 2, 0) == pytest.approx(0.5 / 365)
    assert years_until(np.array([DAY, -5]), 0).tolist() == [1 / 365, 0.0]


def test_a_contract_ends_with_the_last_session_of_its_date():
    friday = date(2015, 1, 16).toordinal()
    assert settles_at(friday, _hours()) == _us(2015, 1, 16, 18)
    assert settles_at(friday + 1, _hours()) == _us(2015, 1, 16, 18)  # dated Saturday
    assert settles_at(friday, _hours(), in_the_morning=True) == _us(2015, 1, 16, 14, 30)
    assert settles_at(friday + 40, _hours()) is None
    assert settles_at(friday - 40, _hours()) is None


@pytest.mark.parametrize(
    ("day", "monthly"),
    [((2015, 12, 18), True), ((2015, 12, 24), False), ((2014, 7, 19), True), ((2014, 7, 25), False)],
)  # fmt: skip
def test_monthly_contracts_are_known_by_their_date(day, monthly):
    ordinal = date(*day).toordinal()
    assert is_monthly(ordinal) is monthly
    assert settles_in_the_morning("SPX", ordinal) is monthly
    assert not settles_in_the_morning("SPXW", ordinal)
    assert not settles_in_the_morning("AAPL", ordinal)
