"""What a symbol says by its form, and which currencies there are. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_ISO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON
RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND
TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_CRYPTO = """
ADA ATOM AVAX BCH BNB BTC BUSD DAI DOGE DOT ETC ETH FIL LINK LTC NEAR SHIB SOL SUI TON
TRX UNI USDC USDT XLM XMR XRP
"""
ISO_CURRENCIES = frozenset(_ISO.split())
CRYPTO_CURRENCIES = frozenset(_CRYPTO.split())
CURRENCIES = ISO_CURRENCIES | CRYPTO_CURRENCIES
AROUND_THE_CLOCK = "24/7"
SIMULATED = "simulated"
"""The source of bars that are invented."""
SIMULATED_PREFIX = "SIMUL"
"""How the symbols of invented instruments begin: SIMULATED-A, SIMUL/USD."""

# Underlying of 1 to 6 characters (padded with blanks in the OCC form), yymmdd, C or P, strike.
OPTION = re.compile(r"[A-Z][A-Z0-9.]{0,5} {0,5}\d{6}[CP]\d{8}")
FUTURE = re.compile(r"/([A-Z0-9]{1,4}?)[FGHJKMNQUVXZ]\d{1,2}|/?([A-Z0-9]{1,4}?)[1-9]!")
PAIR = re.compile(r"([A-Z0-9]{2,6})[/-]([A-Z]{3,4})")
PLAIN = re.compile(r"\^?[A-Z0-9]{1,12}(?:[./-][A-Z0-9]{1,4})?(?::[A-Z]{2,8})?")

# Roots of index options that settle at the close, beside those of the index's own name, whose
# monthly ones settle at the opening: other contracts, with a chain of their own.
CLOSE_ROOTS = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT"}

# Dollars a point of the contracts that retail robots trade; others count one.
POINT_VALUES = {
    "ES": "50", "MES": "5", "NQ": "20", "MNQ": "2", "YM": "5", "MYM": "0.5", "RTY": "50",
    "M2K": "5", "CL": "1000", "MCL": "100", "GC": "100", "MGC": "10", "SI": "5000", "NG": "10000",
    "ZB": "1000", "ZN": "1000", "ZF": "1000", "6E": "125000", "6J": "12500000", "BTC": "5",
    "MBT": "0.1",
}  # fmt: skip


def is_simulated(symbol: str) -> bool:
    """Whether a symbol is that of an invented instrument."""
    return symbol.startswith(SIMULATED_PREFIX)


def index_of(root: str) -> str:
    """Return the index on which contracts of a root are; the root itself where it names it."""
    return CLOSE_ROOTS.get(root, root)


def other_roots(root: str) -> list[str]:
    """Return the other roots of contracts on the same index, in order."""
    index = index_of(root)
    same = [index, *(each for each, of in CLOSE_ROOTS.items() if of == index)]
    return [each for each in same if each != root] if len(same) > 1 else []


class Form(NamedTuple):
    """What the form of a symbol says about the instrument."""

    asset_class: str
    multiplier: Decimal
    currency: str
    venue: str
    is_assumed: bool


def read_symbol(symbol: str) -> Form | None:
    """Say what an upper-case symbol is by its form; None when it is malformed.

    What has no telling form is assumed to be an equity in USD.
    """
    if OPTION.fullmatch(symbol):
        return Form("option", Decimal(100), "USD", "XNYS", is_assumed=False)
    future = FUTURE.fullmatch(symbol)
    if future:
        points = POINT_VALUES.get(future.group(1) or future.group(2))
        return Form("future", Decimal(points or 1), "USD", "CMES", is_assumed=points is None)
    pair = PAIR.fullmatch(symbol)
    if pair and pair.group(2) in CURRENCIES:
        return _read_pair(pair.group(1), pair.group(2))
    if joined := _read_joined(symbol):
        return joined
    if not PLAIN.fullmatch(symbol):
        return None
    is_root = symbol in CLOSE_ROOTS
    kind = "index" if is_root or symbol.startswith("^") else "equity"
    return Form(kind, Decimal(1), "USD", "XNYS", is_assumed=not is_root)


def _read_joined(symbol: str) -> Form | None:
    """Read BTCUSD and EURUSD, as many write pairs; no share in the US has so long a name."""
    for length in (3, 4):
        base, quote = symbol[:-length], symbol[-length:]
        is_money = base in ISO_CURRENCIES and quote in ISO_CURRENCIES
        if is_money or (base in CRYPTO_CURRENCIES and quote in CURRENCIES):
            return _read_pair(base, quote)
    return None


def _read_pair(base: str, quote: str) -> Form:
    is_forex = base in ISO_CURRENCIES and quote in ISO_CURRENCIES
    kind = "forex" if is_forex else "crypto"
    is_known = base in CURRENCIES
    return Form(kind, Decimal(1), quote, AROUND_THE_CLOCK, is_assumed=not is_known)


def default_form(symbol: str, asset_class: str) -> Form | None:
    """Say what a symbol is when its asset class is told; None when the symbol is malformed."""
    form = read_symbol(symbol)
    if form is None or form.asset_class == asset_class:
        return form
    venue = {"crypto": AROUND_THE_CLOCK, "forex": AROUND_THE_CLOCK, "future": "CMES"}
    multiplier = Decimal(100) if asset_class == "option" else Decimal(1)
    return Form(asset_class, multiplier, "USD", venue.get(asset_class, "XNYS"), is_assumed=True)
