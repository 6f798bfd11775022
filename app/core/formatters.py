"""How numbers and times look, in one place; each is a Jinja filter of the same name.

True minus, sign on profit and loss, tabular-friendly fixed decimals, an en dash for "no answer".
Grouping, decimal mark and the place of a currency sign follow the language of the request; the
examples below are the English ones.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    get_currency_precision,
)
from flask import Flask
from markupsafe import Markup

from app.core.i18n import SOURCE, gettext, language, locale, pgettext

MINUS = "\u2212"
NEW_YORK = ZoneInfo("America/New_York")
Number = Decimal | float | int


def _rounded(value: Number, digits: int) -> Decimal:
    # Plus 0: a loss that rounds to nothing must not show as minus zero.
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN) + 0


def register(app: Flask) -> None:
    """Make the formatters Jinja filters."""
    for formatter in (
        money, minor_money, whole_money, signed_money, percent, signed_percent, ratio, count, qty, price,
        compact_money, day, instant, clock_time, sign,
    ):  # fmt: skip
        app.jinja_env.filters[formatter.__name__] = formatter
    app.jinja_env.globals["dash"] = dash


def dash() -> Markup:
    """Return the mark of "no answer"."""
    return Markup(
        '<span class="trp-mute"><span aria-hidden="true">\u2013</span>'
        '<span class="trp-vh">{}</span></span>'
    ).format(gettext("no answer"))


def _plain(text: str) -> str:
    return text.replace("-", MINUS)


def _decimal(value: Number, digits: int) -> str:
    pattern = f"#,##0.{'0' * digits}"
    return _plain(format_decimal(_rounded(value, digits), pattern, locale=locale()))


def money(value: Number | None, currency: str = "USD") -> str:
    """$1,214.75 (true minus before the currency sign); dash when unknown."""
    if value is None:
        return dash()
    amount = abs(Decimal(str(value)))
    text = format_currency(amount, currency, locale=locale())
    return f"{MINUS}{text}" if value < 0 and not _rounds_to_zero(value, currency) else text


def _rounds_to_zero(value: Number, currency: str) -> bool:
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    return Decimal(str(value)).quantize(unit, ROUND_HALF_EVEN) == 0


def minor_money(value: int | None, currency: str = "USD") -> str:
    """1999 -> $19.99: an amount in the smallest units of its currency, of which a yen has none."""
    if value is None:
        return dash()
    return money(Decimal(value).scaleb(-get_currency_precision(currency)), currency)


def whole_money(value: Number, currency: str = "USD") -> str:
    """$0, without cents; for sums that have none."""
    pattern = locale().currency_formats["standard"].pattern.replace("0.00", "0")
    return format_currency(value, currency, pattern, locale=locale(), currency_digits=False)


def signed_money(value: Number | None, currency: str = "USD") -> str:
    """+$1,214.75, a true minus for losses, $0.00."""
    text = money(value, currency)
    if value is None or value <= 0 or _rounds_to_zero(value, currency):
        return text
    return f"+{text}"


def percent(value: Number | None, digits: int = 2) -> str:
    """A value that is already in percent: 43.75 -> 43.75%."""
    if value is None:
        return dash()
    pattern: str = locale().percent_formats[None].pattern
    return pattern.replace("#,##0", _decimal(value, digits))


def signed_percent(value: Number | None, digits: int = 2) -> str:
    """+2.43% with a sign; zero has none."""
    text = percent(value, digits)
    return f"+{text}" if value is not None and _rounded(value, digits) > 0 else text


def ratio(value: Number | None, digits: int = 2) -> str:
    """A plain ratio such as a profit factor or Sharpe: 1.37."""
    if value is None:
        return dash()
    return _decimal(value, digits)


def count(value: int | None) -> str:
    """1,515."""
    return dash() if value is None else format_decimal(value, "#,##0", locale=locale())


def qty(value: Decimal | None) -> str:
    """A quantity without trailing zeros: 12, 0.05."""
    return dash() if value is None else _exact(value.normalize(), 0)


def price(value: Decimal | None) -> str:
    """A price with at least two decimals: 184.62, 1.08455."""
    return dash() if value is None else _exact(value.normalize(), 2)


def _exact(value: Decimal, fewest: int) -> str:
    exponent = value.as_tuple().exponent
    digits = max(fewest, -exponent if isinstance(exponent, int) else fewest)
    return _decimal(value, digits)


def compact_money(value: Number | None, currency: str = "USD") -> str:
    """$57.5k, for axes only."""
    if value is None:
        return dash()
    if language() != SOURCE:
        text = format_compact_currency(
            abs(Decimal(str(value))), currency, fraction_digits=1, locale=locale()
        )
        return f"{MINUS}{text}" if value < 0 else text
    symbol = format_currency(0, currency, "¤", locale=locale()).strip()
    amount, suffix = abs(float(value)), ""
    for limit, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if amount >= limit:
            amount, suffix = amount / limit, letter
            break
    return f"{MINUS if value < 0 else ''}{symbol}{amount:.4g}{suffix}"


def day(value: date | None, style: str = "long") -> str:
    """20 Nov 2026 (long) or 20 Nov (short)."""
    if value is None:
        return dash()
    # Translators: how a day is written, in the letters of Unicode's date patterns.
    pattern = pgettext("date", "d MMM y") if style == "long" else pgettext("date", "d MMM")
    return format_date(value, pattern, locale=locale())


def month(value: date) -> str:
    """Nov 2026."""
    # Translators: how a month is written, in the letters of Unicode's date patterns.
    return format_date(value, pgettext("date", "MMM y"), locale=locale())


def month_names() -> list[str]:
    """Jan, Feb and so on: short names of the months."""
    return _month_names(locale())


@cache
def _month_names(written_in: Locale) -> list[str]:
    return [format_date(date(2000, number, 1), "LLL", locale=written_in) for number in range(1, 13)]


def instant(value: datetime | None, zone: ZoneInfo = NEW_YORK) -> str:
    """20 Nov 2026, 14:32 EST."""
    if value is None:
        return dash()
    local = value.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M %Z}"


def clock_time(value: datetime | None, zone: ZoneInfo = NEW_YORK) -> str:
    """14:32:08 EST."""
    return dash() if value is None else f"{value.astimezone(zone):%H:%M:%S %Z}"


def sign(value: Number | None) -> str:
    """The `data-sign` of a profit or loss: up, down, flat."""
    if value is None or value == 0:
        return "flat"
    return "up" if value > 0 else "down"
