"""What came of the tries of a search: the best, how it walked forward, how much of it is luck.

Each try is run once over all bars. A robot sees no bar before its time, so what it earned in a
part of the sessions is what it would have earned there had the later ones not come yet: the
choice of a window is made of the sessions before it, and judged by those that follow.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from app.quant import search, stats


class Tried(NamedTuple):
    """The equity that parameters came to by session, and their yearly Sharpe ratio over no interest."""

    returns: tuple[float, ...]
    """By session; empty where the robot failed."""
    sharpe: float | None


class Fold(NamedTuple):
    """Which try was chosen on the sessions before, and the sessions (first, end) it is judged on."""

    chosen: int
    first: int
    end: int
    before: float | None
    after: float | None


def returns_of(equity: Sequence[int], opening: int) -> tuple[float, ...]:
    """Return the return of each session; nothing can be earned on an equity of zero or below."""
    return tuple(
        after / before - 1 if before > 0 else 0.0
        for before, after in itertools.pairwise((opening, *equity))
    )


def best_of(tries: Sequence[Tried]) -> int | None:
    """Return the number of the try with the highest Sharpe ratio; None where none has any."""
    return _best([each.sharpe for each in tries])


def _best(sharpes: Sequence[float | None]) -> int | None:
    found = search.best([search.Try({"at": at}, each) for at, each in enumerate(sharpes)])
    return None if found is None else int(found.parameters["at"])


def walk(tries: Sequence[Tried], sessions: int, parts: int, year: int) -> list[Fold]:
    """Choose on sessions and judge on those that follow, part by part.

    Half of the sessions are for the first choice. A part for which no try has a ratio before is
    left out, and there are none where the sessions do not suffice.
    """
    if sessions // 2 < max(parts, 1):
        return []
    found = []
    for window in search.windows(sessions, parts):
        before = [ratio(each.returns[window.first : window.chosen_at], year) for each in tries]
        chosen = _best(before)
        if chosen is None:
            continue
        after = ratio(tries[chosen].returns[window.chosen_at : window.end], year)
        found.append(Fold(chosen, window.chosen_at, window.end, before[chosen], after))
    return found


def ratio(returns: Sequence[float], year: int) -> float | None:
    """Return the Sharpe ratio that tries are compared by: over no interest.

    Most of the cash may lie idle (one share of 10,000 USD): over a risk-free rate every try would
    be far below zero, and the one that varies most would look best.
    """
    return stats.sharpe_ratio(returns, 0.0, year)


def deflated(tries: Sequence[Tried], best: int) -> float | None:
    """Return the deflated Sharpe ratio of the best; a try that did nothing counts as zero."""
    return stats.deflated_sharpe(tries[best].returns, [_of_session(each.returns) for each in tries])


def _of_session(returns: Sequence[float]) -> float:
    """Return mean by deviation, not annualised; zero where nothing moved."""
    if len(returns) < 2:  # noqa: PLR2004 - a deviation needs two
        return 0.0
    deviation = statistics.stdev(returns)
    ratio = math.fsum(returns) / len(returns) / deviation if deviation > 0 else 0.0
    return ratio if math.isfinite(ratio) else 0.0
