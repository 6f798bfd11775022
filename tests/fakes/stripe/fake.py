"""The fake as tests use it: a running server, its clock, its faults, its deliveries."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import stripe

from . import balance, checkout, connect, disputes, payments, webhooks
from .faults import Faults
from .money import DAY, moment
from .render import render
from .schedule import tick
from .server import Server
from .world import World

KEY = "sk_test_fake"
HOOK = "http://127.0.0.1/api/billing/webhooks/stripe"
OK = range(200, 300)


@dataclass(frozen=True)
class Delivery:
    """One attempt to tell of an event."""

    event: str
    type: str
    status: int


class FakeStripe:
    """A Stripe of one's own. Nothing is delivered unless `deliver` is called."""

    def __init__(self, *, now: datetime | None = None, seed=None, secret="whsec_fake", port=0):
        start = now and int(now.timestamp())
        self.world = World(time.time if start is None else lambda: start, seed)
        self.faults = Faults()
        self.key = KEY
        self.server = Server(port, self.world, self.faults)
        self.endpoint = webhooks.new_endpoint(self.world, HOOK, secret)

    @property
    def url(self) -> str:
        """The address of the API."""
        return self.world.url

    @property
    def secret(self) -> str:
        """The newest secret of the webhook endpoint."""
        return self.endpoint["_secrets"][-1]

    @property
    def now(self) -> datetime:
        """The fake's time."""
        return moment(self.world.now)

    @property
    def requests(self) -> list[str]:
        """Every request so far, such as "POST /v1/refunds"."""
        return self.server.requests

    @property
    def ignored(self) -> set[str]:
        """Parameters that Stripe would heed and the fake does not: "POST /v1/…: name"."""
        return self.world.ignored

    def client(self, **options) -> stripe.StripeClient:
        """Return the real SDK's client of this fake."""
        return stripe.StripeClient(self.key, base_addresses={"api": self.url}, **options)

    # The clock

    def advance(self, days=0, hours=0, seconds=0) -> int:
        """Turn the clock forward; everything that falls due on the way is done in its order."""
        with self.world.lock:
            self.world.offset += int(days * DAY + hours * 3600 + seconds)
            return tick(self.world)

    # What persons, banks and Stripe's own staff do

    def complete(self, session, card: str | None = "pm_card_visa", *, email=None) -> dict:
        """Complete a checkout session as a person would on its page."""
        with self._held():
            return render(self.world, checkout.complete(self.world, session, card, email=email))

    def authenticate(self, key, *, success=True) -> dict:
        """Answer the bank's question about a payment intent, or about the one of a session."""
        with self._held():
            session = self.world.find("checkout.session", key)
            if session is None:
                intent = self.world.find("payment_intent", key)
                done = payments.authenticate(self.world, intent, success=success)
            else:
                done = checkout.answer(self.world, session, success=success)
            return render(self.world, done)

    def decline(self, customer, reason="card_declined") -> None:
        """Let every card of a customer be declined from now on."""
        self.world.declining[customer] = reason

    def accept(self, customer) -> None:
        """Let the customer's cards work again."""
        self.world.declining.pop(customer, None)

    def dispute(self, charge, *, inquiry=False, reason="fraudulent", amount=None) -> dict:
        """Let a card holder dispute a charge."""
        with self._held():
            body = self.world.find("charge", charge)
            made = disputes.open_dispute(
                self.world, body, inquiry=inquiry, reason=reason, amount=amount
            )
            return render(self.world, made)

    def escalate(self, dispute) -> dict:
        """Let an inquiry become a dispute."""
        with self._held():
            return render(
                self.world, disputes.escalate(self.world, self.world.find("dispute", dispute))
            )

    def end_dispute(self, dispute, *, won) -> dict:
        """Let the bank decide."""
        with self._held():
            body = self.world.find("dispute", dispute)
            return render(self.world, disputes.end_dispute(self.world, body, won=won))

    def fail_refund(self, refund) -> dict:
        """Let a refund come back from the bank."""
        with self._held():
            return render(self.world, disputes.fail_refund(self.world, refund))

    def fail_payout(self, payout) -> dict:
        """Let a payout come back from the bank."""
        with self._held():
            return render(self.world, balance.fail_payout(self.world, payout))

    def onboard(self, account) -> dict:
        """Complete a creator's onboarding."""
        with self._held():
            return render(self.world, connect.onboard(self.world, account))

    def restrict(self, account, due=("individual.verification.document",)) -> dict:
        """Let Stripe ask a creator for more."""
        with self._held():
            return render(self.world, connect.restrict(self.world, account, due))

    def top_up(self, amount, currency="usd", account=None) -> None:
        """Put money onto the balance."""
        with self._held():
            key = self.world.id("tu")
            balance.book(self.world, "topup", amount, currency, key, _account=account)

    def settle(self) -> None:
        """Make everything that is pending available."""
        with self._held():
            for one in self.world.all("balance_transaction"):
                one["available_on"] = min(one["available_on"], self.world.now)

    @contextlib.contextmanager
    def _held(self):
        with self.world.lock:
            tick(self.world)
            yield
            tick(self.world)

    # Events and their deliveries

    @property
    def events(self) -> list[dict]:
        """Every event so far, oldest first."""
        return [render(self.world, one) for one in self.world.all("event")]

    @property
    def undelivered(self) -> list[dict]:
        """The events that the endpoint has not acknowledged, oldest first."""
        return [one for one in self.events if one["pending_webhooks"]]

    def rotate_secret(self, secret) -> None:
        """Give the endpoint a new secret; until `drop_old_secrets` both sign."""
        self.endpoint["_secrets"].append(secret)

    def drop_old_secrets(self) -> None:
        """End the rotation: only the newest secret signs."""
        del self.endpoint["_secrets"][:-1]

    def signed(self, event, *, skew=0, secrets=None) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a delivery; `skew` moves the time that is signed."""
        body = webhooks.payload(event)
        header = webhooks.signature(body, secrets or self.endpoint["_secrets"], time.time() + skew)
        return body, {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}

    def deliver(
        self, to=None, *, events=None, order=None, times=1, drop=0.0, parallel=1, seed=0, skew=0
    ) -> list[Delivery]:
        """Deliver what has not been acknowledged or lost yet.

        Args:
            to: a function of body and headers that returns the status, or an address; the
                endpoint's own address by default.
            events: events or their ids, to deliver these instead.
            order: None as they were made, "reversed", "shuffled", or a list of places.
            times: how often each is sent: a number, or (least, most) by chance.
            drop: the part of the events that gets lost, or a function that picks them. A lost one
                stays lost, and `events.list(delivery_success=False)` finds it.
            parallel: how many are sent at the same moment.
            seed: what chance starts from.
            skew: seconds by which the signature's time is wrong.
        """
        chance = random.Random(seed)
        chosen = self._chosen(events)
        if order == "reversed":
            chosen.reverse()
        elif order == "shuffled":
            chance.shuffle(chosen)
        elif order is not None:
            chosen = [chosen[place] for place in order]
        chosen = [one for one in chosen if not self._lose(one, drop, chance)]
        many = times if isinstance(times, tuple) else (times, times)
        sent = [one for one in chosen for _ in range(chance.randint(*many))]
        if order == "shuffled":
            chance.shuffle(sent)
        post = self._post(to, skew)
        if parallel == 1:
            return [post(one) for one in sent]
        with ThreadPoolExecutor(parallel) as pool:
            return list(pool.map(post, sent))

    def _chosen(self, events):
        if events is None:
            known = self.world.all("event")
            return [one for one in known if one["pending_webhooks"] and not one.get("_lost")]
        keys = [one if isinstance(one, str) else one["id"] for one in events]
        return [self.world.find("event", key) for key in keys]

    def _lose(self, event, drop, chance):
        lost = drop(event) if callable(drop) else chance.random() < drop
        if lost:
            event["_lost"] = True
        return lost

    def _post(self, to, skew):
        lock = threading.Lock()

        def post(event):
            body, headers = self.signed(event, skew=skew)
            if callable(to):
                status = to(body, headers)
            else:
                status = webhooks.send(
                    to or self.endpoint["url"], body, headers["Stripe-Signature"]
                )
            if status in OK:
                with lock:
                    event["pending_webhooks"] = 0
            return Delivery(event["id"], event["type"], status)

        return post


@contextlib.contextmanager
def fake_stripe(**options):
    """Run the fake and yield it."""
    fake = FakeStripe(**options)
    fake.server.start()
    try:
        yield fake
    finally:
        fake.server.stop()
