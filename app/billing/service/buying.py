"""What members buy and change: the doors of the API and of pages, over one way to do it."""

from __future__ import annotations

from app.billing.models import ProviderSubscription
from app.billing.queries import provider as queries
from app.billing.schemas.buying import CheckoutIn
from app.billing.service import addresses, changes, checkouts, paid, syncing
from app.billing.service.checkouts import Opened, Settled, Wanted
from app.core.db import transaction


def buy(user_id: int, asked: CheckoutIn) -> Opened:
    """Open the place where a plan or an offer is paid; addresses are looked at before."""
    with transaction():
        success = addresses.own(asked.success_url, user_id, "success_url")
        cancel = addresses.own(asked.cancel_url, user_id, "cancel_url")
    wanted = Wanted(
        ladder=asked.ladder,
        plan=asked.plan,
        interval=asked.interval,
        success_url=success,
        cancel_url=cancel,
        offer_id=asked.offer_id,
        source=asked.source,
    )
    return checkouts.open_checkout(user_id, wanted)


def settle_checkout(user_id: int, session_id: str) -> Settled:
    """Return what became of a checkout, for the page that the provider sends people back to.

    It asks the provider, so access is there even where the events are late.

    Raises:
        NotFoundError: the checkout is not theirs.
        TillAwayError, LeaseLostError: not now; the events will bring it.
    """
    with transaction():
        checkouts.find_settled(user_id, session_id)
    syncing.sync_user(user_id)
    with transaction():
        return checkouts.find_settled(user_id, session_id)


def open_portal(user_id: int, return_url: str | None, *, payment_method: bool = False) -> str:
    """Return the address of the provider's own pages for a member."""
    with transaction():
        back = addresses.own(return_url, user_id, "return_url")
    return changes.portal(user_id, back, payment_method=payment_method)


def paid_plan(
    user_id: int, ladder: str = "robots", offer_id: int | None = None
) -> ProviderSubscription | None:
    """Return what a member pays on a ladder, as the provider has it; None for nothing."""
    with transaction():
        return paid.current(user_id, ladder, offer_id)


def paid_plans(user_id: int) -> list[ProviderSubscription]:
    """Return all that a member pays, ended ones left out."""
    rows = queries.subscriptions_of(user_id)
    places = sorted({(row.ladder, row.offer_id or 0) for row in rows})
    found = [paid.current(user_id, ladder, offer or None) for ladder, offer in places]
    return [row for row in found if row is not None]
