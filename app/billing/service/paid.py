"""What a member pays at the provider now, as we know it."""

from __future__ import annotations

from app.billing.clients import stripe
from app.billing.models import ProviderSubscription
from app.billing.queries import provider as queries
from app.billing.rules import access
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.core.i18n import gettext


def current(user_id: int, ladder: str, offer_id: int | None = None) -> ProviderSubscription | None:
    """Return the subscription at the provider that counts on a ladder; None without a living one."""
    rows = [row for row in queries.subscriptions_of(user_id, ladder) if row.offer_id == offer_id]
    living = [row for row in rows if row.status in access.LIVE]
    return min(living, key=lambda row: (row.created_at, row.provider_id)) if living else None


def need(user_id: int, ladder: str, offer_id: int | None = None) -> ProviderSubscription:
    """Return the same, where it has to be there.

    Raises:
        NotFoundError: the member pays nothing here.
    """
    stripe.require()
    with transaction():
        row = current(user_id, ladder, offer_id)
    if row is None:
        message = gettext("You have no paid plan here.")
        raise NotFoundError(message, code="no_plan")
    return row
