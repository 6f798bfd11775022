"""What a fill must look like, checked and brought into one normal form.

An import passes a million rows through here, so texts that repeat (symbols, prices, quantities)
are read once and remembered, and nothing is built that is not kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from app.core.formatters import count
from app.core.i18n import gettext, lazy_gettext, listed
from app.ledger.schemas import FillIn
from app.market import service as market

SCALE = 10**8
DECIMALS = 8
MAX_UNITS = 10**10
"""Bound of a quantity, a price, a fee and a fill's notional: sums of them fit into 64 bits."""
MAX_SCALED = MAX_UNITS * SCALE
MAX_NOTIONAL = MAX_UNITS * SCALE**3
MAX_ID = 128
MAX_DIGITS = 64
MAX_NOTE = 1000
CLOCK_SKEW = timedelta(seconds=60)
EARLIEST = "1970-01-01T00:00:00.000000Z"
ASSET_CLASSES = market.ASSET_CLASSES
SIDES = {"buy": 1, "sell": -1}
PLAIN_LENGTH = len("2026-05-20T13:30:00Z")
PLAIN_SEPARATORS = "--T::Z"
OWN_PREFIX = "~"
"""External ids that the ledger makes itself begin with it."""

_NUMBER = re.compile(r"([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_PLAIN = re.compile(r"(\d{1,11})(?:\.(\d{1,8}))?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)? ?(?:[Zz]|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)


class Refusal(NamedTuple):
    """Why an item is not taken: which field, and how to mend it."""

    field: str
    reason: str


class RefusalError(Exception):
    """Carries a refusal out of the reading of one field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.refusal = Refusal(field, reason)


class ReadFill(NamedTuple):
    """A fill that keeps the rules. Numbers are scaled by 1e8."""

    external_id: str
    at: str
    """RFC 3339 in UTC with microseconds: sorts as text."""
    symbol: str
    asset_class: str | None
    side: str
    qty: int
    price: int
    fee: int
    currency: str | None
    fee_currency: str | None
    multiplier: int | None
    note: str | None


def read_fill(fill: FillIn, latest: str) -> ReadFill | Refusal:
    """Return a fill in normal form, or why it is refused.

    `latest` is the last instant that is not in the future (see `latest_instant`).
    """
    (
        external_id, executed_at, symbol, side, qty, price, fee, currency, fee_currency,
        asset_class, multiplier, note,
    ) = fill  # fmt: skip
    try:
        read = ReadFill(
            read_external_id(external_id),
            read_instant(executed_at, "executed_at", latest),
            read_symbol(symbol),
            read_asset_class(asset_class) if asset_class is not None else None,
            side if side in ("buy", "sell") else _read_side(side),
            read_above_zero(qty, "qty"),
            read_above_zero(price, "price"),
            _read_fee(fee),
            read_currency(currency, "currency") if currency is not None else None,
            None if fee_currency is None else read_currency(fee_currency, "fee_currency"),
            read_above_zero(multiplier, "multiplier") if multiplier not in (None, "") else None,
            _read_note(note) if note is not None else None,
        )
    except RefusalError as error:
        return error.refusal
    if read.qty * read.price * (read.multiplier or SCALE) > MAX_NOTIONAL:
        reason = gettext("times the price must stay below %(most)s", most=count(MAX_UNITS))
        return Refusal("qty", reason)
    return read


def latest_instant(now: datetime) -> str:
    """Return the last instant that counts as past: clocks may differ by a minute."""
    return plain_instant(now + CLOCK_SKEW)


def plain_instant(instant: datetime) -> str:
    """Return an aware instant as RFC 3339 in UTC with microseconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain_number(scaled: int) -> str:
    """Return a scaled integer as a plain decimal without superfluous zeros: "0.5", "100"."""
    if scaled < 0:
        return "-" + _plain_number(-scaled)
    return _plain_number(scaled)


@lru_cache(maxsize=65536)
def _plain_number(scaled: int) -> str:
    whole, rest = divmod(scaled, SCALE)
    return f"{whole}.{rest:08d}".rstrip("0") if rest else str(whole)


def scaled_number(text: str) -> int:
    """Return what `plain_number` wrote as a scaled integer."""
    return -_scaled(text[1:]) if text[0] == "-" else _scaled(text)


@lru_cache(maxsize=65536)
def _scaled(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * SCALE + int(rest.ljust(DECIMALS, "0"))


class Fault(NamedTuple):
    """What is wrong with a number; kept in no language, because readings are remembered."""

    text: Any
    most: int = 0

    def __str__(self) -> str:
        """Return it in the language in use."""
        return str(self.text) % {"most": count(self.most)}


MISSING = Fault(lazy_gettext("is missing"))
NOT_PLAIN = Fault(lazy_gettext('must be a plain number such as "1234.56"'))
NO_NUMBER = Fault(lazy_gettext("must be a number, as text or as a JSON number"))
TOO_LARGE = Fault(lazy_gettext("must stay below %(most)s"), MAX_UNITS)
TOO_FINE = Fault(lazy_gettext("has more than %(most)s decimals: round it"), DECIMALS)


@lru_cache(maxsize=65536)
def _read_text(text: str) -> int | Fault:
    """Return the scaled number of a text, or what is wrong with it."""
    plain = _PLAIN.fullmatch(text)
    if plain:
        whole, rest = plain.groups("")
        scaled = int(whole) * SCALE + (int(rest.ljust(DECIMALS, "0")) if rest else 0)
        return scaled if scaled <= MAX_SCALED else TOO_LARGE
    text = text.strip()
    if not text:
        return MISSING
    number = _NUMBER.fullmatch(text) if len(text) <= MAX_DIGITS else None
    if number is None:
        return NOT_PLAIN
    sign, whole, rest, exponent = number.groups("")
    return _scale(sign, whole + rest, int(exponent or 0) - len(rest) + DECIMALS)


def _scale(sign: str, digits: str, shift: int) -> int | Fault:
    """Return digits x 10^shift with its sign if that is whole and in bounds, else what is wrong."""
    mantissa = int(digits)
    if mantissa and (len(str(mantissa)) + shift > len(str(MAX_SCALED))):
        return TOO_LARGE
    unit: int = 10 ** abs(shift)
    scaled, lost = (mantissa * unit, 0) if shift >= 0 else divmod(mantissa, unit)
    if lost:
        return TOO_FINE
    if scaled > MAX_SCALED:
        return TOO_LARGE
    return -scaled if sign == "-" else scaled


def read_number(value: Any, field: str) -> int:
    """Return a number given as text, int, float or Decimal, scaled by 1e8."""
    if isinstance(value, str):
        found = _read_text(value)
    elif value is None:
        found = MISSING
    elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        found = NO_NUMBER
    else:
        found = _read_text(str(value))
    if isinstance(found, Fault):
        raise RefusalError(field, str(found))
    return found


def read_above_zero(value: Any, field: str) -> int:
    """Return a number above zero."""
    scaled = read_number(value, field)
    if scaled <= 0:
        raise RefusalError(field, gettext("must be above zero"))
    return scaled


def _read_fee(value: Any) -> int:
    scaled = read_number(value, "fee")
    if scaled < 0:
        raise RefusalError("fee", gettext("must be zero or more: what was paid, without a sign"))
    return scaled


def read_external_id(value: Any) -> str:
    """Return the id by which the sender knows the event."""
    if not isinstance(value, str) or not value:
        raise RefusalError(
            "external_id", gettext("is missing: give each fill an id of yours, as text")
        )
    if len(value) > MAX_ID:
        reason = gettext("is longer than %(most)s characters", most=MAX_ID)
        raise RefusalError("external_id", reason)
    if not value.isprintable() or value != value.strip():
        raise RefusalError("external_id", gettext("must be printable, without blanks at its ends"))
    if value[0] == OWN_PREFIX:
        reason = gettext('must not begin with "%(sign)s"', sign=OWN_PREFIX)
        raise RefusalError("external_id", reason)
    return value


def read_instant(value: Any, field: str, latest: str) -> str:
    """Return an instant between 1970 and now, in normal form."""
    if isinstance(value, str):
        if _is_plain_instant(value) and EARLIEST <= value <= latest:
            return f"{value[:19]}.000000Z"
        instant = _parse_instant(value.strip(), field)
    elif isinstance(value, datetime):
        instant = value
    else:
        raise RefusalError(field, gettext("must be a text such as 2026-05-20T13:30:00Z"))
    if instant.tzinfo is None:
        raise RefusalError(field, gettext("has no zone: add Z or an offset such as -04:00"))
    try:
        text = plain_instant(instant)
    except OverflowError:
        raise RefusalError(field, gettext("is not a time that exists")) from None
    if text < EARLIEST:
        raise RefusalError(field, gettext("is before 1970"))
    if text > latest:
        raise RefusalError(field, gettext("lies in the future: check the clock and the zone"))
    return text


def _is_plain_instant(text: str) -> bool:
    """Whether a text is a time such as 2026-05-20T13:30:00Z, which needs no conversion."""
    # The separators, from the fifth character on each third.
    if len(text) != PLAIN_LENGTH or text[4::3] != PLAIN_SEPARATORS:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parse_instant(text: str, field: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        zoneless = _INSTANT.fullmatch(text + "Z")
        reason = (
            gettext("has no zone: add Z or an offset such as -04:00")
            if zoneless
            else gettext("must be a time such as 2026-05-20T13:30:00Z")
        )
        raise RefusalError(field, reason if text else gettext("is missing"))
    try:
        return datetime.fromisoformat(text.upper().replace(" +", "+").replace(" Z", "Z"))
    except ValueError:
        raise RefusalError(field, gettext("is not a time that exists")) from None


@lru_cache(maxsize=8192)
def _symbol(text: str) -> str | None:
    symbol = text.strip().upper()
    return symbol if symbol.isascii() and market.is_symbol(symbol) else None


def read_symbol(value: Any) -> str:
    """Return a symbol in upper case."""
    symbol = _symbol(value) if isinstance(value, str) and len(value) <= MAX_ID else None
    if symbol is None:
        raise RefusalError("symbol", gettext("must be one such as AAPL, BRK.B, /ESZ6, BTC/USD"))
    return symbol


def read_asset_class(value: Any) -> str | None:
    """Return an asset class; None when it is left to the symbol."""
    if value is None or value == "":
        return None
    known = value.lower() if isinstance(value, str) else None
    if known not in ASSET_CLASSES:
        reason = gettext("must be one of %(choices)s", choices=listed(ASSET_CLASSES))
        raise RefusalError("asset_class", reason)
    return known


def _read_side(value: Any) -> str:
    side = value.strip().lower() if isinstance(value, str) else None
    if side not in SIDES:
        raise RefusalError("side", gettext('must be "buy" or "sell"'))
    return side


@lru_cache(maxsize=1024)
def _currency(text: str) -> str | None:
    code = text.strip().upper()
    return code if code in market.CURRENCIES else None


def read_currency(value: Any, field: str) -> str | None:
    """Return a currency code; None when it is left to the instrument."""
    if value is None or value == "":
        return None
    code = _currency(value) if isinstance(value, str) and len(value) <= MAX_ID else None
    if code is None:
        raise RefusalError(field, gettext("must be a currency code such as USD"))
    return code


def _read_note(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        reason = gettext("must be text of at most %(most)s characters", most=MAX_NOTE)
        raise RefusalError("note", reason)
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise RefusalError("note", gettext("must be valid Unicode without NUL"))
    return value or None
