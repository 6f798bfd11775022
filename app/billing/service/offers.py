"""What creators sell: written, put on sale at the provider, changed, taken off.

A price never changes at the provider: a new one is made, and whoever bought at the old one goes on
paying that. What is asked there is done before it is written here, under the offer's own names, so
that a cut anywhere leaves nothing that the next try does not find.
"""

from __future__ import annotations

from typing import Any

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError, TillRefusedError
from app.billing.models import Offer
from app.billing.queries import creators as queries
from app.billing.rules import mirror, selling
from app.billing.rules.mirror import Object
from app.billing.service import creators, locks, plans, till
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, PreconditionFailedError, ValidationError
from app.core.i18n import gettext

CURRENCY = "USD"
MOST_OFFERS = 50


def add(user_id: int, name: str, description: str, price: str) -> Offer:
    """Write an offer that is not on sale yet, in the present transaction.

    Raises:
        ValidationError: a field is wrong; it is named.
        ForbiddenError: the member may not sell.
    """
    creators.require_may_sell(user_id)
    if len(queries.list_offers(user_id)) >= MOST_OFFERS:
        message = gettext(
            "You have %(most)s offers; that is as many as there can be.", most=MOST_OFFERS
        )
        raise ConflictError(message, code="too_many_offers")
    now = clock.now()
    row = Offer(
        creator_id=user_id,
        name=_name(name),
        description=_description(description),
        price_minor=price_of(price),
        currency=CURRENCY,
        interval="month",
        state="draft",
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    accounts.audit("offer.added", user_id=user_id, subject=f"offer:{row.id}",
                   price_minor=row.price_minor)  # fmt: skip
    return row


def price_of(text: str) -> int:
    """Return a price in cents.

    Raises:
        ValidationError: it is not between what a creator may ask.
    """
    least, most = plans.offer_prices()
    found = selling.price_minor(text, least, most)
    if found is None:
        message = gettext(
            "price: an amount between %(least)s and %(most)s a month, such as 49.50",
            least=least // selling.CENTS,
            most=most // selling.CENTS,
        )
        raise ValidationError(message, field="price")
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= selling.MAX_NAME or not name.isprintable():
        message = gettext("name: 1 to %(most)s letters", most=selling.MAX_NAME)
        raise ValidationError(message, field="name")
    return name


def _description(text: str) -> str:
    described = text.strip()
    if len(described) > selling.MAX_TEXT or "\x00" in described:
        message = gettext("description: up to %(most)s letters", most=selling.MAX_TEXT)
        raise ValidationError(message, field="description")
    return described


def publish(user_id: int, offer_id: int) -> Offer:
    """Put an offer on sale; twice is the same as once.

    Raises:
        NotFoundError: it is not theirs.
        ConflictError: it has been retired.
        ForbiddenError: the member may not sell now.
    """
    stripe.require()
    with locks.lease(f"offer:{offer_id}"):
        with transaction():
            offer = queries.get_offer(user_id, offer_id)
            creators.require_may_sell(user_id)
            _require_open(offer)
            facts = offer.name, offer.price_minor, offer.version
        _put_on_sale(offer_id, *facts)
        with transaction():
            row = queries.get_offer(user_id, offer_id, lock=True)
            if row.state == "draft":
                accounts.audit("offer.published", user_id=user_id, subject=f"offer:{offer_id}")
            row.state, row.updated_at = "active", clock.now()
            return row


def change(user_id: int, offer_id: int, version: int, **new: str | None) -> Offer:
    """Change name, description or price; `version` is the one that was read.

    Who bought before keeps their price.

    Raises:
        NotFoundError: it is not theirs.
        PreconditionFailedError: it was changed meanwhile.
        ValidationError: a field is wrong; it is named.
    """
    values: dict[str, Any] = {}
    if new.get("name") is not None:
        values["name"] = _name(str(new["name"]))
    if new.get("description") is not None:
        values["description"] = _description(str(new["description"]))
    if new.get("price") is not None:
        values["price_minor"] = price_of(str(new["price"]))
    with locks.lease(f"offer:{offer_id}"):
        with transaction():
            offer = queries.get_offer(user_id, offer_id)
            _require_open(offer)
            _require_version(offer, version)
            if "price_minor" in values:
                creators.require_may_sell(user_id)
            asked = {"name": offer.name, "price_minor": offer.price_minor, **values}
        if offer.state == "active" and {"name", "price_minor"} & set(values):
            stripe.require()
            _put_on_sale(offer_id, asked["name"], asked["price_minor"], version + 1)
        with transaction():
            row = queries.get_offer(user_id, offer_id, lock=True)
            _require_version(row, version)
            for field, value in values.items():
                setattr(row, field, value)
            row.version, row.updated_at = version + 1, clock.now()
            accounts.audit("offer.changed", user_id=user_id, subject=f"offer:{offer_id}",
                           fields=sorted(values), price_minor=row.price_minor)  # fmt: skip
            return row


def retire(user_id: int, offer_id: int) -> Offer:
    """Take an offer off for good; who has bought it keeps it. Twice is the same as once."""
    with locks.lease(f"offer:{offer_id}"):
        with transaction():
            row = queries.get_offer(user_id, offer_id, lock=True)
            if row.state != "retired":
                accounts.audit("offer.retired", user_id=user_id, subject=f"offer:{offer_id}")
            # First here: from this moment nobody buys it, whatever the provider answers.
            row.state, row.updated_at = "retired", clock.now()
            price = row.provider_price_id
        if price is not None and stripe.is_set():
            archive(price)
        return row


def _require_open(offer: Offer) -> None:
    if offer.state == "retired":
        message = gettext("This offer has been retired. Make a new one.")
        raise ConflictError(message, code="offer_retired")


def _require_version(offer: Offer, version: int) -> None:
    if offer.version != version:
        message = gettext("The offer was changed meanwhile. Look at it again.")
        raise PreconditionFailedError(message)


def require_on_sale(offer_id: int | None) -> Offer:
    """Return an offer that may be bought now.

    Raises:
        NotFoundError: there is none, or its creator may not sell now.
    """
    offer = None if offer_id is None else queries.find_offer(offer_id)
    if (
        offer is None
        or offer.state != "active"
        or offer.provider_price_id is None
        or creators.hindrances(offer.creator_id)
    ):
        message = gettext("This offer is not for sale.")
        raise NotFoundError(message)
    return offer


def require_creator(offer_id: int) -> None:
    """Raise ConflictError where nobody is there any more to give what was bought."""
    offer = queries.find_offer(offer_id)
    if offer is not None and accounts.get_user(offer.creator_id).erased_at is not None:
        message = gettext("Who has sold this is no longer here. It ends, and costs nothing more.")
        raise ConflictError(message, code="creator_gone")


# --- At the provider ---


def _put_on_sale(offer_id: int, name: str, price_minor: int, version: int) -> None:
    """Let the provider sell an offer at a price, and write which price that is."""
    product = f"trp_offer_{offer_id}"
    _product(product, name, offer_id)
    asked: dict[str, Any] = {"product": product, "active": True, "limit": 100}
    running = list(stripe.each(lambda client: client.prices.list(params=asked)))
    present = next((one for one in running if _is_at(one, price_minor)), None)
    if present is None:
        present = _new_price(product, offer_id, price_minor, version)
    with transaction():
        row = db.session.get_one(Offer, offer_id, with_for_update=True)
        row.provider_product_id, row.provider_price_id = product, str(present["id"])
    for other in running:
        if other["id"] != present["id"]:
            archive(str(other["id"]))


def _product(key: str, name: str, offer_id: int) -> None:
    try:
        found = stripe.ask(lambda client: client.products.retrieve(key))
    except TillMissingError:
        params: dict[str, Any] = {
            "id": key,
            "name": name,
            "metadata": {mirror.OFFER: str(offer_id)},
        }
        stripe.ask(lambda client: client.products.create(params=params))
        return
    if found["name"] != name:
        stripe.ask(lambda client: client.products.update(key, params={"name": name}))


def _is_at(price: Object, price_minor: int) -> bool:
    recurring = price.get("recurring") or {}
    has = price["unit_amount"], str(price["currency"]).upper(), recurring.get("interval")
    return has == (price_minor, CURRENCY, "month")


def _new_price(product: str, offer_id: int, price_minor: int, version: int) -> Object:
    params: dict[str, Any] = {
        "product": product,
        "unit_amount": price_minor,
        "currency": CURRENCY.lower(),
        "recurring": {"interval": "month"},
        "tax_behavior": "exclusive",
        "metadata": {mirror.OFFER: str(offer_id), mirror.INTERVAL: "month"},
    }
    key = till.key_of("offer-price", offer_id, version, price_minor)
    return stripe.ask(
        lambda client: client.prices.create(params=params, options=stripe.options(key))
    )


def archive(price_id: str) -> None:
    """Let nobody buy at a price any more; twice is the same as once."""
    try:
        stripe.ask(lambda client: client.prices.update(price_id, params={"active": False}))
    except TillRefusedError:
        # Archived already, or of another account: nobody can buy at it any more.
        return
