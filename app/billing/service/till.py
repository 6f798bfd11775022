"""Who a member is to the provider, and the addresses to which the provider sends people back."""

from __future__ import annotations

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.queries import provider as queries
from app.billing.rules import mirror
from app.core import clock, installation
from app.core.db import transaction


def customer_of(user_id: int) -> str | None:
    """Return a member's id at the provider, None for one who has never bought anything."""
    with transaction():
        return queries.customer_of(user_id)


def need_customer(user_id: int) -> str:
    """Return a member's id at the provider; made there when there is none.

    The key is the member's own: cut anywhere, the next try gets the same customer. When the key is
    forgotten, after a day, the customer is looked up by the address first.
    """
    known = customer_of(user_id)
    if known is not None:
        return known
    with transaction():
        user = accounts.get_user(user_id)
        row = installation.find()
    email, place = user.email, row.installation_id if row is not None else "none"
    found = _look_up(user_id, email)
    if found is None:
        params = {"email": email, "metadata": {mirror.USER: str(user_id)}}
        options = stripe.options(f"customer:{place}:{user_id}")
        made = stripe.ask(lambda till: till.customers.create(params=params, options=options))
        found = str(made["id"])
    with transaction():
        return queries.add_customer(user_id, found, clock.now())


def _look_up(user_id: int, email: str) -> str | None:
    asked = {"email": email, "limit": 100}
    for body in stripe.each(lambda till: till.customers.list(params=asked)):
        if mirror.user_of(body) == user_id:
            return str(body["id"])
    return None


def key_of(what: str, *parts: object) -> str:
    """Return the idempotency key of something that is to be done once, by this installation."""
    with transaction():
        row = installation.find()
    place = row.installation_id if row is not None else "none"
    return ":".join(("trp", place, what, *(str(part) for part in parts)))
