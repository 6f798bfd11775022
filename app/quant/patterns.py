"""Patterns in closed trades that chance does not explain: a permutation test over all of them at once.

Each pattern is a group of trades (those opened in the first half hour, on Mondays, in one symbol, by
one robot) held against all other trades, by two measures: the share of wins and the mean result. The
results are shuffled over the trades many times; a pattern survives where its statistic is larger
than the largest of all patterns in all but a small share of the shuffles (max-T). So of members
whose results have nothing to do with any group, at most that share is told anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.05
"""The share of members without any pattern who are told one all the same."""
LEAST = 10
"""Trades that a group, and what is left outside of it, must have."""
LEAST_TRADES = 30
SHUFFLES = 4_999
MOST_TRADES = 2_000
"""The newest so many are looked at."""
_AT_ONCE = 250
_TIE = 1e-9

Floats = NDArray[np.float64]


class Pattern(NamedTuple):
    """A group of trades held against the others by one measure."""

    facet: str
    """What the groups are of: "hour", "weekday", "symbol", "robot"."""
    group: str
    measure: str
    """wins: share of trades above zero; mean: mean result a trade."""
    n: int
    n_other: int
    value: float
    other: float
    statistic: float
    """The group's mean less that of all trades, by what shuffling makes it vary."""
    p: float
    """By itself, two-sided."""
    adjusted: float
    """With all patterns counted that were looked at."""


class Search(NamedTuple):
    """What was found among how many."""

    survivors: tuple[Pattern, ...]
    """The surest first."""
    looked_at: int
    n: int


def seed_of(results: Sequence[float], groups: Mapping[str, Sequence[str]]) -> int:
    """Return a seed that the data alone decide: the same trades get the same answer."""
    digest = hashlib.sha256(np.asarray(results, np.float64).tobytes())
    for facet in sorted(groups):
        digest.update("\0".join((facet, *groups[facet])).encode())
    return int.from_bytes(digest.digest()[:8], "big")


def find(
    results: Sequence[float], groups: Mapping[str, Sequence[str]],
    *, level: float = LEVEL, shuffles: int = SHUFFLES,
) -> Search:  # fmt: skip
    """Return the patterns among trades that survive, and how many were looked at.

    `results` are net results of trades, the newest last; `groups` names for each facet the group of
    each trade, "" for none.

    Raises:
        ValueError: a facet has another number of trades, or a result is not finite.
    """
    tested = measure(results, groups, shuffles=shuffles)
    kept = sorted(
        (one for one in tested if one.adjusted <= level),
        key=lambda one: (one.adjusted, one.p, -abs(one.statistic), one.facet, one.group),
    )
    return Search(tuple(kept), len(tested), min(len(results), MOST_TRADES))


def measure(
    results: Sequence[float], groups: Mapping[str, Sequence[str]], *, shuffles: int = SHUFFLES
) -> list[Pattern]:
    """Return every pattern that there are enough trades for, with its p-values.

    Formula: z = (mean of group - mean) / sqrt(s² / n (1 - n / N) N / (N - 1)), s² the variance with N;
    under shuffling its mean is 0 and its variance 1. p = (1 + shuffles with |z*| >= |z|) / (1 +
    shuffles), adjusted by the largest |z*| of all patterns of a shuffle.
    Unit: probabilities. Empty case: none under 30 trades, or groups under 10.
    Source: Westfall and Young (1993), Resampling-Based Multiple Testing; Phipson and Smyth (2010)
    for the one that is added.
    """
    money = np.asarray(results, np.float64)[-MOST_TRADES:]
    if any(len(names) != len(results) for names in groups.values()) or not np.isfinite(money).all():
        message = "each facet needs a group for each trade, and results are finite"
        raise ValueError(message)
    if len(money) < LEAST_TRADES:
        return []
    measures = {"wins": (money > 0).astype(np.float64), "mean": money}
    measures = {name: values for name, values in measures.items() if np.ptp(values) > 0}
    named = list(_named(groups, len(money)))
    if not named or not measures:
        return []
    members = np.array([inside for _, _, inside in named], np.float64)
    seed = seed_of(
        results[-MOST_TRADES:], {key: names[-MOST_TRADES:] for key, names in groups.items()}
    )
    found = {name: _statistics(members, values[None, :])[0] for name, values in measures.items()}
    alone, largest = _shuffled(members, measures, found, np.random.default_rng(seed), shuffles)
    return [
        Pattern(
            facet, group, name, *_sides(inside, values), float(found[name][at]),
            float(alone[name][at]), _share(largest, abs(found[name][at])),
        )
        for name, values in measures.items()
        for at, (facet, group, inside) in enumerate(named)
    ]  # fmt: skip


def _named(
    groups: Mapping[str, Sequence[str]], count: int
) -> Iterable[tuple[str, str, NDArray[np.bool_]]]:
    """Yield the groups that have enough trades, inside and outside; the same set of trades once."""
    seen: set[bytes] = set()
    for facet in sorted(groups):
        names = np.array(groups[facet][-count:], dtype=object)
        for group in sorted({str(name) for name in names if name}):
            inside = names == group
            n = int(inside.sum())
            halves = {inside.tobytes(), (~inside).tobytes()}
            if min(n, count - n) >= LEAST and not halves & seen:
                seen |= halves
                yield facet, group, inside


def _statistics(members: Floats, values: Floats) -> Floats:
    """Return the statistic of each group (columns) for each row of values."""
    count = values.shape[1]
    n = members.sum(axis=1)
    mean = values.mean(axis=1, keepdims=True)
    variance = values.var(axis=1, keepdims=True)
    spread = np.sqrt(variance * (1 - n / count) / n * count / (count - 1))
    found: Floats = (values @ members.T / n - mean) / spread
    return found


def _shuffled(
    members: Floats, measures: Mapping[str, Floats], found: Mapping[str, Floats],
    dice: np.random.Generator, shuffles: int,
) -> tuple[dict[str, Floats], Floats]:  # fmt: skip
    """Return each pattern's own p-values, and of each shuffle the largest statistic of all."""
    reached = {name: np.zeros(len(members)) for name in measures}
    largest = []
    order = np.arange(members.shape[1])
    for begin in range(0, shuffles, _AT_ONCE):
        rows = min(_AT_ONCE, shuffles - begin)
        mixed = dice.permuted(np.broadcast_to(order, (rows, len(order))), axis=1)
        top = np.zeros(rows)
        for name, values in measures.items():
            made = np.abs(_statistics(members, values[mixed]))
            reached[name] += (made >= np.abs(found[name]) - _TIE).sum(axis=0)
            top = np.maximum(top, made.max(axis=1))
        largest.append(top)
    alone = {name: (1 + count) / (1 + shuffles) for name, count in reached.items()}
    return alone, np.concatenate(largest)


def _share(largest: Floats, statistic: float) -> float:
    return float((1 + (largest >= statistic - _TIE).sum()) / (1 + len(largest)))


def _sides(inside: NDArray[np.bool_], values: Floats) -> tuple[int, int, float, float]:
    """Return how many trades are inside and outside, and their means."""
    n = int(inside.sum())
    return n, len(values) - n, float(values[inside].mean()), float(values[~inside].mean())


def mean_interval(values: Sequence[float], shuffles: int = SHUFFLES) -> tuple[float, float] | None:
    """Bound a mean: the middle 95 % of the means of samples drawn from the values themselves.

    Unit: that of the values. Empty case: None under two of them.
    Source: Efron (1979), the percentile bootstrap; the seed comes from the values.
    """
    given = np.asarray(values, np.float64)
    if len(given) < 2:  # noqa: PLR2004 - one value varies with nothing
        return None
    dice = np.random.default_rng(seed_of(values, {}))
    means = np.concatenate(
        [
            given[dice.integers(0, len(given), (min(_AT_ONCE, shuffles - begin), len(given)))].mean(
                axis=1
            )
            for begin in range(0, shuffles, _AT_ONCE)
        ]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
