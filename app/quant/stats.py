"""Statistics of returns and counts: one function, one figure, defined in docs/metrics.md."""

import math
from collections.abc import Sequence

from app.quant import kernels


def wilson_interval(wins: int, n: int, z: float = 1.959964) -> tuple[float, float] | None:
    """Bound the true win ratio: the Wilson score interval, 95 % with the usual z.

    Formula: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n), p = wins / n, z2 = z**2.
    Unit: two ratios 0 to 1. Empty case: None without trades.
    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Raises:
        ValueError: wins below zero or above n.
    """
    if not 0 <= wins <= n:
        message = f"{wins} wins of {n} is not a count"
        raise ValueError(message)
    if n == 0:
        return None
    share = wins / n
    square = z * z
    centre = share + square / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def mean_return_lower_bound(n: int, mean: float, m2: float) -> float | None:
    """Bound the true mean daily return from below, with 95 % confidence, one-sided.

    Formula: mean - t(0.95, n-1) sqrt(m2 / (n-1)) / sqrt(n), m2 = sum of squared deviations;
    t by the Cornish-Fisher expansion. Returns are taken as independent.
    Unit: ratio a session. Empty case: None under 20 sessions or without any variation.
    Source: Student (1908), Biometrika 6; Abramowitz and Stegun 26.7.5.
    """
    if n < kernels.MIN_OBSERVATIONS or m2 <= n * (mean * mean) * kernels.NO_VARIATION:
        return None
    deviation = math.sqrt(m2 / (n - 1))
    quantile: float = kernels.student_t95(float(n - 1))
    return mean - quantile * deviation / math.sqrt(n)


def sharpe_ratio(
    returns: Sequence[float], risk_free_rate: float = 0.05, sessions_a_year: int = 252
) -> float | None:
    """Weigh the mean excess return of a session by its deviation, annualised.

    Formula: (mean - rf) / sd * sqrt(P), sd with n - 1, rf = (1 + risk_free_rate)**(1/P) - 1.
    Unit: none, per year. Empty case: None under 20 returns or with a deviation of zero.
    Source: Sharpe (1994), J. Portfolio Management 21.

    Raises:
        ValueError: a return is missing or not finite.
    """
    if any(value is None or not math.isfinite(value) for value in returns):
        message = "A return is missing or not finite"
        raise ValueError(message)
    n = len(returns)
    if n < kernels.MIN_OBSERVATIONS:
        return None
    mean = math.fsum(returns) / n
    m2 = math.fsum((value - mean) ** 2 for value in returns)
    if m2 <= n * (mean * mean) * kernels.NO_VARIATION:
        return None
    risk_free = math.pow(1.0 + risk_free_rate, 1.0 / sessions_a_year) - 1.0
    return (mean - risk_free) / math.sqrt(m2 / (n - 1)) * math.sqrt(sessions_a_year)
