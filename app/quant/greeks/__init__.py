"""Options: prices, Greeks and implied volatility, European and American.

`european` (Black-Scholes-Merton) and `american` (by the boundary of early exercise) have the same
two functions: `value` gives price and Greeks, `implied_volatility` the volatility that a price
implies. Both take a `Market` (spot, interest, dividend yield) and `Terms` (strike, years, call or
put), numbers or columns.
"""

from app.quant.greeks.european import DAYS_A_YEAR, POINT, Greeks, Market, Terms
from app.quant.greeks.european import value as european_value
from app.quant.greeks.expiry import settles_at, settles_in_the_morning, years_until
from app.quant.greeks.forward import Parity, implied_forward, implied_rate
from app.quant.greeks.implied import implied_volatility as european_volatility

__all__ = [
    "DAYS_A_YEAR",
    "POINT",
    "Greeks",
    "Market",
    "Parity",
    "Terms",
    "european_value",
    "european_volatility",
    "implied_forward",
    "implied_rate",
    "settles_at",
    "settles_in_the_morning",
    "years_until",
]
