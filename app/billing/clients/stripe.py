"""Stripe, through its SDK: plain dicts come out, errors of ours are raised.

The SDK takes half a second to import, so only who asks the provider loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app

from app.billing.errors import (
    CardRefusedError,
    NoTillError,
    TillAwayError,
    TillMissingError,
    TillRefusedError,
)
from app.core import hold
from app.core.db import in_transaction
from app.core.i18n import gettext

if TYPE_CHECKING:
    from stripe import StripeClient

log = structlog.get_logger()
API_VERSION = "2026-10-28.endive"
"""Pinned: a newer version of the account must not change what amounts mean."""
CONNECT_SECONDS = 5
ANSWER_SECONDS = 25
RETRIES = 1
"""Of the SDK itself, with the same key; patience is the outbox's."""
MOST = 10_000
Object = dict[str, Any]
Call = Callable[[Any], Any]


def is_set() -> bool:
    """Whether there is a till at all."""
    return bool(current_app.config["STRIPE_API_KEY"])


def is_live() -> bool:
    """Whether real money moves."""
    return "_live_" in str(current_app.config["STRIPE_API_KEY"])


def require() -> None:
    """Raise unless something may be bought or changed at the provider.

    Raises:
        NoTillError: no key is set, or the installation is held.
    """
    if not is_set():
        message = gettext("Nothing can be bought here yet: no payment provider is set up.")
        raise NoTillError(message)
    if hold.is_held():
        message = gettext("Payments rest at the moment. Nothing was charged; try again later.")
        raise NoTillError(message, code="till_held")


def ask(call: Call) -> Object:
    """Return what the provider answers; `call` gets the SDK's client.

    Raises:
        NoTillError, TillAwayError, TillMissingError, TillRefusedError, CardRefusedError.
    """
    answer: Object = _asked(call).to_dict(for_json=True)
    return answer


def each(call: Call, most: int = MOST) -> Iterator[Object]:
    """Yield the items of a list over its pages, at most so many."""
    page = _asked(call)
    yielded = 0
    while True:
        for item in page.data:
            if yielded >= most:
                return
            yielded += 1
            yield item.to_dict(for_json=True)
        if not page.has_more:
            return
        page = _asked(_next_of(page))


def _next_of(page: Any) -> Call:
    return lambda _client: page.next_page()


def options(key: str) -> dict[str, Any]:
    """Return the options of a call that is to be done once."""
    return {"idempotency_key": key}


def _asked(call: Call) -> Any:
    if in_transaction():
        # SQLite has one writer: nobody may wait for another machine while holding it.
        message = "the provider is asked outside of transactions"
        raise RuntimeError(message)
    if not is_set():
        message = gettext("Nothing can be bought here yet: no payment provider is set up.")
        raise NoTillError(message)
    import stripe

    config = current_app.config
    client = _client(config["STRIPE_API_KEY"], config["STRIPE_API_BASE"])
    try:
        return call(client.v1)
    except stripe.StripeError as error:
        raise _told(error) from error


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> StripeClient:
    import stripe

    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
    )


def _told(error: Any) -> Exception:
    """Return our error for one of the SDK's. Its texts may quote a key or a person: not logged."""
    import stripe

    # The SDK leaves the code of what is not permitted in the body.
    code = error.code or getattr(error.error, "code", None) or ""
    if code == "resource_missing":
        return TillMissingError(gettext("The payment provider knows no such thing."))
    log.warning("till_error", kind=type(error).__name__, code=code, status=error.http_status)
    if isinstance(error, stripe.CardError):
        message = _words(error)
        return CardRefusedError(message, reason=code)
    if isinstance(error, stripe.IdempotencyError):
        return TillRefusedError(gettext("The payment provider does not accept this request."))
    passing = (stripe.APIConnectionError, stripe.RateLimitError)
    server = 500
    if isinstance(error, passing) or (error.http_status or server) >= server or _is_busy(error):
        message = gettext("The payment provider does not answer. Try again in a minute.")
        return TillAwayError(message)
    message = gettext("The payment provider does not accept this request.")
    return TillRefusedError(message, reason=code)


def _is_busy(error: Any) -> bool:
    conflict = 409
    return bool(error.http_status == conflict or error.code == "lock_timeout")


def _words(error: Any) -> str:
    if error.code == "authentication_required":
        return gettext(
            "Your bank wants you to confirm this payment. Nothing has changed; choose another card "
            "under “payment method”, or confirm the card there."
        )
    return gettext(
        "Your bank has refused the payment. Nothing has changed; look at your payment method."
    )
