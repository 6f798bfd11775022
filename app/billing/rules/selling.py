"""What may be sold at which price, and what the provider wants to know, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from app.core.i18n import lazy_gettext

MAX_NAME = 80
MAX_TEXT = 2_000
CENTS = 100

# By the beginning of the provider's own words; the first that fits.
WORDS = (
    ("external_account", lazy_gettext("A bank account to be paid to")),
    ("individual.verification", lazy_gettext("A proof of who you are (passport or identity card)")),
    ("individual.first_name", lazy_gettext("Your name")),
    ("individual.last_name", lazy_gettext("Your name")),
    ("individual.dob", lazy_gettext("Your date of birth")),
    ("individual.address", lazy_gettext("Your address")),
    ("individual.email", lazy_gettext("Your e-mail address")),
    ("individual.phone", lazy_gettext("Your telephone number")),
    ("individual.id_number", lazy_gettext("Your tax or identity number")),
    ("individual.ssn", lazy_gettext("Your tax or identity number")),
    ("individual", lazy_gettext("Something about yourself")),
    ("company", lazy_gettext("Something about your company")),
    ("representative", lazy_gettext("Who acts for your company")),
    ("owners", lazy_gettext("Who owns your company")),
    ("directors", lazy_gettext("Who directs your company")),
    ("business_profile", lazy_gettext("What you sell, and where people find you")),
    ("business_type", lazy_gettext("Whether you are a person or a company")),
    ("tos_acceptance", lazy_gettext("Your consent to the terms of the payment provider")),
    ("", lazy_gettext("Something more, which the payment provider tells you")),
)


def wanted(requirements: Sequence[str]) -> list[str]:
    """Return what the provider wants to know, in plain words, each thing once."""
    found = [
        next(str(text) for start, text in WORDS if key.startswith(start)) for key in requirements
    ]
    return list(dict.fromkeys(found))


def price_minor(text: str, least: int, most: int) -> int | None:
    """Return a price a month in cents; None when it is none between both, to the cent."""
    try:
        price = Decimal(text.strip()) * CENTS
    except InvalidOperation:
        return None
    if not price.is_finite() or price != price.to_integral_value() or not least <= price <= most:
        return None
    return int(price)
