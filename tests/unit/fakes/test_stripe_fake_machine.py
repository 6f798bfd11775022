"""Whatever is done to subscriptions in whatever order, the fake's books stay right."""

import contextlib
import json
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.fakes.stripe import ApiError, balance, catalog, changing, disputes, ending, invoices
from tests.fakes.stripe.customers import create_customer, keep_card
from tests.fakes.stripe.form import Params
from tests.fakes.stripe.schedule import tick
from tests.fakes.stripe.subscriptions import create_subscription, items_of
from tests.fakes.stripe.world import World

START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
# From where a status may lead where; what is over stays over.
NEXT = {
    "incomplete": {"active", "incomplete_expired"},
    "trialing": {"active", "past_due", "canceled", "paused"},
    "active": {"past_due", "canceled", "paused"},
    "past_due": {"active", "unpaid", "canceled"},
    "unpaid": {"active", "canceled"},
    "paused": {"active", "canceled", "past_due"},
    "canceled": set(),
    "incomplete_expired": set(),
}
CARDS = ("pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired")
LIVING = ("active", "past_due", "trialing", "unpaid")


class Subscriptions(RuleBasedStateMachine):
    """A customer with a card, and everything that he, his bank and time can do."""

    @initialize(
        after=st.sampled_from(["cancel", "unpaid", "past_due"]), card=st.sampled_from(CARDS)
    )
    def begin(self, after, card):
        self.world = World(lambda: START, seed="machine")
        self.world.after_retries = after
        product = catalog.create_product(self.world, Params({"name": "Plan"}))["id"]
        self.prices = [
            catalog.create_price(
                self.world,
                Params(
                    {
                        "product": product,
                        "currency": "usd",
                        "unit_amount": str(amount),
                        "recurring": {"interval": interval},
                    }
                ),
            )["id"]
            for amount, interval in ((1000, "month"), (2999, "month"), (25000, "year"))
        ]
        self.customer = create_customer(self.world, Params({"email": "a@example.com"}))
        self.take_card(card)

    def attempt(self, do, *arguments):
        """Do it as a request does it; refusals are fine, half-done work is not."""
        tick(self.world)
        with contextlib.suppress(ApiError):
            do(self.world, *arguments)
        tick(self.world)

    def one(self, pick, *statuses):
        found = [body for body in self.world.all("subscription") if body["status"] in statuses]
        return found[pick % len(found)] if found else None

    @rule(card=st.sampled_from(CARDS))
    def take_card(self, card):
        kept = keep_card(self.world, card, self.customer)
        self.customer["invoice_settings"]["default_payment_method"] = kept["id"]

    @precondition(lambda self: len(self.world.all("subscription")) < 3)
    @rule(pick=st.integers(0, 2), trial=st.sampled_from([None, "3", "14"]))
    def subscribe(self, pick, trial):
        given = {"customer": self.customer["id"], "items": [{"price": self.prices[pick]}]}
        if trial:
            given["trial_period_days"] = trial
        self.attempt(create_subscription, Params(given))

    @rule(
        pick=st.integers(0, 2),
        price=st.integers(0, 2),
        how=st.sampled_from(["none", "create_prorations", "always_invoice"]),
    )
    def switch(self, pick, price, how):
        if body := self.one(pick, *LIVING):
            items = [{"id": items_of(body)[0]["id"], "price": self.prices[price]}]
            given = Params({"items": items, "proration_behavior": how})
            self.attempt(changing.update_subscription, given, body["id"])

    @rule(pick=st.integers(0, 2), ends=st.booleans())
    def set_end(self, pick, ends):
        if body := self.one(pick, *LIVING):
            given = Params({"cancel_at_period_end": str(ends).lower()})
            self.attempt(changing.update_subscription, given, body["id"])

    @rule(pick=st.integers(0, 2), prorate=st.booleans())
    def cancel(self, pick, prorate):
        if body := self.one(pick, *LIVING, "incomplete", "paused"):
            given = Params({"prorate": str(prorate).lower(), "invoice_now": str(prorate).lower()})
            self.attempt(ending.cancel, given, body["id"])

    @rule(pick=st.integers(0, 2))
    def resume(self, pick):
        if body := self.one(pick, "paused"):
            self.attempt(ending.resume, Params(), body["id"])

    @rule(pick=st.integers(0, 9))
    def pay(self, pick):
        if found := self.world.all("invoice", status="open"):
            self.attempt(invoices.pay_invoice, Params(), found[pick % len(found)]["id"])

    @rule(pick=st.integers(0, 9), amount=st.integers(1, 4000))
    def refund(self, pick, amount):
        if found := self.world.all("charge"):
            given = {"charge": found[pick % len(found)]["id"], "amount": str(amount)}
            self.attempt(disputes.create_refund, Params(given))

    @rule(pick=st.integers(0, 9), won=st.booleans())
    def dispute(self, pick, won):
        found = self.world.all("charge", paid=True, disputed=False)
        if found:
            body = disputes.open_dispute(self.world, found[pick % len(found)])
            disputes.end_dispute(self.world, body, won=won)

    @rule(hours=st.sampled_from([1, 24, 24 * 8, 24 * 40, 24 * 370]))
    def wait(self, hours):
        self.world.offset += hours * 3600
        tick(self.world)

    @invariant()
    def each_paid_invoice_has_its_charge(self):
        for body in self.world.all("invoice"):
            intents = self.world.all("payment_intent", _invoice=body["id"])
            taken = sum(one["amount_received"] for one in intents)
            assert body["amount_paid"] == taken
            assert body["amount_due"] == body["amount_paid"] + body["amount_remaining"]
            if body["status"] == "paid":
                assert body["amount_remaining"] == 0

    @invariant()
    def the_balance_is_the_sum_of_what_moved(self):
        paid = sum(one["amount"] for one in self.world.all("charge", paid=True))
        back = sum(one["amount"] for one in self.world.all("refund"))
        lost = sum(one["amount"] for one in self.world.all("dispute", status="lost"))
        fees = sum(one["fee"] for one in self.world.all("balance_transaction"))
        held = balance.sums(self.world, None)
        assert sum(sum(one.values()) for one in held.values()) == paid - back - lost - fees

    @invariant()
    def the_customers_credit_is_what_invoices_moved(self):
        final = [one for one in self.world.all("invoice") if one["status"] != "draft"]
        moved = sum(one["total"] - one["amount_due"] for one in final)
        assert self.customer["balance"] == moved
        assert self.customer["balance"] <= 0

    @invariant()
    def statuses_follow_the_table(self):
        last = {}
        for event in self.world.all("event"):
            shown = event["data"]["object"]
            if shown["object"] != "subscription":
                continue
            status, before = shown["status"], last.get(shown["id"])
            assert before in (None, status) or status in NEXT[before], (before, status)
            last[shown["id"]] = status
        for body in self.world.all("subscription"):
            assert last[body["id"]] == body["status"]

    @invariant()
    def nobody_is_charged_after_the_end(self):
        for body in self.world.all("subscription", status="canceled"):
            cycles = self.world.all(
                "invoice", _subscription=body["id"], billing_reason="subscription_cycle"
            )
            assert all(one["created"] <= body["ended_at"] for one in cycles)

    @invariant()
    def everything_can_be_kept_in_a_file(self):
        assert json.loads(json.dumps(self.world.objects)) == self.world.objects


TestSubscriptions = Subscriptions.TestCase
TestSubscriptions.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
