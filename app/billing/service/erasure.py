"""A member who is erased: what they pay ends first, then the provider forgets them too.

What they sold ends as well: nobody pays for what nobody gives.
"""

from __future__ import annotations

from app.billing.clients import stripe
from app.billing.errors import TillMissingError
from app.billing.queries import provider as queries
from app.core import outbox


def erase_person(user_id: int) -> None:
    """Have a member's subscriptions cancelled and their customer deleted; in the transaction."""
    # Imported here: it stands above what erasure needs.
    from app.billing.service import orphans

    orphans.retire_all(user_id)
    customer = queries.customer_of(user_id)
    if customer is None:
        return
    outbox.enqueue(
        "billing.forget_customer",
        {"customer_id": customer},
        key=f"billing.forget:{customer}",
        queue="critical",
    )


def forget_customer(customer_id: str) -> None:
    """Delete a customer at the provider, which ends what is paid; deleted twice is fine."""
    try:
        body = stripe.ask(lambda client: client.customers.retrieve(customer_id))
        if not body.get("deleted"):
            stripe.ask(lambda client: client.customers.delete(customer_id))
    except TillMissingError:
        return
    # Imported here: syncing stands above what erasure needs.
    from app.billing.service import syncing

    syncing.sync_customer(customer_id)
