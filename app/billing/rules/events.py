"""Pure: whom an event is about. That is all that is believed of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MOST_ID = 100
ID = re.compile(r"[A-Za-z0-9_]{1,100}\Z")
CUSTOMERS = (
    "customer.subscription.", "invoice.", "checkout.session.", "customer.created",
    "customer.updated", "customer.deleted",
)  # fmt: skip
PAYMENTS = ("charge.refunded", "charge.refund.", "refund.", "charge.dispute.")
TRANSFERS = ("transfer.",)
ACCOUNTS = ("account.updated", "account.application.deauthorized")


class NotAnEventError(ValueError):
    """The body is no event of the provider."""


@dataclass(frozen=True)
class Event:
    """What is kept of an event beside its body."""

    event_id: str
    type: str
    object_id: str | None
    account_id: str | None
    is_live: bool
    created: int
    subject: str | None
    """Whom to ask about; None: nothing follows from it."""


def read(body: Any) -> Event:
    """Return what an event is about.

    Raises:
        NotAnEventError: it has not the shape of one.
    """
    about = body.get("data") if isinstance(body, dict) else None
    about = about.get("object") if isinstance(about, dict) else None
    if not isinstance(about, dict) or body.get("object") != "event":
        raise NotAnEventError
    event_id, kind, created = body.get("id"), body.get("type"), body.get("created")
    good = _id(event_id) and isinstance(kind, str) and 0 < len(kind) <= MOST_ID
    if not good or not isinstance(created, int) or not 0 < created < 2**33:
        raise NotAnEventError
    account = body.get("account")
    return Event(
        event_id=str(event_id),
        type=str(kind),
        object_id=_id(about.get("id")),
        account_id=_id(account),
        is_live=body.get("livemode") is True,
        created=created,
        subject=_subject(str(kind), about, account),
    )


def _subject(kind: str, about: dict[str, Any], account: Any) -> str | None:
    if kind.startswith(ACCOUNTS):
        key = _id(account) or _id(about.get("id"))
        return f"account:{key}" if key else None
    if account is not None:
        return None
    if kind.startswith(TRANSFERS):
        key = _id(about.get("id"))
        return f"transfer:{key}" if key else None
    if kind.startswith(PAYMENTS):
        charge = about.get("id") if kind == "charge.refunded" else about.get("charge")
        key = _key(charge)
        return f"charge:{key}" if key else None
    if kind.startswith(CUSTOMERS):
        mine = about.get("id") if about.get("object") == "customer" else about.get("customer")
        key = _key(mine)
        return f"customer:{key}" if key else None
    return None


def _key(value: Any) -> str | None:
    return _id(value.get("id")) if isinstance(value, dict) else _id(value)


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and ID.match(value) else None
