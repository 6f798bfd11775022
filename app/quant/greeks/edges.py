"""Boundaries of early exercise for many strikes at once.

The boundary scales with the strike, so contracts of one expiry, side and volatility share it. Over
the volatility it is smooth: it is solved at a few volatilities of each octave that is met often,
and read off between them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.greeks import boundary
from app.quant.greeks.boundary import NODES, Puts
from app.quant.greeks.normal import Floats

_DEGREE = 5
_FEWEST = 8
"""From so many contracts on a table costs less than each of them."""
_BLOCK = 128
"""What is worked on at once fits the nearest cache."""
_Z = boundary.chebyshev(_DEGREE)

_Key = tuple[float, float, float, float]


class _Groups(NamedTuple):
    """Contracts that one table answers together."""

    keys: list[_Key]
    """Interest, dividends, years and octave."""
    of_row: NDArray[np.intp]
    counts: NDArray[np.intp]


class Edges:
    """Boundaries of puts; tables are kept for what is asked with the same interest and time."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Floats] = {}

    def of(self, puts: Puts, near: Floats | None = None) -> Floats:
        """Return the logarithm of the boundary at the nodes, a row for each put.

        `near` are boundaries of puts that hardly differ; NaN: not known.
        """
        log_vol = np.log2(puts.volatility)
        groups = _groups(puts, np.floor(log_vol))
        self._add(groups)
        is_kept = np.array([key in self._kept for key in groups.keys], bool)
        found = np.empty((len(log_vol), NODES))
        shared = np.flatnonzero(is_kept[groups.of_row])
        if shared.size:
            place = np.cumsum(is_kept) - 1
            tables = np.stack([self._kept[key] for key in groups.keys if key in self._kept])
            weights = boundary.weights_between(_Z, 2 * (log_vol[shared] % 1) - 1)
            for first in range(0, shared.size, _BLOCK):
                part = slice(first, first + _BLOCK)
                own = tables[place[groups.of_row[shared[part]]]]
                found[shared[part]] = (weights[part, None, :] @ own)[:, 0]
        alone = np.flatnonzero(~is_kept[groups.of_row])
        found[alone] = _solve(puts.at(alone), None if near is None else near[alone])
        return found

    def _add(self, groups: _Groups) -> None:
        """Solve the tables of groups that are large enough and not kept yet."""
        new = [
            key
            for key, count in zip(groups.keys, groups.counts, strict=True)
            if count >= _FEWEST and key not in self._kept
        ]
        if not new:
            return
        rate, dividend, years, octave = (
            np.repeat(each, _DEGREE + 1) for each in zip(*new, strict=True)
        )
        volatility = np.exp2(octave + 0.5 * (1 + np.tile(_Z, len(new))))
        solved = _solve(Puts(rate, dividend, years, volatility), None)
        self._kept.update(zip(new, solved.reshape(len(new), _DEGREE + 1, NODES), strict=True))


def _groups(puts: Puts, octave: Floats) -> _Groups:
    columns = (puts.rate, puts.dividend, puts.years, octave)
    order = np.lexsort(columns)
    rows = np.stack(columns, axis=1)[order]
    is_new = np.ones(len(rows), bool)
    is_new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    of_row = np.empty(len(rows), np.intp)
    of_row[order] = np.cumsum(is_new) - 1
    keys: list[_Key] = list(map(tuple, rows[is_new].tolist()))
    return _Groups(keys, of_row, np.bincount(of_row, minlength=len(keys)))


def _solve(puts: Puts, near: Floats | None) -> Floats:
    """Return boundaries one by one, in blocks; those that are near come sooner."""
    count = len(puts.rate)
    found = np.empty((count, NODES))
    for first in range(0, count, _BLOCK):
        part = slice(first, first + _BLOCK)
        guess = None if near is None or np.isnan(near[part]).any() else near[part]
        found[part] = boundary.solve(puts.at(part), guess)
    return found
