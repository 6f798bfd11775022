"""Time that passes in a running till: everything becomes older, the clock stays."""

import copy

from tests.fakes.stripe.aging import is_moment, pass_time

DAY = 86400


def moments(value, name=""):
    """Yield every number that can only be a moment."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from moments(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from moments(one, name)
    elif isinstance(value, (int, float)) and value > 1_500_000_000:
        yield name, value


def test_a_month_passes_and_the_clock_stays(till, v1, subscribe):
    subscription = subscribe(3000)
    with till.world.lock:
        pass_time(till.world, 32 * DAY)
    now = int(till.now.timestamp())
    again = v1.subscriptions.retrieve(subscription.id)
    assert again.created == subscription.created - 32 * DAY
    assert again["items"].data[0].current_period_end == now + 29 * DAY
    assert [one.amount_paid for one in v1.invoices.list().data] == [3000, 3000]
    # What the service asks for by its own clock still fits.
    session = v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": again["items"].data[0].price.id, "quantity": 1}],
            "success_url": "http://127.0.0.1/done",
            "expires_at": now + 3600,
        }
    )
    assert session.status == "open"


def test_no_moment_is_left_behind(till, v1, subscribe):
    subscription = subscribe(3000, trial_period_days=7)
    v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    v1.billing_portal.sessions.create({"customer": subscription.customer})
    subscribe(3000)
    till.dispute(v1.charges.list().data[0].id)
    account = v1.accounts.create({"type": "express"})
    till.onboard(account.id)
    known = copy.deepcopy(till.world.objects)
    names = {name for name, value in moments(known)}
    assert len(names) > 15
    assert {name for name in names if not is_moment(name, 1)} == set()


def test_amounts_and_counts_stay(till, v1, subscribe):
    subscribe(3000)
    before = v1.balance_transactions.list().data[0]
    with till.world.lock:
        pass_time(till.world, DAY)
    after = v1.balance_transactions.list().data[0]
    assert (after.amount, after.fee, after.net) == (before.amount, before.fee, before.net)
    assert after.available_on == before.available_on - DAY
