"""The fake of Stripe and what its tests begin with."""

from datetime import UTC, datetime

import pytest

from tests.fakes.stripe import fake_stripe


@pytest.fixture
def till():
    # The first of a month that has 31 days, at noon.
    with fake_stripe(now=datetime(2026, 10, 1, 12, tzinfo=UTC)) as fake:
        yield fake


@pytest.fixture
def v1(till):
    return till.client(max_network_retries=0).v1


@pytest.fixture
def price(v1):
    product = v1.products.create({"name": "Mid"})

    def make(amount, interval="month", currency="usd"):
        return v1.prices.create(
            {
                "product": product.id,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": interval},
            }
        ).id

    return make


@pytest.fixture
def member(v1):
    def make(card="pm_card_visa"):
        given = {"email": "anna@example.com", "payment_method": card}
        customer = v1.customers.create(given if card else {"email": "anna@example.com"})
        if card:
            owned = v1.customers.payment_methods.list(customer.id).data[0].id
            v1.customers.update(
                customer.id, {"invoice_settings": {"default_payment_method": owned}}
            )
        return customer.id

    return make


@pytest.fixture
def subscribe(v1, price, member):
    def make(amount=3000, customer=None, **more):
        return v1.subscriptions.create(
            {"customer": customer or member(), "items": [{"price": price(amount)}], **more}
        )

    return make
