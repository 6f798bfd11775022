"""Parameter search with walk-forward: which combinations are tried, on which bars, what is kept.

A search looks for the best parameters on a part of the bars and then trades the part that
follows with them: what counts is what came of the parts that the choice has not seen. The number
of tries is kept, because the best of many is partly luck (`stats.deflated_sharpe`). Who runs the
tries, and with how many processes, is the caller's affair.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

MOST_TRIES = 10_000


class Window(NamedTuple):
    """Bars (first, end) to choose on, and the bars (to end) that the choice is traded on."""

    first: int
    chosen_at: int
    end: int


class Try(NamedTuple):
    """Parameters and the figure by which they are compared; None: no answer."""

    parameters: dict[str, Any]
    score: float | None


def grid(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return every combination, the last name's values changing fastest.

    Raises:
        ValueError: a name without values, or more than 10,000 combinations.
    """
    for name, values in choices.items():
        if not len(values):
            message = f"{name}: there is nothing to try"
            raise ValueError(message)
    count = math.prod(len(values) for values in choices.values())
    if count > MOST_TRIES:
        message = f"{count} combinations are too many; at most {MOST_TRIES} are tried"
        raise ValueError(message)
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


def draw(choices: Mapping[str, Sequence[Any]], tries: int, seed: int) -> list[dict[str, Any]]:
    """Return so many different combinations by chance, the same for the same seed.

    With as many tries as there are combinations, or more, it is the grid.

    Raises:
        ValueError: a name without values, or a number of tries out of range.
    """
    if not 1 <= tries <= MOST_TRIES:
        message = f"{tries} tries: it must be 1 to {MOST_TRIES}"
        raise ValueError(message)
    count = math.prod(len(values) for values in choices.values())
    if count <= tries:
        return grid(choices)
    # Chance for parameters, not for secrets.
    picked = random.Random(seed).sample(range(count), tries)  # noqa: S311 (see above)
    return [_numbered(choices, number) for number in picked]


def _numbered(choices: Mapping[str, Sequence[Any]], number: int) -> dict[str, Any]:
    found = {}
    for name, values in choices.items():
        number, at = divmod(number, len(values))
        found[name] = values[at]
    return found


def windows(count: int, parts: int, *, share: float = 0.5, anchored: bool = False) -> list[Window]:
    """Cut bars for walk-forward into so many parts that are traded, one after the other.

    The first `share` of the bars is for the first choice. Anchored, each choice sees all the bars
    before it; rolling, as many as the first one.

    Raises:
        ValueError: too few bars for the parts.
    """
    head = int(count * share) if 0 < share < 1 else 0
    if parts < 1 or head < 1 or count - head < parts:
        message = f"{count} bars cannot be cut into a choice and {parts} parts"
        raise ValueError(message)
    edges = [head + (count - head) * part // parts for part in range(parts + 1)]
    return [
        Window(0 if anchored else begin - head, begin, end)
        for begin, end in itertools.pairwise(edges)
    ]


def best(tries: Sequence[Try]) -> Try | None:
    """Return the try with the highest score, the first of equals; None without any answer."""
    answered = [one for one in tries if one.score is not None and math.isfinite(one.score)]
    return max(answered, key=lambda one: one.score or 0.0) if answered else None
