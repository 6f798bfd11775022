"""Jobs of billing: what the payment provider tells is worked on, what it is asked for is sent."""

from __future__ import annotations

from app.billing import service
from app.billing.service import orphans, payouts, reconciliation
from app.core import outbox
from workers.queues import job


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def work(subject: str) -> None:
    """Ask the provider about a customer or a payment that events have named."""
    service.work(subject)


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def give_back_double(provider_id: str) -> None:
    """Cancel a subscription that was bought beside another, and give its payments back."""
    service.give_back_double(provider_id)


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def end_disputed(subscription_id: int) -> None:
    """Cancel a subscription whose payment the bank took back."""
    service.end_disputed(subscription_id)


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def forget_customer(customer_id: str) -> None:
    """End what an erased member pays, and delete the customer at the provider."""
    service.forget_customer(customer_id)


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def end_offers(creator_id: int) -> None:
    """End what was bought of a creator who is erased."""
    orphans.end_offers(creator_id)


@job("default", own_transactions=True, waits=outbox.PATIENT)
def sweep() -> None:
    """Find what no event has told."""
    service.sweep()


@job("default", own_transactions=True)
def pay_creators() -> None:
    """Decide and write what creators are paid this week."""
    payouts.plan_week()


@job("critical", own_transactions=True, waits=outbox.PATIENT)
def send_payout(payout_id: int) -> None:
    """Send a payout, or find out what became of it."""
    payouts.send(payout_id)


@job("default", own_transactions=True)
def watch_payouts() -> None:
    """Look after payouts that nobody has settled, and let go of reserves that are old enough."""
    payouts.resolve()
    payouts.release_reserves()


@job("bulk", own_transactions=True)
def reconcile() -> None:
    """Compare the journal with the provider's balance up to yesterday."""
    reconciliation.reconcile()
