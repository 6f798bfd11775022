"""Whether what was said to be likely came about as often as was said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.quant.stats import wilson_interval

FEWEST = 2
"""So many results an interval of a mean needs."""
_Z975 = 1.959963984540054


class Bin(NamedTuple):
    """Predictions of about the same confidence."""

    low: float
    high: float
    n: int
    hits: int
    said: float
    """Their mean confidence."""
    came: float
    """The share of them that came about."""
    interval: tuple[float, float]
    """Of that share, 95 %, by Wilson."""


class Mean(NamedTuple):
    """A mean with its 95 % interval; None where there are too few for one."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


def bins(said: Sequence[float], came: Sequence[bool], count: int = 5) -> list[Bin]:
    """Group predictions by confidence into bins of one width; empty ones are left out.

    Formula: bin k holds k / count <= confidence < (k + 1) / count, the last one 1 as well.
    Unit: ratios 0 to 1. Empty case: no bins. Source: Murphy and Winkler (1977), Appl. Stat. 26.
    """
    found: list[Bin] = []
    for at in range(count):
        own = [
            (p, hit)
            for p, hit in zip(said, came, strict=True)
            if min(int(p * count), count - 1) == at
        ]
        if not own:
            continue
        n, hits = len(own), sum(hit for _, hit in own)
        interval = wilson_interval(hits, n) or (0.0, 1.0)
        mean = math.fsum(p for p, _ in own) / n
        found.append(Bin(at / count, (at + 1) / count, n, hits, mean, hits / n, interval))
    return found


def brier_score(said: Sequence[float], came: Sequence[bool]) -> float | None:
    """Return the mean squared distance of confidence and what came about; lower is better.

    Formula: mean((p - o)**2), o 1 where it came about, else 0.
    Unit: 0 to 1; 0.25 is what always saying one half gives. Empty case: None.
    Source: Brier (1950), Monthly Weather Review 78.
    """
    if not said:
        return None
    return math.fsum((p - hit) ** 2 for p, hit in zip(said, came, strict=True)) / len(said)


def mean_with_interval(values: Sequence[float]) -> Mean:
    """Return a mean with its 95 % interval by Student's t.

    Formula: m -+ t(0.975, n - 1) s / sqrt(n), s with n - 1.
    Unit: that of the values. Empty case: None; under two values no interval.
    Source: Student (1908), Biometrika 6; t by `student_t975`.
    """
    n = len(values)
    if not n:
        return Mean(0, None, None, None)
    mean = math.fsum(values) / n
    if n < FEWEST:
        return Mean(n, mean, None, None)
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in values) / (n - 1))
    half = student_t975(n - 1) * deviation / math.sqrt(n)
    return Mean(n, mean, mean - half, mean + half)


def student_t975(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t: by series, for few degrees exactly.

    Source: Abramowitz and Stegun 26.7.5; for few degrees Newton's method on the distribution.
    """
    z, x = _Z975, 1.0 / freedom
    s = z * z
    g1 = z * (s + 1) / 4
    g2 = z * ((5 * s + 16) * s + 3) / 96
    g3 = z * (((3 * s + 19) * s + 17) * s - 15) / 384
    g4 = z * ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160
    t = z + x * (g1 + x * (g2 + x * (g3 + x * g4)))
    if freedom > _SERIES_FROM:
        return t
    for _ in range(60):
        step = (_t_distribution(t, freedom) - 0.975) / _t_density(t, freedom)
        t = max(t / 2, t - step)
        if abs(step) < 1e-12:  # noqa: PLR2004 - of a number near two
            break
    return t


_SERIES_FROM = 30


def _t_density(t: float, v: int) -> float:
    scale = math.exp(math.lgamma((v + 1) / 2) - math.lgamma(v / 2)) / math.sqrt(v * math.pi)
    return float(scale * (1 + t * t / v) ** (-(v + 1) / 2))


def _t_distribution(t: float, v: int) -> float:
    """Return P(T <= t) for whole degrees of freedom. Source: Abramowitz and Stegun 26.7.3, 26.7.4."""
    angle = math.atan(t / math.sqrt(v))
    cosine = math.cos(angle)
    total, term = 0.0, 1.0
    if v % 2:
        term = cosine
        for at in range(1, v - 1, 2):
            total += term
            term *= cosine * cosine * (at + 1) / (at + 2)
        inside = 2 / math.pi * (angle + math.sin(angle) * total)
    else:
        for at in range(0, v - 1, 2):
            total += term
            term *= cosine * cosine * (at + 1) / (at + 2)
        inside = math.sin(angle) * total
    return (1 + inside) / 2
