"""Stripe on loopback: stateful, driven by the real SDK, with a clock and faults on demand.

    with fake_stripe() as till:
        client = till.client()
        …
        till.complete(session.id)
        till.deliver(lambda body, headers: post(body, headers).status_code)
        till.advance(days=31)

What it cannot prove stands in docs/operations.md, section "The test till".
"""

from .errors import ApiError
from .fake import KEY, Delivery, FakeStripe, fake_stripe

__all__ = ["KEY", "ApiError", "Delivery", "FakeStripe", "fake_stripe"]
