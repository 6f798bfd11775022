"""Where an American put is exercised early: the boundary of Andersen, Lake and Offengenden.

Andersen, Lake, Offengenden, High-performance American option pricing, J. Computational Finance 20
(2016): the boundary as a polynomial of the root of time, found by fixed point iteration of its
integral equation. Everything is a put with strike 1; a call is the put with price and strike, and
interest and dividends, in each other's place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.greeks.normal import ROOT_OF_TAU, Floats, cdf, cdf_by

NODES = 8
_POINTS = 10
_PRICE_POINTS = 24
_ROUNDS = 12
_CLOSE = 1e-5
_TINY = 1e-200


class Puts(NamedTuple):
    """American puts with strike 1 for which early exercise can be right: columns."""

    rate: Floats
    """Above zero, or zero with dividends below."""
    dividend: Floats
    years: Floats
    volatility: Floats

    def at(self, rows: Any) -> Puts:
        """Return some of them."""
        return Puts._make(each[rows] for each in self)


class Slopes(NamedTuple):
    """What exercising early adds to a European put, and to its delta."""

    price: Floats
    delta: Floats


def chebyshev(count: int) -> Floats:
    """Return the ends of Chebyshev polynomials, from 1 to -1: one more than `count`."""
    nodes: Floats = np.cos(np.arange(count + 1) * np.pi / count)
    return nodes


def weights_between(nodes: Floats, places: Floats) -> Floats:
    """Return the matrix that carries values at Chebyshev nodes to other places (barycentric)."""
    sides = (-1.0) ** np.arange(len(nodes))
    sides[[0, -1]] *= 0.5
    gaps = places[:, None] - nodes
    exact = np.abs(gaps) < 1e-14  # noqa: PLR2004 - the node itself
    shares = sides / np.where(exact, 1.0, gaps)
    shares /= shares.sum(axis=1, keepdims=True)
    found: Floats = np.where(exact.any(axis=1, keepdims=True), exact, shares)
    return found


def _half_legendre(count: int) -> tuple[Floats, Floats]:
    """Return points and weights on 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (points + 1), 0.5 * weights


_Z = chebyshev(NODES)
_ROOTS = 0.5 * (1 + _Z[:-1])
"""Root of time at the nodes as a share of the whole; the last node, time 0, is known."""
_A, _WEIGHTS = _half_legendre(_POINTS)
_B, _PRICE_WEIGHTS = _half_legendre(_PRICE_POINTS)
_INNER = weights_between(_Z, (2 * _ROOTS[:, None] * np.sqrt(1 - _A * _A) - 1).ravel())
_OUTER = weights_between(_Z, 2 * np.sqrt(1 - _B * _B) - 1)


def at_the_end(puts: Puts) -> Floats:
    """Return the boundary an instant before expiry."""
    with np.errstate(all="ignore"):
        ratio = puts.rate / puts.dividend
    return np.where((puts.dividend > 0) & (ratio < 1), ratio, 1.0)


def first_guess(puts: Puts) -> Floats:
    """Return the logarithm of the boundary at the nodes by Bjerksund and Stensland (1993)."""
    carry = (puts.dividend - puts.rate)[:, None]
    variance = (puts.volatility**2)[:, None]
    lean = 0.5 - carry / variance
    beta = lean + np.sqrt(np.maximum(lean * lean + 2 * puts.dividend[:, None] / variance, 0.0))
    beta = np.maximum(beta, 1 + 1e-6)
    furthest = np.minimum(beta / (beta - 1), 1e6)
    nearest = (1 / at_the_end(puts))[:, None]
    root = np.sqrt(puts.years)[:, None] * _ROOTS
    fall = -(carry * root * root + 2 * puts.volatility[:, None] * root)
    fall = np.minimum(fall * nearest / np.maximum(furthest - nearest, 1e-9), 0.0)
    return -np.log(nearest + (furthest - nearest) * -np.expm1(fall))


def solve(puts: Puts, log_boundary: Floats | None = None) -> Floats:
    """Return the logarithm of the boundary at the nodes, a row for each put."""
    found = first_guess(puts) if log_boundary is None else log_boundary.copy()
    open_, old_gap, old_map = np.arange(len(puts.rate)), np.zeros(()), found
    for number in range(_ROUNDS):
        part, before = puts.at(open_), found[open_]
        after = _round(part, before)
        gap = after - before
        mixed = after
        if number:
            # Anderson's step: as far along the last move as makes the remaining gap smallest.
            turn = gap - old_gap
            share = (turn * gap).sum(axis=1) / np.maximum((turn * turn).sum(axis=1), 1e-300)
            mixed = after - np.clip(share, -2.0, 0.9)[:, None] * (after - old_map)
            mixed = np.minimum(mixed, np.log(at_the_end(part))[:, None])
        found[open_] = mixed
        more = np.abs(gap).max(axis=1) > _CLOSE
        open_, old_gap, old_map = open_[more], gap[more], after[more]
        if not open_.size:
            break
    return found


def between(puts: Puts, log_boundary: Floats, carry_over: NDArray[Any]) -> Floats:
    """Return the logarithm of the boundary at other times, by interpolation."""
    end = np.log(at_the_end(puts))[:, None]
    squares = np.zeros((len(end), NODES + 1))
    squares[:, :-1] = (log_boundary - end) ** 2
    found: Floats = end - np.sqrt(np.maximum(squares @ carry_over.T, 0.0))
    return found


def _round(puts: Puts, log_boundary: Floats) -> Floats:
    rate, dividend, years, vol = (each[:, None] for each in puts)
    shape = (len(years), NODES, _POINTS)
    root = np.sqrt(years) * _ROOTS
    drift = rate - dividend
    spread = vol * root
    d2 = (log_boundary + (drift - 0.5 * vol * vol) * root * root) / spread
    later = between(puts, log_boundary, _INNER).reshape(shape)
    # Times from then to the node, as shares a² of it.
    gap = root[:, :, None] ** 2 * _A * _A
    swing = spread[:, :, None] * _A
    e2 = log_boundary[:, :, None] - later + (drift - 0.5 * vol * vol)[:, :, None] * gap
    e2 /= swing
    lasting = root[:, :, None] ** 2 * (1 - _A * _A)
    share = 2 * root * root
    above = cdf(d2) + rate * share * (
        (np.exp(rate[:, :, None] * lasting) * cdf(e2)) @ (_A * _WEIGHTS)
    )
    below = cdf(d2 + spread)
    if dividend.any():
        below = below + dividend * share * (
            (np.exp(dividend[:, :, None] * lasting) * cdf(e2 + swing)) @ (_A * _WEIGHTS)
        )
    # With negative dividends a first round may bring less than nothing.
    fresh = np.log(np.maximum(above, _TINY) / np.maximum(below, _TINY)) - drift * root * root
    return np.minimum(fresh, np.log(at_the_end(puts))[:, None])


class _Seen(NamedTuple):
    """What is integrated over the time to expiry: contracts by points of time."""

    owed: Floats
    held: Floats
    swing: Floats
    d1: Floats
    d2: Floats


def _seen(puts: Puts, log_boundary: Floats, price: Floats) -> _Seen:
    rate, dividend, years, vol = (each[:, None] for each in puts)
    then = between(puts, log_boundary, _OUTER)
    gap = years * _B * _B
    swing = vol * np.sqrt(years) * _B
    d2 = (np.log(price)[:, None] - then + (rate - dividend - 0.5 * vol * vol) * gap) / swing
    owed, held = rate * np.exp(-rate * gap), dividend * np.exp(-dividend * gap)
    return _Seen(owed, held, swing, d2 + swing, d2)


def premium_price(puts: Puts, log_boundary: Floats, price: Floats) -> Floats:
    """Return what exercising early adds to the price alone."""
    seen = _seen(puts, log_boundary, price)
    gain = seen.owed * cdf(-seen.d2)
    if puts.dividend.any():
        gain -= seen.held * price[:, None] * cdf(-seen.d1)
    found: Floats = puts.years * (gain @ (2 * _B * _PRICE_WEIGHTS))
    return found


def premium(puts: Puts, log_boundary: Floats, price: Floats) -> Slopes:
    """Return what exercising early adds at prices of the underlying above the boundary."""
    owed, held, swing, d1, d2 = _seen(puts, log_boundary, price)
    bell1, bell2 = np.exp(-0.5 * d1 * d1), np.exp(-0.5 * d2 * d2)
    below1, below2 = cdf_by(-d1, bell1), cdf_by(-d2, bell2)
    weights = 2 * _B * _PRICE_WEIGHTS
    at = price[:, None]
    gain = owed * below2 - held * at * below1
    slope = (held * bell1 - owed * bell2 / at) / (ROOT_OF_TAU * swing) - held * below1
    return Slopes(puts.years * (gain @ weights), puts.years * (slope @ weights))
