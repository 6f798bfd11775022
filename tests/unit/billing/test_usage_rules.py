from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.rules.usage import marks_passed, passes, period_of, resets_at

MOMENTS = st.integers(0, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
STEPS = st.lists(st.integers(1, 30), max_size=40)


@settings(deadline=None)
@given(STEPS, st.integers(1, 300))
def test_each_mark_is_passed_once_whatever_the_steps(steps, limit):
    count, seen = 0, []
    for step in steps:
        seen += marks_passed(count, count + step, limit)
        count += step
    assert seen == [mark for mark in (80, 100) if count * 100 >= mark * limit]


@settings(deadline=None)
@given(STEPS, st.integers(0, 300))
def test_an_alarm_is_raised_once(steps, alarm):
    count, seen = 0, 0
    for step in steps:
        seen += passes(count, count + step, alarm)
        count += step
    assert seen == (count > alarm)


def test_without_a_limit_nothing_is_passed():
    assert marks_passed(0, 10**9, None) == []
    assert marks_passed(0, 1, 0) == []
    assert not passes(0, 10**9, None)


@settings(deadline=None)
@given(MOMENTS)
def test_a_count_begins_anew_when_its_period_ends(now):
    for counted in ("day", "month"):
        end = resets_at(counted, now)
        assert end > now
        assert period_of(counted, end) != period_of(counted, now)
        assert period_of(counted, end - timedelta(microseconds=1)) == period_of(counted, now)
    assert period_of("month", now) == f"{now:%Y-%m}"
