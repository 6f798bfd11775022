"""Who a member is to the provider, and the addresses to which the provider sends people back."""

from __future__ import annotations

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError
from app.billing.queries import provider as queries
from app.billing.rules import mirror
from app.billing.service import webhooks
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
        row, before = installation.find(), queries.count_customers(user_id)
    email, place = user.email, row.installation_id if row is not None else "none"
    found = _look_up(user_id, email)
    if found is None:
        params = {"email": email, "metadata": {mirror.USER: str(user_id)}}
        # Whose customer was deleted gets another than the one that the first key stands for.
        again = f":{before}" if before else ""
        options = stripe.options(f"customer:{place}:{user_id}{again}")
        made = stripe.ask(lambda till: till.customers.create(params=params, options=options))
        found = str(made["id"])
    with transaction():
        return queries.add_customer(user_id, found, clock.now())


def is_gone(customer_id: str) -> bool:
    """Whether the provider has a customer no more, as when somebody deleted it there by hand."""
    try:
        return bool(
            stripe.ask(lambda client: client.customers.retrieve(customer_id)).get("deleted")
        )
    except TillMissingError:
        return True


def leave_customer(customer_id: str) -> bool:
    """Write that the provider has a customer no more, if that is so; whether it is."""
    if not is_gone(customer_id):
        return False
    with transaction():
        queries.close_customer(customer_id, clock.now())
        # Their subscriptions ended with them, told or not.
        webhooks.want(f"customer:{customer_id}")
    return True


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
