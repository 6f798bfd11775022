"""Subscriptions and checkout of the fake behave as Stripe's do, asked through the real SDK."""

import pytest
import stripe

from tests.fakes.stripe import ApiError


def switch(v1, subscription, new, **more):
    item = subscription["items"].data[0].id
    return v1.subscriptions.update(subscription.id, {"items": [{"id": item, "price": new}], **more})


def types(till):
    return [one["type"] for one in till.events]


@pytest.mark.parametrize("figures", [(3000, 4000, 21, 677), (4000, 5000, 16, 516)])
def test_a_switch_costs_the_rest_of_the_period_to_the_second(till, v1, price, subscribe, figures):
    old, new, days, costs = figures
    subscription = subscribe(old)
    till.advance(days=31 - days)
    dearer = price(new)
    item = subscription["items"].data[0].id
    asked = v1.invoices.create_preview(
        {
            "subscription": subscription.id,
            "subscription_details": {
                "items": [{"id": item, "price": dearer}],
                "proration_behavior": "always_invoice",
            },
        }
    )
    assert asked.total == costs
    assert v1.subscriptions.retrieve(subscription.id)["items"].data[0].price.unit_amount == old
    switch(v1, subscription, dearer, proration_behavior="always_invoice")
    paid = v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (paid.amount_paid, paid.billing_reason) == (costs, "subscription_update")


def test_a_cheaper_plan_leaves_a_credit_that_the_next_invoice_uses(till, v1, price, subscribe):
    subscription = subscribe(4000)
    till.advance(days=15, hours=12)
    switch(v1, subscription, price(2000), proration_behavior="always_invoice")
    assert v1.customers.retrieve(subscription.customer).balance == -1000
    till.advance(days=16)
    renewal = v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (renewal.total, renewal.amount_paid, renewal.starting_balance) == (2000, 1000, -1000)


def test_prorations_wait_for_the_next_invoice_unless_asked_otherwise(till, v1, price, subscribe):
    subscription = subscribe(3000)
    till.advance(days=15, hours=12)
    switch(v1, subscription, price(4000))
    till.advance(days=16)
    renewal = v1.invoices.list({"subscription": subscription.id}).data[0]
    assert [one.amount for one in renewal.lines.data] == [-1500, 2000, 4000]
    assert renewal.lines.data[0].parent.subscription_item_details.proration is True


def test_a_switch_to_a_year_begins_a_new_period(till, v1, price, subscribe):
    subscription = subscribe(3100)
    till.advance(days=21)
    yearly = switch(v1, subscription, price(30000, "year"))
    item = yearly["items"].data[0]
    assert item.current_period_start == int(till.now.timestamp())
    assert item.current_period_end - item.current_period_start == 365 * 86400
    assert v1.invoices.retrieve(yearly.latest_invoice).amount_paid == 30000 - 1000


def test_a_subscription_renews_and_its_fees_are_in_the_balance(till, v1, subscribe):
    subscription = subscribe(3000)
    till.advance(days=32)
    invoices = v1.invoices.list({"customer": subscription.customer}).data
    assert [(one.billing_reason, one.amount_paid) for one in invoices] == [
        ("subscription_cycle", 3000),
        ("subscription_create", 3000),
    ]
    charge = v1.balance_transactions.list({"type": "charge"}).data[0]
    assert (charge.amount, charge.fee, charge.net) == (3000, 117, 2883)


def test_dunning_tries_again_and_then_cancels(till, v1, subscribe):
    subscription = subscribe()
    till.decline(subscription.customer, "insufficient_funds")
    till.advance(days=31, hours=2)
    assert v1.subscriptions.retrieve(subscription.id).status == "past_due"
    owed = v1.invoices.list({"status": "open"}).data[0]
    assert (owed.attempt_count, owed.next_payment_attempt) == (1, owed.created + 3600 + 3 * 86400)
    till.advance(days=30)
    ended = v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert types(till).count("invoice.payment_failed") == 4


def test_dunning_that_ends_well(till, v1, subscribe):
    subscription = subscribe()
    till.decline(subscription.customer)
    till.advance(days=31, hours=2)
    till.accept(subscription.customer)
    till.advance(days=3)
    assert v1.subscriptions.retrieve(subscription.id).status == "active"


def test_the_owner_may_choose_that_it_stays_unpaid(till, v1, subscribe):
    till.world.after_retries = "unpaid"
    subscription = subscribe()
    till.decline(subscription.customer)
    till.advance(days=55)
    assert v1.subscriptions.retrieve(subscription.id).status == "unpaid"


@pytest.mark.parametrize(
    ("choice", "status"),
    [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")],
)
def test_a_trial_without_a_card_ends_as_was_chosen(till, v1, member, subscribe, choice, status):
    subscription = subscribe(
        customer=member(card=None),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": choice}},
    )
    assert subscription.status == "trialing"
    till.advance(days=12)
    assert "customer.subscription.trial_will_end" in types(till)
    till.advance(days=3)
    assert v1.subscriptions.retrieve(subscription.id).status == status


def test_a_trial_with_a_card_becomes_a_paid_subscription(till, v1, subscribe):
    subscription = subscribe(trial_period_days=14)
    assert v1.invoices.retrieve(subscription.latest_invoice).amount_paid == 0
    till.advance(days=15)
    now = v1.subscriptions.retrieve(subscription.id)
    assert now.status == "active"
    assert v1.invoices.retrieve(now.latest_invoice).amount_paid == 3000


def test_a_first_payment_that_nobody_authenticates_expires(till, v1, member, subscribe):
    subscription = subscribe(customer=member("pm_card_authenticationRequired"))
    assert subscription.status == "incomplete"
    till.advance(hours=24)
    assert v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"
    assert v1.invoices.retrieve(subscription.latest_invoice).status == "void"


def test_a_first_payment_that_is_authenticated_activates(till, v1, member, subscribe):
    subscription = subscribe(customer=member("pm_card_authenticationRequired"))
    payment = v1.invoice_payments.list({"invoice": subscription.latest_invoice}).data[0]
    till.authenticate(payment.payment.payment_intent)
    assert v1.subscriptions.retrieve(subscription.id).status == "active"


def test_cancel_at_the_end_and_change_ones_mind(till, v1, subscribe):
    subscription = subscribe()
    ends = v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert ends.cancel_at == ends["items"].data[0].current_period_end
    stays = v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (stays.cancel_at, stays.canceled_at) == (None, None)
    v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    till.advance(days=32)
    assert v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert types(till)[-1] == "customer.subscription.deleted"


def test_cancel_now_gives_credit_and_no_refund(till, v1, subscribe):
    subscription = subscribe()
    till.advance(days=15, hours=12)
    v1.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    assert v1.customers.retrieve(subscription.customer).balance == -1500
    assert v1.refunds.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.subscriptions.cancel(subscription.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_collection_pauses_and_goes_on_by_itself(till, v1, subscribe):
    subscription = subscribe()
    at = int(till.now.timestamp()) + 45 * 86400
    v1.subscriptions.update(
        subscription.id, {"pause_collection": {"behavior": "void", "resumes_at": at}}
    )
    till.advance(days=32)
    assert v1.invoices.list({"subscription": subscription.id}).data[0].status == "void"
    till.advance(days=14)
    assert v1.subscriptions.retrieve(subscription.id).pause_collection is None
    till.advance(days=20)
    assert v1.invoices.list({"subscription": subscription.id}).data[0].status == "paid"


def test_an_archived_price_sells_nothing_new_but_goes_on_for_those_who_have_it(
    till, v1, price, subscribe
):
    subscription = subscribe(3000)
    old = subscription["items"].data[0].price.id
    v1.prices.update(old, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        v1.subscriptions.create({"customer": subscription.customer, "items": [{"price": old}]})
    till.advance(days=32)
    assert v1.invoices.list({"subscription": subscription.id}).data[0].amount_paid == 3000


def test_checkout_with_a_card_that_is_declined_and_then_another(till, v1, price):
    session = v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price(3000), "quantity": 1}],
            "success_url": "http://127.0.0.1/done",
            "client_reference_id": "7",
            "subscription_data": {"metadata": {"user": "7"}},
        }
    )
    with pytest.raises(ApiError):
        till.complete(session.id, "pm_card_chargeCustomerFail")
    assert v1.checkout.sessions.retrieve(session.id).status == "open"
    done = till.complete(session.id)
    assert (done["status"], done["payment_status"], done["client_reference_id"]) == (
        "complete",
        "paid",
        "7",
    )
    subscription = v1.subscriptions.retrieve(done["subscription"])
    assert (subscription.status, subscription.metadata["user"]) == ("active", "7")
    assert types(till)[-1] == "checkout.session.completed"


def test_checkout_that_needs_no_payment_and_one_that_expires(till, v1, price):
    wanted = {
        "mode": "subscription",
        "line_items": [{"price": price(3000), "quantity": 1}],
        "success_url": "http://127.0.0.1/done",
        "subscription_data": {"trial_period_days": 7},
        "payment_method_collection": "if_required",
    }
    free = v1.checkout.sessions.create(wanted)
    done = till.complete(free.id, card=None)
    assert (done["payment_status"], done["status"]) == ("no_payment_required", "complete")
    assert v1.subscriptions.retrieve(done["subscription"]).status == "trialing"
    left = v1.checkout.sessions.create(wanted)
    till.advance(hours=25)
    assert v1.checkout.sessions.retrieve(left.id).status == "expired"


def test_checkout_that_asks_the_bank(till, v1, price):
    session = v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price(3000), "quantity": 1}],
            "success_url": "http://127.0.0.1/done",
        }
    )
    assert till.complete(session.id, "pm_card_authenticationRequired")["status"] == "open"
    assert till.authenticate(session.id)["payment_status"] == "paid"
