"""Whether two prices move together: the test of Engle and Granger.

The first log price is fitted by the second (ordinary least squares), and the residual is asked
whether it returns to zero: the t statistic of r in d e(t) = r e(t-1) + u, the Dickey-Fuller
regression without lags or constant. With estimated residuals the usual critical values do not
hold; MacKinnon's for two prices with a constant are -3.90, -3.34 and -3.04 at 1, 5 and 10 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

FEWEST, NOTHING = 4, 1e-12
CRITICAL = {0.01: -3.90, 0.05: -3.34, 0.10: -3.04}


class PairFit(NamedTuple):
    """How two prices hang together."""

    alpha: float
    beta: float
    """How many percent the first moves with one percent of the second."""
    statistic: float
    """Below the critical value they are cointegrated; 0 where there is no answer."""
    z: float
    """The last residual in its standard deviations; above zero the first one is dear."""


def engle_granger(first: Iterable[float], second: Iterable[float]) -> PairFit:
    """Fit two equally long series of prices; without movement there is no answer (zeros)."""
    y, x = (np.log(np.fromiter(prices, np.float64)) for prices in (first, second))
    away = x - x.mean()
    spread = float(away @ away)
    if spread <= 0.0 or len(x) < FEWEST:
        return PairFit(0.0, 0.0, 0.0, 0.0)
    beta = float(away @ (y - y.mean())) / spread
    alpha = float(y.mean()) - beta * float(x.mean())
    residual = y - alpha - beta * x
    deviation = float(residual.std())
    if deviation < NOTHING:
        return PairFit(alpha, beta, 0.0, 0.0)
    return PairFit(alpha, beta, _dickey_fuller(residual), float(residual[-1]) / deviation)


def _dickey_fuller(residual: np.ndarray) -> float:
    before, change = residual[:-1], np.diff(residual)
    total = float(before @ before)
    rate = float(before @ change) / total
    left = change - rate * before
    variance = float(left @ left) / (len(change) - 1)
    return rate / math.sqrt(variance / total) if variance > 0 else 0.0
