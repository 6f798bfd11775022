from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import profit
from app.billing.rules.profit import Flow, settle
from app.billing.rules.proration import rest

START = datetime(2026, 1, 1, tzinfo=UTC)
MONEY = st.integers(0, 10**9)


def period(mark, equity, *flows, followers=10):
    return settle(mark, flows, equity, 2_000, followers)


@given(st.lists(MONEY, min_size=1, max_size=20), MONEY)
def test_losing_and_regaining_is_never_charged_twice(equities, first):
    """All that is ever charged is a fifth of what the highest equity was above the first."""
    mark, charged, profits = first, 0, 0
    for equity in equities:
        share = period(mark, equity)
        mark, charged, profits = (
            share.mark_minor,
            charged + share.charged_minor,
            profits + share.profit_minor,
        )
    assert profits == max(first, *equities) - first
    assert charged <= profits * 2_000 // 10_000


@given(MONEY, MONEY, st.integers(1, 10**9), st.integers(0, 10**6))
def test_a_deposit_is_no_profit(mark, equity, paid_in, later):
    """Whoever pays in owes what they would have owed without it."""
    flow = Flow(START, paid_in, equity)
    assert period(mark, equity + paid_in + later, flow).charged_minor == (
        period(mark, equity + later).charged_minor
    )


@given(MONEY, MONEY, st.data())
def test_taking_money_out_makes_no_profit_and_loses_none(mark, equity, data):
    taken = data.draw(st.integers(0, equity))
    share = period(mark, equity - taken, Flow(START, -taken, equity))
    assert share.profit_minor == max(0, equity - mark)


@given(st.integers(2, 10**9), st.data())
def test_below_the_mark_the_loss_goes_with_the_money(mark, data):
    equity = data.draw(st.integers(1, mark - 1))
    taken = data.draw(st.integers(1, equity))
    left = equity - taken
    after = profit.moved(mark, Flow(START, -taken, equity))
    # The same gain in percent is needed as before, up to a unit in favour of the follower.
    assert 0 <= (after * equity) - (mark * left) < equity


def test_flows_count_in_the_order_of_their_time():
    flows = [Flow(START + timedelta(days=2), -5_000, 5_000), Flow(START, 2_000, 10_000)]
    # 10,000 and 2,000 are 12,000; at 5,000 all is taken out: nothing is left to regain.
    assert period(10_000, 0, *flows).mark_minor == 0


def test_a_fifth_of_the_new_profit_is_charged():
    share = period(100_000, 112_345)
    assert (share.profit_minor, share.charged_minor, share.mark_minor) == (12_345, 2_469, 112_345)
    assert period(share.mark_minor, 105_000).charged_minor == 0


def test_with_nine_followers_nothing_is_charged_then_or_later():
    share = period(100_000, 150_000, followers=9)
    assert (share.charged_minor, share.mark_minor) == (0, 150_000)
    assert period(share.mark_minor, 160_000).charged_minor == 2_000


# --- The rest of a period ---


@pytest.mark.parametrize(("old", "new", "days", "costs"), [(30, 40, 21, 677), (40, 50, 16, 516)])
def test_a_switch_in_a_period_of_31_days(old, new, days, costs):
    end = START + timedelta(days=31)
    at = end - timedelta(days=days)
    assert rest(old * 100, new * 100, START, end, at) == costs
    assert rest(new * 100, old * 100, START, end, at) == -costs


@given(MONEY, MONEY, st.integers(1, 366 * 86_400), st.integers(-100, 400 * 86_400))
def test_a_switch_costs_no_more_than_the_difference_and_nothing_at_the_end(old, new, length, at):
    end, moment = START + timedelta(seconds=length), START + timedelta(seconds=at)
    costs = rest(old, new, START, end, moment)
    assert abs(costs) <= abs(new - old)
    assert costs * (new - old) >= 0
    if at <= 0:
        assert costs == new - old
    if at >= length:
        assert costs == 0


def test_a_period_ends_after_it_begins():
    with pytest.raises(ValueError, match="ends after"):
        rest(1, 2, START, START, START)
