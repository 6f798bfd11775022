"""How the fake answers: keys, faults, lists, errors, events and their deliveries."""

import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.fakes.stripe.world import World


def test_the_same_key_gives_the_same_answer_for_a_day(v1, till):
    once = {"idempotency_key": "order-1"}
    first = v1.customers.create({"email": "a@example.com"}, once)
    assert v1.customers.create({"email": "a@example.com"}, once).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        v1.customers.create({"email": "b@example.com"}, once)
    till.advance(hours=25)
    assert v1.customers.create({"email": "a@example.com"}, once).id != first.id


def test_a_500_is_kept_for_its_key_and_a_429_is_not(v1, till):
    till.faults.fail(500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            v1.customers.create({}, {"idempotency_key": "k"})
    assert v1.customers.list().data == []
    till.faults.fail(429)
    with pytest.raises(stripe.RateLimitError):
        v1.customers.create({}, {"idempotency_key": "l"})
    assert v1.customers.create({}, {"idempotency_key": "l"}).id


def test_a_timeout_after_the_effect_is_repeated_by_its_key(v1, till):
    till.faults.timeout_after_effect(where="POST /v1/customers")
    with pytest.raises(stripe.APIConnectionError):
        v1.customers.create({}, {"idempotency_key": "k"})
    made = v1.customers.create({}, {"idempotency_key": "k"})
    assert [one.id for one in v1.customers.list().data] == [made.id]


def test_events_are_signed_with_each_secret_that_is_valid(till, v1):
    v1.customers.create({})
    till.rotate_secret("whsec_new")
    body, headers = till.signed(till.events[-1])
    for secret in ("whsec_fake", "whsec_new"):
        event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
        assert event.type == "customer.created"
    till.drop_old_secrets()
    body, headers = till.signed(till.events[-1])
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_fake")
    body, headers = till.signed(till.events[-1], skew=-400)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_new")


def test_deliveries_in_any_order_more_than_once_and_with_losses(till, v1):
    for _ in range(40):
        v1.customers.create({})
    seen = []
    sent = till.deliver(
        lambda body, headers: seen.append(body) or 200,
        order="shuffled",
        times=(1, 5),
        drop=0.25,
        parallel=4,
    )
    assert len(sent) == len(seen) > len(set(seen))
    lost = [one.id for one in v1.events.list({"delivery_success": False, "limit": 100}).data]
    assert 0 < len(lost) < 40
    assert len(set(seen)) + len(lost) == 40
    assert till.deliver(lambda body, headers: 200) == []


def test_what_is_not_acknowledged_is_delivered_again(till, v1):
    v1.customers.create({})
    assert [one.status for one in till.deliver(lambda body, headers: 500)] == [500]
    assert [one.status for one in till.deliver(lambda body, headers: 200)] == [200]


def test_lists_are_paged_newest_first(v1):
    made = [v1.customers.create({"email": f"{at}@example.com"}).id for at in range(5)]
    first = v1.customers.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    rest = v1.customers.list({"limit": 3, "starting_after": first.data[-1].id})
    assert ([one.id for one in rest.data], rest.has_more) == (made[2::-1], False)
    newer = v1.customers.list({"limit": 2, "ending_before": made[0]})
    assert ([one.id for one in newer.data], newer.has_more) == ([made[2], made[1]], True)
    assert [one.id for one in v1.customers.list({"limit": 2}).auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize(
    ("call", "code", "param"),
    [
        (lambda v1: v1.customers.retrieve("cus_none"), "resource_missing", "id"),
        (lambda v1: v1.prices.create({"product": "prod_x", "currency": "usd", "unit_amount": 1}), "resource_missing", "product"),
        (lambda v1: v1.products.create({}), "parameter_missing", "name"),
        (lambda v1: v1.customers.create({"colour": "red"}), "parameter_unknown", "colour"),
        (lambda v1: v1.customers.create({"invoice_settings": {"colour": "x"}}), "parameter_unknown", "invoice_settings[colour]"),
        (lambda v1: v1.customers.list({"limit": 101}), "parameter_invalid_integer", "limit"),
    ],
)  # fmt: skip
def test_errors_name_their_field(v1, call, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(v1)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.request_id.startswith("req_")


def test_a_wrong_key_opens_nothing(till):
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_live_x", base_addresses={"api": till.url}).v1.customers.list()


def test_expand_reaches_what_hangs_below(v1, subscribe):
    subscription = subscribe()
    full = v1.subscriptions.retrieve(
        subscription.id, {"expand": ["latest_invoice.payments", "customer"]}
    )
    assert full.customer.email == "anna@example.com"
    payment = full.latest_invoice.payments.data[0]
    assert payment.status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        v1.subscriptions.retrieve(subscription.id, {"expand": ["invoice"]})


def test_a_restart_goes_on_where_the_file_ended(till, v1, subscribe, tmp_path):
    subscription = subscribe()
    till.world.save(tmp_path / "till.json")
    other = World(till.world.clock)
    other.load(tmp_path / "till.json")
    assert other.find("subscription", subscription.id)["status"] == "active"
    assert (other.due, other.kinds) == (till.world.due, till.world.kinds)


def test_two_requests_with_one_key_at_the_same_time_conflict(till, v1):
    till.faults.slow(0.5)

    def ask(wait):
        time.sleep(wait)
        try:
            return v1.customers.create({}, {"idempotency_key": "k"}).id
        except stripe.StripeError as error:
            return error.code or error.http_status

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, (0, 0.2))
    assert first.startswith("cus_")
    assert second in ("idempotency_key_in_use", 409)


def test_what_the_fake_does_not_heed_is_noted(till, v1):
    v1.customers.create(
        {"email": "a@example.com", "tax_id_data": [{"type": "eu_vat", "value": "DE1"}]}
    )
    assert till.ignored == {"POST /v1/customers: tax_id_data"}


def test_a_list_refuses_what_it_does_not_know(v1):
    with pytest.raises(stripe.InvalidRequestError, match="does not know"):
        v1.customers.list({"test_clock": "clock_1"})


def test_invoice_payments_are_found_by_their_intent(v1, subscribe):
    first, second = (
        v1.invoice_payments.list({"invoice": subscribe().latest_invoice}).data[0] for _ in range(2)
    )
    asked = {"type": "payment_intent", "payment_intent": first.payment.payment_intent}
    found = v1.invoice_payments.list({"payment": asked}).data
    assert [one.id for one in found] == [first.id] != [second.id]


@pytest.mark.parametrize("body", [b"email=%ff%fe", b"\xff\xfe", b"nothing", b"a[b]=1&a=2"])
def test_a_body_that_is_no_form_is_refused(till, body):
    headers = {"Authorization": "Bearer sk_test_fake"}
    request = urllib.request.Request(f"{till.url}/v1/customers", body, headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    with caught.value as answer:
        assert answer.code == 400
