"""Creators at the provider: what they must have, their account, their offers, who buys."""

from __future__ import annotations

import pytest

from app.billing import service as billing
from app.billing.clients import stripe
from app.billing.errors import EntitlementError, TillAwayError
from app.billing.models import Offer, ProviderSubscription
from app.billing.queries import journal as journal_queries
from app.billing.schemas.buying import CheckoutIn
from app.billing.service import creators, offers
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PreconditionFailedError,
    ValidationError,
)
from tests.factories import tills
from tests.factories.creators import get, give_plan, seller, turn_off_codes, turn_on_codes
from tests.factories.money import person
from tests.factories.tills import deliver, work


@pytest.fixture
def till(app, monkeypatch):
    # The SDK's own second try would be answered by the key; here the answer is lost for good.
    monkeypatch.setattr(stripe, "RETRIES", 0)
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


def call(function, *args, **named):
    with transaction():
        return function(*args, **named)


def codes(user_id):
    return [one.code for one in call(creators.hindrances, user_id)]


@pytest.mark.req("S3-97")
def test_a_creator_needs_the_plan_and_codes_at_sign_in(app):
    user_id = person()
    with pytest.raises(EntitlementError) as refused:
        call(creators.become, user_id)
    assert refused.value.details["plan"] == "creator"
    give_plan(user_id)
    with pytest.raises(ForbiddenError, match="codes") as refused:
        call(creators.become, user_id)
    assert refused.value.code == "second_factor_needed"
    turn_on_codes(user_id)
    assert call(creators.become, user_id).user_id == user_id
    call(creators.become, user_id)
    assert codes(user_id) == ["account"]


@pytest.mark.req("S3-97")
def test_without_codes_selling_stops_at_that_moment(till):
    user_id = seller(till)
    made = call(offers.add, user_id, "Signals", "", "25")
    offers.publish(user_id, made.id)
    call(offers.require_on_sale, made.id)
    turn_off_codes(user_id)
    assert codes(user_id) == ["second_factor"]
    with pytest.raises(NotFoundError):
        call(offers.require_on_sale, made.id)
    with pytest.raises(NotFoundError):
        billing.buy(person(), CheckoutIn(ladder="offers", plan="offer", offer_id=made.id))
    with pytest.raises(ForbiddenError) as refused:
        call(offers.add, user_id, "More", "", "25")
    assert refused.value.code == "second_factor_needed"
    turn_on_codes(user_id)
    call(offers.require_on_sale, made.id)


@pytest.mark.req("S3-114")
def test_the_provider_is_told_who_is_paid_and_says_what_it_wants(app, till):
    user_id = seller()
    url = creators.onboarding_url(user_id, None)
    assert url.startswith(till.url)
    account = get(user_id).provider_account_id
    assert creators.onboarding_url(user_id, None) != url  # each is good once
    assert get(user_id).provider_account_id == account
    creators.sync_account(account)
    assert "A bank account to be paid to" in creators.wanted(get(user_id))
    assert creators.wanted(get(user_id)).count("Your name") == 1
    till.onboard(account)
    deliver(app, till)
    work()
    assert get(user_id).is_payouts_enabled
    assert codes(user_id) == []
    till.restrict(account)
    deliver(app, till)
    work()
    assert codes(user_id) == ["account"]
    assert creators.wanted(get(user_id)) == ["A proof of who you are (passport or identity card)"]


def test_a_lost_answer_makes_no_second_account(app, till):
    user_id = seller()
    till.faults.timeout_after_effect(9, "POST /v1/accounts")
    with pytest.raises(TillAwayError):
        creators.need_account(user_id)
    till.faults.clear()
    till.advance(hours=30)  # the key is forgotten
    account = creators.need_account(user_id)
    with app.app_context():
        assert [one["id"] for one in stripe.each(lambda v1: v1.accounts.list())] == [account]


def test_an_account_that_leaves_us_is_forgotten_and_another_may_come(till):
    user_id = seller(till)
    account = get(user_id).provider_account_id
    till.client().v1.accounts.delete(account)
    creators.sync_account(account)
    assert (get(user_id).provider_account_id, get(user_id).is_payouts_enabled) == (None, False)
    assert creators.need_account(user_id) != account


@pytest.mark.parametrize(
    ("field", "name", "text", "price"),
    [
        ("name", "  ", "", "25"),
        ("name", "x" * 81, "", "25"),
        ("description", "Good", "x" * 2_001, "25"),
        *(("price", "Good", "", price) for price in (
            "9.99", "500.01", "25.001", "-25", "NaN", "Infinity", "1e400", "", "ten", "2 5",
        )),
    ],
)  # fmt: skip
@pytest.mark.req("S3-44")
def test_a_wrong_field_is_named(app, monkeypatch, field, name, text, price):
    monkeypatch.setattr(creators, "require_may_sell", lambda _user_id: None)
    with pytest.raises(ValidationError) as refused:
        call(offers.add, person(), name, text, price)
    assert refused.value.field == field


@pytest.mark.req("S3-44")
def test_prices_from_10_to_500_are_taken():
    assert [offers.selling.price_minor(text, 1_000, 50_000) for text in ("10", "500.00", "49.5")] == [
        1_000, 50_000, 4_950,
    ]  # fmt: skip


@pytest.mark.req("S3-45")
def test_a_new_price_is_for_new_buyers_and_money_is_shared(app, till):
    user_id = seller(till)
    made = call(offers.add, user_id, "Signals", "Daily", "50")
    offers.publish(user_id, made.id)
    first = person()
    tills.buy(till, first, "offer", ladder="offers", offer_id=made.id)
    offers.change(user_id, made.id, 0, price="80")
    second = person()
    tills.buy(till, second, "offer", ladder="offers", offer_id=made.id)
    deliver(app, till)
    work()
    paid = {
        row.user_id: row.price_minor
        for row in db.session.query(ProviderSubscription).filter_by(offer_id=made.id)
    }
    assert paid == {first: 5_000, second: 8_000}
    assert journal_queries.balance("revenue:creator", "USD") == 500 + 800
    mine = [journal_queries.balance(f"{name}:{user_id}", "USD") for name in ("payable", "reserve")]
    assert mine == [4_050 + 6_480, 450 + 720]
    prices = till.client().v1.prices.list({"product": f"trp_offer_{made.id}", "active": True})
    assert [one.unit_amount for one in prices.data] == [8_000]


def test_an_offer_changes_only_as_it_was_read(till):
    user_id = seller(till)
    made = call(offers.add, user_id, "Signals", "", "50")
    offers.change(user_id, made.id, 0, name="Better signals")
    with pytest.raises(PreconditionFailedError):
        offers.change(user_id, made.id, 0, name="Late")
    with pytest.raises(NotFoundError):
        offers.change(seller(), made.id, 1, name="Not mine")
    db.session.expire_all()
    assert (db.session.get_one(Offer, made.id).name, db.session.get_one(Offer, made.id).version) == (
        "Better signals", 1,
    )  # fmt: skip


def test_what_is_retired_is_not_sold_again(till):
    user_id = seller(till)
    made = call(offers.add, user_id, "Signals", "", "50")
    for _ in range(2):
        offers.publish(user_id, made.id)
    for _ in range(2):
        assert offers.retire(user_id, made.id).state == "retired"
    with pytest.raises(NotFoundError):
        call(offers.require_on_sale, made.id)
    with pytest.raises(ConflictError):
        offers.publish(user_id, made.id)


def test_publishing_that_was_cut_leaves_one_price(till):
    user_id = seller(till)
    made = call(offers.add, user_id, "Signals", "", "50")
    till.faults.timeout_after_effect(9, "POST /v1/prices")
    with pytest.raises(TillAwayError):
        offers.publish(user_id, made.id)
    till.faults.clear()
    till.advance(hours=30)
    assert offers.publish(user_id, made.id).state == "active"
    prices = till.client().v1.prices.list({"product": f"trp_offer_{made.id}"})
    assert len(prices.data) == 1


def test_the_operator_stops_and_starts_a_creator(till):
    user_id = seller(till)
    call(creators.set_suspended, user_id, "chargebacks", is_suspended=True)
    assert codes(user_id) == ["suspended"]
    call(creators.set_suspended, user_id, "explained", is_suspended=False)
    assert codes(user_id) == []
    assert clock.now() >= get(user_id).created_at
