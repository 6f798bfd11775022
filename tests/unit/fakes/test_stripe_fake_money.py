"""Money in the fake: refunds, disputes, transfers, currencies, tax."""

import pytest
import stripe


def test_refunds_up_to_what_was_paid(v1, till, subscribe):
    subscribe(3000)
    charge = v1.charges.list().data[0].id
    v1.refunds.create({"charge": charge, "amount": 1000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        v1.refunds.create({"charge": charge, "amount": 2001})
    v1.refunds.create({"charge": charge})
    again = v1.charges.retrieve(charge)
    assert (again.amount_refunded, again.refunded) == (3000, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.refunds.create({"charge": charge})
    assert caught.value.code == "charge_already_refunded"


def test_a_dispute_takes_the_money_and_forbids_refunds_an_inquiry_does_not(v1, till, subscribe):
    subscribe(3000)
    subscribe(3000)
    first, second = v1.charges.list().data
    dispute = till.dispute(first.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.refunds.create({"charge": first.id})
    assert caught.value.code == "charge_disputed"
    till.end_dispute(dispute["id"], won=True)
    moved = [
        (one.net, one.reporting_category)
        for one in v1.balance_transactions.list({"type": "adjustment"}).data
    ]
    assert moved == [(3000, "dispute_reversal"), (-4500, "dispute")]
    till.dispute(second.id, inquiry=True)
    assert v1.refunds.create({"charge": second.id}).status == "succeeded"


def test_transfers_need_money_and_reversals_too(v1, till, subscribe):
    subscribe(3000)
    account = v1.accounts.create(
        {"type": "express", "capabilities": {"transfers": {"requested": True}}}
    )
    wanted = {
        "amount": 2000,
        "currency": "usd",
        "destination": account.id,
        "transfer_group": "week-40",
    }
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.transfers.create(wanted)
    assert caught.value.code == "insufficient_capabilities_for_transfer"
    till.onboard(account.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.transfers.create(wanted)
    assert caught.value.code == "balance_insufficient"
    till.settle()
    transfer = v1.transfers.create(wanted)
    on_account = {"stripe_account": account.id}
    assert v1.balance.retrieve(options=on_account).available[0].amount == 2000
    v1.payouts.create({"amount": 1500, "currency": "usd"}, on_account)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.transfers.reversals.create(transfer.id, {"amount": 501})
    assert caught.value.code == "balance_insufficient"
    v1.transfers.reversals.create(transfer.id, {"amount": 500})
    assert v1.transfers.retrieve(transfer.id).amount_reversed == 500
    assert [one.id for one in v1.transfers.list({"transfer_group": "week-40"}).data] == [
        transfer.id
    ]


@pytest.mark.parametrize("booked", [("jpy", 3000, 117), ("kwd", 9990, 590), ("eur", 2999, 117)])
def test_currencies_have_their_own_decimals(v1, price, member, booked):
    currency, amount, _fee = booked
    item = {"price": price(amount, currency=currency)}
    v1.subscriptions.create({"customer": member(), "items": [item]})
    found = v1.balance_transactions.list().data[0]
    assert (found.currency, found.amount, found.fee) == booked


def test_three_decimals_end_with_a_nought(price):
    with pytest.raises(stripe.InvalidRequestError, match="last digit"):
        price(9999, currency="kwd")


def test_tax_is_added_where_it_is_asked_for(till, v1, subscribe):
    till.world.tax_percent = 19
    subscription = subscribe(3000, automatic_tax={"enabled": True})
    invoice = v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.subtotal, invoice.total, invoice.total_taxes[0].amount) == (3000, 3570, 570)


def test_a_one_time_payment(till, v1):
    product = v1.products.create({"name": "Report"})
    single = v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 500})
    session = v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": single.id, "quantity": 2}],
            "success_url": "http://127.0.0.1/done",
        }
    )
    done = till.complete(session.id)
    assert v1.payment_intents.retrieve(done["payment_intent"]).amount_received == 1000
