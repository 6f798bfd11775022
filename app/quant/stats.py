"""Statistics of returns and counts: one function, one figure, defined in docs/metrics.md."""

import math
from collections.abc import Sequence
from statistics import NormalDist

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


_Z975 = 1.959963984540054


def sharpe_interval(
    sharpe: float | None, sessions: int, sessions_a_year: int = 252
) -> tuple[float, float] | None:
    """Bound the true yearly Sharpe ratio with 95 % confidence.

    Formula: S -+ z sqrt((1 + s**2 / 2) / n) sqrt(P), s = S / sqrt(P) the ratio a session over the
    risk-free rate. Returns are taken as independent and normal.
    Unit: two ratios per year. Empty case: None without a ratio or under 20 sessions.
    Source: Lo (2002), "The Statistics of Sharpe Ratios", Financial Analysts Journal 58.
    """
    if sharpe is None or sessions < kernels.MIN_OBSERVATIONS:
        return None
    half = _Z975 * math.sqrt((sessions_a_year + sharpe * sharpe / 2) / sessions)
    return sharpe - half, sharpe + half


def profit_factor_interval(
    factor: float | None, margin: float | None
) -> tuple[float, float] | None:
    """Bound the true profit factor with 95 % confidence; `margin` is what the fold gives.

    Formula: F exp(-+ m), m = t(0.975, k-1) sqrt(k/(k-1) sum((p/P - l/L)**2)) over the k sessions
    with a closed trade, p and l the gross profit and loss of each, P and L their sums: the delta
    method for the logarithm of a ratio of sums, with sessions as the independent draws.
    Unit: two ratios. Empty case: None without a win, a loss, or under 5 such sessions.
    Source: Cochran (1977), Sampling Techniques, chapter 6 (ratio of two sums); Efron and
    Tibshirani (1993), An Introduction to the Bootstrap, for what it is compared with.
    """
    if factor is None or margin is None:
        return None
    return factor * math.exp(-margin), factor * math.exp(margin)


_EULER = 0.5772156649015329


def expected_best_sharpe(variance: float, tries: int) -> float:
    """Return the Sharpe ratio of a session that the best of so many tries has by luck alone.

    Formula: sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), g = Euler's constant, Z the normal
    quantile, V the variance of the tries' ratios, N their number.
    Unit: ratio a session. Empty case: 0 with one try.
    Source: Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", J. Portfolio Management 40.

    Raises:
        ValueError: no try, or a variance below zero.
    """
    if tries < 1 or not variance >= 0:
        message = f"{tries} tries with a variance of {variance} are no search"
        raise ValueError(message)
    if tries == 1:
        return 0.0
    normal = NormalDist()
    first = normal.inv_cdf(1 - 1 / tries)
    second = normal.inv_cdf(1 - 1 / (tries * math.e))
    return math.sqrt(variance) * ((1 - _EULER) * first + _EULER * second)


def deflated_sharpe(returns: Sequence[float], tried_sharpes: Sequence[float]) -> float | None:
    """Return how sure it is that a strategy beats the luck of having been chosen from many.

    `returns` are those of the chosen one by session, `tried_sharpes` the ratios a session
    (mean / deviation, not annualised) of every try, the chosen one's among them.

    Formula: Phi((s - s0) sqrt(n - 1) / sqrt(1 - skew s + (kurtosis - 1) / 4 s**2)), s the ratio a
    session with n - 1 in the deviation, s0 = expected_best_sharpe, skew and kurtosis with n.
    Unit: probability 0 to 1. Empty case: None under 20 returns or without any variation.
    Source: Bailey and Lopez de Prado (2014), J. Portfolio Management 40, 94-107.

    Raises:
        ValueError: no try, or a number that is not finite.
    """
    if not tried_sharpes or not all(map(math.isfinite, (*returns, *tried_sharpes))):
        message = "a search needs at least one try, and finite numbers"
        raise ValueError(message)
    n = len(returns)
    if n < kernels.MIN_OBSERVATIONS:
        return None
    mean = math.fsum(returns) / n
    m2 = math.fsum((value - mean) ** 2 for value in returns)
    if m2 <= n * (mean * mean) * kernels.NO_VARIATION:
        return None
    spread = math.sqrt(m2 / n)
    skew = math.fsum(((value - mean) / spread) ** 3 for value in returns) / n
    kurtosis = math.fsum(((value - mean) / spread) ** 4 for value in returns) / n
    sharpe = mean / math.sqrt(m2 / (n - 1))
    centre = math.fsum(tried_sharpes) / len(tried_sharpes)
    variance = math.fsum((one - centre) ** 2 for one in tried_sharpes) / max(
        len(tried_sharpes) - 1, 1
    )
    luck = expected_best_sharpe(variance, len(tried_sharpes))
    width = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
    return NormalDist().cdf((sharpe - luck) * math.sqrt(n - 1) / math.sqrt(width))
