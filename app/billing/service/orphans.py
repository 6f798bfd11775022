"""What somebody sold who is erased: nobody buys it any more, and nobody is charged for it again.

What is paid for stays until its end, as with a cancellation. What was bought in the moment of the
erasure is found by the daily sweep.
"""

from __future__ import annotations

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.models import Offer, ProviderSubscription
from app.billing.queries import creators as queries
from app.billing.rules import access
from app.billing.service import changes, offers, syncing, till
from app.core import outbox
from app.core.db import transaction


def want_end(creator_id: int) -> None:
    """Have all ended that a creator sold, in the present transaction."""
    outbox.enqueue(
        "billing.end_offers",
        {"creator_id": creator_id},
        key=f"billing.end_offers:{creator_id}",
        queue="critical",
        coalesce=True,
    )


def end_offers(creator_id: int) -> int:
    """Take an erased creator's offers off, and end what was bought; return how many are new.

    Twice is the same as once, and it may be cut anywhere: what is cancelled is seen to be.
    """
    with transaction():
        if not _is_gone(creator_id):
            return 0
        rows = queries.list_offers(creator_id)
        prices = [row.provider_price_id for row in rows if row.provider_price_id]
        bought = queries.going_on(creator_id)
    for price in prices:
        offers.archive(price)
    for sub in bought:
        _end(sub)
    return len(bought)


def _end(sub: ProviderSubscription) -> None:
    """End a subscription when what is paid for ends; one that is not paid for, at once."""
    if sub.status in access.CAN_CHANGE:
        key = till.key_of("creator-gone", sub.provider_id, sub.fetched_at.timestamp())
        stripe.ask(
            lambda client: client.subscriptions.update(
                sub.provider_id,
                params={"cancel_at_period_end": True},
                options=stripe.options(key),
            )
        )
    else:
        changes.end(sub)
    syncing.sync_user(sub.user_id)


def find() -> list[int]:
    """Return the erased creators of whom something is still paid; in the present transaction."""
    return [creator_id for creator_id in queries.sell_still() if _is_gone(creator_id)]


def _is_gone(creator_id: int) -> bool:
    return accounts.get_user(creator_id).erased_at is not None


def retire_all(creator_id: int) -> None:
    """Let nobody buy anything of a creator from this moment, and have the rest ended."""
    rows: list[Offer] = queries.list_offers(creator_id)
    for row in rows:
        row.state = "retired"
    if rows:
        want_end(creator_id)
